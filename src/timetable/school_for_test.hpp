// A small school's timetable, for tests.
#pragma once

#include "base/bytes.hpp"
#include "timetable/timetable.hpp"

namespace bw::timetable::test {

inline Date on(std::string_view text) {
    return *roster::parse_date(text);
}
inline Instant instant(std::string_view text) {
    return *from_rfc3339(text);
}
template <class T>
T id(std::uint8_t n) {
    T made;
    made.uuid[15] = n;
    return made;
}

constexpr std::uint8_t monday = 1, tuesday = 2, wednesday = 4, friday = 16, weekdays = 31;

/// One term, Monday 2026-09-07 to Friday 2026-12-18, three periods from Monday to Friday, in
/// London.
inline Timetable school() {
    Timetable school{
        .zone = "Europe/London",
        .schedules = {{"full", {{"P1", 540, 600}, {"P2", 600, 660}, {"P3", 680, 740}}},
                      {"short", {{"P1", 540, 580}, {"P2", 580, 620}}},
                      {"exams", {{"Paper 1", 540, 660}, {"Paper 2", 780, 900}}}},
        .week = {"full", "full", "full", "full", "full", "", ""},
        .terms = {{"autumn", on("2026-09-07"), on("2026-12-18")}},
    };
    school.lessons = {
        {.id = id<LessonId>(1),
         .section = id<SectionId>(1),
         .period = "P1",
         .days = monday,
         .room = "R1",
         .teacher = id<UserId>(1)},
        {.id = id<LessonId>(2),
         .section = id<SectionId>(2),
         .period = "P3",
         .days = weekdays,
         .room = "R2",
         .teacher = id<UserId>(2)},
    };
    return school;
}

} // namespace bw::timetable::test
