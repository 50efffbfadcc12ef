// How fast the recorder goes: as fast as it can; or, while many others are expected to need the
// database, in smaller batches with a rest after each. A pure function.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace bw::submissions {

struct PaceRules {
    std::size_t batch_items = 1'024; // so that none of its transactions takes long
    Duration rest_min = 50ms, rest_max = 250ms;
    /// No rest once something waits for so long, or so many do: students look for "recorded".
    Duration lag_limit = 2s;
    std::uint64_t waiting_limit = 4'096;
    double journal_filled = 0.5; // nor with so much of the journal in use
};

struct RecorderLoad {
    bool make_room = false; // others are expected to need the database now
    Duration lag{};         // since the oldest of what was recorded last was received
    std::uint64_t waiting = 0;
    double journal_filled = 0; // of its limit
    Duration took{};           // the last batch
};

struct RecorderPace {
    std::size_t items_limit = SIZE_MAX;
    Duration rest{}; // after a batch: as long as it took, so that it uses half the time at most
    bool operator==(const RecorderPace&) const = default;
};

inline RecorderPace recorder_pace(const RecorderLoad& load, const PaceRules& rules = {}) {
    if (!load.make_room || load.lag >= rules.lag_limit || load.waiting >= rules.waiting_limit ||
        load.journal_filled >= rules.journal_filled)
        return {};
    return {rules.batch_items, std::clamp(load.took, rules.rest_min, rules.rest_max)};
}

} // namespace bw::submissions
