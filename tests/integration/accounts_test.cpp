// Passwords for people over HTTP: changed with the old one, chosen with a class code or a card,
// asked for by mail; who may, and what nobody learns.
#include <gmock/gmock.h>
#include <simdjson.h>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Accounts : testing::Test {
    World world;
    const Side &alpha = world.sides.alpha, &bravo = world.sides.bravo;
    const std::string section = "/v1/sections/" + SectionId{alpha.id(4)}.text();

    void SetUp() override {
        for (const Side* side : {&alpha, &bravo})
            for (const char* who : {"student", "teacher", "admin"})
                set(*side, who, "three blue kettles");
        // The sample's keys of persons are no keys.
        world.sides.installation.superuser().run("delete from subject_keys; update users set email "
                                                 "= 'ada@school.example' where username "
                                                 "like '%-student'");
        world.take_revocations();
    }
    void set(const Side& side, const char* who, const std::string& password) {
        const std::string hash =
            *auth::hash_password(password, {.passes = 1, .memory_bytes = 8192});
        auto done = world.sides.installation.database()->run(
            side.info.scope, world.sides.installation.soon(), [&](tenancy::TenantTx& tx) {
                return auth::set_password(tx, side.username(who), hash, world.clock.now());
            });
        ASSERT_TRUE(done) << done.error().text();
    }
    net::ClientResponse ask(const Side& side, net::Method method, const std::string& target,
                            const std::string& body = {}, Headers headers = {}) {
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/json");
        return world.send({.method = method,
                           .target = target,
                           .host = side.info.slug + ".school.test",
                           .headers = std::move(headers),
                           .body = body});
    }
    net::ClientResponse sign_in(const Side& side, const char* who, const std::string& password,
                                const std::string& more = {}) {
        return ask(side, net::Method::post, "/v1/sessions",
                   R"({"username": ")" + side.username(who) + R"(", "password": ")" + password +
                       "\"" + more + "}");
    }
    Headers as(const Side& side, const char* who,
               const std::string& password = "three blue kettles") {
        const auto signed_in = sign_in(side, who, password);
        EXPECT_EQ(signed_in.status, 201) << signed_in.body;
        return {{"Authorization", "Bearer " + member(signed_in, "access_token")}};
    }
    static std::string member(const net::ClientResponse& answer, const char* name) {
        simdjson::dom::parser parser;
        std::string_view text;
        return parser.parse(answer.body)[name].get(text) == simdjson::SUCCESS ? std::string(text)
                                                                              : "";
    }
    net::ClientResponse choose(const Side& side, const char* who, const std::string& code,
                               const std::string& next) {
        return ask(side, net::Method::post, "/v1/passwords",
                   R"({"username": ")" + side.username(who) + R"(", "code": ")" + code +
                       R"(", "new_password": ")" + next + "\"}");
    }
    std::string count(const std::string& sql) {
        return world.sides.installation.superuser().value("select count(*) from " + sql);
    }
};

TEST_F(Accounts, AChangeEndsEverySessionAndBeginsOne) {
    const Headers here = as(alpha, "student"), elsewhere = as(alpha, "student");
    const std::string body =
        R"({"current_password": "three blue kettles", "new_password": "seven red lamps"})";
    EXPECT_EQ(ask(alpha, net::Method::put, "/v1/me/password", body).status, 401);
    const auto wrong = ask(alpha, net::Method::put, "/v1/me/password",
                           R"({"current_password": "x", "new_password": "seven red lamps"})", here);
    EXPECT_EQ(wrong.status, 422);
    EXPECT_EQ(member(wrong, "field"), "/current_password");
    const auto changed = ask(alpha, net::Method::put, "/v1/me/password", body, here);
    ASSERT_EQ(changed.status, 201) << changed.body;
    EXPECT_EQ(changed.header("cache-control").value_or(""), "no-store");
    world.take_revocations();
    for (const Headers& old : {here, elsewhere})
        EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, old).status, 401);
    const Headers now{{"Authorization", "Bearer " + member(changed, "access_token")}};
    EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, now).status, 200);
    EXPECT_EQ(ask(alpha, net::Method::post, "/v1/sessions/refresh",
                  R"({"refresh_token": ")" + member(changed, "refresh_token") + "\"}")
                  .status,
              201);
    EXPECT_EQ(sign_in(alpha, "student", "three blue kettles").status, 401);
    EXPECT_EQ(sign_in(alpha, "student", "seven red lamps").status, 201);
    EXPECT_EQ(sign_in(bravo, "student", "three blue kettles").status, 201) << "the other's stays";
}

