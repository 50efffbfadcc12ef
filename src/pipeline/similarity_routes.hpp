// HTTP of similarity: an assignment's teachers have its texts compared, and see what they have in
// common.
#pragma once

#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::pipeline {

/// Everything outlives the routes.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    const Clock& clock;
    Rng& rng;
};
void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::pipeline
