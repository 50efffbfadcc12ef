// Heartbeats over HTTP to rows and to who watched: several processes for one person, a database
// that is away, institutions apart, what is forgotten.
#include "attendance/recorder.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "attendance/routes.hpp"
#include "live/school_for_test.hpp"
#include "tenancy/http_for_test.hpp"

namespace bw::attendance {
namespace {

using live::test::id, live::test::instant;
using net::Method;
using tenancy::Role, tenancy::Roles;
using ::testing::HasSubstr;

const SecretKey token_key = {1, 2, 3};
const std::vector<std::string> edges = {"a.example", "b.example"};
const UserId teacher = id<UserId>(2), student = id<UserId>(12), other = id<UserId>(13),
             stranger = id<UserId>(11);

struct Attendance : live::test::LiveSchool {
    SystemRng rng;
    SigningKey key = SigningKey::make(rng);
    tenancy::Revocations revocations;
    tenancy::KeyRing keys{key};
    tenancy::TokenVerifier verifier{"https://test", keys, directory, revocations, clock, rng};
    tenancy::Gate gate{verifier, directory, "school.test"};
    tenancy::DatabaseLane lane{lane::Budget{"api", 1, 64}, installation.clock(),
                               [this] { return installation.database(); }};
    live::Audience audience{[this] { return installation.database(); }, directory, clock};
    live::LiveClassId today{};

    /// What one process has of its own.
    struct Process {
        Process(Attendance& of, std::size_t rows_limit)
            : book(rows_limit), parts{.gate = of.gate,
                                      .lane = of.lane,
                                      .audience = of.audience,
                                      .book = book,
                                      .key = token_key,
                                      .edges = edges,
                                      .clock = of.clock},
              recorder(book, of.installation.database(), of.directory, of.clock, of.rng,
                       {.edges = edges}) {
            add_routes(routes, parts);
        }
        Book book;
        RouteParts parts;
        net::RouteTable routes;
        Recorder recorder;
    };
    std::unique_ptr<Process> one, two;

