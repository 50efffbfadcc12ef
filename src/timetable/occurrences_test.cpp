#include "timetable/occurrences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "timetable/conflicts.hpp"
#include "timetable/school_for_test.hpp"

namespace bw::timetable {
namespace {

using test::id;
using test::instant;
using test::on;

constexpr Instant ever{-4'000'000'000'000}, never{4'000'000'000'000};

/// "2026-10-26T09:00:00.000Z P1" for each.
std::vector<std::string> told(const Plan& plan, const std::vector<Occurrence>& all) {
    std::vector<std::string> out;
    for (const Occurrence& one : all)
        out.push_back(to_rfc3339(one.begin).substr(0, 16) + " " +
                      plan.timetable().lessons[one.lesson].period);
    return out;
}

using Lines = std::vector<std::string>;

TEST(Occurrences, KeepTheirWallTimeOverTheChangeOfClocks) {
    const Plan plan = *Plan::make(test::school());
    const auto all = occurrences(plan, instant("2026-10-19T00:00:00Z"),
                                 instant("2026-10-27T00:00:00Z"), {.sections = {id<SectionId>(1)}});
    EXPECT_EQ(told(plan, all), (Lines{"2026-10-19T08:00 P1", "2026-10-26T09:00 P1"}));
    EXPECT_EQ(all[0].end - all[0].begin, 60min);
}

TEST(Occurrences, FollowTheDaysExceptions) {
    Timetable school = test::school();
    school.exceptions = {
        {.date = on("2026-11-02")},
        {.date = on("2026-11-03"), .kind = Exception::Kind::half_day, .schedule = "short"},
        {.date = on("2026-11-04"), .kind = Exception::Kind::exam_day, .schedule = "exams"},
        {.date = on("2026-11-07"), .kind = Exception::Kind::swap, .weekday = 0}};
    school.lessons.push_back({.id = id<LessonId>(3), .section = id<SectionId>(3), .period = "P2"});
    const Plan plan = *Plan::make(school);
    EXPECT_EQ(told(plan, occurrences(plan, instant("2026-11-02T00:00:00Z"),
                                     instant("2026-11-09T00:00:00Z"))),
              (Lines{"2026-11-03T09:40 P2", // the half day has no P3
                     "2026-11-05T10:00 P2", "2026-11-05T11:20 P3", "2026-11-06T10:00 P2",
                     "2026-11-06T11:20 P3", "2026-11-07T09:00 P1", "2026-11-07T10:00 P2",
                     "2026-11-07T11:20 P3"}));
}

TEST(Occurrences, FollowRotationTermsAndChanges) {
    Timetable school = test::school();
    school.terms.push_back({"week 2", on("2026-09-14"), on("2026-09-18")});
    school.rotation = {{"A", "B"}, Rotation::Advance::school_days, on("2026-09-07")};
    school.lessons = {{.id = id<LessonId>(1),
                       .section = id<SectionId>(1),
                       .period = "P1",
                       .rotation = 2,
                       .room = "R1",
                       .teacher = id<UserId>(1),
                       .term = "week 2"}};
    school.changes = {{id<LessonId>(1), on("2026-09-14"), false, id<UserId>(7), "R7"},
                      {id<LessonId>(1), on("2026-09-16"), true}};
    const Plan plan = *Plan::make(school);
    const auto all = occurrences(plan, ever, never);
    ASSERT_EQ(told(plan, all), (Lines{"2026-09-14T08:00 P1", "2026-09-18T08:00 P1"}));
    const Person person{.sections = {id<SectionId>(1)}};
    const auto with = occurrences(plan, ever, never, person, SIZE_MAX, Cancelled::marked);
    ASSERT_EQ(told(plan, with),
              (Lines{"2026-09-14T08:00 P1", "2026-09-16T08:00 P1", "2026-09-18T08:00 P1"}));
    EXPECT_TRUE(!with[0].cancelled && with[1].cancelled && !with[2].cancelled);
    EXPECT_EQ(occurrences(plan, ever, never, person), all);
    EXPECT_EQ(room_of(plan, all[0]), "R7");
    EXPECT_EQ(teacher_of(plan, all[0]), id<UserId>(7));
    EXPECT_EQ(room_of(plan, all[1]), "R1");
    EXPECT_EQ(teacher_of(plan, all[1]), id<UserId>(1));
    EXPECT_EQ(occurrences(plan, ever, never, {.teacher = id<UserId>(7)}).size(), 1);
    EXPECT_EQ(occurrences(plan, ever, never, {.teacher = id<UserId>(1)}).size(), 1);
}

TEST(Occurrences, BeginInsideTheHalfOpenInterval) {
    const Plan plan = *Plan::make(test::school());
    const Instant bell = instant("2026-09-07T08:00:00Z");
    EXPECT_EQ(occurrences(plan, bell, bell + 1ms).size(), 1);
    EXPECT_EQ(occurrences(plan, bell - 1h, bell).size(), 0);
    EXPECT_EQ(occurrences(plan, bell + 1ms, bell + 1h).size(), 0);
    EXPECT_EQ(occurrences(plan, bell, bell).size(), 0);
    EXPECT_EQ(occurrences(plan, bell + 1h, bell).size(), 0);
}

/// Ten years of school on all days, at hours that clocks skip and repeat.
Timetable night_school(const char* zone) {
    return {.zone = zone,
            .schedules = {{"night",
                           {{"N1", 0, 45},
                            {"N2", 60, 105},
                            {"N3", 105, 150},
                            {"N4", 150, 190},
                            {"D1", 525, 570},
                            {"N5", 1410, 1440}}}},
            .week = {"night", "night", "night", "night", "night", "night", "night"},
            .terms = {{"ten years", on("2026-01-01"), on("2035-12-31")}},
            .lessons = {{.id = id<LessonId>(1), .section = id<SectionId>(1), .period = "N1"},
                        {.id = id<LessonId>(2), .section = id<SectionId>(1), .period = "N2"},
                        {.id = id<LessonId>(3), .section = id<SectionId>(1), .period = "N3"},
                        {.id = id<LessonId>(4), .section = id<SectionId>(1), .period = "N4"},
                        {.id = id<LessonId>(5), .section = id<SectionId>(1), .period = "D1"},
                        {.id = id<LessonId>(6), .section = id<SectionId>(1), .period = "N5"}}};
}

TEST(Occurrences, AreOneADayAtTheirWallTimeForTenYears) {
    for (const char* name : {"Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca",
                             "Asia/Kathmandu", "America/St_Johns"}) {
        const Plan plan = *Plan::make(night_school(name));
        const auto all = occurrences(plan, ever, never);
        ASSERT_EQ(all.size(), 3652 * 6) << name;
        ASSERT_TRUE(std::ranges::is_sorted(all, {}, &Occurrence::begin)) << name;
        std::size_t moved = 0;
        for (const Occurrence& one : all) {
            const Period& period = plan.timetable().schedules[0].periods[one.lesson];
            ASSERT_LT(one.begin, one.end) << name;
            const WallTime shown = plan.zone().wall(one.begin);
            ASSERT_EQ(shown.date, date_of(plan, one));
            if (shown.minute != period.begin) {
                ++moved;
                ASSERT_GT(shown.minute, period.begin);
                ASSERT_LE(shown.minute, period.begin + 60);
            }
        }
        // Two periods begin in Lord Howe's gap or none; hours that lie in a gap once a year.
        EXPECT_LE(moved, 30) << name;
        EXPECT_EQ(moved == 0, std::string_view(name) == "Asia/Kathmandu" ||
                                  std::string_view(name) == "Australia/Lord_Howe")
            << name << " " << moved;
        // Whatever is cut out is what lies there in the whole.
        for (int year : {2027, 2030, 2033}) {
            const Instant from = instant(std::to_string(year) + "-03-13T05:00:00Z"),
                          until = instant(std::to_string(year) + "-11-08T02:20:00Z");
            std::vector<Occurrence> cut;
            std::ranges::copy_if(all, std::back_inserter(cut), [&](const Occurrence& one) {
                return one.begin >= from && one.begin < until;
            });
            ASSERT_EQ(occurrences(plan, from, until), cut) << name;
        }
    }
}

TEST(Occurrences, APeriodWhoseEndIsSkippedKeepsItsLength) {
    const Plan plan = *Plan::make({.zone = "Europe/Dublin",
                                   .schedules = {{"s", {{"P", 90, 130}}}},
                                   .week = {"s", "s", "s", "s", "s", "s", "s"},
                                   .terms = {{"t", on("2027-03-28"), on("2027-03-28")}},
                                   .lessons = {{.id = id<LessonId>(1), .period = "P"}}});
    // 01:30 does not exist and is 02:30; 02:10 comes before that.
    const auto all = occurrences(plan, ever, never);
    ASSERT_EQ(all.size(), 1);
    EXPECT_EQ(to_rfc3339(all[0].begin), "2027-03-28T01:30:00.000Z");
    EXPECT_EQ(to_rfc3339(all[0].end), "2027-03-28T02:10:00.000Z");
}

TEST(Today, IsTheZonesDay) {
    Timetable school = test::school();
    school.zone = "Pacific/Auckland";
    school.rotation = {{"A", "B"}, Rotation::Advance::calendar_weeks, on("2026-09-07")};
    school.exceptions = {{.date = on("2026-09-09"), .note = "Founder's day"}};
    const Plan plan = *Plan::make(school);
    const Today monday = today(plan, instant("2026-09-06T20:00:00Z")); // still Sunday in London
    EXPECT_EQ(monday.date, on("2026-09-07"));
    EXPECT_EQ(monday.schedule->name, "full");
    EXPECT_EQ(*monday.rotation, "A");
    EXPECT_EQ(told(plan, monday.lessons), (Lines{"2026-09-06T21:00 P1", "2026-09-06T23:20 P3"}));
    const Today holiday = today(plan, instant("2026-09-08T20:00:00Z"));
    EXPECT_EQ(holiday.schedule, nullptr);
    EXPECT_EQ(holiday.exception->note, "Founder's day");
    EXPECT_TRUE(holiday.lessons.empty());
    EXPECT_EQ(today(plan, instant("2030-01-01T00:00:00Z")).schedule, nullptr);
}

TEST(NextBell, SkipsWhatDoesNotRing) {
    Timetable school = test::school();
    school.exceptions = {
        {.date = on("2026-09-08"), .kind = Exception::Kind::exam_day, .schedule = "exams"},
        {.date = on("2026-09-09")}};
    const Plan plan = *Plan::make(school);
    const std::pair<const char*, const char*> cases[] = {
        {"2020-01-01T00:00:00Z", "2026-09-07T08:00 P1"},
        {"2026-09-07T07:59:59.999Z", "2026-09-07T08:00 P1"},
        {"2026-09-07T08:00:00Z", "2026-09-07T09:00 P2"},
        {"2026-09-07T12:00:00Z", "2026-09-08T08:00 Paper 1"},
        {"2026-09-08T12:00:00Z", "2026-09-10T08:00 P1"},
        {"2026-09-11T15:00:00Z", "2026-09-14T08:00 P1"},
    };
    for (const auto& [now, expected] : cases) {
        const auto next = next_bell(plan, instant(now));
        ASSERT_TRUE(next) << now;
        EXPECT_EQ(to_rfc3339(next->at).substr(0, 16) + " " + next->period->name, expected);
    }
    EXPECT_FALSE(next_bell(plan, instant("2026-12-18T12:00:00Z")));
}

TEST(Conflicts, NameWhoIsInTwoPlaces) {
    Timetable school = test::school();
    auto add = [&](std::uint8_t n, std::uint8_t section, const char* room, std::uint8_t teacher) {
        school.lessons.push_back({.id = id<LessonId>(n),
                                  .section = id<SectionId>(section),
                                  .period = "P2",
                                  .days = test::monday,
                                  .room = room,
                                  .teacher = id<UserId>(teacher)});
    };
    add(3, 3, "R3", 3);
    add(4, 4, "R3", 4); // the same room
    add(5, 5, "R5", 3); // the same teacher as the first
    add(6, 5, "R6", 6); // the same section as the one before
    school.changes = {{id<LessonId>(4), on("2026-09-07"), false, {}, "R9"},
                      {id<LessonId>(6), on("2026-09-14"), true}};
    const Plan plan = *Plan::make(school);
    const StudentGroup group{"10a", {id<SectionId>(1), id<SectionId>(3), id<SectionId>(4)}};
    const Instant from = instant("2026-09-07T00:00:00Z"), until = instant("2026-09-20T00:00:00Z");
    const Conflicts found = conflicts(plan, from, until, std::span(&group, 1));
    std::map<Conflict::Kind, Conflict> by_kind;
    for (const Conflict& one : found.list)
        EXPECT_TRUE(by_kind.emplace(one.kind, one).second) << one.what;
    const Instant first = instant("2026-09-07T09:00:00Z"), second = first + 7 * 24h;
    using Kind = Conflict::Kind;
    EXPECT_EQ(by_kind.at(Kind::room), (Conflict{Kind::room, 2, 3, "R3", second, 1}));
    EXPECT_EQ(by_kind.at(Kind::teacher),
              (Conflict{Kind::teacher, 2, 4, id<UserId>(3).text(), first, 2}));
    EXPECT_EQ(by_kind.at(Kind::section),
              (Conflict{Kind::section, 4, 5, id<SectionId>(5).text(), first, 1}));
    EXPECT_EQ(by_kind.at(Kind::group), (Conflict{Kind::group, 2, 3, "10a", first, 2}));
    EXPECT_FALSE(found.more);
    const Conflicts few = conflicts(plan, from, until, {}, 1);
    EXPECT_EQ(few.list.size(), 1);
    EXPECT_TRUE(few.more);
    EXPECT_TRUE(conflicts(*Plan::make(test::school()), ever, never).list.empty());
}

} // namespace
} // namespace bw::timetable
