// Outages over HTTP: what operators declare, and what staff are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_calls.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using testing::HasSubstr;

struct Outages : testing::Test {
    World world;

    net::ClientResponse at_the_base(net::Method method, std::string body = "") {
        net::ClientRequest request{.method = method,
                                   .target = "/v1/operator/outages",
                                   .host = World::base_host,
                                   .headers = {{"Authorization", "Bearer " + world.operator_token},
                                               {"Content-Type", "application/json"}},
                                   .body = std::move(body)};
        return world.send(std::move(request));
    }
    net::ClientResponse declare(Duration began, Duration ended) { // ago
        return at_the_base(post, R"({"began_at":")" + to_rfc3339(world.clock.now() - began) +
                                     R"(","ended_at":")" + to_rfc3339(world.clock.now() - ended) +
                                     R"(","reason":"The road was dug up."})");
    }
};

TEST_F(Outages, WhatIsDeclaredIsOverRecentAndNotTooLong) {
    const auto good = declare(20min, 10min);
    ASSERT_EQ(good.status, 201) << good.body;
    EXPECT_THAT(at_the_base(get).body, HasSubstr("The road was dug up."));
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select action from control.operator_events order by seq desc limit 1"),
              "outage.declared");
    for (const auto& [began, ended, field] :
         {std::tuple{Duration(10min), Duration(-10min), "/ended_at"}, // not over
          {Duration(10min), Duration(10min), "/ended_at"},            // no span
          {Duration(8 * 24h), Duration(0s), "/began_at"},             // a slip of the pen
          {Duration(40 * 24h), Duration(39 * 24h), "/ended_at"}}) {
        const auto bad = declare(began, ended);
        EXPECT_EQ(bad.status, 422) << bad.body;
        EXPECT_EQ(member(bad, "/field"), "\"" + std::string(field) + "\"") << bad.body;
    }
    EXPECT_EQ(world.sides.installation.superuser().value("select count(*) from control.outages"),
              "1");
}

TEST_F(Outages, StaffAreToldOfTheirOwn) {
    const auto told = call(world, get, "/v1/outages", world.teacher());
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(member(told, "/data/0/given_back_at"), "null");
    EXPECT_THAT(member(told, "/data/1"), HasSubstr("nothing")) << "the other institution's";
    EXPECT_EQ(call(world, get, "/v1/outages", world.student()).status, 403);
    EXPECT_EQ(call(world, get, "/v1/outages?cursor=x", world.teacher()).status, 422);
}

} // namespace
} // namespace bw::test
