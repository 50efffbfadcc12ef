// What the replica is doing, told by `up`, which keeps it, to the servers, which show it. A
// database that somebody else keeps has no such report.
#pragma once

#include "app/installation.hpp"
#include "base/time.hpp"
#include "pg/private_cluster.hpp"

namespace bw::app {

/// Not synced: it describes a moment, and the next report comes within seconds.
Result<void> report_replica(const Installation& installation, const pg::ReplicaStatus& status,
                            Instant now);

/// The last report; `absent` if there is none, `broken` if it is old, because then nobody keeps
/// the replica. Reads one small file; thread-safe.
pg::ReplicaStatus replica_status(const Installation& installation, Instant now);

} // namespace bw::app
