// Sign-in against a real roster: one way in, and one answer for every way that is none.
#include "auth/sign_in.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "support/installation.hpp"

namespace {
std::atomic<int> hashes = 0;
}

/// Counts: a program's symbols come before a library's.
extern "C" int crypto_pwhash_str_verify(const char* hash, const char* password,
                                        unsigned long long bytes) {
    static const auto real = reinterpret_cast<decltype(&crypto_pwhash_str_verify)>(
        dlsym(RTLD_NEXT, "crypto_pwhash_str_verify"));
    ++hashes;
    return real(hash, password, bytes);
}

namespace bw::auth {
namespace {

using test::Installation;

struct SignIn : testing::Test {
    Installation installation;
    tenancy::TenantInfo alpha = installation.provision("alpha"),
                        bravo = installation.provision("bravo");
    ManualClock wall{Instant{1795424340000}};
    SigningKey key = SigningKey::make(installation.rng());
    tenancy::KeyRing keys{key};
    RoutingHints hints{SecretKey{}};
    TokenIssuer issuer{{.issuer = "test"}, keys, hints, wall, installation.rng()};
    std::unique_ptr<tenancy::Database> database = installation.database();
    tenancy::Revocations revocations;
    RefreshTokens refresh_tokens{{installation.rng().bytes<32>()}};
    SignInGuards guards{installation.rng().bytes<32>()};
    RotationLane rotations{{}, installation.clock(), [this] { return installation.database(); }};

    SignInParts parts(tenancy::DatabaseLane& hashing) {
        return {.lane = hashing,
                .sessions = rotations,
                .tokens = refresh_tokens,
                .issuer = issuer,
                .guards = guards,
                .revocations = revocations,
                .clock = wall,
                .key = {}};
    }

    void SetUp() override {
        // The same people in both institutions; "ada" of bravo has another password.
        for (const tenancy::TenantInfo& tenant : {alpha, bravo})
            installation.superuser().run("begin; set local bw.tenant = '" +
                                         to_text(tenant.scope.tenant().uuid) + R"(';
                insert into orgs (org_id, source, sourced_id, name, type) values ('00000000-0000-7000-8000-000000000001', 's', 'o', 'O', 'school');
                insert into users (user_id, source, sourced_id, status, username, username_normal, given_name, family_name) values
                    ('00000000-0000-7000-8000-00000000000a', 's', 'a', 'active', 'Ada', 'ada', 'Ada', 'L'),
                    ('00000000-0000-7000-8000-00000000000b', 's', 'b', 'active', 'bare', 'bare', 'No', 'Password'),
                    ('00000000-0000-7000-8000-00000000000c', 's', 'c', 'active', 'gone', 'gone', 'Will', 'Go');
                insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type) values
                    ('00000000-0000-7000-8000-00000000000d', 's', 'r', '00000000-0000-7000-8000-00000000000a',
                     '00000000-0000-7000-8000-000000000001', 'student', 'primary');
                commit)");
        ASSERT_TRUE(set(alpha, "ada", "right"));
        ASSERT_TRUE(set(bravo, "ada", "other"));
        ASSERT_TRUE(set(alpha, "gone", "right"));
        installation.superuser().run(
            "update users set status = 'inactive', username_normal = null where username = 'gone'");
    }
    Result<PasswordChange> set(const tenancy::TenantInfo& tenant, const std::string& username,
                               const std::string& password) {
        const std::string hash = *hash_password(password, {.passes = 1, .memory_bytes = 8192});
        return database->run(tenant.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
            return set_password(tx, username, hash, wall.now());
        });
    }
    std::unique_ptr<tenancy::DatabaseLane> lane(std::size_t queue = 64) {
        return std::make_unique<tenancy::DatabaseLane>(lane::Budget{"auth", 1, queue},
                                                       installation.clock(),
                                                       [this] { return installation.database(); });
    }
    Result<IssuedToken> sign_in(PasswordSignIn& service, const tenancy::TenantInfo& tenant,
                                const std::string& username, const std::string& password) {
        // Shared with the lane's thread, which may still be inside set_value when get returns.
        auto outcome = std::make_shared<std::promise<Result<IssuedToken>>>();
        service.sign_in(
            tenant.scope, {username, password, "a test"}, installation.soon(),
            [outcome](Result<IssuedToken> result) { outcome->set_value(std::move(result)); });
        return outcome->get_future().get();
    }
};

