// The operator API called without a server: routes over a lane that signs in as bw_operator. For
// tests.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include "support/installation.hpp"
#include "tenancy/http_for_test.hpp"
#include "tenancy/provisioning.hpp"
#include "tenancy/routes.hpp"

namespace bw::tenancy::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct OperatorRoutes : testing::Test {
    bw::test::Installation installation;
    const Clock& clock = installation.clock();
    TenantDirectory directory;
    SigningKey key = SigningKey::make(installation.rng());
    Revocations revocations;
    KeyRing keys{key};
    TokenVerifier verifier{"https://test", keys, directory, revocations, clock, installation.rng()};
    Gate gate{verifier, directory, "school.test"};
    DatabaseLane lane{lane::Budget{"operator", 4, 256}, clock,
                      [this] { return installation.database("bw_operator"); }};
    net::RouteTable routes;
    std::string token;

    void SetUp() override {
        auto made = OperatorTokens::create(*installation.database("bw_operator"), "ops", "test",
                                           clock, installation.rng(), installation.soon());
        ASSERT_TRUE(made);
        token = made->token;
        installation.refresh(directory);
        add_operator_routes(routes, gate, lane, clock, installation.rng());
    }
    net::Response ask(net::Method method, const std::string& target, const std::string& body = {},
                      Headers headers = {}) {
        headers.emplace_back("Host", "school.test");
        headers.emplace_back("Authorization", "Bearer " + token);
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/json");
        return call(
            routes,
            {.method = method, .target = target, .headers = std::move(headers), .body = body},
            clock);
    }
    net::Response create(const std::string& body, Headers headers = {}) {
        return ask(net::Method::post, "/v1/operator/tenants", body, std::move(headers));
    }
    std::string everything() {
        return installation.superuser().value(
            "select coalesce((select string_agg(t::text, ' ' order by tenant_id) from "
            "control.tenants t), '') || (select count(*) from control.tenant_hosts) || ' ' || "
            "(select count(*) from control.operator_events)");
    }
};

/// What stands at the pointer: a string as it is, else JSON; "-" if nothing.
inline std::string text(const std::string& json, const char* pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element document, value;
    if (parser.parse(json).get(document) != simdjson::SUCCESS)
        return "not JSON: " + json;
    if (document.at_pointer(pointer).get(value) != simdjson::SUCCESS)
        return "-";
    std::string_view string;
    return value.get(string) == simdjson::SUCCESS ? std::string(string) : simdjson::minify(value);
}

/// A good creation.
constexpr const char* elm = R"({"slug":"elm","name":"Elm","zone":"Europe/London"})";

} // namespace bw::tenancy::test
