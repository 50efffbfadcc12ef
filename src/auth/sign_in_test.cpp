// Sign-in against a real roster: one way in, and one answer for every way that is none.
#include "auth/sign_in.hpp"

#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "support/installation.hpp"

namespace bw::auth {
namespace {

using test::Installation;

struct SignIn : testing::Test {
    Installation installation;
    tenancy::TenantInfo alpha = installation.provision("alpha"),
                        bravo = installation.provision("bravo");
    ManualClock wall{Instant{1795424340000}};
    SigningKey key = SigningKey::make(installation.rng());
    TokenIssuer issuer{{.issuer = "test"}, key, wall, installation.rng()};
    std::unique_ptr<tenancy::Database> database = installation.database();
    tenancy::Revocations revocations;
    RefreshTokens refresh_tokens{{installation.rng().bytes<32>()}};
    RotationLane rotations{{}, installation.clock(), [this] { return installation.database(); }};

    PasswordSignIn by_password(tenancy::DatabaseLane& hashing) {
        return {hashing, rotations, refresh_tokens, issuer, revocations, wall};
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
    PasswordSignIn service = by_password(*hashing);
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    tenancy::TokenVerifier verifier("test", {key.public_key()}, directory, revocations, wall,
                                    installation.rng());
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
        auto token = sign_in(service, c.tenant, c.username, c.password);
        ASSERT_FALSE(token) << c.what;
        EXPECT_EQ(token.error().code, Code::unauthenticated) << c.what;
        if (first.empty())
            first = token.error().text();
        EXPECT_EQ(token.error().text(), first) << c.what << " can be told from a wrong password";
    }
}

TEST_F(SignIn, ANameThatIsNoTextIsTheCallersMistake) {
    auto hashing = lane();
    PasswordSignIn service = by_password(*hashing);
    auto token = sign_in(service, alpha, std::string("ada\0", 4), "right");
    ASSERT_FALSE(token);
    EXPECT_NE(token.error().code, Code::internal) << token.error().text();
    EXPECT_TRUE(sign_in(service, alpha, "ada", "right")) << "the connection did not survive it";
}

TEST_F(SignIn, SetPasswordReplacesAndNamesWhoItDoesNotKnow) {
    auto hashing = lane();
    PasswordSignIn service = by_password(*hashing);
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
    PasswordSignIn service = by_password(*hashing);
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
    auto refused = sign_in(service, alpha, "ada", "right");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::overloaded);
    ASSERT_TRUE(refused.error().retry_after);
    EXPECT_GT(refused.error().retry_after->count(), 0);
    go.count_down();
    done.wait();
    hashing->stop();
}

TEST_F(SignIn, ADatabaseThatIsDownIsNoWrongPassword) {
    tenancy::DatabaseLane nowhere(lane::Budget{"auth", 1, 4}, installation.clock(), [this] {
        return std::make_unique<tenancy::Database>("host=/nonexistent dbname=none user=bw_app",
                                                   "test", installation.clock());
    });
    PasswordSignIn service = by_password(nowhere);
    EXPECT_EQ(sign_in(service, alpha, "ada", "right").error().code, Code::unavailable);
}

TEST(TokenIssuer, RenewalIsSpreadOverAThirdOfTheLifetime) {
    Installation installation;
    const auto scope = installation.provision("alpha").scope;
    ManualClock wall{Instant{0}};
    SeededRng rng(1);
    const SigningKey key = SigningKey::make(rng);
    const TokenIssuer issuer({.issuer = "test", .lifetime = 1h}, key, wall, rng);
    Instant first{1 << 30}, last{0};
    for (int i = 0; i < 200; ++i) {
        const Instant renew = issuer.issue(scope, {}).claims.renew_at;
        first = std::min(first, renew);
        last = std::max(last, renew);
    }
    EXPECT_GE(first - Instant{0}, 36min);
    EXPECT_LE(last - Instant{0}, 54min);
    EXPECT_GT(last - first, 15min);
}

} // namespace
} // namespace bw::auth
