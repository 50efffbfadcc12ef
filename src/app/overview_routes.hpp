// The overview over HTTP, for operators.
#pragma once

#include "app/overview.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::app {

/// Everything outlives the routes.
struct OverviewRouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // signs in as bw_operator
    const Clock& clock;
    OverviewSources sources;
};
/// However many ask, the database is asked once a second, and the parts too.
void add_overview_routes(net::RouteTable& routes, OverviewRouteParts parts);

} // namespace bw::app
