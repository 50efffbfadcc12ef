// Sign-in and refresh while the replica stands still, the primary is away, and after a failover
// that lost commits: nobody is kept out who may come in, and no old password works.
#include <gtest/gtest.h>
#include <signal.h>

#include <future>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "auth/refresh.hpp"
#include "auth/sign_in.hpp"
#include "support/server_pair.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::auth {
namespace {

using test::ServerPair;

struct ReplicaFaults : testing::Test {
    ServerPair pair;
    tenancy::KeyRing keys{SigningKey::make(pair.rng)};
    RoutingHints hints{SecretKey{}};
    RefreshTokens tokens{{pair.rng.bytes<32>()}};
    tenancy::TenantDirectory directory;
    const UserId ada{*to_array<16>(*from_hex("0000000000007000800000000000000a"))};

    tenancy::ClusterOptions servers() {
        return {.primary = pair.cluster().conninfo(test::OwnCluster::database, "bw_app",
                                                   test::role_password),
                .replicas = {pair.conninfo(ServerPair::standby)},
                .breaker = {.pause_min = 1ms, .pause_max = 1ms}, // no test waits for it
                .replica_lag_max = 1h};
    }

    /// A server process of role auth, as far as sessions go. Its lanes have no threads.
    struct Process {
        ReplicaFaults& of;
        ManualClock clock{of.pair.clock.now()}; // what it takes silence and tokens by
        tenancy::Cluster cluster;
        tenancy::Revocations revocations;
        tenancy::RevocationFeed feed{database("revocations"), revocations, of.directory, clock,
                                     of.pair.rng};
        TokenIssuer issuer{{.issuer = "test"}, of.keys, of.hints, clock, of.pair.rng};
        RotationLane rotations{{.budget = {.name = "sessions", .threads = 0}},
                               of.pair.clock,
                               [this] { return database("sessions"); }};
        tenancy::DatabaseLane lane{lane::Budget{"auth", 0, 64}, of.pair.clock,
                                   [this] { return database("auth"); }};
        SignInGuards guards{SecretKey{}};
        PasswordSignIn sign_ins{{.lane = lane,
                                 .sessions = rotations,
                                 .tokens = of.tokens,
                                 .issuer = issuer,
                                 .guards = guards,
                                 .revocations = revocations,
                                 .clock = clock,
                                 .key = {}},
                                of.pair.rng};
        SessionRefresh refreshes{rotations, of.tokens, issuer, revocations, clock};
        tenancy::TokenVerifier verifier{"test",      of.keys, of.directory,
                                        revocations, clock,   of.pair.rng};

        explicit Process(ReplicaFaults& of, tenancy::ClusterOptions options)
            : of(of), cluster(std::move(options), of.pair.clock, of.pair.rng) {}
        explicit Process(ReplicaFaults& of) : Process(of, of.servers()) {}

        std::unique_ptr<tenancy::Database> database(const char* name) {
            return std::make_unique<tenancy::Database>(cluster, name);
        }
        bool hears() { return feed.step().has_value(); }
        void work() {
            while (lane.run_one() || rotations.run_batch()) {
            }
        }
        Result<IssuedToken> sign_in(const std::string& password,
                                    const std::string& username = "ada") {
            std::optional<Result<IssuedToken>> outcome;
            sign_ins.sign_in(of.pair.alpha, {username, password, "a test"}, of.soon(),
                             [&](Result<IssuedToken> result) { outcome = std::move(result); });
            work();
            return *std::move(outcome);
        }
        Result<IssuedToken> refresh(const std::string& token) {
            std::optional<Result<IssuedToken>> outcome;
            refreshes.refresh(of.pair.alpha, token, of.soon(),
                              [&](Result<IssuedToken> result) { outcome = std::move(result); });
            work();
            return *std::move(outcome);
        }
        bool takes(const Result<IssuedToken>& issued) const {
            return issued && verifier.verify(issued->access_token);
        }
    };

    Deadline soon() const { return pair.soon(); }