TEST_F(Accounts, NothingIsChangedWhileRevocationsAreNotHeard) {
    const Headers student = as(alpha, "student"), teacher = as(alpha, "teacher");
    world.fall_silent();
    const auto refused =
        ask(alpha, net::Method::put, "/v1/me/password",
            R"({"current_password": "three blue kettles", "new_password": "seven red lamps"})",
            student);
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_TRUE(refused.header("retry-after"));
    EXPECT_EQ(
        ask(alpha, net::Method::post, section + "/cards", R"({"students": "all"})", teacher).status,
        503);
    EXPECT_EQ(ask(alpha, net::Method::get, section + "/accounts", {}, teacher).status, 200)
        << "reading goes on";
    world.take_revocations();
    EXPECT_EQ(
        ask(alpha, net::Method::post, section + "/cards", R"({"students": "all"})", teacher).status,
        201);
    EXPECT_EQ(sign_in(alpha, "student", "three blue kettles").status, 201);
}

TEST_F(Accounts, ATeacherOpensAStudentWhoThenChooses) {
    const Headers teacher = as(alpha, "teacher"), student = as(alpha, "student");
    EXPECT_EQ(
        ask(alpha, net::Method::post, section + "/class-code", R"({"students": "all"})", student)
            .status,
        403);
    EXPECT_EQ(ask(alpha, net::Method::post, section + "/class-code", "{}", teacher).status, 409)
        << "all have a password";
    const auto made =
        ask(alpha, net::Method::post, section + "/class-code",
            R"({"user_ids": [")" + UserId{alpha.id(5)}.text() + R"("], "minutes": 5})", teacher);
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string code = member(made, "code");
    EXPECT_EQ(choose(bravo, "student", code, "seven red lamps").status, 403)
        << "the other institution's";
    const auto weak = choose(alpha, "student", code, "short");
    EXPECT_EQ(weak.status, 422);
    EXPECT_EQ(member(weak, "field"), "/new_password");
    EXPECT_EQ(choose(alpha, "student", code, "seven red lamps").status, 204);
    world.take_revocations();
    EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, student).status, 401) << "sessions end";
    EXPECT_EQ(sign_in(alpha, "student", "seven red lamps").status, 201);
    EXPECT_EQ(choose(alpha, "student", code, "ten grey doors").status, 403);
    const auto seen = ask(alpha, net::Method::get, section + "/class-code", {}, teacher);
    EXPECT_THAT(seen.body, HasSubstr(R"("misses":1)"));
    EXPECT_THAT(seen.body, Not(HasSubstr(R"("used_at":null)")));
    EXPECT_THAT(seen.body, Not(HasSubstr(code)));
    EXPECT_EQ(ask(alpha, net::Method::del, section + "/class-code", {}, teacher).status, 204);
    EXPECT_EQ(ask(alpha, net::Method::del, section + "/class-code", {}, teacher).status, 404);
}

TEST_F(Accounts, CardsArePrintedAndUsed) {
    const Headers teacher = as(alpha, "teacher");
    const auto cards = ask(alpha, net::Method::post, section + "/cards",
                           R"({"students": "all", "hours": 1})", teacher);
    ASSERT_EQ(cards.status, 201) << cards.body;
    EXPECT_EQ(cards.header("cache-control").value_or(""), "no-store");
    EXPECT_THAT(cards.body,
                HasSubstr("https://alpha.school.test/password#username=ALPHAMARK-student&code="));
    const auto page =
        ask(alpha, net::Method::post, section + "/cards/page", R"({"students": "all"})", teacher);
    ASSERT_EQ(page.status, 201) << page.body;
    EXPECT_THAT(page.header("content-type").value_or(""), HasSubstr("text/html"));
    EXPECT_EQ(page.header("cache-control").value_or(""), "no-store");
    EXPECT_THAT(page.header("content-security-policy").value_or(""),
                HasSubstr("default-src 'none'; style-src 'sha256-"));
    EXPECT_THAT(page.body, HasSubstr("<svg"));
    const std::size_t at = page.body.find("<dt>Code</dt><dd>");
    ASSERT_NE(at, std::string::npos);
    const std::string code = page.body.substr(at + 17, 11);
    EXPECT_EQ(choose(alpha, "student", code, "seven red lamps").status, 204) << code;
    EXPECT_EQ(sign_in(alpha, "student", "seven red lamps").status, 201);
    EXPECT_EQ(count("audit_events where action = 'cards.made'"), "2");
}