    void SetUp() override {
        LiveSchool::SetUp();
        const auto leads = leader();
        go_to(*leads, bell - 5min);
        today = live::LiveClassId::parse(
                    "liv_" + value("select replace(class_id::text, '-', '') from live_classes "
                                   "where day = '2026-09-09'"))
                    .value();
        look();
        one = std::make_unique<Process>(*this, 1'000);
        two = std::make_unique<Process>(*this, 1'000);
    }
    void TearDown() override { lane.stop(); }
    void look() { ASSERT_TRUE(audience.turn()); }
    void pass(Duration by) {
        clock.advance(by);
        look();
    }

    std::string token(UserId user) {
        return token_for(audience.find(north.scope.tenant(), today).value()->of,
                         north.scope.tenant(), user, clock.now(), token_key, rng);
    }
    net::Response beat(Process& at, const std::string& token, const std::string& body,
                       const std::string& host = "north.school.test") {
        tenancy::test::Call with{.method = Method::post,
                                 .target = "/v1/live-classes/" + today.text() + "/heartbeats",
                                 .headers = {{"Host", host}, {"Content-Type", "application/json"}},
                                 .body = body};
        if (!token.empty())
            with.headers.emplace_back("Heartbeat-Token", token);
        return tenancy::test::call(at.routes, with, clock);
    }
    net::Response look_up(UserId by, Roles roles, const std::string& query = "",
                          const tenancy::TenantInfo* at = nullptr) {
        const tenancy::TenantInfo& of = at ? *at : north;
        const Instant now = clock.now();
        const std::string access =
            tenancy::sign_token({"https://test", of.scope.tenant(), by,
                                 AuthSessionId::make(now, rng), roles, now, now + 1h, now + 30min},
                                key);
        return tenancy::test::call(
            one->routes,
            {.target = "/v1/live-classes/" + today.text() + "/attendance" + query,
             .headers = {{"Host", of.slug + ".school.test"},
                         {"Authorization", "Bearer " + access}}},
            installation.clock());
    }
    static std::string watched(std::int64_t at_s) {
        return fmt::format(R"({{"at_ms":{0},"watched":[[0,{0}]],"quality":[{{"edge":"b.example",)"
                           R"("stalls":{1},"rungs":{{"720":{0}}}}}]}})",
                           at_s * 1000, at_s / 60);
    }
    void write(Process& of) {
        while (of.book.status().people > 0) {
            const auto written = of.recorder.step(installation.soon());
            ASSERT_TRUE(written) << written.error().text();
        }
    }
    std::string line(UserId user, std::int64_t seconds, const std::string& first,
                     const std::string& last) {
        const std::string name = user == student ? "p12 Byron" : "p13 Byron";
        return fmt::format(
            R"({{"user_id":"{}","name":"{}","watched_seconds":{},"first_seen_at":{},)"
            R"("last_seen_at":{}}})",
            user.text(), name, seconds, first, last);
    }
};

TEST_F(Attendance, GoesFromHeartbeatsToWhoWatched) {
    pass(5min); // the bell
    const std::string mine = token(student);
    clock.advance(20min); // the database has not been heard of for long
    ASSERT_EQ(beat(*one, mine, watched(1200)).status, 202);
    write(*one);
    const auto all = look_up(teacher, Role::teacher);
    EXPECT_EQ(all.status, 200);
    const std::string of_student = line(student, 1200, R"("2026-09-09T10:20:00.000Z")",
                                        R"("2026-09-09T10:40:00.000Z")"),
                      of_other = line(other, 0, "null", "null");
    EXPECT_EQ(all.body, R"({"data":[)" + of_student + "," + of_other + R"(],"next":null})");
    EXPECT_EQ(look_up(stranger, Role::administrator).body, all.body);
    EXPECT_EQ(look_up(student, Role::student).body,
              R"({"data":[)" + of_student + R"(],"next":null})");
    EXPECT_EQ(look_up(other, Role::student).body, R"({"data":[)" + of_other + R"(],"next":null})");
    EXPECT_EQ(look_up(stranger, Role::student).status, 404);
    EXPECT_EQ(look_up(id<UserId>(1), Role::teacher).status, 404) << "of another section";
    EXPECT_EQ(look_up(teacher, Role::teacher, "", &south).status, 404);
    EXPECT_EQ(look_up(teacher, Role::administrator, "", &south).status, 404);
    const auto page = look_up(teacher, Role::teacher, "?limit=1");
    EXPECT_THAT(page.body, HasSubstr(R"(],"next":")"));
    const std::string next = page.body.substr(page.body.find(R"("next":")") + 8);
    EXPECT_EQ(look_up(teacher, Role::teacher, "?cursor=" + next.substr(0, next.find('"'))).body,
              R"({"data":[)" + of_other + R"(],"next":null})");
    EXPECT_EQ(value("select edge || ' ' || stalls || ' ' || rung_720_ms from live_quality"),
              "b.example 20 1200000");
}

TEST_F(Attendance, ComesTogetherFromSeveralProcessesAndOutlivesOne) {
    pass(5min);
    const std::string laptop = token(student);
    pass(10min);
    ASSERT_EQ(beat(*one, laptop, watched(600)).status, 202);
    write(*one);
    const std::string phone = token(student);
    pass(10min);
    ASSERT_EQ(beat(*two, phone, watched(600)).status, 202);
    ASSERT_EQ(beat(*one, laptop, watched(1200)).status, 202);
    one = std::make_unique<Process>(*this, 1'000); // gone, with what it had taken
    write(*two);
    EXPECT_THAT(look_up(student, Role::student).body, HasSubstr(R"("watched_seconds":1200,)"));
    pass(5min);
    ASSERT_EQ(beat(*two, laptop, watched(1500)).status, 202);
    write(*two);
    ASSERT_EQ(beat(*one, laptop, watched(900)).status, 202) << "late, after what came later";
    write(*one);
    EXPECT_THAT(look_up(student, Role::student).body, HasSubstr(R"("watched_seconds":1500,)"));
    EXPECT_EQ(value("select count(*) || ' ' || max(stalls) from live_quality"), "2 25");
}

TEST_F(Attendance, SaysWhatIsWrong) {
    pass(10min);
    const std::string mine = token(student);
    pass(1min);
    auto bad = beat(*one, "", watched(60));
    EXPECT_EQ(bad.status, 401);
    EXPECT_THAT(bad.body, HasSubstr("Heartbeat-Token"));
    EXPECT_EQ(beat(*one, mine.substr(1), watched(60)).status, 401);
    EXPECT_EQ(beat(*one, mine, watched(60), "south.school.test").status, 404);
    bad = beat(*one, mine, watched(70));
    EXPECT_EQ(bad.status, 422);
    EXPECT_THAT(bad.body, HasSubstr("/at_ms"));
    for (int i = 0; i < 20; ++i)
        bad = beat(*one, mine, watched(60));
    EXPECT_EQ(bad.status, 429);
    EXPECT_FALSE(tenancy::test::header(bad, "Retry-After").empty());
    EXPECT_EQ(beat(*one, token(student), watched(0)).status, 202) << "another player";
    Process full(*this, 1);
    ASSERT_EQ(beat(full, token(other), R"({"at_ms":0,"quality":[{"edge":"x"}]})").status, 202);
    bad = beat(full, token(other), watched(0));
    EXPECT_EQ(bad.status, 503);
    EXPECT_FALSE(tenancy::test::header(bad, "Retry-After").empty());
    write(full);
    EXPECT_EQ(value("select '[' || edge || ']' from live_quality"), "[]");
    audience.put_out(north.scope.tenant(), today, student);
    EXPECT_EQ(beat(*one, token(student), watched(0)).status, 403);
}

TEST_F(Attendance, WaitsWhileItCannotBeWritten) {
    pass(10min);
    const std::string mine = token(student);
    pass(2min);
    ASSERT_EQ(beat(*one, mine, watched(120)).status, 202);
    installation.superuser().run("alter table live_attendance rename to away");
    EXPECT_FALSE(one->recorder.step(installation.soon()));
    ASSERT_EQ(one->book.status().rows, 2U);
    installation.superuser().run("alter table away rename to live_attendance");
    one->recorder.start();
    one->recorder.stop(); // writes what waits
    EXPECT_EQ(one->book.status().people, 0U);
    EXPECT_EQ(value("select sum(bit_count(parts)) from live_attendance"), "12");
}

TEST_F(Attendance, IsForgotten) {
    pass(10min);
    const std::string mine = token(student), others = token(other);
    pass(1min);
    ASSERT_EQ(beat(*one, mine, watched(60)).status, 202);
    ASSERT_EQ(beat(*one, others, watched(60)).status, 202);
    write(*one);
    const auto rows = [&] {
        return value("select (select count(*) from live_attendance) || ' ' || (select count(*) "
                     "from live_quality)");
    };
    ASSERT_EQ(rows(), "2 2");
    run(north, "insert into subject_keys (subject_id, created_at, erased_at) values (" + uuid(12) +
                   ", now(), now())");
    ASSERT_TRUE(in(north, [](tenancy::TenantTx& tx) { return forget_person(tx, student); }));
    EXPECT_EQ(rows(), "1 1");
    ASSERT_EQ(beat(*one, mine, watched(60)).status, 202);
    write(*one);
    EXPECT_EQ(rows(), "1 1") << "they are erased";
    const auto round = [&] {
        for (int i = 0; i < 3; ++i)
            one->recorder.forget_some();
        clock.advance(1h);
    };
    clock.advance(399 * 24h);
    round();
    EXPECT_EQ(rows(), "1 1");
    clock.advance(24h);
    round();
    EXPECT_EQ(rows(), "0 0");
}

} // namespace
} // namespace bw::attendance
