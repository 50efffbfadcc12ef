// The institution module's HTTP: what an institution's administrators look after.
#pragma once

#include "net/http.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::institution {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    tenancy::RevocationFeed& feed;
    const Clock& clock;
    Rng& rng;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::institution
