// What is known of the walls, for operators: over the operator API, and on the admin listener,
// where `bellwether diagnose` asks.
#pragma once

#include "app/wall_readings.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::app {

/// Everything outlives the route table. It measures now and then, so it is read on `lane`.
void add_wall_route(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane,
                    WallReadings& readings);
/// On the admin listener: without a token, as all that stands there.
void add_admin_wall_route(net::RouteTable& routes, tenancy::DatabaseLane& lane,
                          WallReadings& readings);

} // namespace bw::app
