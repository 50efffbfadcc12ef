// Exports over HTTP: who may ask for what, who sees it, who gets the file.
#include "exports/routes.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include "exports/world_for_test.hpp"
#include "net/openapi.hpp"
#include "tenancy/http_for_test.hpp"

namespace bw::exports {
namespace {

using net::Method;
using tenancy::Role, tenancy::Roles;
using ::testing::HasSubstr;
using ::testing::Not;

struct ExportRoutes : testing::Test {
    test::World world;
    test::World::Place &north = world.north, &south = world.south;
    SigningKey key = SigningKey::make(world.rng);
    tenancy::Revocations revocations;
    tenancy::KeyRing keys{key};
    tenancy::TokenVerifier verifier{"https://test", keys,        world.directory_of_tenants,
                                    revocations,    world.clock, world.rng};
    tenancy::Gate gate{verifier, world.directory_of_tenants, "school.test"};
    tenancy::DatabaseLane lane{lane::Budget{"api", 1, 64}, world.clock,
                               [this] { return world.installation.database(); }};
    const files::RouteParts files{.gate = gate,
                                  .lane = lane,
                                  .parts = {*world.store, world.clock, world.rng, {}},
                                  .links = files::LinkSigner(world.rng.bytes<32>())};
    std::optional<Instant> calm;
    const RouteParts parts{.gate = gate,
                           .directory = world.directory_of_tenants,
                           .lane = lane,
                           .files = files,
                           .quiet = [this](Instant) { return calm; },
                           .clock = world.clock,
                           .rng = world.rng};
    net::RouteTable routes;
    int keys_made = 0;

    void SetUp() override { add_routes(routes, parts); }
    void TearDown() override { lane.stop(); }

    struct Caller {
        const test::World::Place* at;
        Roles roles;
        Uuid user;
    };
    Caller tess() { return {&north, Role::teacher, north.teacher}; }
    Caller adam() { return {&north, Role::administrator, north.administrator}; }

    net::Response call(Method method, const std::string& target, const Caller& by,
                       const std::string& body = "", const std::string& idempotency_key = "") {
        const Instant now = world.clock.now();
        const std::string token = tenancy::sign_token(
            {"https://test", by.at->tenant.scope.tenant(), UserId{by.user},
             AuthSessionId::make(now, world.rng), by.roles, now, now + 1h, now + 30min},
            key);
        tenancy::test::Call with{.method = method,
                                 .target = target,
                                 .headers = {{"Host", by.at->tenant.slug + ".school.test"},
                                             {"Authorization", "Bearer " + token},
                                             {"Content-Type", "application/json"}},
                                 .body = body};
        if (method == Method::post)
            with.headers.emplace_back("Idempotency-Key", idempotency_key.empty()
                                                             ? "key-" + std::to_string(++keys_made)
                                                             : idempotency_key);
        return tenancy::test::call(routes, with, world.clock);
    }
    static std::string body(const Uuid& section, const std::string& more = "") {
        return R"({"report":"late_and_missing","format":"csv","arguments":{"section":")" +
               SectionId{section}.text() + R"(","from":"2026-09-01","until":"2026-09-30"})" + more +
               "}";
    }
    net::Response ask(const Caller& by, const std::string& what, const std::string& with_key = "") {
        return call(Method::post, "/v1/report-exports", by, what, with_key);
    }
    static std::string member(const net::Response& answer, const std::string& pointer) {
        simdjson::dom::parser parser;
        simdjson::dom::element found;
        if (parser.parse(answer.body).at_pointer(pointer).get(found) != simdjson::SUCCESS)
            return "(none)";
        return simdjson::minify(found);
    }
    std::string made_by(const Caller& by) {
        const auto asked = ask(by, body(by.at->section));
        EXPECT_EQ(asked.status, 202) << asked.body;
        world.run();
        return tenancy::test::header(asked, "Location");
    }
};

TEST_F(ExportRoutes, AreDocumented) {
    files::add_routes(routes, files); // whose links they give
    EXPECT_THAT(net::documentation_faults(routes), ::testing::IsEmpty());
}

