// The operator API: what each operation does, pages, retries, and many at once. What it refuses:
// operator_refusals_test.cpp.
#include <algorithm>
#include <chrono>
#include <set>

#include "support/operator_api.hpp"

namespace bw::tenancy {
namespace {

using test::elm;
using test::header;
using test::Headers;
using test::OperatorRoutes;
using test::text;

TEST_F(OperatorRoutes, TheExamplesInTheRouteTableWork) {
    for (const net::Route& route : routes.routes()) {
        EXPECT_EQ(route.credential, net::Credential::operator_token) << route.path;
        EXPECT_EQ(route.tag, "operator");
        EXPECT_EQ(route.body.has_value(), route.body_bytes_limit > 0) << route.operation;
        for (const net::Answer& answer : route.answers)
            EXPECT_FALSE(answer.schema.empty()) << route.operation;
    }
    for (const auto& [name, schema] : routes.schemas()) {
        simdjson::dom::parser parser;
        EXPECT_EQ(parser.parse(simdjson::padded_string(schema)).error(), simdjson::SUCCESS) << name;
    }
    auto body_of = [&](std::string_view operation) {
        for (const net::Route& route : routes.routes())
            if (route.operation == operation)
                return std::string(route.body->example);
        return std::string();
    };
    const net::Response made = create(body_of("create_tenant"));
    ASSERT_EQ(made.status, 201) << made.body;
    const net::Response changed = ask(net::Method::patch, header(made, "Location"),
                                      body_of("change_tenant"), {{"If-Match", "\"1\""}});
    EXPECT_EQ(changed.status, 200) << changed.body;
}

TEST_F(OperatorRoutes, AnInstitutionsLife) {
    const net::Response made = create(
        R"({"slug":"elm","name":"Elm","zone":"Europe/London","locale":"en-GB","hosts":["Elm.example"],)"
        R"("quotas":{"principal":{"requests_per_second":5,"burst":9}}})");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string at = header(made, "Location");
    EXPECT_EQ(at, "/v1/operator/tenants/" + text(made.body, "/tenant_id"));
    EXPECT_EQ(header(made, "ETag"), "\"1\"");
    EXPECT_EQ(text(made.body, "/hosts"), R"(["elm.example"])");
    EXPECT_EQ(text(made.body, "/quotas"),
              R"({"tenant":null,"principal":{"requests_per_second":5,"burst":9}})");
    EXPECT_EQ(text(made.body, "/state"), "active");
    // Everything that it needs: it is served, and its scope opens.
    installation.refresh(directory);
    const auto served = directory.by_own_host("elm.example");
    ASSERT_NE(served, nullptr);
    EXPECT_TRUE(installation.database()->run(served->scope, installation.soon(),
                                             [](TenantTx&) -> Result<void> { return {}; }));

    EXPECT_EQ(ask(net::Method::get, at).body, made.body);
    const net::Response renamed = ask(
        net::Method::patch, at,
        R"({"slug":"elm-grove","name":"Elm Grove","quotas":{"tenant":{"requests_per_second":50,"burst":60},"principal":null}})",
        {{"If-Match", header(made, "ETag")}});
    ASSERT_EQ(renamed.status, 200) << renamed.body;
    EXPECT_EQ(header(renamed, "ETag"), "\"2\"");
    EXPECT_EQ(text(renamed.body, "/hosts"), R"(["elm","elm.example"])") << "the old slug stays";
    EXPECT_EQ(text(renamed.body, "/zone"), "Europe/London");
    EXPECT_EQ(text(renamed.body, "/locale"), "en-GB");
    EXPECT_EQ(text(renamed.body, "/quotas"),
              R"({"tenant":{"requests_per_second":50,"burst":60},"principal":null})");
    const net::Response freed =
        ask(net::Method::patch, at, R"({"hosts":[]})", {{"If-Match", "\"2\""}});
    EXPECT_EQ(text(freed.body, "/hosts"), "[]");
    EXPECT_EQ(create(elm).status, 201) << "the freed slug is anybody's";

    EXPECT_EQ(text(ask(net::Method::post, at + "/suspend").body, "/state"), "suspended");
    EXPECT_EQ(text(ask(net::Method::post, at + "/suspend").body, "/version"), "4");
    EXPECT_EQ(
        text(ask(net::Method::get, "/v1/operator/tenants?state=suspended").body, "/data/0/slug"),
        "elm-grove");
    EXPECT_EQ(text(ask(net::Method::post, at + "/resume").body, "/state"), "active");

    std::string told;
    const std::string events = ask(net::Method::get, "/v1/operator/events").body;
    for (int i = 0; text(events, ("/data/" + std::to_string(i)).c_str()) != "-"; ++i)
        told += text(events, ("/data/" + std::to_string(i) + "/action").c_str()) + " ";
    EXPECT_EQ(told, "tenant.resumed tenant.suspended tenant.created tenant.changed tenant.changed "
                    "tenant.created operator_token.created ");
    EXPECT_NE(text(events, "/data/0/actor").find(" ops"), std::string::npos) << events;
}

TEST_F(OperatorRoutes, ARetryUnderItsKeyFindsWhatTheFirstOneMade) {
    const Headers keyed{{"Idempotency-Key", "\"k-1\""}};
    const net::Response first = create(elm, keyed);
    ASSERT_EQ(first.status, 201) << first.body;
    const std::string before = everything();
    for (const char* key : {"\"k-1\"", "k-1"}) {
        const net::Response again = create(elm, {{"Idempotency-Key", key}});
        EXPECT_EQ(again.status, 201);
        EXPECT_EQ(again.body, first.body);
        EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
    }
    const net::Response other = create(R"({"slug":"oak","name":"Oak","zone":"UTC"})", keyed);
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(text(other.body, "/code"), "idempotency_key_reused");
    EXPECT_EQ(create(elm, {{"Idempotency-Key", "k-2"}}).status, 409);
    EXPECT_EQ(create(elm).status, 409);
    EXPECT_EQ(everything(), before);
}

TEST_F(OperatorRoutes, PagesHoldEachInstitutionOnce) {
    for (int i = 0; i < 7; ++i)
        ASSERT_EQ(
            create(R"({"slug":"s)" + std::to_string(i) + R"(","name":"S","zone":"UTC"})").status,
            201);
    for (int limit : {1, 3, 7, 100}) {
        std::set<std::string> slugs;
        std::string cursor;
        int pages = 0;
        do {
            const std::string page =
                ask(net::Method::get,
                    "/v1/operator/tenants?limit=" + std::to_string(limit) + cursor)
                    .body;
            for (int i = 0; i < limit; ++i)
                if (auto slug = text(page, ("/data/" + std::to_string(i) + "/slug").c_str());
                    slug != "-") {
                    EXPECT_TRUE(slugs.insert(slug).second) << slug;
                }
            const std::string next = text(page, "/next");
            cursor = next == "null" ? "" : "&cursor=" + next;
            ASSERT_LE(++pages, 8);
        } while (!cursor.empty());
        EXPECT_EQ(slugs.size(), 7U) << limit;
        EXPECT_EQ(pages, (7 + limit - 1) / limit) << limit;
    }
    const std::string events = ask(net::Method::get, "/v1/operator/events?limit=3").body;
    const std::string older =
        ask(net::Method::get, "/v1/operator/events?limit=3&cursor=" + text(events, "/next")).body;
    EXPECT_EQ(text(events, "/data/0/details/slug"), "s6");
    EXPECT_EQ(text(older, "/data/0/details/slug"), "s3");
}

TEST_F(OperatorRoutes, OfTwoChangesAtOnceOneIsTold) {
    ASSERT_EQ(create(elm).status, 201);
    const std::string at =
        "/v1/operator/tenants/" +
        text(ask(net::Method::get, "/v1/operator/tenants").body, "/data/0/tenant_id");
    std::vector<std::future<int>> answers;
    for (int i = 0; i < 8; ++i)
        answers.push_back(std::async(std::launch::async, [&, i] {
            return ask(net::Method::patch, at, R"({"name":"N)" + std::to_string(i) + "\"}",
                       {{"If-Match", "\"1\""}})
                .status;
        }));
    int done = 0, told = 0;
    for (auto& answer : answers) {
        const int status = answer.get();
        done += status == 200;
        told += status == 412;
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(told, 7);
}

TEST_F(OperatorRoutes, FiftyAreMadeAtOnce) {
    using std::chrono::steady_clock;
    const auto begin = steady_clock::now();
    std::vector<std::future<std::pair<int, double>>> answers;
    for (int i = 0; i < 50; ++i)
        answers.push_back(std::async(std::launch::async, [&, i] {
            const auto start = steady_clock::now();
            // Five of each key: a crowd of impatient clients.
            const std::string n = std::to_string(i % 10 == 0 ? 0 : i);
            const int status =
                create(R"({"slug":"t)" + n + R"(","name":"T","zone":"Europe/London"})",
                       {{"Idempotency-Key", "key-" + n}})
                    .status;
            return std::pair(status,
                             std::chrono::duration<double>(steady_clock::now() - start).count());
        }));
    double slowest = 0;
    for (auto& answer : answers) {
        const auto [status, seconds] = answer.get();
        EXPECT_EQ(status, 201);
        slowest = std::max(slowest, seconds);
    }
    RecordProperty("slowest_ms", static_cast<int>(slowest * 1000));
    std::printf("50 creations at once: %.2f s in all, the slowest answer after %.2f s\n",
                std::chrono::duration<double>(steady_clock::now() - begin).count(), slowest);
    installation.refresh(directory);
    EXPECT_EQ(directory.status().tenants, 46U);
}

} // namespace
} // namespace bw::tenancy
