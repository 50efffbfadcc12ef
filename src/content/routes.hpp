// The content module's HTTP: a section's page, its materials and announcements.
#pragma once

#include "files/routes.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::content {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    const files::RouteParts& files; // its links and its lane, for what goes out
    const Clock& clock;
    Rng& rng;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::content
