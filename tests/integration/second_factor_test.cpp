// Second factors, the policy that asks for them, and help for who cannot sign in, over HTTP.
#include <gmock/gmock.h>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "auth/totp.hpp"
#include "support/json_for_test.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct SecondFactors : testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::int64_t step = auth::totp_step(world.clock.now());

    void SetUp() override {
        const std::string hash = *auth::hash_password("right", {.passes = 1, .memory_bytes = 8192});
        for (const char* who : {"student", "teacher", "admin"}) {
            auto set = world.sides.installation.database()->run(
                alpha.info.scope, world.sides.installation.soon(), [&](tenancy::TenantTx& tx) {
                    return auth::set_password(tx, alpha.username(who), hash, world.clock.now());
                });
            ASSERT_TRUE(set) << set.error().text();
        }
        world.take_revocations();
    }
    net::ClientResponse ask(net::Method method, const std::string& target,
                            const std::string& body = {}, Headers headers = {}) {
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/json");
        return world.send({.method = method,
                           .target = target,
                           .host = alpha.info.slug + ".school.test",
                           .headers = std::move(headers),
                           .body = body});
    }
    net::ClientResponse sign_in(const char* who, const std::string& more = {},
                                const Headers& headers = {}) {
        return ask(net::Method::post, "/v1/sessions",
                   R"({"username": ")" + alpha.username(who) + R"(", "password": )" +
                       (more.starts_with("\"") ? more : R"("right")" + more) + "}",
                   headers);
    }
    Headers signed_in(const char* who) {
        const auto answer = sign_in(who);
        EXPECT_EQ(answer.status, 201) << answer.body;
        return {{"Authorization", "Bearer " + json_text(answer.body, "access_token")}};
    }
    static std::string code(const std::string& base32, std::int64_t step) {
        constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        std::string bits;
        for (char c : base32)
            for (int bit = 4; bit >= 0; --bit)
                bits += letters.find(c) >> bit & 1 ? '1' : '0';
        Bytes secret;
        for (std::size_t i = 0; i + 8 <= bits.size(); i += 8)
            secret.push_back(static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2)));
        return auth::totp_code(secret, step);
    }
    static std::string said(const std::string& name, const std::string& value) {
        return "{\"" + name + "\": \"" + value + "\"}";
    }
};

TEST_F(SecondFactors, FromTheFirstCodeToTheLast) {
    const Headers teacher = signed_in("teacher");
    EXPECT_EQ(ask(net::Method::post, "/v1/me/second-factor", {}, signed_in("student")).status, 403);
    const auto begun = ask(net::Method::post, "/v1/me/second-factor", {}, teacher);
    ASSERT_EQ(begun.status, 201) << begun.body;
    const std::string secret = json_text(begun.body, "secret");
    EXPECT_THAT(json_text(begun.body, "otpauth_uri"),
                HasSubstr("otpauth://totp/alpha.school.test:ALPHAMARK-teacher?secret=" + secret));
    EXPECT_EQ(
        ask(net::Method::post, "/v1/me/second-factor/confirmation", said("code", "000000"), teacher)
            .status,
        422);
    const auto confirmed = ask(net::Method::post, "/v1/me/second-factor/confirmation",
                               said("code", code(secret, step)), teacher);
    ASSERT_EQ(confirmed.status, 201) << confirmed.body;
    const std::string recovery = json_text(confirmed.body, "recovery_codes/0");
    EXPECT_EQ(recovery.size(), 19U);
    EXPECT_THAT(ask(net::Method::get, "/v1/me/second-factor", {}, teacher).body,
                HasSubstr(R"("recovery_codes_left":10)"));

    const auto asked = sign_in("teacher");
    EXPECT_EQ(asked.status, 401);
    EXPECT_EQ(json_text(asked.body, "code"), "second_factor_required");
    const std::string challenge = json_text(asked.body, "second_factor/challenge");
    EXPECT_EQ(json_text(asked.body, "access_token"), "");
    auto finish = [&](const std::string& with, const std::string& more = {}) {
        return ask(net::Method::post, "/v1/sessions/second-factor",
                   R"({"challenge": ")" + challenge + R"(", "code": ")" + with + "\"" + more + "}");
    };
    EXPECT_EQ(finish(code(secret, step)).status, 401) << "used by the confirmation";
    const auto in = finish(code(secret, step + 1), R"(, "mode": "cookie")");
    ASSERT_EQ(in.status, 201) << in.body;
    EXPECT_EQ(json_text(in.body, "access_token"), "");
    EXPECT_EQ(
        ask(net::Method::post, "/v1/me/second-factor/removal", said("code", recovery), teacher)
            .status,
        204);
    EXPECT_EQ(sign_in("teacher").status, 201);
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select string_agg(action, ' ' order by audit_event_id) from audit_events where "
                  "action like 'second_factor.%'"),
              "second_factor.confirmed second_factor.removed");
}

