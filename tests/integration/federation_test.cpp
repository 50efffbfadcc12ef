// Federation over HTTP, as far as it needs no provider; tests/federation has a real one.
#include <gtest/gtest.h>

#include "world.hpp"

namespace bw::test {
namespace {

struct Federation : testing::Test {
    World world;
    const std::string token = world.administrator();

    net::ClientResponse ask(net::Method method, const std::string& target,
                            const std::string& body = {}) {
        net::ClientRequest request{.method = method,
                                   .target = target,
                                   .host = "alpha.school.test",
                                   .headers = {{"Authorization", "Bearer " + token}},
                                   .body = body};
        if (!body.empty())
            request.headers.emplace_back("Content-Type", "application/json");
        if (method == net::Method::put || method == net::Method::del)
            request.headers.emplace_back("If-Match", "\"1\"");
        return world.send(std::move(request));
    }
};

constexpr const char* description =
    R"({"name": "x", "issuer": "https://login.school.example", "client_id": "x", "client_auth": "none"})";

TEST_F(Federation, AProcessThatHasNotHeardLatelyLetsNobodyChangeWhoComesIn) {
    const std::string provider = federation::ProviderId{world.sides.alpha.id(10)}.text();
    const std::string one = "/v1/identity-providers/" + provider;
    const std::string before = digest(world.sides.installation.superuser(), world.sides.alpha);
    world.fall_silent();
    for (const auto& answer :
         {ask(net::Method::post, "/v1/identity-providers", description),
          ask(net::Method::put, one, description), ask(net::Method::del, one),
          ask(net::Method::post, "/v1/me/identities", R"({"provider_id": ")" + provider + "\"}"),
          ask(net::Method::del,
              "/v1/me/identities/" + federation::IdentityId{world.sides.alpha.id(26)}.text())}) {
        EXPECT_EQ(answer.status, 503) << answer.body;
        EXPECT_NE(answer.header("retry-after"), std::nullopt);
    }
    EXPECT_EQ(digest(world.sides.installation.superuser(), world.sides.alpha), before);
    EXPECT_EQ(ask(net::Method::get, "/v1/identity-providers").status, 200);
}

TEST_F(Federation, WhoAddsAnIdentityHasJustSignedIn) {
    const auto answer = ask(net::Method::post, "/v1/me/identities",
                            R"({"provider_id": ")" +
                                federation::ProviderId{world.sides.alpha.id(10)}.text() + "\"}");
    EXPECT_EQ(answer.status, 403) << answer.body; // this session never began in the database
}

} // namespace
} // namespace bw::test
