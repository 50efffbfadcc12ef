// Is the installation at a peak that was forecast? Whoever can wait asks, and makes room for it.
#pragma once

#include <functional>
#include <string>

#include "lane/demand.hpp"

namespace bw::app {

/// What the hint expects of [now, now + within], over the week's busiest minute: sign-ins, reads
/// and submissions. 0 without a hint that holds, and where even the week's busiest minute is not
/// worth minding.
double expected_share(const lane::DemandHint* hint, Instant now, Duration within);

/// In this minute or the next at least half of the week's busiest is expected, and at least twice
/// the mean of all the minutes that the hint knows: where every minute is as busy, waiting buys
/// nothing. False without a hint that holds.
bool at_peak(const lane::DemandHint* hint, Instant now);

/// Says so of the newest hint; any thread. Listens as `name`, so that operators see who acts on
/// hints. Hints and clock outlive it.
std::function<bool()> watch_peaks(lane::DemandHints& hints, std::string name, const Clock& clock);

/// The other way round, for long work that can choose its hour: less than a quarter of the week's
/// busiest minute is expected of any of the next quarter hour, or nobody knows.
std::function<bool()> watch_quiet(lane::DemandHints& hints, std::string name, const Clock& clock);

/// Whoever looks at the newest hint when it matters need not be told of it, but is named.
void name_listener(lane::DemandHints& hints, std::string name);

} // namespace bw::app
