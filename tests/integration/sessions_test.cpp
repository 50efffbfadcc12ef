// A session's life over HTTP: tokens in the answer or in cookies, renewed, listed, ended; and what
// foreign pages cannot do with a cookie.
#include <gmock/gmock.h>
#include <simdjson.h>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Sessions : testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string host = alpha.info.slug + ".school.test";

    void SetUp() override {
        const std::string hash = *auth::hash_password("right", {.passes = 1, .memory_bytes = 8192});
        auto set = world.sides.installation.database()->run(
            alpha.info.scope, world.sides.installation.soon(), [&](tenancy::TenantTx& tx) {
                return auth::set_password(tx, alpha.username("student"), hash, world.clock.now());
            });
        ASSERT_TRUE(set) << set.error().text();
        world.take_revocations();
    }
    net::ClientResponse ask(net::Method method, const std::string& target,
                            const std::string& body = {}, Headers headers = {}) {
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/json");
        return world.send({.method = method,
                           .target = target,
                           .host = host,
                           .headers = std::move(headers),
                           .body = body});
    }
    net::ClientResponse sign_in(const std::string& more = {}) {
        return ask(net::Method::post, "/v1/sessions",
                   R"({"username": ")" + alpha.username("student") + R"(", "password": "right")" +
                       more + "}");
    }
    net::ClientResponse refresh(const std::string& token) {
        return ask(net::Method::post, "/v1/sessions/refresh",
                   R"({"refresh_token": ")" + token + "\"}");
    }
    static Headers bearer(const std::string& token) {
        return {{"Authorization", "Bearer " + token}};
    }
    static std::string member(const net::ClientResponse& answer, const char* name) {
        simdjson::dom::parser parser;
        std::string_view text;
        if (parser.parse(answer.body)[name].get(text) != simdjson::SUCCESS)
            return "";
        return std::string(text);
    }
    static std::vector<std::string> cookies(const net::ClientResponse& answer) {
        std::vector<std::string> out;
        for (const auto& [name, value] : answer.headers)
            if (name == "Set-Cookie" && !value.starts_with("bw_route"))
                out.push_back(value);
        return out;
    }
    /// "name=value" of both, as a browser sends them back.
    static std::string jar(const net::ClientResponse& answer) {
        std::string out;
        for (const std::string& cookie : cookies(answer))
            out += (out.empty() ? "" : "; ") + cookie.substr(0, cookie.find(';'));
        return out;
    }
    int me(const Headers& headers) { return ask(net::Method::get, "/v1/me", {}, headers).status; }
};

TEST_F(Sessions, AreRenewedAndSignedOut) {
    const auto first = sign_in(R"(, "device": "a tablet")");
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(first.header("cache-control").value_or(""), "no-store");
    const auto second = refresh(member(first, "refresh_token"));
    ASSERT_EQ(second.status, 201) << second.body;
    EXPECT_EQ(member(second, "session_id"), member(first, "session_id"));
    const Headers mine = bearer(member(second, "access_token"));
    EXPECT_EQ(me(mine), 200);
    EXPECT_THAT(ask(net::Method::get, "/v1/sessions", {}, mine).body,
                HasSubstr(R"("device":"a tablet")"));
    EXPECT_EQ(ask(net::Method::del, "/v1/sessions/current", {}, mine).status, 204);
    world.take_revocations();
    EXPECT_EQ(me(mine), 401);
    EXPECT_EQ(me(bearer(member(first, "access_token"))), 401) << "all tokens of the session";
    EXPECT_EQ(refresh(member(second, "refresh_token")).status, 401);
}

TEST_F(Sessions, OneOfThemOrAllAreEndedByTheirOwner) {
    const auto lost = sign_in(), here = sign_in();
    const Headers mine = bearer(member(here, "access_token"));
    EXPECT_EQ(ask(net::Method::del, "/v1/sessions/" + member(lost, "session_id"), {}, mine).status,
              204);
    world.take_revocations();
    EXPECT_EQ(me(bearer(member(lost, "access_token"))), 401);
    EXPECT_EQ(refresh(member(lost, "refresh_token")).status, 401);
    EXPECT_EQ(me(mine), 200);
    const auto revocations = [&] {
        return world.sides.installation.superuser().value("select count(*) from revocations");
    };
    const std::string before = revocations();
    EXPECT_EQ(ask(net::Method::del, "/v1/sessions/" + member(lost, "session_id"), {}, mine).status,
              204);
    EXPECT_EQ(revocations(), before) << "it had ended";
    EXPECT_EQ(ask(net::Method::del, "/v1/sessions/ses_" + std::string(32, '0'), {}, mine).status,
              404);
    EXPECT_EQ(ask(net::Method::del, "/v1/sessions", {}, mine).status, 204);
    world.take_revocations();
    EXPECT_EQ(me(mine), 401);
    EXPECT_EQ(refresh(member(here, "refresh_token")).status, 401);
    EXPECT_EQ(me(bearer(member(sign_in(), "access_token"))), 200) << "who signs in again is in";
}

