// The timetable over HTTP: administrators write it, everybody reads their day, calendar programs
// their calendar.
#include <gmock/gmock.h>

#include "http_calls.hpp"
#include "timetable/timetable_json.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Schools of the year around today: every day of the week, so that each has a lesson to come.
std::string calendar(const std::string& more = "") {
    return R"({"zone":"Europe/London","schedules":[{"name":"Normal","periods":[{"name":"1","begin":"00:00","end":"12:00"},{"name":"2","begin":"12:00","end":"24:00"}]}],)"
           R"("week":["Normal","Normal","Normal","Normal","Normal","Normal","Normal"],)"
           R"("terms":[{"name":"Always","begins":"2020-01-01","ends":"2037-06-30"}])" +
           more + "}";
}

struct TimetableApi : ::testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string administrator = world.administrator(), teacher = world.teacher(),
                      student = world.student();
    const std::string section = SectionId{alpha.id(4)}.text(), tess = UserId{alpha.id(6)}.text();

    TimetableApi() {
        world.sides.installation.superuser().run(
            "delete from lesson_changes; delete from lessons; delete from timetables; "
            "delete from calendar_feeds; delete from bells");
    }
    net::ClientResponse begin(const std::string& more = "") {
        return call(world, patch, "/v1/timetable", administrator, calendar(more), "\"0\"");
    }
    std::string lesson(const std::string& more = "") {
        const auto made =
            call(world, post, "/v1/lessons", administrator,
                 R"({"section_id":")" + section + R"(","period":"1","room":"12")" + more + "}");
        EXPECT_EQ(made.status, 201) << made.body;
        EXPECT_EQ(etag(made), "\"1\"");
        const std::string id = member(made, "/lesson_id");
        return id.size() > 2 ? id.substr(1, id.size() - 2) : id;
    }
    net::ClientResponse send(net::Method method, const std::string& target, const std::string& type,
                             const std::string& body, const std::string& if_match = "") {
        net::ClientRequest request{
            .method = method,
            .target = target,
            .host = "localhost",
            .headers = {{"Authorization", "Bearer " + administrator}, {"Content-Type", type}},
            .body = body};
        if (!if_match.empty())
            request.headers.emplace_back("If-Match", if_match);
        return world.send(std::move(request));
    }
    net::ClientResponse anonymous(const std::string& target,
                                  const std::string& host = "alpha.school.test",
                                  const std::string& if_none_match = "") {
        net::ClientRequest request{.method = get, .target = target, .host = host};
        if (!if_none_match.empty())
            request.headers.emplace_back("If-None-Match", if_none_match);
        return world.send(std::move(request));
    }
    std::string today() const {
        const auto zone = timetable::Zone::find("Europe/London");
        return timetable::date_text(zone->wall(world.clock.now()).date);
    }
};

TEST_F(TimetableApi, BeginsEmptyAndIsChangedPartByPartUnderItsEtag) {
    const auto none = call(world, get, "/v1/timetable", student);
    EXPECT_EQ(none.status, 200) << none.body;
    EXPECT_EQ(etag(none), "\"0\"");
    EXPECT_EQ(member(none, "/zone"), "\"Europe/London\"");
    ASSERT_EQ(begin().status, 200);
    const auto changed =
        call(world, patch, "/v1/timetable", administrator,
             R"({"exceptions":[{"date":"2030-12-25","kind":"holiday"}]})", "\"1\"");
    EXPECT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(etag(changed), "\"2\"");
    EXPECT_EQ(member(changed, "/exceptions/0/date"), "\"2030-12-25\"");
    EXPECT_EQ(member(changed, "/schedules/0/periods/0/begin"), "\"00:00\"") << "as it was";
    EXPECT_EQ(
        call(world, patch, "/v1/timetable", administrator, R"({"exceptions":[]})", "\"1\"").status,
        412);
    for (const std::string& other : {teacher, student})
        EXPECT_EQ(
            call(world, patch, "/v1/timetable", other, R"({"exceptions":[]})", "\"2\"").status,
            403);
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select count(*) from audit_events where action = 'timetable.changed'"),
              "2");
}