TEST_F(ExportRoutes, FromTheAskingToTheFile) {
    const auto asked = ask(tess(), body(north.section));
    ASSERT_EQ(asked.status, 202) << asked.body;
    const std::string at = tenancy::test::header(asked, "Location");
    EXPECT_EQ(member(asked, "/state"), "\"waiting\"");
    EXPECT_EQ(member(asked, "/title"), "\"Late and missing work\"");
    EXPECT_EQ(member(asked, "/arguments/from"), "\"2026-09-01\"");
    EXPECT_EQ(member(asked, "/progress"), "null");
    EXPECT_EQ(call(Method::post, at + "/link", tess()).status, 409);
    EXPECT_EQ(call(Method::del, at, tess()).status, 409);
    world.run();
    const auto done = call(Method::get, at, tess());
    EXPECT_EQ(member(done, "/state"), "\"completed\"") << done.body;
    EXPECT_EQ(member(done, "/rows"), "1");
    EXPECT_EQ(member(done, "/progress"), "1");
    const auto link = call(Method::post, at + "/link", tess());
    ASSERT_EQ(link.status, 201) << link.body;
    std::string path = member(link, "/path");
    path = path.substr(1, path.size() - 2);
    const auto file = call(Method::get, path, tess());
    ASSERT_EQ(file.status, 200) << file.body;
    EXPECT_EQ(std::to_string(file.source_bytes), member(done, "/bytes"));
    EXPECT_THAT(tenancy::test::header(file, "Content-Disposition"),
                ::testing::MatchesRegex("attachment; filename\\*=UTF-8''late_and_missing_"
                                        "[0-9-]+T[0-9]+Z.csv"));
    EXPECT_THAT(tenancy::test::header(file, "Repr-Digest"),
                ::testing::MatchesRegex("sha-256=:[A-Za-z0-9+/]{43}=:"));
    EXPECT_EQ(call(Method::get, path, {&south, Role::teacher, south.teacher}).status, 403)
        << "a link counts at its own institution";
    EXPECT_EQ(call(Method::get, path + "x", tess()).status, 403);
    EXPECT_EQ(call(Method::post, at + "/cancel", tess()).status, 409);
    EXPECT_EQ(call(Method::del, at, tess()).status, 204);
    EXPECT_EQ(call(Method::get, at, tess()).status, 404);
    EXPECT_EQ(call(Method::get, path, tess()).status, 404);
    world.run(); // the sweep
    EXPECT_EQ(world.superuser().value("select stored from report_exports"), "f");
    EXPECT_EQ(world.audited("report_export.link_made"), 1);
}

TEST_F(ExportRoutes, AreTheAskersAlone) {
    const std::string at = made_by(tess());
    for (const Caller& other : {adam(), Caller{&south, Role::teacher, south.teacher},
                                Caller{&south, Role::administrator, north.teacher}}) {
        EXPECT_EQ(call(Method::get, at, other).status, 404);
        EXPECT_EQ(call(Method::post, at + "/link", other).status, 404);
        EXPECT_EQ(call(Method::post, at + "/cancel", other).status, 404);
        EXPECT_EQ(call(Method::del, at, other).status, 404);
        EXPECT_EQ(member(call(Method::get, "/v1/report-exports", other), "/data"), "[]");
    }
    EXPECT_EQ(call(Method::get, at, {&north, Role::student, north.student}).status, 403);
    EXPECT_EQ(call(Method::get, at, tess()).status, 200);
}

TEST_F(ExportRoutes, WhatIsNotOnesOwnIsNotExported) {
    EXPECT_EQ(ask(tess(), body(south.section)).status, 404);
    const auto other = ask({&north, Role::teacher, north.student}, body(north.section));
    EXPECT_EQ(other.status, 404) << "no class of theirs";
    EXPECT_EQ(member(other, "/field"), "\"/arguments/section\"");
    EXPECT_EQ(ask(tess(), R"({"report":"usage","format":"csv"})").status, 403);
    const std::string at = made_by(adam());
    const Caller demoted{&north, Role::teacher, north.administrator};
    EXPECT_EQ(call(Method::post, at + "/link", demoted).status, 403)
        << "it was of the whole institution";
    EXPECT_EQ(call(Method::post, at + "/link", adam()).status, 201);
}

TEST_F(ExportRoutes, ARetryFindsTheSame) {
    const auto first = ask(tess(), body(north.section), "once"),
               again = ask(tess(), body(north.section), "once");
    EXPECT_EQ(member(again, "/export_id"), member(first, "/export_id"));
    EXPECT_EQ(tenancy::test::header(again, "Idempotency-Replayed"), "true");
    const auto reused = ask(tess(), body(north.section, R"(,"when":"quiet")"), "once");
    EXPECT_EQ(reused.status, 422);
    EXPECT_EQ(member(reused, "/code"), "\"idempotency_key_reused\"");
    EXPECT_NE(member(ask(adam(), body(north.section), "once"), "/export_id"),
              member(first, "/export_id"))
        << "another's key";
}

