// A school day in little: bells minutes apart, who comes to each of them, and how. Drawn from a
// seed; and the same day as the product's timetable wants it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "storm/people.hpp"
#include "storm/plan.hpp"

namespace bw::storm {

/// How somebody comes to a bell.
enum class Way : std::uint8_t {
    awake,  // the device was on: it renewed when its token told it to
    asleep, // it was not: what it holds has run out, and it refreshes now
    password
};

struct DayShape {
    std::size_t people = 0, bells = 4;
    Duration over = 20s;    // the arrivals' span at a bell
    double passwords = 0.1; // share of arrivals
    double asleep = 0.4;    // of the others; to the first bell all are
};

struct Arrival {
    Duration at; // after the bell; mostly before it
    std::uint32_t who = 0;
    Way way = Way::asleep;
};

/// So much of the span lies before the bell.
constexpr double before_bell_share = 0.95;
inline Duration before_bell(Duration over) {
    return std::chrono::duration_cast<Duration>(over * before_bell_share);
}

/// By bell, by time: everybody comes to each.
std::vector<std::vector<Arrival>> draw_day(const DayShape& shape, Rng& rng);

/// The first whole `grain` that is at least `lead` away. (A timetable knows whole minutes.)
Instant first_bell(Instant now, Duration lead, Duration grain);

/// The body of PATCH /v1/timetable: periods of `lesson`, the first of which begins at `first`, on
/// each day of these; in a zone in which it is noon then, so that no midnight lies in the day.
std::string timetable_body(Instant first, Duration lesson, std::size_t bells);
/// The lessons as CSV: section number n has one in the period n modulo `bells`.
std::string lessons_table(const std::vector<std::string>& sections, std::size_t bells);
constexpr std::string_view lessons_header = "id,section,period,days,rotation,room,teacher,term\n";

/// The plan's students who are among `people` (by their user_id), with the assignments that are
/// theirs. bad_request: none is.
Result<Plan> seats_of(const Plan& plan, const std::vector<PlannedPerson>& people);

/// Who sets up an institution's day.
struct PlannedAdministrator {
    std::string host, username;
};
/// "host username" a line.
Result<std::vector<PlannedAdministrator>> read_administrators(std::istream& in,
                                                              const std::string& name);

} // namespace bw::storm