TEST_F(Sessions, AProcessThatHasNotHeardLatelyEndsNobodyElses) {
    const auto other = sign_in(), here = sign_in();
    const Headers mine = bearer(member(here, "access_token"));
    world.fall_silent();
    for (const std::string& target :
         {std::string("/v1/sessions"), "/v1/sessions/" + member(other, "session_id")}) {
        const auto refused = ask(net::Method::del, target, {}, mine);
        EXPECT_EQ(refused.status, 503) << target;
        EXPECT_NE(refused.header("retry-after"), std::nullopt);
    }
    EXPECT_EQ(me(mine), 200);
    EXPECT_EQ(ask(net::Method::del, "/v1/sessions/current", {}, mine).status, 204);
    world.take_revocations();
    EXPECT_EQ(me(bearer(member(other, "access_token"))), 200) << "nothing of it was ended";
}

TEST_F(Sessions, ACookieHoldsWhatNoScriptSees) {
    const auto signed_in = sign_in(R"(, "mode": "cookie")");
    ASSERT_EQ(signed_in.status, 201) << signed_in.body;
    EXPECT_EQ(member(signed_in, "access_token"), "");
    EXPECT_EQ(member(signed_in, "refresh_token"), "");
    const auto set = cookies(signed_in);
    ASSERT_EQ(set.size(), 3U);
    for (const std::string& cookie : set)
        EXPECT_THAT(cookie, HasSubstr("; HttpOnly; SameSite=Strict"));
    EXPECT_THAT(set[0], HasSubstr("; Path=/; "));
    EXPECT_THAT(set[1], HasSubstr("; Path=/v1/sessions; "));
    const Headers mine{{"Cookie", jar(signed_in)}};
    EXPECT_EQ(me(mine), 200);

    Headers own = mine;
    own.emplace_back("Origin", "http://" + host);
    const auto renewed = ask(net::Method::post, "/v1/sessions/refresh", "{}", own);
    ASSERT_EQ(renewed.status, 201) << renewed.body;
    EXPECT_EQ(member(renewed, "refresh_token"), "");
    Headers now{{"Cookie", jar(renewed)}, {"Sec-Fetch-Site", "same-origin"}};
    EXPECT_EQ(me(now), 200);
    const auto out = ask(net::Method::del, "/v1/sessions/current", {}, now);
    EXPECT_EQ(out.status, 204);
    for (const std::string& cookie : cookies(out))
        EXPECT_THAT(cookie, HasSubstr("; Max-Age=0;"));
    world.take_revocations();
    EXPECT_EQ(me(now), 401);
}

TEST_F(Sessions, AForeignPageDoesNothingWithACookie) {
    const std::string cookie = jar(sign_in(R"(, "mode": "cookie")"));
    const Headers pages[] = {
        {},
        {{"Origin", "https://evil.test"}},
        {{"Origin", "null"}},
        {{"Origin", "http://bravo.school.test"}}, // the same site, another institution
        {{"Sec-Fetch-Site", "cross-site"}},
        {{"Sec-Fetch-Site", "same-site"}, {"Origin", "http://" + host}},
        {{"Sec-Fetch-Site", "none"}},
    };
    for (Headers headers : pages) {
        headers.emplace_back("Cookie", cookie);
        EXPECT_EQ(ask(net::Method::del, "/v1/sessions/current", {}, headers).status, 403);
        EXPECT_EQ(ask(net::Method::post, "/v1/sessions/refresh", "{}", headers).status, 403);
        EXPECT_EQ(me(headers), 200) << "reading is CORS's to refuse";
    }
    // A second cookie of the same name, set by a neighbour, makes both worth nothing.
    EXPECT_EQ(me({{"Cookie", "bw_access=x; " + cookie}}), 401);
}

TEST_F(Sessions, ARefreshTokenCountsAtItsOwnHostAlone) {
    const std::string token = member(sign_in(), "refresh_token");
    const auto elsewhere = world.send({.method = net::Method::post,
                                       .target = "/v1/sessions/refresh",
                                       .host = "bravo.school.test",
                                       .headers = {{"Content-Type", "application/json"}},
                                       .body = R"({"refresh_token": ")" + token + "\"}"});
    EXPECT_EQ(elsewhere.status, 401) << elsewhere.body;
    EXPECT_EQ(refresh(token).status, 201);
    EXPECT_EQ(refresh("bwr_" + std::string(152, 'A')).status, 401);
    EXPECT_EQ(ask(net::Method::post, "/v1/sessions/refresh", "{}").status, 422);
}

} // namespace
} // namespace bw::test