/// Neither silently another one, nor a 404 for what was never looked for.
TEST_F(ExportRoutes, TheKeyOfOneThatWasRemovedSaysSo) {
    const auto removed_is_said = [&](const char* when) {
        const auto again = ask(tess(), body(north.section), "once");
        EXPECT_EQ(again.status, 422) << when << again.body;
        EXPECT_EQ(member(again, "/code"), "\"idempotency_key_reused\"") << when;
        EXPECT_THAT(member(again, "/detail"), HasSubstr("removed")) << when;
    };
    const std::string at =
        tenancy::test::header(ask(tess(), body(north.section), "once"), "Location");
    world.run();
    EXPECT_EQ(call(Method::del, at, tess()).status, 204);
    removed_is_said("before its file went");
    world.run();
    EXPECT_EQ(world.superuser().value("select stored from report_exports"), "f");
    removed_is_said("after it went");
    EXPECT_EQ(ask(tess(), body(north.section), "twice").status, 202) << "another key";
}

TEST_F(ExportRoutes, FiveAtATime) {
    std::string last;
    for (int i = 0; i < 5; ++i)
        last = tenancy::test::header(ask(tess(), body(north.section)), "Location");
    const auto more = ask(tess(), body(north.section));
    EXPECT_EQ(more.status, 429) << more.body;
    EXPECT_EQ(ask(adam(), body(north.section)).status, 202);
    EXPECT_EQ(member(call(Method::post, last + "/cancel", tess()), "/state"), "\"cancelled\"");
    EXPECT_EQ(ask(tess(), body(north.section)).status, 202);
    const auto page = call(Method::get, "/v1/report-exports?limit=2", tess());
    std::string next = member(page, "/next");
    next = next.substr(1, next.size() - 2);
    const auto rest = call(Method::get, "/v1/report-exports?limit=50&cursor=" + next, tess());
    EXPECT_NE(member(rest, "/data/3/export_id"), "(none)");
    EXPECT_EQ(member(rest, "/data/4/export_id"), "(none)");
    EXPECT_EQ(member(rest, "/next"), "null");
}

TEST_F(ExportRoutes, AQuietHourIsTheForecasts) {
    calm = Instant{world.clock.now().ms + 3'600'000};
    const auto asked = ask(tess(), body(north.section, R"(,"when":"quiet")"));
    EXPECT_EQ(member(asked, "/not_before"), "\"" + to_rfc3339(*calm) + "\"");
    EXPECT_EQ(world.superuser().value("select round(extract(epoch from due_at - created_at) / 600) "
                                      "from jobs where kind = 'report.export'"),
              "6");
    calm.reset();
    const auto night = ask(tess(), body(north.section, R"(,"when":"quiet")"));
    EXPECT_THAT(member(night, "/not_before"), HasSubstr("T03:00:00.000Z")) << "without a forecast";
}

TEST_F(ExportRoutes, BadInputIsNamed) {
    struct Bad {
        const char *body, *field;
    };
    for (const auto& [what, field] :
         {Bad{R"({"report":"none_such","format":"csv"})", "/report"},
          {R"({"report":"class_progress","format":"pdf"})", "/format"},
          {R"({"report":"class_progress","format":"csv"})", "/arguments/section"},
          {R"({"report":"class_progress","format":"csv","arguments":{"section":"sec_1"}})",
           "/arguments/section"},
          {R"({"report":"class_progress","format":"csv","arguments":{"section":5}})",
           "/arguments/section"},
          {R"({"report":"class_progress","format":"csv","arguments":{"assignment":"x"}})",
           "/arguments/assignment"},
          {R"({"report":"class_progress","format":"csv","arguments":"x"})", "/arguments"},
          {R"({"report":"late_and_missing","format":"csv","arguments":{"from":"2026-02-30"}})",
           "/arguments/from"},
          {R"({"report":"late_and_missing","format":"csv","when":"later"})", "/when"}}) {
        const auto answer = ask(tess(), what);
        EXPECT_EQ(answer.status, 422) << what << answer.body;
        EXPECT_EQ(member(answer, "/field"), "\"" + std::string(field) + "\"") << what;
    }
}

} // namespace
} // namespace bw::exports
