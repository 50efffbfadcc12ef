#include "app/load_forecast.hpp"

#include <gtest/gtest.h>

#include "net/client.hpp"
#include "net/server.hpp"

namespace bw::app {
namespace {

using forecast::Kind;

class CountedTest : public testing::Test {
protected:
    static net::Handler answer(int status) {
        return [status](const net::Request&, net::Responder respond) {
            if (status >= 400)
                return respond(fail(Code::unauthenticated, "no"));
            net::Response response{.status = status};
            if (status != 304)
                response.body = "{}";
            respond(std::move(response));
        };
    }
    std::uint32_t count(Kind kind) {
        std::uint32_t sum = 0;
        for (const forecast::MinuteLoad& load : counter_.take())
            if (load.tenant == tenant_)
                sum += load.came[forecast::place(kind)];
        return sum;
    }

    SystemClock clock_;
    SystemRng rng_;
    const TenantId tenant_ = TenantId::make(clock_.now(), rng_);
    forecast::LoadCounter counter_;
};

TEST_F(CountedTest, WhatWasAnsweredWellAtAnInstitutionsHost) {
    struct Case {
        net::Route route;
        std::string host;
        std::optional<Kind> counted;
    };
    using enum net::Method;
    const auto token = net::Credential::access_token, host = net::Credential::host;
    auto route = [&](net::Method method, std::string path, net::Credential credential, int status) {
        return net::Route{.method = method,
                          .path = std::move(path),
                          .operation = "x",
                          .handler = answer(status),
                          .credential = credential};
    };
    const Case cases[] = {
        {route(post, "/v1/sessions", host, 201), "north", Kind::password},
        {route(post, "/v1/sessions", host, 401), "north", {}},
        {route(post, "/v1/sessions", host, 201), "nowhere", {}},
        {route(post, "/v1/sessions/refresh", host, 201), "north", Kind::refresh},
        {route(post, "/v1/federation/sessions", host, 201), "north", Kind::provider},
        {route(post, "/v1/submissions", token, 202), "north", Kind::submission},
        {route(get, "/v1/me", token, 200), "north", Kind::page_read},
        {route(get, "/v1/me", token, 304), "north", Kind::page_read},
        {route(get, "/v1/me", token, 403), "north", {}},
        {route(get, "/v1/sign-in-methods", host, 200), "north", {}},
        {route(post, "/v1/me/second-factor", token, 200), "north", {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.route.path + " at " + c.host);
        net::RouteTable plain;
        plain.add(c.route);
        const net::RouteTable routes =
            counted(plain, counter_, [&](std::string_view at) -> std::optional<TenantId> {
                return at.starts_with("north") ? std::optional(tenant_) : std::nullopt;
            });
        auto server = *net::Server::start({}, routes, clock_, rng_);
        auto client = net::Client::make({.port = server->port()}, clock_);
        const auto answered = client->fetch(
            {.method = c.route.method, .target = c.route.path, .host = c.host + ".school.test"},
            Deadline::in(clock_, 10s));
        ASSERT_TRUE(answered);
        std::uint32_t others = 0, wanted = 0;
        for (const forecast::MinuteLoad& load : counter_.take())
            for (std::size_t k = 0; k < forecast::kinds; ++k)
                (c.counted == static_cast<Kind>(k) ? wanted : others) += load.came[k];
        EXPECT_EQ(wanted, c.counted ? 1U : 0U);
        EXPECT_EQ(others, 0U);
    }
}

TEST_F(CountedTest, AHandlerThatAnswersOnTheLoopOrDropsItsRequest) {
    net::RouteTable plain;
    plain.add({.method = net::Method::get,
               .path = "/loop",
               .operation = "loop",
               .handler =
                   [](const net::Request&, net::Responder respond) {
                       respond.on_loop([] { return net::Response::json(200, "{}"); });
                   },
               .credential = net::Credential::access_token});
    plain.add({.method = net::Method::get,
               .path = "/dropped",
               .operation = "dropped",
               .handler = [](const net::Request&, net::Responder) {},
               .credential = net::Credential::access_token});
    const net::RouteTable routes =
        counted(plain, counter_, [&](std::string_view) { return std::optional(tenant_); });
    auto server = *net::Server::start({}, routes, clock_, rng_);
    auto client = net::Client::make({.port = server->port()}, clock_);
    for (const auto& [path, status] : {std::pair{"/loop", 200}, std::pair{"/dropped", 500}}) {
        const auto answered =
            client->fetch({.method = net::Method::get, .target = path}, Deadline::in(clock_, 10s));
        ASSERT_TRUE(answered);
        EXPECT_EQ(answered->status, status);
    }
    EXPECT_EQ(count(Kind::page_read), 1U);
}

TEST(DeclaredBells, AreThoseOfTheTime) {
    const Instant now{1'800'000'000'000};
    const std::vector<tenancy::Bell> some{{now - 1h}, {now + 1h}, {now + 30h}};
    EXPECT_FALSE(declared_bells({}, now, now + 24h).known);
    const auto bells = declared_bells(some, now, now + 24h);
    EXPECT_TRUE(bells.known);
    ASSERT_EQ(bells.bells.size(), 1);
    EXPECT_EQ(bells.bells[0].at, now + 1h);
}

} // namespace
} // namespace bw::app
