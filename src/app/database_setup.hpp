// A database made ready for the server: it exists, is migrated, and its login roles have passwords
// that we hold.
#pragma once

#include "app/installation.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "pg/private_cluster.hpp"

namespace bw::app {

constexpr const char* database_name = "bellwether";

/// In the private cluster's primary. How the login roles reach it, and a replica of it if it is to
/// have one, is stored in the installation. Idempotent. Returns how many migrations were applied.
Result<int> set_up_database(const Installation& installation, const pg::PrivateCluster& cluster,
                            const Clock& clock, Rng& rng, Deadline deadline);

} // namespace bw::app
