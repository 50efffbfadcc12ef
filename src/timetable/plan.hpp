// Plan: a timetable that has been checked, with the calendar worked out: what each day is. What
// happens on it is occurrences.hpp's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "timetable/timetable.hpp"

namespace bw::timetable {

/// Chosen to be far above what a school has, and low enough that a plan is made in milliseconds.
struct PlanRules {
    std::size_t name_bytes = 100; // of whatever has a name; notes and rooms too
    std::size_t schedules = 64;
    std::size_t periods = 64; // of a schedule
    std::size_t rotation = 32;
    std::size_t terms = 64;
    std::size_t exceptions = 4'000;
    std::size_t lessons = 50'000;
    std::size_t changes = 100'000;
};

/// One date of the calendar.
struct Day {
    static constexpr std::uint8_t none = 0xff;
    std::uint64_t terms = 0;      // bit n: it is in the nth
    std::uint8_t schedule = none; // none: no school
    std::uint8_t weekday = 0;     // as which it is held
    std::uint8_t rotation = none;
    bool lessons = false;                     // they take place
    std::optional<std::uint16_t> exception{}; // its place in the timetable
};

/// Immutable; thread-safe.
class Plan {
public:
    /// invalid_field with a JSON pointer into the timetable, e.g. "/schedules/0/periods/2":
    /// unknown zones, schedules, periods, terms and lessons, names given twice, periods that
    /// overlap or end before they begin, dates outside 2000 to 2037, too much of anything.
    static Result<Plan> make(Timetable timetable, const PlanRules& rules = {});

    const Timetable& timetable() const { return timetable_; }
    const Zone& zone() const { return zone_; }
    Date first_day() const { return first_day_; }
    /// From first_day() on.
    std::span<const Day> days() const { return days_; }
    /// nullptr: outside all terms' span, so no school.
    const Day* day(Date date) const;
    /// Lessons, by their place, that may take place in the period on this weekday.
    std::span<const std::uint32_t> lessons(std::uint8_t schedule, std::size_t period,
                                           std::uint8_t weekday) const;
    /// Of the lesson's term; all bits when it has none.
    std::uint64_t terms_of(std::uint32_t lesson) const { return lesson_terms_[lesson]; }
    const Change* change(std::uint32_t lesson, Date date) const;
    std::optional<std::uint32_t> find(LessonId lesson) const;

private:
    friend class PlanMaker;
    explicit Plan(Zone zone) : zone_(std::move(zone)) {}

    Timetable timetable_;
    Zone zone_;
    Date first_day_;
    std::vector<Day> days_;
    std::vector<std::vector<std::uint16_t>> names_; // of each schedule's periods
    std::vector<std::vector<std::uint32_t>> slots_; // by name of a period and weekday
    std::vector<std::uint64_t> lesson_terms_;
    std::unordered_map<LessonId, std::uint32_t> lesson_places_;
    std::vector<std::uint32_t> changes_; // their places, by lesson and date
    std::vector<std::uint32_t> changed_; // of each of those, the lesson's place
    std::vector<bool> has_changes_;      // each lesson
};

} // namespace bw::timetable
