// How many in the busiest minute of the last hour: a peak that is over before anybody looks. (A
// rate from a counter that is read twice a minute shows half of it.)
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>

#include "base/time.hpp"

namespace bw::telemetry {

/// Thread-safe. Minutes are those of the monotonic clock.
class BusiestMinute {
public:
    void add(Monotonic now) {
        const std::int64_t minute = minute_of(now);
        std::lock_guard lock(mutex_);
        Slot& slot = slots_[static_cast<std::size_t>(minute % hour)];
        if (slot.minute != minute)
            slot = {minute, 0};
        ++slot.count;
    }
    std::uint64_t count(Monotonic now) const {
        const std::int64_t minute = minute_of(now);
        std::lock_guard lock(mutex_);
        std::uint64_t most = 0;
        for (const Slot& slot : slots_)
            if (slot.minute > minute - hour)
                most = std::max(most, slot.count);
        return most;
    }

private:
    static constexpr std::int64_t hour = 60;
    struct Slot {
        std::int64_t minute = -hour;
        std::uint64_t count = 0;
    };
    static std::int64_t minute_of(Monotonic at) { return at.ns / Duration(1min).count(); }

    mutable std::mutex mutex_;
    std::array<Slot, hour> slots_; // guarded by mutex_
};

} // namespace bw::telemetry