    void SetUp() override {
        tenancy::Database reader(pair.conninfo(ServerPair::primary), "test", pair.clock);
        ASSERT_TRUE(directory.refresh(reader, soon()));
        pair.session(ServerPair::primary)
            .run("begin; set local bw.tenant = '" + to_text(pair.alpha.tenant().uuid) + R"(';
            insert into orgs (org_id, source, sourced_id, name, type) values ('00000000-0000-7000-8000-000000000001', 's', 'o', 'O', 'school');
            insert into users (user_id, source, sourced_id, status, username, username_normal, given_name, family_name) values
                ('00000000-0000-7000-8000-00000000000a', 's', 'a', 'active', 'ada', 'ada', 'Ada', 'L'),
                ('00000000-0000-7000-8000-00000000000b', 's', 'b', 'active', 'bob', 'bob', 'Bob', 'L');
            insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type) values
                ('00000000-0000-7000-8000-00000000000d', 's', 'r', '00000000-0000-7000-8000-00000000000a',
                 '00000000-0000-7000-8000-000000000001', 'student', 'primary');
            commit)");
        set("ada", "first");
        pair.until([&] {
            return pair.on_standby("select count(*) from credentials") == "1" &&
                   pair.on_standby("select count(*) from revocations") == "1";
        });
    }
    /// At the primary; the epoch that ends what was before.
    std::int64_t set(const std::string& username, const std::string& password) {
        const std::string hash = *hash_password(password, {.passes = 1, .memory_bytes = 8192});
        tenancy::Database database(pair.conninfo(ServerPair::primary), "test", pair.clock);
        auto changed = database.run(pair.alpha, soon(), [&](tenancy::TenantTx& tx) {
            return set_password(tx, username, hash, pair.clock.now());
        });
        EXPECT_TRUE(changed) << changed.error().text();
        return changed ? changed->epoch : 0;
    }
    /// The last commits go down with the primary.
    void fail_over() {
        ::kill(pair.cluster().pid(), SIGKILL);
        pair.until([&] { return pair.cluster().ended(); });
        auto promoted = pair.cluster().promote(soon());
        ASSERT_TRUE(promoted) << promoted.error().text();
    }
    std::string at_the_new_primary(const std::string& sql) {
        return test::Session(pair.cluster().superuser_conninfo(test::OwnCluster::database))
            .value(sql);
    }
};

TEST_F(ReplicaFaults, WhileTheReplicaStandsStillNobodyIsKeptOutAndNoOldPasswordWorks) {
    Process here(*this), missed(*this);
    ASSERT_TRUE(here.hears() && missed.hears());
    ServerPair::Paused paused(pair);
    const auto before = here.sign_in("first");
    ASSERT_TRUE(here.takes(before)) << before.error().text();

    const std::int64_t epoch = set("ada", "second");
    ASSERT_TRUE(here.hears());
    EXPECT_EQ(here.revocations.epoch_of(pair.alpha.tenant(), ada), epoch);
    for (int i = 0; i < 3; ++i) {
        const auto old = here.sign_in("first");
        ASSERT_FALSE(old) << "the replica still has it";
        EXPECT_EQ(old.error().code, Code::unauthenticated);
        const auto fresh = here.sign_in("second");
        ASSERT_TRUE(here.takes(fresh)) << "signed in, and sent away with the token: a loop";
        const auto renewed = here.refresh(*fresh->refresh_token);
        ASSERT_TRUE(here.takes(renewed)) << "the replica does not know the session; nobody asks it";
    }
    EXPECT_FALSE(here.takes(before));
    EXPECT_FALSE(here.refresh(*before->refresh_token));

    // Who has a password since a moment ago, and is nowhere at the replica.
    EXPECT_FALSE(here.sign_in("bobs", "bob"));
    set("bob", "bobs");
    EXPECT_TRUE(here.sign_in("bobs", "bob"));

    // A process that missed the push: the change is acknowledged after a second all the same, and
    // by then this one asks the primary, because it knows that it has heard nothing.
    missed.clock.advance(silence_limit + 1ms);
    EXPECT_FALSE(missed.sign_in("first"));
    const auto there = missed.sign_in("second");
    ASSERT_TRUE(there) << there.error().text();
    EXPECT_TRUE(here.takes(there)) << "its token bears the epoch of the row that it saw";
    EXPECT_EQ(here.cluster.status().lanes.size(), 3U);
}

