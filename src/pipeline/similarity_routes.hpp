// HTTP of this module: an assignment's teachers have its texts compared, and see what they have in
// common; files that were handed in are downloaded.
#pragma once

#include "files/routes.hpp"
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
    const files::RouteParts& files; // links, and the bytes behind them
};
void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::pipeline