TEST_F(Accounts, AskingForALinkTellsNothing) {
    auto asked = [&](const std::string& body, Headers headers = {}) {
        return ask(alpha, net::Method::post, "/v1/password-resets", body, std::move(headers));
    };
    const std::string known = R"({"username": ")" + alpha.username("student") + "\"}";
    for (const std::string& body : {known, std::string(R"({"username": "nobody"})"),
                                    std::string(R"({"email": "nobody@example.org"})")}) {
        const auto answer = asked(body);
        EXPECT_EQ(answer.status, 202) << body;
        EXPECT_EQ(answer.body, "");
    }
    EXPECT_EQ(asked("{}").status, 422);
    EXPECT_EQ(asked(R"({"username": "a", "email": "b"})").status, 422);
    // What follows the answer is done when the same lane takes the next one up.
    EXPECT_EQ(asked(known).status, 202);
    EXPECT_EQ(asked(R"({"username": "nobody"})").status, 202);
    EXPECT_EQ(count("mail_outbox where template = 'password_reset'"), "2");
    EXPECT_EQ(count("vouchers where kind = 'reset' and ended_at is null"), "1");
    EXPECT_EQ(count("audit_events where action = 'password.reset_asked'"), "2");
}

TEST_F(Accounts, AdministratorsInvite) {
    const Headers admin = as(alpha, "admin"), teacher = as(alpha, "teacher");
    const std::string section_body = R"({"section_id": ")" + SectionId{alpha.id(4)}.text() + "\"}";
    EXPECT_EQ(ask(alpha, net::Method::post, "/v1/invitations", section_body, teacher).status, 403);
    EXPECT_THAT(ask(alpha, net::Method::post, "/v1/invitations", section_body, admin).body,
                HasSubstr(R"("data":[],"more":false,"with_password":2)"));
    world.sides.installation.superuser().run("delete from credentials where user_id = '" +
                                             to_text(alpha.id(6)) + "'");
    const auto sent = ask(alpha, net::Method::post, "/v1/invitations", section_body, admin);
    ASSERT_EQ(sent.status, 201);
    EXPECT_THAT(sent.body, HasSubstr(UserId{alpha.id(6)}.text()));
    EXPECT_THAT(ask(alpha, net::Method::post, "/v1/invitations", section_body, admin).body,
                HasSubstr(R"("data":[])"))
        << "no second one";
    EXPECT_EQ(ask(alpha, net::Method::post, "/v1/invitations",
                  R"({"everybody": true, "user_id": "usr_00000000000000000000000000000000"})",
                  admin)
                  .status,
              422);
    EXPECT_EQ(ask(alpha, net::Method::post, "/v1/invitations",
                  R"({"user_id": "usr_00000000000000000000000000000000"})", admin)
                  .status,
              404);
    EXPECT_EQ(count("mail_outbox where template = 'invitation'"), "1");
    const auto list = ask(alpha, net::Method::get, "/v1/invitations?limit=1", {}, admin);
    simdjson::dom::parser parser;
    std::string_view first;
    ASSERT_EQ(parser.parse(list.body)["data"].at(0)["invitation_id"].get(first), simdjson::SUCCESS)
        << list.body;
    const std::string path = "/v1/invitations/" + std::string(first);
    EXPECT_EQ(ask(alpha, net::Method::post, path + "/resend", {}, admin).status, 201);
    EXPECT_EQ(ask(alpha, net::Method::del, path, {}, admin).status, 409)
        << "the newer one has replaced it";
    const auto again = ask(alpha, net::Method::get, "/v1/invitations?limit=1", {}, admin);
    ASSERT_EQ(parser.parse(again.body)["data"].at(0)["invitation_id"].get(first),
              simdjson::SUCCESS);
    const std::string newer = "/v1/invitations/" + std::string(first);
    EXPECT_EQ(ask(alpha, net::Method::del, newer, {}, teacher).status, 403);
    EXPECT_EQ(ask(bravo, net::Method::del, newer, {}, as(bravo, "admin")).status, 404)
        << "another institution's";
    EXPECT_EQ(ask(alpha, net::Method::del, newer, {}, admin).status, 204);
    EXPECT_EQ(ask(alpha, net::Method::del, newer, {}, admin).status, 409);
}

