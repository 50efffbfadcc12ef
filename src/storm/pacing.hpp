// When things happen in a storm: arrivals that lean towards the bell, and the pauses of a polite
// retry. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::storm {

/// `count` arrivals in [0, over), sorted, as offsets from the start. Up to the bell the density
/// doubles about every sixth of the way, as students run out of time; 3 % come after it, most of
/// them at once. The same for the same seed of `rng`.
std::vector<Duration> draw_arrivals(std::size_t count, Duration over, Duration bell, Rng& rng);
/// Evenly over `over`, sorted: the same chance for every instant.
std::vector<Duration> draw_steady_arrivals(std::size_t count, Duration over, Rng& rng);

/// Pause before attempt number `attempt` (2 is the first retry). Retry-After is kept as a floor; on
/// top of it full jitter: uniform over a window that starts at max(Retry-After, 100 ms) and doubles
/// up to 5 s. `unit` in [0, 1).
Duration backoff(int attempt, std::optional<Duration> retry_after, double unit);

constexpr Duration backoff_window_first = 100ms;
constexpr Duration backoff_window_max = 5s;

} // namespace bw::storm