TEST_F(TimetableApi, WhatIsWrongIsNamedAndChangesNothing) {
    ASSERT_EQ(begin().status, 200);
    lesson();
    struct Case {
        const char *body, *field;
    };
    for (
        const auto& [body, field] : std::initializer_list<Case>{
            {R"({"zone":"Mars/Base"})", "/zone"},
            {R"({"zone":7})", "/zone"},
            {R"({"week":["Normal"]})", "/week"},
            {R"({"week":["Gone",null,null,null,null,null,null]})", "/week/0"},
            {R"({"schedules":[{"name":"Normal","periods":[{"name":"1","begin":"9","end":"10:00"}]}]})",
             "/schedules/0/periods/0/begin"},
            {R"({"schedules":[{"name":"Normal","periods":[{"name":"1","begin":"09:00","end":"10:00"},{"name":"2","begin":"09:30","end":"11:00"}]}]})",
             "/schedules/0/periods/1/begin"},
            {R"({"terms":[{"name":"T","begins":"2026-13-01","ends":"2026-12-01"}]})",
             "/terms/0/begins"},
            {R"({"terms":[]})", "/terms"},
            {R"({"exceptions":[{"date":"2030-12-25","kind":"party"}]})", "/exceptions/0/kind"},
            {R"({"rotation":{"names":["A","A"],"advance":"school_days","starts":"2026-09-01"}})",
             "/rotation/names/1"},
            {R"({"lessons":[]})", "/lessons"}}) {
        const auto answer = call(world, patch, "/v1/timetable", administrator, body, "\"2\"");
        EXPECT_EQ(answer.status, 422) << body << answer.body;
        EXPECT_EQ(member(answer, "/field"), "\"" + std::string(field) + "\"") << answer.body;
    }
    // What lessons need cannot go; which lesson is said.
    const auto answer = call(
        world, patch, "/v1/timetable", administrator,
        R"({"schedules":[{"name":"Normal","periods":[{"name":"2","begin":"09:00","end":"10:00"}]}]})",
        "\"2\"");
    EXPECT_EQ(answer.status, 422);
    EXPECT_THAT(member(answer, "/detail"), HasSubstr("lesson les_"));
    EXPECT_EQ(etag(call(world, get, "/v1/timetable", student)), "\"2\"");
}

TEST_F(TimetableApi, LessonsFollowTheRotationsNames) {
    ASSERT_EQ(
        begin(R"(,"rotation":{"names":["A","B"],"advance":"school_days","starts":"2026-09-01"})")
            .status,
        200);
    const std::string id = lesson(R"(,"rotation":["B"])");
    ASSERT_EQ(
        call(
            world, patch, "/v1/timetable", administrator,
            R"({"rotation":{"names":["B","A","C"],"advance":"school_days","starts":"2026-09-01"}})",
            "\"2\"")
            .status,
        200);
    EXPECT_EQ(member(call(world, get, "/v1/lessons/" + id, teacher), "/rotation"), R"(["B"])");
    const auto gone =
        call(world, patch, "/v1/timetable", administrator, R"({"rotation":null})", "\"3\"");
    EXPECT_EQ(gone.status, 422);
    EXPECT_THAT(member(gone, "/detail"), HasSubstr(id));
}

TEST_F(TimetableApi, LessonsAreAddedChangedAndRemoved) {
    EXPECT_EQ(call(world, post, "/v1/lessons", administrator,
                   R"({"section_id":")" + section + R"(","period":"1"})")
                  .status,
              409)
        << "there is no timetable yet";
    ASSERT_EQ(begin().status, 200);
    const std::string id = lesson(R"(,"days":["Mo","Fr"],"teacher_id":")" + tess + "\"");
    const auto seen = call(world, get, "/v1/lessons/" + id, teacher);
    EXPECT_EQ(member(seen, "/days"), R"(["Mo","Fr"])");
    EXPECT_EQ(
        member(call(world, get, "/v1/lessons?section_id=" + section, teacher), "/data/0/room"),
        "\"12\"");
    EXPECT_EQ(call(world, get, "/v1/lessons", student).status, 403);
    struct Case {
        const char *body, *field;
    };
    for (const auto& [body, field] : std::initializer_list<Case>{
             {R"({"period":"9"})", "/period"},
             {R"({"days":["Xx"]})", "/days/0"},
             {R"({"term":"Never"})", "/term"},
             {R"({"teacher_id":"usr_00000000000000000000000000000001"})", "/teacher_id"},
             {R"({"section_id":"sec_00000000000000000000000000000001"})", "/section_id"}}) {
        const auto answer = call(world, patch, "/v1/lessons/" + id, administrator, body, "\"1\"");
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_EQ(member(answer, "/field"), "\"" + std::string(field) + "\"") << answer.body;
    }
    const auto changed =
        call(world, patch, "/v1/lessons/" + id, administrator, R"({"room":"14"})", "\"1\"");
    EXPECT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(etag(changed), "\"2\"");
    EXPECT_EQ(call(world, del, "/v1/lessons/" + id, administrator, "", "\"1\"").status, 412);
    EXPECT_EQ(call(world, del, "/v1/lessons/" + id, administrator, "", "\"2\"").status, 204);
    EXPECT_EQ(call(world, get, "/v1/lessons/" + id, teacher).status, 404);
}

