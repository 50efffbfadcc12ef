// The viewers of one class: each comes at its moment, takes master, playlist, init and a first
// segment, and goes on as a player does: the playlist again each segment's span, what is new in it,
// a new address before the old one ends, another edge when its own is gone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "net/crowd.hpp"
#include "storm/live_report.hpp"
#include "video/provider.hpp"

namespace bw::storm {

struct ViewersWanted {
    std::size_t viewers = 0;
    Duration over{};  // they come spread over it; 0: all at once
    Duration watch{}; // after the last has come
    /// Ended: each takes so many segments from its beginning on, one after the other, and goes.
    std::size_t recording_segments = 0;
    std::vector<net::Crowd::Address> edges;
    std::function<Result<video::Playback>(Instant)> sign;
    std::function<void()> halfway = {}; // through their coming
};

/// Adds what they saw to `way`. Blocks until the last is done.
void watch(const ViewersWanted& wanted, const Clock& clock, Rng& rng, LiveWay& way);

} // namespace bw::storm
