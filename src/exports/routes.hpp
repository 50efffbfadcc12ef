// Exports of reports over HTTP: asked for, looked at, cancelled, fetched. Served where the primary
// and the blob store are; the work is done elsewhere (jobs.hpp).
#pragma once

#include <functional>
#include <optional>

#include "files/routes.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::exports {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    const tenancy::TenantDirectory& directory;
    tenancy::DatabaseLane& lane;
    const files::RouteParts& files; // files go out as all others do
    /// When, in the next day, little is expected; nullopt: unknown. Any thread.
    std::function<std::optional<Instant>(Instant now)> quiet;
    const Clock& clock;
    Rng& rng;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::exports