TEST_F(Accounts, ASessionOnASharedDeviceIsShortAndLeavesNothingThere) {
    const Headers admin = as(alpha, "admin"), teacher = as(alpha, "teacher");
    auto minutes_left = [&](const net::ClientResponse& answer, const char* name) {
        const auto until = from_rfc3339(member(answer, name));
        EXPECT_TRUE(until) << answer.body;
        return until ? std::chrono::duration<double, std::ratio<60>>(*until - world.clock.now())
                           .count()
                     : 0;
    };
    const auto at_first =
        sign_in(alpha, "student", "three blue kettles", R"(, "shared_device": true)");
    EXPECT_NEAR(minutes_left(at_first, "refresh_expires_at"), 90, 1);
    world.sides.installation.superuser().run("delete from password_policies");
    Headers with_tag = admin;
    with_tag.emplace_back("If-Match", "\"0\"");
    const auto set = ask(alpha, net::Method::patch, "/v1/password-policy",
                         R"({"shared_device_minutes": 20})", with_tag);
    ASSERT_EQ(set.status, 200) << set.body;
    const auto shared =
        sign_in(alpha, "student", "three blue kettles", R"(, "shared_device": true)");
    EXPECT_NEAR(minutes_left(shared, "refresh_expires_at"), 20, 1);
    EXPECT_NEAR(minutes_left(shared, "expires_at"), 20, 1) << "its access token ends with it";
    const auto renewed = ask(alpha, net::Method::post, "/v1/sessions/refresh",
                             R"({"refresh_token": ")" + member(shared, "refresh_token") + "\"}");
    ASSERT_EQ(renewed.status, 201) << renewed.body;
    EXPECT_NEAR(minutes_left(renewed, "expires_at"), 20, 1) << "and so does the next";
    EXPECT_GT(minutes_left(sign_in(alpha, "student", "three blue kettles"), "refresh_expires_at"),
              24 * 60)
        << "the control";

    for (const bool on_shared : {true, false}) {
        const auto in_cookies = sign_in(alpha, "student", "three blue kettles",
                                        on_shared ? R"(, "mode": "cookie", "shared_device": true)"
                                                  : R"(, "mode": "cookie")");
        int kept = 0;
        for (const auto& [name, value] : in_cookies.headers)
            kept +=
                name == "Set-Cookie" && !value.starts_with("bw_route") && value.contains("Max-Age");
        EXPECT_EQ(kept, on_shared ? 0 : 3);
    }
    const Headers here{{"Authorization", "Bearer " + member(renewed, "access_token")}};
    const auto changed = ask(
        alpha, net::Method::put, "/v1/me/password",
        R"({"current_password": "three blue kettles", "new_password": "seven red lamps"})", here);
    ASSERT_EQ(changed.status, 201) << changed.body;
    EXPECT_NEAR(minutes_left(changed, "refresh_expires_at"), 20, 1)
        << "as short as the one it replaces";
    {
        // One that could not be written down: nobody knows what device it is on.
        const Headers unwritten = as(alpha, "admin");
        world.sides.installation.superuser().run(
            "delete from refresh_families f using users u "
            "where u.user_id = f.user_id and u.username like '%-admin'");
        const auto anew =
            ask(alpha, net::Method::put, "/v1/me/password",
                R"({"current_password": "three blue kettles", "new_password": "seven red lamps"})",
                unwritten);
        ASSERT_EQ(anew.status, 201) << anew.body;
        EXPECT_NEAR(minutes_left(anew, "refresh_expires_at"), 20, 1);
    }
    world.take_revocations();
    const Headers again = as(alpha, "student", "seven red lamps");
    const Headers now{{"Authorization", "Bearer " + member(changed, "access_token")}};
    EXPECT_EQ(ask(alpha, net::Method::del, section + "/sessions?which=shared_devices", {}, teacher)
                  .status,
              200);
    world.take_revocations();
    EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, now).status, 401);
    EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, again).status, 200) << "the other goes on";
}

TEST_F(Accounts, ATeacherSignsTheClassOut) {
    const Headers teacher = as(alpha, "teacher"), student = as(alpha, "student"),
                  others = as(bravo, "student");
    EXPECT_EQ(ask(alpha, net::Method::del, section + "/sessions?which=some", {}, teacher).status,
              422);
    EXPECT_THAT(ask(alpha, net::Method::del, section + "/sessions?which=all", {}, teacher).body,
                HasSubstr("sessions_ended"));
    world.take_revocations();
    EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, student).status, 401);
    EXPECT_EQ(ask(alpha, net::Method::get, "/v1/me", {}, teacher).status, 200);
    EXPECT_EQ(ask(bravo, net::Method::get, "/v1/me", {}, others).status, 200);
}

} // namespace
} // namespace bw::test
