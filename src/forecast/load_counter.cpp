#include "forecast/load_counter.hpp"

namespace bw::forecast {

void LoadCounter::add(TenantId tenant, Kind kind, Instant now) {
    const Key key{tenant, now.ms / 60'000};
    Shard& shard = shard_of(tenant);
    const std::lock_guard lock(shard.mutex);
    auto found = shard.minutes.find(key);
    if (found == shard.minutes.end()) {
        if (shard.minutes.size() >= shard_limit_) {
            ++shard.lost;
            return;
        }
        found = shard.minutes.emplace(key, PerKind<std::uint32_t>{}).first;
    }
    ++found->second[place(kind)];
}

std::vector<MinuteLoad> LoadCounter::take() {
    std::vector<MinuteLoad> out;
    for (Shard& shard : shards_) {
        decltype(shard.minutes) taken;
        {
            const std::lock_guard lock(shard.mutex);
            taken.swap(shard.minutes);
        }
        for (const auto& [key, came] : taken)
            out.push_back({key.tenant, key.minute, came});
    }
    return out;
}

void LoadCounter::put_back(const std::vector<MinuteLoad>& loads) {
    for (const MinuteLoad& load : loads) {
        Shard& shard = shard_of(load.tenant);
        const std::lock_guard lock(shard.mutex);
        if (shard.minutes.size() >= shard_limit_ &&
            !shard.minutes.contains({load.tenant, load.minute})) {
            for (const std::uint32_t count : load.came)
                shard.lost += count;
            continue;
        }
        PerKind<std::uint32_t>& came = shard.minutes[{load.tenant, load.minute}];
        for (std::size_t k = 0; k < kinds; ++k)
            came[k] += load.came[k];
    }
}

std::uint64_t LoadCounter::lost() const {
    std::uint64_t lost = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        lost += shard.lost;
    }
    return lost;
}

} // namespace bw::forecast