TEST_F(SecondFactors, AStolenOrUnheardTokenChangesNone) {
    const Headers teacher = signed_in("teacher");
    const auto begun = ask(net::Method::post, "/v1/me/second-factor", {}, teacher);
    ASSERT_EQ(begun.status, 201) << begun.body;
    const std::string right = said("code", code(json_text(begun.body, "secret"), step));
    const std::pair<std::string, std::string> deeds[] = {
        {"/v1/me/second-factor", ""},
        {"/v1/me/second-factor/confirmation", right},
        {"/v1/me/second-factor/removal", right},
    };
    auto began = [&](const char* ago) {
        world.sides.installation.superuser().run(
            "update refresh_families set began_at = now() - interval '" + std::string(ago) + "'");
    };
    for (const auto& [path, body] : deeds) {
        began("11 minutes");
        EXPECT_EQ(ask(net::Method::post, path, body, teacher).status, 403) << path;
        began("9 minutes");
        world.fall_silent();
        EXPECT_EQ(ask(net::Method::post, path, body, teacher).status, 503) << path;
        world.take_revocations();
    }
    EXPECT_THAT(ask(net::Method::get, "/v1/me/second-factor", {}, teacher).body,
                HasSubstr(R"("state":"begun")"));
    EXPECT_EQ(ask(net::Method::post, deeds[1].first, right, teacher).status, 201)
        << "the control: no code was used up by what was refused";
}

TEST_F(SecondFactors, AnAdministratorAsksStaffForOneAndTakesALostOneAway) {
    const Headers administrator = signed_in("admin");
    const auto policy = ask(net::Method::get, "/v1/sign-in-policy", {}, administrator);
    ASSERT_EQ(policy.status, 200) << policy.body;
    EXPECT_EQ(ask(net::Method::get, "/v1/sign-in-policy", {}, signed_in("teacher")).status, 403);
    Headers change = administrator;
    EXPECT_EQ(ask(net::Method::patch, "/v1/sign-in-policy", said("staff_second_factor", "required"),
                  change)
                  .status,
              428);
    change.emplace_back("If-Match", std::string(policy.header("etag").value_or("")));
    ASSERT_EQ(ask(net::Method::patch, "/v1/sign-in-policy", said("staff_second_factor", "required"),
                  change)
                  .status,
              200);
    EXPECT_EQ(ask(net::Method::patch, "/v1/sign-in-policy", said("staff_second_factor", "optional"),
                  change)
                  .status,
              412)
        << "another version stands";
    EXPECT_EQ(sign_in("student").status, 201);
    const auto asked = sign_in("teacher");
    ASSERT_EQ(asked.status, 401);
    EXPECT_THAT(asked.body, HasSubstr(R"("enrolment":true)"));
    const std::string challenge = json_text(asked.body, "second_factor/challenge");
    const auto made = ask(net::Method::post, "/v1/sessions/second-factor/enrolment",
                          said("challenge", challenge));
    ASSERT_EQ(made.status, 201) << made.body;
    const auto in = ask(net::Method::post, "/v1/sessions/second-factor",
                        R"({"challenge": ")" + challenge + R"(", "code": ")" +
                            code(json_text(made.body, "secret"), step) + "\"}");
    ASSERT_EQ(in.status, 201) << in.body;
    EXPECT_EQ(json_text(in.body, "recovery_codes/9").size(), 19U);
    const Headers teacher{{"Authorization", "Bearer " + json_text(in.body, "access_token")}};

    EXPECT_THAT(sign_in("teacher").body, HasSubstr(R"("enrolment":false)"));
    const std::string factor = "/v1/users/" + UserId{alpha.id(6)}.text() + "/second-factor";
    EXPECT_EQ(ask(net::Method::del, factor, {}, teacher).status, 403);
    EXPECT_EQ(ask(net::Method::del, factor, {}, administrator).status, 204);
    EXPECT_EQ(ask(net::Method::del, factor, {}, administrator).status, 404);
    EXPECT_THAT(sign_in("teacher").body, HasSubstr(R"("enrolment":true)"));
}

