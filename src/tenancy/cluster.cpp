#include "tenancy/cluster.hpp"

#include <algorithm>

#include "pg/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::tenancy {

Cluster::Cluster(ClusterOptions options, const Clock& clock, Rng& rng)
    : options_(std::move(options)), clock_(clock), rng_(rng), timeline_(options_.timeline_seen) {
    servers_ = pg::each_host(options_.primary);
    for (const std::string& replica : options_.replicas)
        for (std::string& server : pg::each_host(replica))
            replicas_.push_back(std::move(server));
    for (const std::string& replica : replicas_)
        if (std::ranges::find(servers_, replica) == servers_.end())
            servers_.push_back(replica);
}

Cluster::Lane::Lane(std::size_t count, const BreakerOptions& options, const Clock& clock, Rng& rng)
    : primary(options, clock, rng), lags(count) {
    for (std::size_t i = 0; i < count; ++i) {
        replicas.push_back(std::make_unique<Breaker>(options, clock, rng));
        lags[i] = -1;
    }
}

Cluster::Lane& Cluster::lane(const std::string& name) {
    std::lock_guard lock(mutex_);
    return lanes_.try_emplace(name, replicas_.size(), options_.breaker, clock_, rng_).first->second;
}

bool Cluster::meet(std::uint32_t timeline, bool writable) {
    std::uint32_t highest = timeline_;
    while (timeline > highest && !timeline_.compare_exchange_weak(highest, timeline)) {
    }
    if (!writable || timeline >= highest)
        return true;
    ++old_primaries_refused_;
    log::error("old_primary_refused", {{"timeline", timeline}, {"highest_timeline_seen", highest}});
    return false;
}

ClusterStatus Cluster::status() const {
    ClusterStatus out{timeline_, old_primaries_refused_, {}};
    std::lock_guard lock(mutex_);
    for (const auto& [name, lane] : lanes_) {
        LaneBreakers& told = out.lanes.emplace_back(name, lane.primary.status());
        for (std::size_t i = 0; i < lane.replicas.size(); ++i) {
            told.replicas.push_back(lane.replicas[i]->status());
            const std::int64_t lag = lane.lags[i];
            told.lags.push_back(lag < 0 ? std::nullopt
                                        : std::optional<Duration>(std::chrono::milliseconds(lag)));
        }
    }
    return out;
}

} // namespace bw::tenancy