TEST_F(SignIn, TheRightPasswordAloneGivesAToken) {
    auto hashing = lane();
    PasswordSignIn service(parts(*hashing), installation.rng());
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    tenancy::TokenVerifier verifier("test", keys, directory, revocations, wall, installation.rng());
    for (const char* spelling : {"ada", "Ada", "ADA"}) {
        auto token = sign_in(service, alpha, spelling, "right");
        ASSERT_TRUE(token) << spelling << ": " << token.error().text();
        auto principal = verifier.verify(token->access_token);
        ASSERT_TRUE(principal) << principal.error().text();
        EXPECT_EQ(principal->scope, alpha.scope);
        EXPECT_EQ(principal->user.text(), "usr_0000000000007000800000000000000a");
        EXPECT_EQ(principal->roles, tenancy::Roles(tenancy::Role::student));
        EXPECT_GT(token->claims.renew_at, token->claims.issued_at);
        EXPECT_LT(token->claims.renew_at, token->claims.expires_at);
    }
    struct Case {
        const char* what;
        const tenancy::TenantInfo& tenant;
        std::string username, password;
    };
    const Case cases[] = {
        {"a wrong password", alpha, "ada", "wrong"},
        {"another case of the password", alpha, "ada", "Right"},
        {"no password", alpha, "ada", ""},
        {"a NUL behind it", alpha, "ada", std::string("right\0", 6)},
        {"her password at another institution", alpha, "ada", "other"},
        {"this one's password there", bravo, "ada", "right"},
        {"an unknown user", alpha, "eve", "right"},
        {"a pattern", alpha, "ad%", "right"},
        {"a blank behind the name", alpha, "ada ", "right"},
        {"quotes", alpha, "' or '1'='1", "right"},
        {"a user without a password", alpha, "bare", "right"},
        {"a user without a password, empty", alpha, "bare", ""},
        {"an inactive user", alpha, "gone", "right"},
        {"an empty name", alpha, "", "right"},
    };
    std::string first;
    for (const Case& c : cases) {
        const int before = hashes;
        auto token = sign_in(service, c.tenant, c.username, c.password);
        EXPECT_EQ(hashes - before, 1) << c.what << " can be told by the time it takes";
        ASSERT_FALSE(token) << c.what;
        EXPECT_EQ(token.error().code, Code::unauthenticated) << c.what;
        if (first.empty())
            first = token.error().text();
        EXPECT_EQ(token.error().text(), first) << c.what << " can be told from a wrong password";
    }
}

TEST_F(SignIn, ANameThatIsNoTextIsTheCallersMistake) {
    auto hashing = lane();
    PasswordSignIn service(parts(*hashing), installation.rng());
    auto token = sign_in(service, alpha, std::string("ada\0", 4), "right");
    ASSERT_FALSE(token);
    EXPECT_NE(token.error().code, Code::internal) << token.error().text();
    EXPECT_TRUE(sign_in(service, alpha, "ada", "right")) << "the connection did not survive it";
}

TEST_F(SignIn, SetPasswordReplacesAndNamesWhoItDoesNotKnow) {
    auto hashing = lane();
    PasswordSignIn service(parts(*hashing), installation.rng());
    ASSERT_TRUE(set(alpha, "ADA", "newer"));
    EXPECT_FALSE(sign_in(service, alpha, "ada", "right"));
    EXPECT_TRUE(sign_in(service, alpha, "ada", "newer"));
    EXPECT_TRUE(sign_in(service, bravo, "ada", "other")); // untouched
    for (const char* nobody : {"eve", "gone"}) {
        auto set_for = set(alpha, nobody, "x");
        ASSERT_FALSE(set_for) << nobody;
        EXPECT_EQ(set_for.error().code, Code::not_found);
    }
    const std::string hash = *hash_password("demo", {.passes = 1, .memory_bytes = 8192});
    auto given = database->run(alpha.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
        return set_password_for_all(tx, hash, wall.now());
    });
    EXPECT_EQ(given, 1); // "bare" alone had none
    EXPECT_TRUE(sign_in(service, alpha, "bare", "demo"));
    EXPECT_TRUE(sign_in(service, alpha, "ada", "newer"));
    EXPECT_FALSE(sign_in(service, bravo, "bare", "demo"));
}

