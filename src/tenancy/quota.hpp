// Quotas of requests: token buckets for each institution and each principal, in this process's
// memory. N processes that serve the same institution grant N times its quota. What a quota costs
// to check is one short lock of one shard.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::tenancy {

/// A token bucket: `burst` requests at once, `per_second` in the long run; both 1 to 1'000'000.
struct Rate {
    std::int32_t per_second = 0, burst = 0;
    bool operator==(const Rate&) const = default;
};
constexpr std::int32_t rate_max = 1'000'000;

/// Nothing said, nothing limited: the lanes alone bound what a server takes on.
struct Quotas {
    std::optional<Rate> tenant;    // of all its people together
    std::optional<Rate> principal; // of each of them
    bool operator==(const Quotas&) const = default;
};

/// What is counted: an institution's people; its host names before anybody has signed in (apart, so
/// that a stranger's hammering does not use up the people's); one principal; what one principal
/// hands in.
enum class Counted : std::uint8_t { tenant, host, principal, submissions, submission_bytes };

/// Thread-safe, sharded. Bounded: a bucket that is full again is forgotten, and beyond
/// `buckets_limit` a shard forgets all of its own.
class Buckets {
public:
    struct Decision {
        bool admitted = true;
        std::int64_t remaining = 0; // requests at once, from now
        Duration retry_after{};     // until one is admitted again; zero if admitted
    };
    explicit Buckets(std::size_t buckets_limit = 1 << 18);

    /// `cost`: how many requests it counts as; more than the burst is never admitted.
    Decision take(Counted what, TenantId tenant, UserId user, Rate rate, Monotonic now,
                  std::int64_t cost = 1);
    /// Undoes a take() that was admitted for what then did not happen.
    void give_back(Counted what, TenantId tenant, UserId user, Rate rate, std::int64_t cost = 1);
    /// Buckets in memory.
    std::size_t size() const;

private:
    struct Key {
        Counted what;
        TenantId tenant;
        UserId user;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<Key, std::int64_t, KeyHash> full_at_ns; // when the bucket is full again
        std::size_t sweep_at;
    };
    static constexpr std::size_t shard_count = 64;
    Shard& shard_of(const Key& key) { return *shards_[KeyHash()(key) % shard_count]; }
    void make_room(Shard& shard, Monotonic now) const;

    const std::size_t shard_items_limit_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

} // namespace bw::tenancy
