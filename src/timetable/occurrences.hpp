// What takes place and when: a plan's lessons as dated occurrences with instants, a day, the next
// bell. Pure functions: time is an argument.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "timetable/plan.hpp"

namespace bw::timetable {

/// One dated instance of a lesson. Its teacher and room are teacher_of's and room_of's to tell.
struct Occurrence {
    std::uint32_t lesson; // its place in the timetable
    std::int32_t day;     // counted from the plan's first day
    Instant begin, end;
    bool cancelled = false; // it would have been then

    bool operator==(const Occurrence&) const = default;
};

Date date_of(const Plan& plan, const Occurrence& occurrence);
/// With substitutions.
std::optional<UserId> teacher_of(const Plan& plan, const Occurrence& occurrence);
const std::string& room_of(const Plan& plan, const Occurrence& occurrence);

/// Those that begin in [from, until), in order of their beginnings; without the cancelled.
std::vector<Occurrence> occurrences(const Plan& plan, Instant from, Instant until);

/// Whose lessons: of these sections, or taught by this person, on the day itself.
struct Person {
    std::set<SectionId> sections = {};
    std::optional<UserId> teacher = {};
};
enum class Cancelled : std::uint8_t { left_out, marked };
/// The first `limit` of them.
std::vector<Occurrence> occurrences(const Plan& plan, Instant from, Instant until,
                                    const Person& person, std::size_t limit = SIZE_MAX,
                                    Cancelled cancelled = Cancelled::left_out);

/// The date that it is in the institution's zone.
struct Today {
    Date date;
    const BellSchedule* schedule = nullptr; // null: no school
    const std::string* rotation = nullptr;  // null: none
    const Exception* exception = nullptr;
    std::vector<Occurrence> lessons = {}; // the whole day's
};
Today today(const Plan& plan, Instant now);

struct NextBell {
    Instant at;
    Date date;
    const Period* period; // that begins; it lives as long as the plan
};
/// The first period that begins after `now`; nullopt: the timetable has none.
std::optional<NextBell> next_bell(const Plan& plan, Instant now);

} // namespace bw::timetable