TEST_F(TimetableApi, ADayIsTheCallersWithItsChanges) {
    EXPECT_EQ(member(call(world, get, "/v1/today", student), "/lessons"), "[]");
    EXPECT_EQ(member(call(world, get, "/v1/next-bell", student), "/bell"), "null");
    ASSERT_EQ(begin().status, 200);
    const std::string id = lesson(R"(,"teacher_id":")" + tess + "\"");
    auto day = call(world, get, "/v1/today", student);
    EXPECT_EQ(member(day, "/date"), "\"" + today() + "\"");
    EXPECT_EQ(member(day, "/schedule"), "\"Normal\"");
    EXPECT_EQ(member(day, "/lessons/0/lesson_id"), "\"" + id + "\"") << day.body;
    EXPECT_EQ(member(day, "/lessons/0/room"), "\"12\"");
    EXPECT_EQ(member(day, "/lessons/0/changed"), "false");
    const std::string at = "/v1/lessons/" + id + "/days/" + today();
    EXPECT_EQ(call(world, put, at, administrator, R"({"room":"Gym"})").status, 200);
    day = call(world, get, "/v1/today", student);
    EXPECT_EQ(member(day, "/lessons/0/room"), "\"Gym\"");
    EXPECT_EQ(member(day, "/lessons/0/changed"), "true");
    EXPECT_EQ(call(world, put, at, administrator, R"({"cancelled":true})").status, 200);
    day = call(world, get, "/v1/today", student);
    EXPECT_EQ(member(day, "/lessons"), "[]");
    EXPECT_EQ(member(day, "/cancelled/0/lesson_id"), "\"" + id + "\"") << day.body;
    const auto marked = call(world, get, "/v1/occurrences?from=" + today() + "T00:00:00Z", student);
    EXPECT_EQ(member(marked, "/data/0/date"), "\"" + today() + "\"") << marked.body;
    EXPECT_EQ(member(marked, "/data/0/cancelled"), "true");
    EXPECT_EQ(member(marked, "/data/1/cancelled"), "false");
    EXPECT_EQ(call(world, put, at, administrator, R"({"cancelled":true,"room":"Gym"})").status,
              422);
    EXPECT_EQ(call(world, del, at, administrator).status, 204);
    EXPECT_EQ(call(world, del, at, administrator).status, 404);
    EXPECT_EQ(member(call(world, get, "/v1/next-bell", student), "/lesson/lesson_id"),
              "\"" + id + "\"");
    EXPECT_THAT(member(call(world, get, "/v1/occurrences", student), "/data/13/lesson_id"),
                HasSubstr(id));
    EXPECT_EQ(call(world, get, "/v1/occurrences?until=2099-01-01T00:00:00Z", student).status, 422);
}