TEST_F(SignIn, AFullLaneRefusesAtOnceAndSaysWhenToComeBack) {
    auto hashing = lane(1);
    PasswordSignIn service(parts(*hashing), installation.rng());
    std::latch running(1), go(1), done(1);
    hashing->submit(alpha.scope.tenant(), installation.soon(), [&](Result<tenancy::Database*>) {
        running.count_down();
        go.wait();
    });
    running.wait();
    service.sign_in(alpha.scope, {"ada", "right", "a test"}, installation.soon(),
                    [&](Result<IssuedToken> result) {
                        EXPECT_TRUE(result);
                        done.count_down();
                    });
    auto refused = sign_in(service, alpha, "bare", "right");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::overloaded);
    ASSERT_TRUE(refused.error().retry_after);
    EXPECT_GT(refused.error().retry_after->count(), 0);
    go.count_down();
    done.wait();
    hashing->stop();
}

TEST_F(SignIn, WhoIsRefusedKeepsThePlaceByATicket) {
    // The lane is this thread, so nothing is hashed until it is told to.
    tenancy::DatabaseLane hashing(
        {.name = "auth", .threads = 0, .queue_items_limit = 2, .keeps_places = true},
        installation.clock(), [this] { return installation.database(); });
    PasswordSignIn service(parts(hashing), installation.rng());
    std::vector<std::string> order;
    std::map<std::string, Error> refused;
    auto come = [&](const std::string& username, const std::string& ticket = "") {
        service.sign_in(alpha.scope, {username, "right", "a test", ticket}, installation.soon(),
                        [&, username](Result<IssuedToken> outcome) {
                            if (!outcome && outcome.error().code == Code::overloaded)
                                refused[username] = outcome.error();
                            else
                                order.push_back(username);
                        });
        wall.advance(1ms);
    };
    for (const char* name : {"a", "b", "c", "d"})
        come(name);
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_EQ(refused["c"].waiting->place, 2U);
    EXPECT_EQ(refused["d"].waiting->place, 3U);
    EXPECT_GE(refused["d"].waiting->estimate, refused["c"].waiting->estimate);
    const std::string ticket = refused["c"].waiting->ticket;
    hashing.run_one();
    come("e"); // takes the room that "c" came for first
    refused.clear();
    come("c", ticket); // and makes room for it
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused.begin()->first, "e");
    come("f", ticket); // another's ticket: as if there were none
    EXPECT_TRUE(refused.contains("f"));
    while (hashing.run_one()) {
    }
    while (order.size() < 3)
        std::this_thread::yield();
    EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(SignIn, AThrowInATurnIsAnAnswerAndLeavesNothingBehind) {
    auto hashing = lane();
    PasswordSignIn service(parts(*hashing), installation.rng());
    guards.guesses.on_failure([](const tenancy::TenantScope&, const AccountKey&) {
        throw std::runtime_error("no memory");
    });
    for (int i = 0; i < 3; ++i) // each is hashed: none waits for one that will not come
        EXPECT_EQ(sign_in(service, alpha, "ada", "wrong").error().code, Code::internal);
    EXPECT_EQ(service.status().coalesced, 0U);
    EXPECT_TRUE(sign_in(service, alpha, "ada", "right"));
}

