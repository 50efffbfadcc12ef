// Recordings over HTTP: who may watch, who decides, and that bytes go to our own edges alone.
#include "recordings/routes.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include "net/openapi.hpp"
#include "recordings/world_for_test.hpp"
#include "tenancy/http_for_test.hpp"
#include "video/self_hosted.hpp"

namespace bw::recordings {
namespace {

using net::Method;
using tenancy::Role, tenancy::Roles;
using ::testing::HasSubstr;

struct RecordingRoutes : test::World {
    const std::string secret = std::string(40, 'e');
    SigningKey key = SigningKey::make(rng);
    tenancy::TenantDirectory directory_of_tenants;
    tenancy::Revocations revocations;
    tenancy::KeyRing keys{key};
    tenancy::TokenVerifier verifier{"https://test", keys,  directory_of_tenants,
                                    revocations,    clock, rng};
    tenancy::Gate gate{verifier, directory_of_tenants, "school.test"};
    tenancy::DatabaseLane lane{lane::Budget{"api", 1, 64}, clock,
                               [this] { return installation.database(); }};
    std::unique_ptr<video::SelfHosted> video =
        video::SelfHosted::make({.edge_secret = std::string(secret),
                                 .ingest_secret = std::string(secret),
                                 .origin_url = "http://127.0.0.1:1"},
                                clock)
            .value();
    Shelf shelf{*store, clock, {.looked_at = {}}};
    const RouteParts parts{.gate = gate,
                           .directory = directory_of_tenants,
                           .lane = lane,
                           .bytes_lane = lane,
                           .shelf = shelf,
                           .video = *video,
                           .edge_of = [](std::string_view) { return "https://edge.test"; },
                           .edge_secret = std::string(secret),
                           .clock = clock,
                           .rng = rng};
    net::RouteTable routes;

    void SetUp() override {
        test::World::SetUp();
        installation.refresh(directory_of_tenants);
        add_routes(routes, parts);
    }
    void TearDown() override { lane.stop(); }

    net::Response call(Method method, const std::string& target, UserId by, Roles roles,
                       const std::string& body = "", const std::string& if_match = "",
                       const tenancy::TenantInfo* at = nullptr) {
        const tenancy::TenantInfo& of = at ? *at : north;
        const Instant now = clock.now();
        const std::string token =
            tenancy::sign_token({"https://test", of.scope.tenant(), by,
                                 AuthSessionId::make(now, rng), roles, now, now + 1h, now + 30min},
                                key);
        tenancy::test::Call with{.method = method,
                                 .target = target,
                                 .headers = {{"Host", of.slug + ".school.test"},
                                             {"Authorization", "Bearer " + token},
                                             {"Content-Type", "application/json"}},
                                 .body = body};
        if (!if_match.empty())
            with.headers.emplace_back("If-Match", if_match);
        return tenancy::test::call(routes, with, clock);
    }
    net::Response as_bob(const std::string& target) {
        return call(Method::get, target, bob, Role::student);
    }
    net::Response as_ada(Method method, const std::string& target, const std::string& body = "",
                         const std::string& if_match = "") {
        return call(method, target, ada, Role::teacher, body, if_match);
    }
    net::Response as_edge(const std::string& target, const std::string& with_secret,
                          const std::string& range = "") {
        tenancy::test::Call with{
            .method = Method::get, .target = target, .headers = {{"Host", "10.0.0.1"}}};
        if (!with_secret.empty())
            with.headers.emplace_back("BW-Edge-Secret", with_secret);
        if (!range.empty())
            with.headers.emplace_back("Range", range);
        return tenancy::test::call(routes, with, clock);
    }
    static std::string member(const net::Response& answer, const std::string& pointer) {
        simdjson::dom::parser parser;
        simdjson::dom::element found;
        if (parser.parse(answer.body).at_pointer(pointer).get(found) != simdjson::SUCCESS)
            return "(none)";
        return simdjson::minify(found);
    }
    RecordingId taken() {
        class_ended(north);
        left_at_ingest(north, 4);
        does(north, look_for_classes);
        const RecordingId id = of_the_class(north)->id;
        does(north, take, id);
        return id;
    }
    std::string of_class_path() const {
        return "/v1/live-classes/" + class_id.text() + "/recording";
    }
    void sql(const std::string& text) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(north.scope.tenant().uuid) + "'; " + text +
                                     "; commit");
    }
};

TEST_F(RecordingRoutes, AreDocumented) {
    EXPECT_THAT(net::documentation_faults(routes), ::testing::IsEmpty());
}

