// Each bucket is one number (GCRA, the generic cell rate algorithm of ITU-T I.371): the moment when
// it will be full again. A request moves that moment on by 1/rate; it may lie at most burst/rate
// ahead.
#include "tenancy/quota.hpp"

#include <algorithm>

namespace bw::tenancy {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::int64_t interval_ns(Rate rate) {
    return second_ns / rate.per_second;
}

} // namespace

Buckets::Buckets(std::size_t buckets_limit)
    : shard_items_limit_(std::max<std::size_t>(2, buckets_limit / shard_count)) {
    for (std::size_t i = 0; i < shard_count; ++i) {
        shards_.push_back(std::make_unique<Shard>());
        shards_.back()->sweep_at = std::min<std::size_t>(64, shard_items_limit_);
    }
}

std::size_t Buckets::KeyHash::operator()(const Key& key) const {
    const std::size_t mixed = std::hash<TenantId>()(key.tenant) ^
                              (std::hash<UserId>()(key.user) * 0x9e3779b97f4a7c15ULL) ^
                              static_cast<std::size_t>(key.what);
    return mixed ^ (mixed >> 32);
}

Buckets::Decision Buckets::take(Counted what, TenantId tenant, UserId user, Rate rate,
                                Monotonic now, std::int64_t cost) {
    const Key key{what, tenant, user};
    const std::int64_t interval = interval_ns(rate), depth = interval * rate.burst;
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    auto at = shard.full_at_ns.find(key);
    const std::int64_t full_at =
        at == shard.full_at_ns.end() ? now.ns : std::max(at->second, now.ns);
    const std::int64_t used = std::min(full_at - now.ns, depth); // a lowered burst counts at once
    if (used + cost * interval > depth)
        return {false, 0, Duration(used + cost * interval - depth)};
    const std::int64_t moved = now.ns + used + cost * interval;
    if (at != shard.full_at_ns.end()) {
        at->second = moved;
    } else {
        make_room(shard, now);
        shard.full_at_ns.emplace(key, moved);
    }
    return {true, (depth - used) / interval - cost, {}};
}

void Buckets::give_back(Counted what, TenantId tenant, UserId user, Rate rate, std::int64_t cost) {
    const Key key{what, tenant, user};
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    if (auto at = shard.full_at_ns.find(key); at != shard.full_at_ns.end())
        at->second -= cost * interval_ns(rate);
}

std::size_t Buckets::size() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_) {
        std::lock_guard lock(shard->mutex);
        sum += shard->full_at_ns.size();
    }
    return sum;
}

/// Swept when it has doubled since, so that a take() costs the same on average however many there
/// are.
void Buckets::make_room(Shard& shard, Monotonic now) const {
    if (shard.full_at_ns.size() < shard.sweep_at)
        return;
    std::erase_if(shard.full_at_ns, [&](const auto& bucket) { return bucket.second <= now.ns; });
    if (shard.full_at_ns.size() >= shard_items_limit_)
        shard.full_at_ns.clear();
    shard.sweep_at =
        std::clamp<std::size_t>(shard.full_at_ns.size() * 2,
                                std::min<std::size_t>(64, shard_items_limit_), shard_items_limit_);
}

} // namespace bw::tenancy
