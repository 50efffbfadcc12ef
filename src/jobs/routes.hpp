// The jobs module's HTTP: an institution's administrators look at its jobs, retry, cancel, and
// bring dead letters back.
#pragma once

#include "jobs/worker.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::jobs {

/// Everything outlives the routes.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    const Clock& clock;
    Rng& rng;
};
void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::jobs
