// A sign-in as `serve` wires it, over real institutions, with its clock moved by hand. For tests of
// this module.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "auth/policy.hpp"
#include "auth/second_factor_sign_in.hpp"
#include "support/installation.hpp"

namespace bw::auth {

struct SignInForTest : testing::Test {
    test::Installation installation;
    tenancy::TenantInfo alpha = installation.provision("alpha"),
                        bravo = installation.provision("bravo");
    ManualClock wall{Instant{1795424340000}}; // a step of 30 s begins
    tenancy::KeyRing keys{SigningKey::make(installation.rng())};
    RoutingHints hints{SecretKey{}};
    TokenIssuer issuer{{.issuer = "test"}, keys, hints, wall, installation.rng()};
    tenancy::Revocations revocations;
    RefreshTokens refresh_tokens{{installation.rng().bytes<32>()}};
    const SecretKey guard_key = installation.rng().bytes<32>();
    SignInGuards guards{guard_key};
    RotationLane rotations{{}, installation.clock(), [this] { return installation.database(); }};
    tenancy::DatabaseLane lane{lane::Budget{"auth", 1, 64}, installation.clock(),
                               [this] { return installation.database(); }};
    std::unique_ptr<tenancy::Database> database = installation.database();
    const SecondFactors factors{audit::SubjectKeys(installation.rng().bytes<32>()),
                                installation.rng().bytes<32>(), wall, installation.rng()};
    PasswordSignIn service{parts(lane, guards), installation.rng()};
    SecondFactorSignIn second_factor{second_parts(service, guards)};

    static UserId user(unsigned char last) {
        return UserId{{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, last}};
    }
    const UserId ada = user(0xa), tess = user(0xb), alice = user(0xc);

    SignInParts parts(tenancy::DatabaseLane& hashing, SignInGuards& with) {
        return {.lane = hashing,
                .sessions = rotations,
                .tokens = refresh_tokens,
                .issuer = issuer,
                .guards = with,
                .revocations = revocations,
                .clock = wall,
                .key = {}};
    }
    SecondFactorParts second_parts(PasswordSignIn& sign_in, SignInGuards& with) {
        return {.lane = lane,
                .sign_in = sign_in,
                .guards = with,
                .factors = factors,
                .revocations = revocations,
                .issuer = issuer,
                .clock = wall,
                .rng = installation.rng()};
    }
    template <class Fn>
    auto in(const tenancy::TenantInfo& tenant, Fn&& fn) {
        return database->run(tenant.scope, installation.soon(), std::forward<Fn>(fn));
    }
    void SetUp() override {
        const std::string hash = *hash_password("right", {.passes = 1, .memory_bytes = 8192});
        for (const tenancy::TenantInfo& tenant : {alpha, bravo}) {
            installation.superuser().run("begin; set local bw.tenant = '" +
                                         to_text(tenant.scope.tenant().uuid) + R"(';
                insert into orgs (org_id, source, sourced_id, name, type) values ('00000000-0000-7000-8000-000000000001', 's', 'o', 'O', 'school');
                insert into users (user_id, source, sourced_id, status, username, username_normal, given_name, family_name) values
                    ('00000000-0000-7000-8000-00000000000a', 's', 'a', 'active', 'Ada', 'ada', 'Ada', 'L'),
                    ('00000000-0000-7000-8000-00000000000b', 's', 'b', 'active', 'tess', 'tess', 'Tess', 'T'),
                    ('00000000-0000-7000-8000-00000000000c', 's', 'c', 'active', 'alice', 'alice', 'Alice', 'A');
                insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type) values
                    ('00000000-0000-7000-8000-00000000000d', 's', 'r1', '00000000-0000-7000-8000-00000000000a',
                     '00000000-0000-7000-8000-000000000001', 'student', 'primary'),
                    ('00000000-0000-7000-8000-00000000000e', 's', 'r2', '00000000-0000-7000-8000-00000000000b',
                     '00000000-0000-7000-8000-000000000001', 'teacher', 'primary'),
                    ('00000000-0000-7000-8000-00000000000f', 's', 'r3', '00000000-0000-7000-8000-00000000000c',
                     '00000000-0000-7000-8000-000000000001', 'administrator', 'primary');
                commit)");
            auto set = in(tenant, [&](tenancy::TenantTx& tx) -> Result<void> {
                for (const char* name : {"ada", "tess", "alice"})
                    TRY(set_password(tx, name, hash, wall.now()));
                return {};
            });
            ASSERT_TRUE(set) << set.error().text();
        }
    }
    void TearDown() override {
        lane.stop();
        rotations.stop();
    }
    Result<IssuedToken> sign_in(PasswordSignIn& at, const tenancy::TenantInfo& tenant,
                                const std::string& username, const std::string& password,
                                const std::string& device_token = {}) {
        // Shared with the lane's thread, which may still be inside set_value when get returns.
        auto outcome = std::make_shared<std::promise<Result<IssuedToken>>>();
        at.sign_in(
            tenant.scope, {username, password, "a test", {}, device_token}, installation.soon(),
            [outcome](Result<IssuedToken> result) { outcome->set_value(std::move(result)); });
        return outcome->get_future().get();
    }
    Result<IssuedToken> sign_in(const std::string& username, const std::string& password,
                                const std::string& device_token = {}) {
        return sign_in(service, alpha, username, password, device_token);
    }
    Code code_of(const std::string& username, const std::string& password,
                 const std::string& device_token = {}) {
        auto outcome = sign_in(username, password, device_token);
        return outcome ? Code::internal : outcome.error().code;
    }
    /// The challenge of a right password that is not enough; empty: something else was answered.
    std::string challenge(const std::string& username, bool enrolment = false,
                          const std::string& device_token = {}) {
        auto outcome = sign_in(username, "right", device_token);
        if (outcome || !outcome.error().second_factor)
            return "";
        EXPECT_EQ(outcome.error().code, Code::second_factor_required);
        EXPECT_EQ(outcome.error().second_factor->enrolment, enrolment);
        return outcome.error().second_factor->challenge;
    }
    Result<SecondFactorPassed> finish(SecondFactorSignIn& at, const std::string& challenge,
                                      const std::string& code) {
        auto outcome = std::make_shared<std::promise<Result<SecondFactorPassed>>>();
        at.finish(alpha.scope, {challenge, code, "a test"}, installation.soon(),
                  [outcome](Result<SecondFactorPassed> result) {
                      outcome->set_value(std::move(result));
                  });
        return outcome->get_future().get();
    }
    Result<SecondFactorPassed> finish(const std::string& challenge, const std::string& code) {
        return finish(second_factor, challenge, code);
    }
};

} // namespace bw::auth