TEST_F(ReplicaFaults, NegativeControlAProcessThatTrustsItsReplicaTakesTheOldPassword) {
    Process deluded(*this);
    ASSERT_TRUE(deluded.hears());
    ServerPair::Paused paused(pair);
    set("ada", "second");
    const auto old = deluded.sign_in("first"); // within the second in which nothing is acknowledged
    ASSERT_TRUE(old) << "then the test above shows nothing";
    ASSERT_TRUE(deluded.hears());
    EXPECT_FALSE(deluded.takes(old)) << "and what it got by it ends with the news";
    EXPECT_FALSE(deluded.refresh(*old->refresh_token));
}

TEST_F(ReplicaFaults, ASecondFactorCountsBeforeTheReplicaKnowsOfIt) {
    pair.session(ServerPair::primary)
        .run("begin; set local bw.tenant = '" + to_text(pair.alpha.tenant().uuid) + R"(';
        insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type) values
            ('00000000-0000-7000-8000-00000000000e', 's', 'r2', '00000000-0000-7000-8000-00000000000b',
             '00000000-0000-7000-8000-000000000001', 'teacher', 'primary');
        commit)");
    set("bob", "bobs");
    pair.until([&] { return pair.on_standby("select count(*) from credentials") == "2"; });
    Process here(*this);
    ASSERT_TRUE(here.hears());
    ServerPair::Paused paused(pair);
    EXPECT_TRUE(here.sign_in("bobs", "bob"));
    pair.session(ServerPair::primary)
        .run("begin; set local bw.tenant = '" + to_text(pair.alpha.tenant().uuid) + R"(';
        insert into second_factors (user_id, sealed_secret, used_step, created_at, confirmed_at) values
            ('00000000-0000-7000-8000-00000000000b', '', 0, now(), now());
        commit)");
    const auto asked = here.sign_in("bobs", "bob");
    ASSERT_FALSE(asked) << "the password alone, because the replica was behind";
    EXPECT_EQ(asked.error().code, Code::second_factor_required);
}

TEST_F(ReplicaFaults, AReplicaThatLagsIsSkippedUntilItIsCloseAgain) {
    tenancy::ClusterOptions options = servers();
    options.replica_lag_max = 1ms;
    options.replica_lag_return = 1h;
    Process here(*this, options);
    ASSERT_TRUE(here.hears());
    const auto replica = [&] {
        for (const tenancy::LaneBreakers& lane : here.cluster.status().lanes)
            if (lane.name == "auth")
                return std::pair(lane.replicas[0], lane.lags[0]);
        return std::pair(tenancy::BreakerStatus{}, std::optional<Duration>());
    };
    ServerPair::Paused paused(pair);
    set("bob", "bobs"); // something that is not replayed
    pair.until([&] {    // its lag is its last commit's age, so it grows by itself
        EXPECT_TRUE(here.takes(here.sign_in("first")));
        return replica().first.opened > 0;
    });
    EXPECT_GT(replica().second.value_or(0s), 1ms) << "operators see how far";
    EXPECT_TRUE(here.takes(here.sign_in("first")));
}

