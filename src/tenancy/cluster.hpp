// What this process knows about one PostgreSQL cluster, shared by all its lanes: the servers, the
// highest timeline seen, and a circuit breaker for each lane. Holds no connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tenancy/breaker.hpp"

namespace bw::tenancy {

struct ClusterOptions {
    /// libpq conninfo. It may list several hosts: the one that takes writes and follows the highest
    /// timeline is the primary.
    std::string primary;
    /// Each may list several hosts too. One that was promoted is found as the primary.
    std::vector<std::string> replicas = {};
    /// The highest timeline that an earlier process saw, if somebody kept it.
    std::uint32_t timeline_seen = 0;
    BreakerOptions breaker = {};
    /// A replica that has not replayed what is older than the first is left alone until it is
    /// within the second.
    Duration replica_lag_max = 10s, replica_lag_return = 2s;
    Duration connect_timeout = 5s; // of all candidates together
};

struct LaneBreakers {
    std::string name;
    BreakerStatus primary;
    std::vector<BreakerStatus> replicas;
    std::vector<std::optional<Duration>> lags; // of each, when this lane last asked it
};

/// For metrics and readyz.
struct ClusterStatus {
    std::uint32_t timeline = 0; // 0: none seen yet
    std::uint64_t old_primaries_refused = 0;
    std::vector<LaneBreakers> lanes;
};

/// Thread-safe. Outlives the Databases made on it.
class Cluster {
public:
    Cluster(ClusterOptions options, const Clock& clock, Rng& rng);
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    ClusterStatus status() const;

private:
    friend class Database;
    friend class Servers;

    struct Lane {
        Lane(std::size_t replicas, const BreakerOptions& options, const Clock& clock, Rng& rng);
        Breaker primary;
        std::vector<std::unique_ptr<Breaker>> replicas; // unique_ptr: a breaker cannot move
        std::vector<std::atomic<std::int64_t>> lags;    // in milliseconds; negative: not known
    };
    /// Made at first use, stays as long as the cluster.
    Lane& lane(const std::string& name);
    /// A server of this timeline was met. False, and an alarm, if `writable` and it is an old
    /// primary: another one has been promoted since.
    bool meet(std::uint32_t timeline, bool writable);

    const ClusterOptions options_;
    const Clock& clock_;
    Rng& rng_;
    std::vector<std::string> servers_; // candidates for the primary, in the order they are asked
    std::vector<std::string> replicas_;
    std::atomic<std::size_t> primary_at_ = 0; // in servers_: where it was found last
    std::atomic<std::size_t> next_replica_ = 0;
    std::atomic<std::uint32_t> timeline_;
    std::atomic<std::uint64_t> old_primaries_refused_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, Lane> lanes_; // guarded by mutex_
};

} // namespace bw::tenancy
