// What sign-in hands out beside the token, over HTTP.
#include <gmock/gmock.h>
#include <simdjson.h>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

TEST(SignIn, HandsOutARoutingHint) {
    World world;
    const std::string hash = *auth::hash_password("right", {.passes = 1, .memory_bytes = 8192});
    for (const Side* side : {&world.sides.alpha, &world.sides.bravo}) {
        auto set = world.sides.installation.database()->run(
            side->info.scope, world.sides.installation.soon(), [&](tenancy::TenantTx& tx) {
                return auth::set_password(tx, side->username("student"), hash, world.clock.now());
            });
        ASSERT_TRUE(set) << set.error().text();
    }
    auto sign_in = [&](const Side& side, const char* who) {
        JsonWriter json;
        json.object().member("username", side.username(who)).member("password", "right").end();
        return world.send({.method = net::Method::post,
                           .target = "/v1/sessions",
                           .host = side.info.slug + ".school.test",
                           .headers = {{"Content-Type", "application/json"}},
                           .body = json.take()});
    };
    auto hint = [](const net::ClientResponse& answer) {
        simdjson::dom::parser parser;
        std::string_view text;
        EXPECT_EQ(parser.parse(answer.body)["routing"].get(text), simdjson::SUCCESS) << answer.body;
        return std::string(text);
    };
    const net::ClientResponse first = sign_in(world.sides.alpha, "student");
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_THAT(hint(first), testing::MatchesRegex("[A-Za-z0-9_-]+"));
    EXPECT_EQ(hint(first).size(), 22U);
    EXPECT_EQ(first.header("set-cookie").value_or(""), // plain HTTP: not Secure
              "bw_route=" + hint(first) + "; Path=/; HttpOnly; SameSite=Lax");
    EXPECT_EQ(hint(sign_in(world.sides.alpha, "student")), hint(first));
    const net::ClientResponse elsewhere = sign_in(world.sides.bravo, "student");
    ASSERT_EQ(elsewhere.status, 201) << elsewhere.body;
    EXPECT_NE(hint(elsewhere), hint(first));
}

} // namespace
} // namespace bw::test
