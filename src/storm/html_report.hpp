// A storm's report as one HTML file that needs nothing else: what came of it, how many a second,
// how long they waited, and what was done to the server meanwhile. Pure.
#pragma once

#include <string>
#include <vector>

#include "storm/report.hpp"

namespace bw::storm {

/// Something that was done to the installation, as the events file says it: a line of milliseconds
/// since 1970 and a word each. Lines that are not are left out.
struct Event {
    Instant at;
    std::string what;
};
std::vector<Event> read_events(std::string_view text);

std::string html_report(const DeadlineReport& report, const std::vector<Second>& seconds,
                        const std::vector<Event>& events);

} // namespace bw::storm
