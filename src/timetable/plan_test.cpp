#include "timetable/plan.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "timetable/school_for_test.hpp"

namespace bw::timetable {
namespace {

using test::id;
using test::on;

TEST(Plan, FaultsAreNamedWhereTheyStand) {
    struct Case {
        const char* field;
        std::function<void(Timetable&)> spoil;
    };
    const Case cases[] = {
        {"/zone", [](Timetable& t) { t.zone = "Europe/Atlantis"; }},
        {"/schedules/1/name", [](Timetable& t) { t.schedules[1].name = "full"; }},
        {"/schedules/0/name", [](Timetable& t) { t.schedules[0].name = ""; }},
        {"/schedules/0/name", [](Timetable& t) { t.schedules[0].name = "\xff"; }},
        {"/schedules/0/name", [](Timetable& t) { t.schedules[0].name = "a\nb"; }},
        {"/schedules/0/periods/1/begin",
         [](Timetable& t) { t.schedules[0].periods[1].begin = 599; }},
        {"/schedules/0/periods/2/begin", [](Timetable& t) { t.schedules[0].periods[2].begin = 0; }},
        {"/schedules/0/periods/1/end", [](Timetable& t) { t.schedules[0].periods[1].end = 600; }},
        {"/schedules/0/periods/2/end", [](Timetable& t) { t.schedules[0].periods[2].end = 1441; }},
        {"/schedules/0/periods/0/begin",
         [](Timetable& t) { t.schedules[0].periods[0].begin = -1; }},
        {"/schedules/0/periods/2/name",
         [](Timetable& t) { t.schedules[0].periods[2].name = "P1"; }},
        {"/week/5", [](Timetable& t) { t.week[5] = "Saturday"; }},
        {"/rotation/names/1", [](Timetable& t) { t.rotation.names = {"A", "A"}; }},
        {"/rotation/names/0", [](Timetable& t) { t.rotation.names = {"A|B"}; }},
        {"/rotation/starts", [](Timetable& t) { t.rotation.names = {"A", "B"}; }},
        {"/terms", [](Timetable& t) { t.terms.clear(); }},
        {"/terms/0/ends", [](Timetable& t) { t.terms[0].ends = on("2026-09-06"); }},
        {"/terms/0/begins", [](Timetable& t) { t.terms[0].begins = on("1999-12-31"); }},
        {"/terms/0/ends", [](Timetable& t) { t.terms[0].ends = on("2038-01-01"); }},
        {"/exceptions/1/date",
         [](Timetable& t) {
             t.exceptions = {{.date = on("2026-10-01")}, {.date = on("2026-10-01")}};
         }},
        {"/exceptions/0/schedule",
         [](Timetable& t) {
             t.exceptions = {{.date = on("2026-10-01"), .kind = Exception::Kind::half_day}};
         }},
        {"/exceptions/0/schedule",
         [](Timetable& t) { t.exceptions = {{.date = on("2026-10-01"), .schedule = "full"}}; }},
        {"/exceptions/0",
         [](Timetable& t) {
             t.exceptions = {{.date = on("2026-10-01"), .kind = Exception::Kind::swap}};
         }},
        {"/exceptions/0/weekday",
         [](Timetable& t) {
             t.exceptions = {
                 {.date = on("2026-10-01"), .kind = Exception::Kind::swap, .weekday = 6}};
         }},
        {"/exceptions/0/rotation",
         [](Timetable& t) {
             t.exceptions = {
                 {.date = on("2026-10-01"), .kind = Exception::Kind::swap, .rotation = "A"}};
         }},
        {"/exceptions/0",
         [](Timetable& t) { t.exceptions = {{.date = on("2026-10-01"), .weekday = 1}}; }},
        {"/lessons/1/id", [](Timetable& t) { t.lessons[1].id = t.lessons[0].id; }},
        {"/lessons/1/period", [](Timetable& t) { t.lessons[1].period = "P9"; }},
        {"/lessons/0/days", [](Timetable& t) { t.lessons[0].days = 128; }},
        {"/lessons/0/rotation", [](Timetable& t) { t.lessons[0].rotation = 1; }},
        {"/lessons/0/term", [](Timetable& t) { t.lessons[0].term = "spring"; }},
        {"/lessons/0/room", [](Timetable& t) { t.lessons[0].room = std::string(101, 'x'); }},
        {"/changes/0/lesson",
         [](Timetable& t) { t.changes = {{id<LessonId>(9), on("2026-10-01"), true}}; }},
        {"/changes/0", [](Timetable& t) { t.changes = {{id<LessonId>(1), on("2026-10-01")}}; }},
        {"/changes/0",
         [](Timetable& t) { t.changes = {{id<LessonId>(1), on("2026-10-01"), true, {}, "R9"}}; }},
        {"/changes/1",
         [](Timetable& t) {
             t.changes = {{id<LessonId>(1), on("2026-10-01"), true},
                          {id<LessonId>(1), on("2026-10-01"), false, {}, "R9"}};
         }},
    };
    for (const Case& one : cases) {
        Timetable school = test::school();
        one.spoil(school);
        const auto made = Plan::make(std::move(school));
        ASSERT_FALSE(made) << one.field;
        EXPECT_EQ(made.error().code, Code::invalid_field) << made.error().text();
        EXPECT_EQ(made.error().field, one.field) << made.error().text();
        EXPECT_FALSE(made.error().detail.empty());
    }
    EXPECT_TRUE(Plan::make(test::school()));
}

TEST(Plan, OverlapsAreToldWithBothPeriods) {
    Timetable school = test::school();
    school.schedules[0].periods[1].begin = 595;
    EXPECT_EQ(
        Plan::make(school).error().detail,
        "begins at 09:55, before \"P1\" ends at 10:00; periods stand in order and do not overlap");
}

TEST(Plan, EverythingHasALimit) {
    const std::pair<const char*, PlanRules> cases[] = {
        {"/schedules", {.schedules = 2}},     {"/schedules/0/periods", {.periods = 2}},
        {"/rotation/names", {.rotation = 1}}, {"/terms", {.terms = 0}},
        {"/exceptions", {.exceptions = 0}},   {"/lessons", {.lessons = 1}},
        {"/changes", {.changes = 0}},         {"/schedules/0/name", {.name_bytes = 3}},
    };
    Timetable school = test::school();
    school.rotation = {{"A", "B"}, Rotation::Advance::school_days, on("2026-09-07")};
    school.exceptions = {{.date = on("2026-10-01")}};
    school.changes = {{id<LessonId>(1), on("2026-10-05"), true}};
    ASSERT_TRUE(Plan::make(school));
    for (const auto& [field, rules] : cases) {
        const auto made = Plan::make(school, rules);
        ASSERT_FALSE(made) << field;
        EXPECT_EQ(made.error().field, field);
    }
}

/// The rotation's letters from the first day on; "-" for no school, "." for a day without one.
std::string letters(const Timetable& school, std::size_t count) {
    const Plan plan = *Plan::make(school);
    std::string out;
    for (const Day& day : plan.days().first(count))
        out += day.schedule == Day::none   ? "-"
               : day.rotation == Day::none ? "."
                                           : school.rotation.names[day.rotation];
    return out;
}

TEST(Plan, RotationsAdvanceBySchoolDaysOrByWeeks) {
    Timetable school = test::school();
    school.rotation = {{"A", "B", "C"}, Rotation::Advance::school_days, on("2026-09-08")};
    EXPECT_EQ(letters(school, 14), ".ABCA--BCABC--");
    school.exceptions = {
        {.date = on("2026-09-10")},
        {.date = on("2026-09-11"), .kind = Exception::Kind::half_day, .schedule = "short"},
        {.date = on("2026-09-14"), .kind = Exception::Kind::swap, .rotation = "A"},
        {.date = on("2026-09-19"), .kind = Exception::Kind::swap, .weekday = 0}};
    // A holiday is not counted; a swap is counted as if it were none; a Saturday's school is
    // school.
    EXPECT_EQ(letters(school, 14), ".AB-C--ABCABC-");
    school.rotation.advance = Rotation::Advance::calendar_weeks;
    school.exceptions = {{.date = on("2026-09-14")}};
    EXPECT_EQ(letters(school, 28), ".AAAA---BBBB--CCCCC--AAAAA--");
}

} // namespace
} // namespace bw::timetable
