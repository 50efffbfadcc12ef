// A storm's report as one HTML file that needs nothing else: what came of it, how many a second,
// how long they waited, and what was done to the server meanwhile. Pure.
#pragma once

#include <string>

#include "storm/report.hpp"

namespace bw::storm {

std::string html_report(const DeadlineReport& report);

} // namespace bw::storm