TEST_F(TimetableApi, ASchoolDayHasAllLessonsWithWhatIsDifferent) {
    const std::string day = "/v1/timetable/day?date=" + today();
    EXPECT_EQ(member(call(world, get, day, administrator), "/lessons"), "[]");
    ASSERT_EQ(begin().status, 200);
    const std::string id = lesson(R"(,"teacher_id":")" + tess + "\""), other = lesson();
    const std::string at = "/v1/lessons/" + id + "/days/" + today();
    EXPECT_EQ(call(world, put, at, administrator, R"({"room":"Gym"})").status, 200);
    auto told = call(world, get, day, administrator);
    ASSERT_EQ(told.status, 200) << told.body;
    const std::string first = member(told, "/lessons/0/lesson_id") == "\"" + id + "\"" ? "0" : "1";
    EXPECT_EQ(member(told, "/lessons/" + first + "/room"), "\"Gym\"") << told.body;
    EXPECT_EQ(member(told, "/lessons/" + first + "/usual_room"), "\"12\"");
    EXPECT_EQ(member(told, "/lessons/" + first + "/changed"), "true");
    EXPECT_EQ(member(told, "/lessons/" + first + "/usual_teacher_id"), "\"" + tess + "\"");
    EXPECT_EQ(call(world, put, at, administrator, R"({"cancelled":true})").status, 200);
    told = call(world, get, day, administrator);
    EXPECT_EQ(member(told, "/lessons/0/lesson_id"), "\"" + other + "\"") << told.body;
    EXPECT_EQ(member(told, "/lessons/1/lesson_id"), "\"" + id + "\"");
    EXPECT_EQ(member(told, "/lessons/1/cancelled"), "true");
    EXPECT_EQ(member(told, "/lessons/1/begins_at"), "null");
    for (const std::string& token : {student, world.teacher()})
        EXPECT_EQ(call(world, get, day, token).status, 403);
    for (const char* wrong : {"?date=today", "?date=2026-02-30", ""})
        EXPECT_EQ(call(world, get, "/v1/timetable/day" + std::string(wrong), administrator).status,
                  422)
            << wrong;
}

TEST_F(TimetableApi, TablesGoOutAndComeInAgain) {
    const std::string tables = "/v1/timetable/tables/";
    ASSERT_EQ(begin().status, 200);
    const std::string csv =
        "schedule,period,begin,end\nNormal,1,08:00,09:00\nNormal,2,09:00,10:00\n";
    EXPECT_EQ(send(put, tables + "schedules", "application/json", csv, "\"1\"").status, 415);
    EXPECT_EQ(send(put, tables + "rooms", "text/csv", csv, "\"1\"").status, 404);
    const auto tried = send(put, tables + "schedules?trial=true", "text/csv", csv, "\"1\"");
    EXPECT_EQ(tried.status, 200) << tried.body;
    EXPECT_EQ(member(tried, "/changed"), "1");
    EXPECT_EQ(member(tried, "/written"), "false");
    const auto put_in = send(put, tables + "schedules", "text/csv", csv, "\"1\"");
    EXPECT_EQ(member(put_in, "/version"), "2") << put_in.body;
    const auto out = send(get, tables + "schedules", "text/csv", "");
    EXPECT_THAT(out.body, HasSubstr("Normal,1,08:00,09:00"));
    const auto wrong = send(put, tables + "schedules", "text/csv",
                            "schedule,period,begin,end\nNormal,1,08:00,late\n", "\"2\"");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_THAT(member(wrong, "/field"), HasSubstr(":2:")) << wrong.body;
    const std::string lessons =
        "id,section,period,days,rotation,room,teacher,term\n," + section + ",1,Mo We,,12,,\n";
    EXPECT_EQ(member(send(put, tables + "lessons", "text/csv", lessons, "\"2\""), "/added"), "1");
    EXPECT_EQ(member(send(put, tables + "lessons", "text/csv", lessons, "\"3\""), "/added"), "0");
}

