#include "timetable/csv_form.hpp"

#include <gtest/gtest.h>

#include "timetable/plan.hpp"
#include "timetable/school_for_test.hpp"

namespace bw::timetable {
namespace {

using test::id;
using test::on;

const std::vector<std::string> rotation{"A", "B 2"};

TEST(Csv, WhatIsWrittenIsReadAgain) {
    Timetable school = test::school();
    school.schedules[0].name = "full, \"long\"";
    school.exceptions = {
        {.date = on("2026-11-02"), .note = "half\nterm"},
        {.date = on("2026-11-03"), .kind = Exception::Kind::half_day, .schedule = "short"},
        {.date = on("2026-11-04"), .kind = Exception::Kind::exam_day, .schedule = "exams"},
        {.date = on("2026-11-07"), .kind = Exception::Kind::swap, .weekday = 6, .rotation = "B 2"}};
    school.lessons[0].rotation = 3;
    school.lessons[1].rotation = 2;
    school.lessons[1].teacher.reset();
    school.lessons[1].term = "autumn";
    EXPECT_EQ(*schedules_from_csv(to_csv(school.schedules)), school.schedules);
    EXPECT_EQ(*exceptions_from_csv(to_csv(school.exceptions)), school.exceptions);
    EXPECT_EQ(*lessons_from_csv(to_csv(school.lessons, rotation), rotation), school.lessons);
}

TEST(Csv, LessonsWithoutAnIdKeepTheirsWhenTheyComeAgain) {
    const std::string text = "id,section,period,days,rotation,room,teacher,term\n," +
                             id<SectionId>(1).text() + ",P1,Mo Fr,,R1,,\n";
    const auto first = *lessons_from_csv(text, rotation), again = *lessons_from_csv(text, rotation);
    EXPECT_EQ(first, again);
    EXPECT_EQ(first[0].days, test::monday | test::friday);
    EXPECT_NE(first[0].id, LessonId{});
    Lesson other = first[0];
    other.room = "R2";
    EXPECT_EQ(lesson_id_of(other), first[0].id);
    other.term = "autumn";
    EXPECT_NE(lesson_id_of(other), first[0].id);
}

template <class T>
Error refusal(const Result<T>& read) {
    return read ? Error{} : read.error();
}

TEST(Csv, FaultsNameLineAndColumn) {
    const std::string lessons = "id,section,period,days,rotation,room,teacher,term\n",
                      section = id<SectionId>(1).text();
    const std::string exceptions = "date,kind,schedule,weekday,rotation,note\n";
    const std::string schedules = "schedule,period,begin,end\n";
    const std::pair<std::string, Error> cases[] = {
        {"schedules.csv:1:1", refusal(schedules_from_csv(""))},
        {"schedules.csv:1:10", refusal(schedules_from_csv("schedule,name,begin,end\n"))},
        {"schedules.csv:2:9", refusal(schedules_from_csv(schedules + "full,P1,9:00,10:00\n"))},
        {"schedules.csv:3:15",
         refusal(schedules_from_csv(schedules + "full,P1,09:00,10:00\nfull,P2,10:00,24:01\n"))},
        {"schedules.csv:2:1", refusal(schedules_from_csv(schedules + "full,P1,09:00\n"))},
        {"schedules.csv:2:6", refusal(schedules_from_csv(schedules + "full,\"P1\n"))},
        {"exceptions.csv:2:1",
         refusal(exceptions_from_csv(exceptions + "2026-13-01,holiday,,,,\n"))},
        {"exceptions.csv:2:12",
         refusal(exceptions_from_csv(exceptions + "2026-11-02,party,,,,\n"))},
        {"exceptions.csv:2:18",
         refusal(exceptions_from_csv(exceptions + "2026-11-02,swap,,Moon,,\n"))},
        {"lessons.csv:2:1",
         refusal(lessons_from_csv(lessons + "les_1," + section + ",P1,,,,,\n", rotation))},
        {"lessons.csv:2:2", refusal(lessons_from_csv(lessons + ",,P1,,,,,\n", rotation))},
        {"lessons.csv:2:42",
         refusal(lessons_from_csv(lessons + "," + section + ",P1,Mo Mo,,,,\n", rotation))},
        {"lessons.csv:2:42",
         refusal(lessons_from_csv(lessons + "," + section + ",P1,Mo ,,,,\n", rotation))},
        {"lessons.csv:2:43",
         refusal(lessons_from_csv(lessons + "," + section + ",P1,,C,,,\n", rotation))},
        {"lessons.csv:2:45",
         refusal(lessons_from_csv(lessons + "," + section + ",P1,,,,me,\n", rotation))},
    };
    for (const auto& [field, error] : cases) {
        EXPECT_EQ(error.code, Code::invalid_field) << field;
        EXPECT_EQ(error.field, field) << error.text();
    }
    const auto many =
        schedules_from_csv(schedules + "full,P1,09:00,10:00\nfull,P2,10:00,11:00\n", 1);
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().code, Code::payload_too_large);
}

} // namespace
} // namespace bw::timetable
