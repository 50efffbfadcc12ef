// iCalendar (RFC 5545): one person's lessons as a feed, and what a school's exported calendar says,
// event by event. What is made of the events is the caller's to decide. libical stays behind it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "timetable/occurrences.hpp"

namespace bw::timetable {

/// A calendar of the occurrences, which are in order: each an event of its own under a UID that
/// stays, in the plan's zone, which is described for these instants (VTIMEZONE). `titles` name
/// sections; one without a title is named by its period. `stamp` is when this was made.
std::string to_icalendar(const Plan& plan, std::span<const Occurrence> occurrences,
                         const std::map<SectionId, std::string>& titles, Instant stamp);

struct CalendarRules {
    std::size_t bytes = 4 * 1024 * 1024;
    std::size_t line_bytes = 64 * 1024; // unfolded
    std::size_t text_bytes = 500;       // of what is read of an event
    std::size_t depth = 8;              // of components
    std::size_t events = 5'000;
    std::size_t dates = 2'000;           // EXDATE and RDATE, of one event
    std::size_t event_instances = 4'000; // a recurrence of ten years, day by day
    std::size_t instances = 20'000;
};

/// One instance of an event.
struct CalendarEvent {
    std::string uid, summary, location;
    bool all_day = false; // then the instants are the beginnings of the first day and of the one
                          // after the last, in the institution's zone
    Date date;            // on which it begins, in its own zone
    Instant begin, end;

    bool operator==(const CalendarEvent&) const = default;
};

/// The instances that begin in [from, until), in order. Times without a zone are the institution's;
/// recurrences are unfolded by wall time, so that Zone decides the two hours here as well.
/// payload_too_large for size and numbers; else invalid_field with "line:property" in `field`,
/// e.g. "12:RRULE": broken lines and nesting, what is missing or there twice, unknown zones,
/// recurrences without an end or oftener than daily, dates outside 1970 to 2037.
Result<std::vector<CalendarEvent>> read_icalendar(ByteView text, const Zone& institution,
                                                  Instant from, Instant until,
                                                  const CalendarRules& rules = {});

} // namespace bw::timetable