TEST_F(ReplicaFaults, WhileThePrimaryIsAwayStudentsStayIn) {
    Process here(*this);
    ASSERT_TRUE(here.hears());
    const auto before = here.sign_in("first");
    ASSERT_TRUE(here.takes(before));
    ::kill(pair.cluster().pid(), SIGKILL);
    pair.until([&] { return pair.cluster().ended(); });

    std::string kept = *before->refresh_token; // what a client shows next
    pair.until([&] {                           // a backend may outlive its postmaster for a moment
        const auto issued = here.refresh(kept);
        EXPECT_TRUE(here.takes(issued)) << "nobody is sent away, whatever the database does";
        if (issued && issued->refresh_token)
            kept = *issued->refresh_token;
        return here.refreshes.status().outage > 0 && issued && !issued->refresh_token;
    });
    // Within the second: the replica knows the password, and the session is written down later.
    const auto in_the_dark = here.sign_in("first");
    ASSERT_TRUE(here.takes(in_the_dark)) << in_the_dark.error().text();
    EXPECT_EQ(here.rotations.unwritten(), 1U);
    // What only the primary can tell is not taken for a wrong password.
    const auto wrong = here.sign_in("wrong");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(fault(wrong.error().code), Fault::retryable) << wrong.error().text();
    EXPECT_EQ(here.guards.guesses.status().failed, 1U) << "but it was a guess all the same";
    // Past it a password may have changed unheard.
    pair.until([&] { return !here.hears(); });
    here.clock.advance(silence_limit + 1ms);
    const auto late = here.sign_in("first");
    ASSERT_FALSE(late);
    EXPECT_EQ(fault(late.error().code), Fault::retryable) << late.error().text();
    EXPECT_TRUE(here.takes(here.refresh(kept))) << "refresh goes on";

    ASSERT_TRUE(pair.cluster().restart_primary(soon()));
    pair.until([&] { return here.hears(); });
    EXPECT_TRUE(here.takes(here.sign_in("first")));
    const auto renewed = here.refresh(kept);
    ASSERT_TRUE(here.takes(renewed)) << renewed.error().text();
    EXPECT_TRUE(renewed->refresh_token) << "and rotates again";
    EXPECT_TRUE(here.refresh(*in_the_dark->refresh_token)) << "the first refresh writes it down";
}

TEST_F(ReplicaFaults, WhatAFailoverLostIsBroughtBackWithoutAStampede) {
    Process here(*this);
    ASSERT_TRUE(here.hears());
    const auto kept = here.sign_in("first");
    pair.until([&] {
        return pair.on_standby("select count(*) from refresh_families") ==
               pair.on_primary("select count(*) from refresh_families");
    });
    pair.part();
    // Lost: a rotation, new sessions, a sign-out.
    const auto rotated = here.refresh(*kept->refresh_token);
    ASSERT_TRUE(rotated && rotated->refresh_token);
    std::vector<std::string> begun;
    for (int i = 0; i < 100; ++i)
        begun.push_back(*here.sign_in("first")->refresh_token);
    const std::string out = begun.back();
    begun.pop_back();
    {
        tenancy::Database database(pair.conninfo(ServerPair::primary), "test", pair.clock);
        const RefreshToken shown = *tokens.read(out);
        ASSERT_TRUE(database.run(pair.alpha, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            TRY(end_session(tx, shown.user, shown.session, shown.expires_at));
            TRY(tenancy::revoke_session(tx, shown.session, pair.clock.now()));
            return {};
        }));
    }
    ASSERT_TRUE(here.hears());
    fail_over();
    pair.until([&] { return here.hears(); });
    EXPECT_EQ(at_the_new_primary("select count(*) from refresh_families"), "1") << "else none lost";
    EXPECT_EQ(here.feed.status().restored, 1U) << "the sign-out is written again";

    std::size_t in = 0;
    for (const std::string& token : begun)
        here.refreshes.refresh(pair.alpha, token, soon(), [&](Result<IssuedToken> issued) {
            in += issued && issued->refresh_token;
        });
    int batches = 0;
    while (here.rotations.run_batch())
        ++batches;
    EXPECT_EQ(in, begun.size());
    EXPECT_EQ(batches, 1) << "families are brought back together, not one by one";
    EXPECT_TRUE(here.takes(here.refresh(*rotated->refresh_token)));
    EXPECT_FALSE(here.refresh(out));
    Process fresh(*this); // knows only what the new primary does
    ASSERT_TRUE(fresh.hears());
    EXPECT_FALSE(fresh.refresh(out)) << "whoever signed out stays out";
}

} // namespace
} // namespace bw::auth
