// A PostgreSQL cluster of a test's own, migrated, with the server's roles: for tests that stop,
// promote or measure it. Most tests share one (cluster.hpp). For test programs only.
#pragma once

#include <string>

#include "base/rng.hpp"
#include "support/cluster.hpp"
#include "support/temporary_directory.hpp"
#include "tenancy/directory.hpp"

namespace bw::test {

class OwnCluster {
public:
    /// `options.directory` is chosen here. Any failure ends the program with its reason.
    explicit OwnCluster(pg::PrivateClusterOptions options);

    static constexpr const char* database = "own";
    std::string conninfo(const std::string& role = "bw_app") const;
    tenancy::TenantInfo provision(const std::string& slug);

    const std::filesystem::path& directory() const { return directory_.path(); }
    pg::PrivateCluster& cluster() { return cluster_; }
    const Clock& clock() const { return clock_; }
    Rng& rng() { return rng_; }
    Deadline soon() const { return Deadline::in(clock_, 60s); }

private:
    SystemClock clock_;
    SystemRng rng_;
    TemporaryDirectory directory_;
    pg::PrivateCluster cluster_;
};

} // namespace bw::test