TEST_F(SignIn, TheSamePasswordUnderWayIsHashedOnce) {
    tenancy::DatabaseLane hashing({.name = "auth", .threads = 0, .queue_items_limit = 64},
                                  installation.clock(), [this] { return installation.database(); });
    PasswordSignIn service(parts(hashing), installation.rng());
    std::mutex mutex;
    std::set<AuthSessionId> sessions;
    std::atomic<int> refused = 0, done = 0;
    auto come = [&](const tenancy::TenantInfo& tenant, const char* name, const char* password) {
        service.sign_in(tenant.scope, {name, password, "a test"}, installation.soon(),
                        [&](Result<IssuedToken> outcome) {
                            std::lock_guard lock(mutex);
                            if (outcome)
                                sessions.insert(outcome->claims.session);
                            else
                                ++refused;
                            ++done;
                        });
    };
    for (int i = 0; i < 5; ++i)
        come(alpha, i % 2 ? "ada" : "ADA", "right");
    come(alpha, "ada", "wrong"); // another password, another person, another institution
    come(alpha, "bare", "right");
    come(bravo, "ada", "right");
    EXPECT_EQ(hashing.status().queued, 4U);
    EXPECT_EQ(service.status().coalesced, 4U);
    while (hashing.run_one()) {
    }
    while (done < 8)
        std::this_thread::yield();
    EXPECT_EQ(sessions.size(), 5U) << "each has a session of its own";
    EXPECT_EQ(refused, 3);
    come(alpha, "ada", "right"); // nothing is remembered: it is hashed again
    EXPECT_EQ(hashing.status().queued, 1U);
    for (int i = 0; i < 40; ++i)
        come(alpha, "ada", "right");
    EXPECT_EQ(refused, 3 + 9) << "32 wait for one hash at most";
    while (hashing.run_one()) {
    }
    while (done < 49)
        std::this_thread::yield();
}

TEST(ArrivalTicket, CountsForItsNameForTenMinutes) {
    SeededRng rng(1);
    const TenantId tenant = TenantId::make({}, rng), other = TenantId::make({}, rng);
    const ArrivalTickets tickets(rng.bytes<32>()), others(rng.bytes<32>());
    const Instant came{1795424340123}, later = came + 10min;
    const std::string ticket = tickets.write(tenant, "ada", came);
    EXPECT_EQ(ticket.size(), ArrivalTickets::text_bytes);
    EXPECT_EQ(tickets.read(ticket, tenant, "ada", later), came);
    EXPECT_EQ(tickets.read(ticket, tenant, "ada", later + 1ms), std::nullopt);
    EXPECT_EQ(tickets.read(ticket, tenant, "eve", later), std::nullopt);
    EXPECT_EQ(tickets.read(ticket, other, "ada", later), std::nullopt);
    EXPECT_EQ(others.read(ticket, tenant, "ada", later), std::nullopt);
    for (std::size_t i = 0; i < ticket.size(); ++i) {
        std::string bad = ticket;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(tickets.read(bad, tenant, "ada", later), std::nullopt) << i;
    }
}

TEST(HashArena, GivesTheSameAnswersAsWithout) {
    // Costs above the arena's get pages of their own.
    for (const std::size_t bytes : {std::size_t{8192}, PasswordCost{}.memory_bytes,
                                    std::size_t{2} * PasswordCost{}.memory_bytes}) {
        const std::string hash = *hash_password("right", {.passes = 1, .memory_bytes = bytes});
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(verify_password(hash, "right"));
            EXPECT_FALSE(verify_password(hash, "wrong"));
        }
    }
}

TEST_F(SignIn, ADatabaseThatIsDownIsNoWrongPassword) {
    tenancy::DatabaseLane nowhere(lane::Budget{"auth", 1, 4}, installation.clock(), [this] {
        return std::make_unique<tenancy::Database>("host=/nonexistent dbname=none user=bw_app",
                                                   "test", installation.clock());
    });
    PasswordSignIn service(parts(nowhere), installation.rng());
    const auto refused = sign_in(service, alpha, "ada", "right");
    EXPECT_EQ(refused.error().code, Code::unavailable);
    ASSERT_TRUE(refused.error().waiting);
    EXPECT_NE(refused.error().waiting->ticket, "") << "and costs nobody the place";
    // The breaker opens, and tells all the same moment.
    for (int i = 0; i < 3; ++i)
        std::ignore = sign_in(service, alpha, "ada", "right");
    const auto later = sign_in(service, alpha, "ada", "right");
    ASSERT_TRUE(later.error().waiting && later.error().retry_after);
    EXPECT_FALSE(later.error().waiting->own_moment) << "so net spreads them";
    EXPECT_EQ(service.status().failed, 5U);
    EXPECT_EQ(service.status().wrong, 0U);
}

} // namespace
} // namespace bw::auth