TEST_F(SecondFactors, ATeacherLiftsTheDelayOfTheirStudent) {
    const Headers teacher = signed_in("teacher"), student = signed_in("student");
    const auto first = sign_in("student", R"(, "mode": "cookie")");
    std::string cookie;
    for (const auto& [name, value] : first.headers)
        if (name == "Set-Cookie" && value.starts_with("bw_device="))
            cookie = value;
    EXPECT_THAT(cookie,
                HasSubstr("; Path=/v1/sessions; Max-Age=15552000; HttpOnly; SameSite=Strict"));
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(sign_in("student", "\"guess\"").status, 401);
    const auto refused = sign_in("student");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(json_text(refused.body, "code"), "sign_in_delayed");
    const int wait = std::stoi(std::string(refused.header("retry-after").value_or("0")));
    EXPECT_GE(wait, 2);
    EXPECT_LE(wait, 3);
    EXPECT_EQ(sign_in("student", {}, {{"Cookie", cookie.substr(0, cookie.find(';'))}}).status, 201);

    const std::string delay = "/v1/users/" + UserId{alpha.id(5)}.text() + "/sign-in-delay";
    EXPECT_EQ(ask(net::Method::del, delay, {}, student).status, 403);
    const std::string colleague = "/v1/users/" + UserId{alpha.id(7)}.text() + "/sign-in-delay";
    EXPECT_EQ(ask(net::Method::del, colleague, {}, teacher).status, 404) << "nobody they teach";
    EXPECT_EQ(ask(net::Method::del, colleague, {}, signed_in("admin")).status, 204);
    EXPECT_EQ(ask(net::Method::del, delay, {}, teacher).status, 204);
    EXPECT_EQ(sign_in("student").status, 201);
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select count(*) from audit_events where action = 'sign_in_delay.lifted' and "
                  "actor = '" +
                  UserId{alpha.id(6)}.text() + "'"),
              "1");
    // Whoever has left the class, or no longer teaches it.
    for (const char* role : {"teacher", "student"}) {
        world.sides.installation.superuser().run(
            std::string("update enrollments set end_date = current_date - 1 where role = '") +
            role + "'");
        EXPECT_EQ(ask(net::Method::del, delay, {}, teacher).status, 404) << role;
        world.sides.installation.superuser().run("update enrollments set end_date = null");
        EXPECT_EQ(ask(net::Method::del, delay, {}, teacher).status, 204);
    }
    world.sides.installation.superuser().run("update enrollments set status = 'inactive'");
    EXPECT_EQ(ask(net::Method::del, delay, {}, teacher).status, 404) << "no student of theirs now";
}

} // namespace
} // namespace bw::test