TEST_F(RecordingRoutes, ThePeopleOfTheSectionWatch) {
    EXPECT_EQ(as_bob(of_class_path()).status, 404);
    const RecordingId id = taken();
    const auto answer = as_bob(of_class_path());
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(member(answer, "/seconds"), "8");
    EXPECT_THAT(member(answer, "/playback/url"), HasSubstr("\"https://edge.test/live/"));
    EXPECT_THAT(member(answer, "/playback/url"),
                HasSubstr("/" + north.scope.tenant().text() + "/" + id.text() + "/index.m3u8\""));
    EXPECT_EQ(as_bob("/v1/recordings/" + id.text()).status, 200);
    const auto list = as_bob("/v1/sections/" + section.text() + "/recordings");
    EXPECT_EQ(member(list, "/data/0/recording_id"), "\"" + id.text() + "\"");
    EXPECT_EQ(member(list, "/data/0/playback"), "null");

    // Who is not of the section, and who is of another institution.
    for (const std::string& path : {of_class_path(), "/v1/recordings/" + id.text(),
                                    "/v1/sections/" + section.text() + "/recordings"}) {
        EXPECT_EQ(call(Method::get, path, eve, Role::student).status, 404) << path;
        const auto there = call(Method::get, path, ada, Role::administrator, "", "", &south);
        EXPECT_TRUE(there.status == 404 || member(there, "/data") == "[]") << path << there.body;
    }
    sql("insert into live_removals (class_id, user_id, removed_at) select class_id, "
        "'00000000-0000-7000-8000-00000000000b', now() from live_classes");
    EXPECT_EQ(as_bob(of_class_path()).status, 403);
    sql("delete from live_removals");
    EXPECT_EQ(as_bob(of_class_path()).status, 200);
    sql("update enrollments set end_date = '2020-01-01' where role = 'student'");
    EXPECT_EQ(as_bob(of_class_path()).status, 404);
    EXPECT_EQ(as_bob("/v1/recordings/" + id.text()).status, 404);
    EXPECT_EQ(as_ada(Method::get, of_class_path()).status, 200);
}

TEST_F(RecordingRoutes, ItsTeachersHideAndRemoveIt) {
    const RecordingId id = taken();
    const std::string at = "/v1/recordings/" + id.text();
    const std::string seen = tenancy::test::header(as_ada(Method::get, at), "ETag");
    EXPECT_EQ(call(Method::patch, at, bob, Role::student, R"({"hidden":true})", seen).status, 403);
    EXPECT_EQ(call(Method::patch, at, bob, Role::teacher, R"({"hidden":true})", seen).status, 403);
    EXPECT_EQ(as_ada(Method::patch, at, R"({"hidden":true})").status, 428);
    const auto hidden = as_ada(Method::patch, at, R"({"hidden":true})", seen);
    ASSERT_EQ(hidden.status, 200) << hidden.body;
    EXPECT_EQ(as_bob(at).status, 404);
    EXPECT_EQ(as_bob(of_class_path()).status, 404);
    EXPECT_EQ(member(as_bob("/v1/sections/" + section.text() + "/recordings"), "/data"), "[]");
    EXPECT_EQ(as_ada(Method::patch, at, R"({"hidden":false})", seen).status, 412);
    EXPECT_EQ(as_ada(Method::del, at, "", seen).status, 412);
    EXPECT_EQ(as_ada(Method::del, at, "", tenancy::test::header(hidden, "ETag")).status, 204);
    EXPECT_EQ(as_ada(Method::get, at).status, 404);
    EXPECT_EQ(value("select string_agg(action, ' ' order by action) from audit_events where "
                    "action like 'recording.%'"),
              "recording.changed recording.made recording.removed");
}

TEST_F(RecordingRoutes, BytesGoToOurOwnEdgesAlone) {
    const RecordingId id = taken();
    const std::string at = "/v1/recorded/" + north.scope.tenant().text() + "/" + id.text() + "/";
    for (const std::string& wrong : {std::string(), std::string(40, 'f'), secret.substr(1)})
        EXPECT_EQ(as_edge(at + "index.m3u8", wrong).status, 404);
    EXPECT_EQ(as_edge(at + "index.m3u8", secret).status, 200);
    EXPECT_EQ(
        as_edge("/v1/recorded/" + south.scope.tenant().text() + "/" + id.text() + "/index.m3u8",
                secret)
            .status,
        404);
    EXPECT_EQ(as_edge(at + "120/../index.m3u8", secret).status, 404);
    const auto whole = as_edge(at + "120/1.m4s", secret);
    EXPECT_EQ(whole.body, segment_bytes(north, "120", 1));
    EXPECT_EQ(whole.content_type, "video/iso.segment");
    const auto range = as_edge(at + "120/1.m4s", secret, "bytes=6-8");
    EXPECT_EQ(range.status, 206);
    EXPECT_EQ(range.body, "120");
    EXPECT_EQ(tenancy::test::header(range, "Content-Range"),
              "bytes 6-8/" + std::to_string(whole.body.size()));
    EXPECT_EQ(as_edge(at + "120/1.m4s", secret, "bytes=99999-").status, 416);
}

TEST_F(RecordingRoutes, AnUploadIsPutUpByItsOwnerWhoTeachesThere) {
    files::Upload upload = planned(3);
    ASSERT_TRUE(make(upload));
    ASSERT_TRUE(all_sent(upload, "abc"));
    const std::string body = R"({"title":"Bells","upload_id":")" + upload.id.text() + "\"}",
                      at = "/v1/sections/" + section.text() + "/recordings";
    EXPECT_EQ(call(Method::post, at, bob, Role::student, body).status, 403);
    EXPECT_EQ(call(Method::post, at, bob, Role::teacher, body).status, 403); // attends here
    EXPECT_EQ(call(Method::post, at, eve, Role::teacher, body).status, 404);
    EXPECT_EQ(call(Method::post, at, eve, Role::administrator, body).status, 404); // not theirs
    EXPECT_EQ(as_ada(Method::post, at, R"({"title":"x","upload_id":"upl_1"})").status, 422);
    const auto made = as_ada(Method::post, at, body);
    ASSERT_EQ(made.status, 202) << made.body;
    EXPECT_EQ(member(made, "/state"), "\"waiting\"");
    EXPECT_EQ(member(as_ada(Method::post, at, body), "/recording_id"),
              member(made, "/recording_id"));
    EXPECT_EQ(value("select count(*) from jobs where kind = 'recording.transcode'"), "1");
}

} // namespace
} // namespace bw::recordings
