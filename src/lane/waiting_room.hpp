// WaitingRoom: those whom a lane refused for now and who may come again, in the order in which they
// first arrived. It holds nobody's work, only their places.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <unordered_map>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace bw::lane {

/// Not thread-safe.
class WaitingRoom {
public:
    static constexpr Duration return_limit_max = 20s; // nobody is told to stay away for longer
    static constexpr std::size_t returns_per_second = 1'000; // a refusal costs little, not nothing
    static constexpr std::size_t places_limit = 200'000;     // past it the rest stand behind all

    /// Takes a place, or keeps it; how many of the tenant's stand before it.
    std::size_t enter(TenantId tenant, Instant arrived, Monotonic now) {
        std::deque<Place>& places = places_[tenant];
        while (!places.empty() && now - places.front().seen > gone_after) {
            places.pop_front();
            --count_;
        }
        auto at = find(places, arrived);
        const auto before = static_cast<std::size_t>(at - places.begin());
        if (at != places.end() && at->arrived == arrived)
            at->seen = now;
        else if (count_ < places_limit) {
            places.insert(at, {arrived, now});
            ++count_;
        }
        return before;
    }

    /// How many of the tenant's stand before one who arrived then.
    std::size_t before(TenantId tenant, Instant arrived) const {
        auto of = places_.find(tenant);
        if (of == places_.end())
            return 0;
        auto at = std::ranges::lower_bound(of->second, arrived, {}, &Place::arrived);
        return static_cast<std::size_t>(at - of->second.begin());
    }

    /// It came again. Those who arrived in the same millisecond share a place.
    void leave(TenantId tenant, Instant arrived) {
        auto of = places_.find(tenant);
        if (of == places_.end())
            return;
        auto at = find(of->second, arrived);
        if (at == of->second.end() || at->arrived != arrived)
            return;
        of->second.erase(at);
        --count_;
        if (of->second.empty())
            places_.erase(of);
    }

    std::size_t size() const { return count_; }

    /// Until one who has so many before it should have come again. A tenant's turns come sooner
    /// when another one has no more of its own, and whoever is away then loses the order: so as
    /// short as those who wait can all be answered in; and one here, one there, so that those who
    /// were refused together do not come again together.
    Duration return_limit(std::size_t place) const {
        constexpr double golden = 0.6180339887; // its multiples lie evenly between whole numbers
        const double own = 0.6 + 0.6 * std::fmod(static_cast<double>(place) * golden, 1.0);
        const std::chrono::milliseconds all(count_ * 1'000 / returns_per_second);
        return std::min<Duration>(
            std::chrono::duration_cast<Duration>(std::max<Duration>(all, 4s) * own),
            return_limit_max);
    }

private:
    /// Who has not come for so long comes no more.
    static constexpr Duration gone_after = return_limit_max + 10s;

    struct Place {
        Instant arrived; // by the wall clock, which other processes have too
        Monotonic seen;
    };
    static std::deque<Place>::iterator find(std::deque<Place>& places, Instant arrived) {
        return std::ranges::lower_bound(places, arrived, {}, &Place::arrived);
    }

    std::unordered_map<TenantId, std::deque<Place>> places_;
    std::size_t count_ = 0;
};

} // namespace bw::lane
