// What a timetable says, as an institution writes it down: bell schedules, the days on which they
// ring, lessons and what is different on one day. Nothing is computed here; Plan (plan.hpp) checks
// it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "timetable/zone.hpp"

namespace bw::timetable {

struct LessonKind {
    static constexpr const char* prefix = "les";
};
using LessonId = Id<LessonKind>;

struct Period {
    std::string
        name; // lessons name it; the same name stands in each schedule where they take place
    Minute begin = 0, end = 0;

    bool operator==(const Period&) const = default;
};

struct BellSchedule {
    std::string name;
    std::vector<Period> periods; // in order; they may touch, not overlap

    bool operator==(const BellSchedule&) const = default;
};

/// Days (or weeks) A, B, ... that take turns. No names: none do.
struct Rotation {
    enum class Advance : std::uint8_t {
        school_days,    // the next school day is the next name's; holidays are not counted
        calendar_weeks, // a week, from Monday, is one name's, holidays or not
    };
    std::vector<std::string> names;
    Advance advance = Advance::school_days;
    Date starts; // from this day on, which is the first name's

    bool operator==(const Rotation&) const = default;
};

struct Term {
    std::string name;
    Date begins, ends; // both are in it

    bool operator==(const Term&) const = default;
};

/// A day that is not as its weekday says.
struct Exception {
    enum class Kind : std::uint8_t {
        holiday,  // no school
        half_day, // another bell schedule; lessons take place whose periods it has
        exam_day, // another bell schedule, no lessons
        swap,     // held like another weekday, another name of the rotation, or both
    };
    Date date;
    Kind kind = Kind::holiday;
    std::string schedule = {};                // half_day, exam_day
    std::optional<std::uint8_t> weekday = {}; // swap; 0 is Monday
    std::string rotation = {};                // swap; empty: as it would be
    std::string note = {};

    bool operator==(const Exception&) const = default;
};

/// A section in one period of the week.
struct Lesson {
    LessonId id;
    SectionId section;
    std::string period;
    std::uint8_t days = 0;      // bit 0 is Monday; none: every school day
    std::uint32_t rotation = 0; // bit n is the rotation's nth name; none: all of them
    std::string room = {};
    std::optional<UserId> teacher = {};
    std::string term = {}; // its name; empty: all of them

    bool operator==(const Lesson&) const = default;
};

/// One lesson on one day: it does not take place, or with another teacher or in another room.
struct Change {
    LessonId lesson;
    Date date;
    bool cancelled = false;
    std::optional<UserId> teacher = {};
    std::string room = {};

    bool operator==(const Change&) const = default;
};

struct Timetable {
    std::string zone;
    std::vector<BellSchedule> schedules;
    std::array<std::string, 7> week = {}; // each weekday's schedule, Monday first; empty: no school
    Rotation rotation = {};
    std::vector<Term> terms;
    std::vector<Exception> exceptions = {};
    std::vector<Lesson> lessons = {};
    std::vector<Change> changes = {};

    bool operator==(const Timetable&) const = default;
};

} // namespace bw::timetable