TEST_F(TimetableApi, WholeDaysOfAnotherCalendarBecomeHolidays) {
    ASSERT_EQ(begin().status, 200);
    const auto answer =
        send(post, "/v1/timetable/holidays", "text/calendar",
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
             "DTSTAMP:20260901T000000Z\r\nDTSTART;VALUE=DATE:20301224\r\n"
             "DTEND;VALUE=DATE:20301227\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n"
             "UID:2\r\nDTSTAMP:20260901T000000Z\r\nDTSTART:20301201T090000Z\r\n"
             "DTEND:20301201T100000Z\r\nSUMMARY:Staff\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(member(answer, "/added"), "3");
    EXPECT_EQ(member(answer, "/ignored"), "1");
    EXPECT_EQ(member(call(world, get, "/v1/timetable", student), "/exceptions/2/date"),
              "\"2030-12-26\"");
    const auto long_ones =
        send(post, "/v1/timetable/holidays?trial=true", "text/calendar",
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
             "DTSTAMP:20260901T000000Z\r\nDTSTART;VALUE=DATE:20210101\r\n"
             "DTEND;VALUE=DATE:20370101\r\nRRULE:FREQ=DAILY;COUNT=4000\r\nSUMMARY:x\r\n"
             "END:VEVENT\r\nEND:VCALENDAR\r\n");
    EXPECT_EQ(long_ones.status, 413) << long_ones.body;
    const auto endless =
        send(post, "/v1/timetable/holidays", "text/calendar",
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\n"
             "UID:1\r\nDTSTAMP:20260901T000000Z\r\nDTSTART;VALUE=DATE:20301224\r\n"
             "RRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    EXPECT_EQ(endless.status, 422);
    EXPECT_THAT(member(endless, "/field"), HasSubstr("RRULE")) << endless.body;
}

TEST_F(TimetableApi, APlausibleOneIsMadeOnceAndAgainOnlyIfAskedFor) {
    world.sides.installation.superuser().run("begin; set local bw.tenant = '" +
                                             to_text(alpha.info.scope.tenant().uuid) +
                                             "'; update academic_sessions set start_date = "
                                             "'2026-01-01', end_date = '2027-12-31'; commit");
    ASSERT_EQ(begin().status, 200);
    const auto generate = [&](const char* body, const char* if_match) {
        return call(world, post, "/v1/timetable/generation", administrator, body, if_match);
    };
    EXPECT_EQ(generate("{}", "\"1\"").status, 409) << "bell schedules are there";
    EXPECT_EQ(generate(R"({"replace":true})", "\"0\"").status, 412);
    const auto made = generate(R"({"lessons_a_week":3,"replace":true})", "\"1\"");
    EXPECT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(member(made, "/lessons"), "3");
    EXPECT_EQ(generate("{}", "\"2\"").status, 409);
    EXPECT_EQ(generate(R"({"replace":true})", "\"2\"").status, 200);
    EXPECT_EQ(member(call(world, get, "/v1/timetable/conflicts", administrator), "/data"), "[]");
}

TEST_F(TimetableApi, ConflictsAreTold) {
    ASSERT_EQ(begin().status, 200);
    lesson(R"(,"teacher_id":")" + tess + "\"");
    lesson(R"(,"teacher_id":")" + tess + "\"");
    const auto answer = call(world, get, "/v1/timetable/conflicts", administrator);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(R"("kind":"teacher")"));
    EXPECT_THAT(answer.body, HasSubstr(R"("kind":"room")"));
    EXPECT_EQ(call(world, get, "/v1/timetable/conflicts", teacher).status, 403);
}

TEST_F(TimetableApi, ACalendarIsReadWithoutSigningInUntilItIsRevoked) {
    ASSERT_EQ(begin().status, 200);
    const std::string cancelled = lesson();
    const auto made = call(world, post, "/v1/calendar-feeds", student, R"({"name":"phone"})");
    ASSERT_EQ(made.status, 201) << made.body;
    std::string path = member(made, "/path");
    path = path.substr(1, path.size() - 2);
    const auto read = anonymous(path);
    EXPECT_EQ(read.status, 200) << read.body;
    EXPECT_THAT(std::string(read.header("content-type").value_or("")), StartsWith("text/calendar"));
    EXPECT_THAT(read.body, HasSubstr("BEGIN:VEVENT"));
    EXPECT_THAT(read.body, Not(HasSubstr("CANCELLED")));
    ASSERT_EQ(call(world, put, "/v1/lessons/" + cancelled + "/days/" + today(), administrator,
                   R"({"cancelled":true})")
                  .status,
              200);
    const auto again = anonymous(path, "alpha.school.test", etag(read));
    EXPECT_EQ(again.status, 200);
    EXPECT_THAT(again.body, HasSubstr("STATUS:CANCELLED"));
    const std::string tag = etag(again);
    EXPECT_EQ(anonymous(path, "alpha.school.test", tag).status, 304);
    EXPECT_EQ(anonymous(path, "bravo.school.test").status, 404);
    EXPECT_EQ(anonymous("/v1/calendars/" + std::string(43, 'A') + ".ics").status, 404);
    const auto list = call(world, get, "/v1/calendar-feeds", student);
    EXPECT_THAT(list.body, Not(HasSubstr("path")));
    EXPECT_THAT(call(world, get, "/v1/calendar-feeds", teacher).body, HasSubstr(R"("data":[])"));
    std::string feed = member(made, "/feed_id");
    feed = feed.substr(1, feed.size() - 2);
    EXPECT_EQ(call(world, del, "/v1/calendar-feeds/" + feed, teacher).status, 404);
    EXPECT_EQ(call(world, del, "/v1/calendar-feeds/" + feed, student).status, 204);
    EXPECT_EQ(anonymous(path).status, 404);
}

} // namespace
} // namespace bw::test
