// The reporting module's HTTP: which reports there are, and what they say.
#pragma once

#include "net/http.hpp"
#include "reporting/desk.hpp"
#include "tenancy/gate.hpp"

namespace bw::reporting {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // its threads wait for reports
    Desk& desk;
    const Clock& clock;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::reporting
