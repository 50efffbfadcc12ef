// How what came changes what was learnt, a day at a time. Pure and deterministic.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forecast/learned.hpp"
#include "forecast/school.hpp"

namespace bw::forecast {

/// Counts by minute. `known`: whether the minute was counted; empty: all were. A minute that was
/// not is no zero: nothing is learnt from it.
struct Came {
    Window window;
    PerKind<std::vector<std::uint32_t>> minutes;
    std::vector<bool> known = {};

    explicit Came(Window w) : window(w) {
        for (auto& kind : minutes)
            kind.assign(static_cast<std::size_t>(w.minutes), 0);
    }
    bool knows(std::int64_t from, std::int64_t until) const;
};

/// A due instant that is a day past: when its students submitted, by lead_bins, never last.
struct Handed {
    std::uint32_t students = 0;
    Leads came = {};
};

/// `school` as it was when the day began. Bells and hours that lie in the window only in part, or
/// in minutes that nobody counted, teach nothing. A day at or before the last one learnt (a clock
/// that went back) is not learnt twice: false.
bool learn(Learned& learned, const School& school, const Came& came,
           std::span<const Handed> handed);

} // namespace bw::forecast
