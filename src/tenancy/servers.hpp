// A lane thread's connections to a cluster: one to the primary, one to a replica, each behind its
// lane's breaker and the timeline guard. Private to tenancy; knows no tenant.
#pragma once

#include <memory>
#include <string>

#include "pg/connection.hpp"
#include "tenancy/cluster.hpp"

namespace bw::tenancy {

/// A connection and what its server said about itself when it was opened.
struct Link {
    std::unique_ptr<pg::Connection> connection;
    Breaker* breaker = nullptr; // told of every use, by report()
    std::uint32_t timeline = 0; // 0: to be opened anew before its next use
    bool writable = false, standby = false;
};

/// Not thread-safe.
class Servers {
public:
    Servers(Cluster& cluster, const std::string& lane, std::string application_name);

    /// Open, on the newest timeline known, admitted by the breaker. `unavailable` at once while
    /// that is open.
    Result<Link*> primary(Deadline deadline);
    /// The same if it is open already; else nullptr. To wait on, not to ask.
    Link* open_primary();
    /// A standby that may be asked; nullptr if there is none at present.
    Link* replica(Deadline deadline);
    /// Due after each use of a link that was handed out.
    static void report(Link& link);

    const Clock& clock() const { return cluster_.clock_; }
    /// Is this much lag too much? A replica that was left alone must come closer than one in use.
    bool lags(const Link& replica, Duration lag) const;

private:
    Result<Link> open(const std::string& conninfo, Deadline deadline) const;
    Result<Link> find_primary(Deadline deadline);
    bool current(const Link& link) const;

    Cluster& cluster_;
    Cluster::Lane& lane_;
    const std::string application_name_;
    Link primary_, replica_;
    std::size_t replica_at_; // in cluster_.replicas_
};

} // namespace bw::tenancy
