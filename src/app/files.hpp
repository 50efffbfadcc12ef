// Uploads and downloads put together: the store; for role api the lane, and the sweep.
#pragma once

#include "app/serve.hpp"
#include "blob/store.hpp"
#include "files/routes.hpp"
#include "files/sweeper.hpp"
#include "tenancy/cluster.hpp"

namespace bw::app {

/// A directory or an S3 server, as the options say.
Result<std::unique_ptr<blob::Store>> open_store(const Installation& installation,
                                                const ServeOptions& options, const Clock& clock,
                                                Rng& rng);

struct FileParts {
    std::unique_ptr<tenancy::DatabaseLane> lane;
    std::unique_ptr<files::Sweeper> sweeper;
    std::unique_ptr<files::RouteParts> routes;

    /// After the server: what uploads had brought until it ended is written down, within a limit.
    void stop(const Clock& clock);
};

/// Everything given outlives the result.
Result<FileParts> open_files(const Installation& installation, const ServeOptions& options,
                             blob::Store& store, tenancy::Cluster& cluster,
                             const tenancy::TenantDirectory& directory, const tenancy::Gate& gate,
                             telemetry::SpanQueue* spans, const Clock& clock, Rng& rng);

} // namespace bw::app
