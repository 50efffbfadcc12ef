// What comes to this process, counted by institution, minute and kind, until somebody takes it to
// the database. In memory alone.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "forecast/kinds.hpp"

namespace bw::forecast {

/// What came to an institution in one minute.
struct MinuteLoad {
    TenantId tenant;
    std::int64_t minute = 0; // since 1970
    PerKind<std::uint32_t> came = {};
};

/// Thread-safe; an addition takes a lock that few share.
class LoadCounter {
public:
    /// Of all minutes that wait, all institutions together; more are lost, and counted as lost.
    explicit LoadCounter(std::size_t minutes_limit = 200'000)
        : shard_limit_(minutes_limit / shards) {}

    void add(TenantId tenant, Kind kind, Instant now);
    /// All of it. What is added meanwhile, of the same minutes too, is taken the next time.
    std::vector<MinuteLoad> take();
    /// Gives back what could not be kept.
    void put_back(const std::vector<MinuteLoad>& loads);
    std::uint64_t lost() const;

private:
    static constexpr std::size_t shards = 16;
    struct Key {
        TenantId tenant;
        std::int64_t minute;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const noexcept {
            return std::hash<TenantId>()(key.tenant) ^
                   static_cast<std::size_t>(key.minute) * 0x9e3779b97f4a7c15ULL;
        }
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<Key, PerKind<std::uint32_t>, Hash> minutes;
        std::uint64_t lost = 0;
    };
    Shard& shard_of(TenantId tenant) { return shards_[std::hash<TenantId>()(tenant) % shards]; }

    const std::size_t shard_limit_;
    std::array<Shard, shards> shards_;
};

} // namespace bw::forecast
