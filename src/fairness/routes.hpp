// Outages over HTTP: for an institution's staff, and for operators.
#pragma once

#include "base/rng.hpp"
#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::fairness {

/// Everything outlives the route table.
struct OperatorRouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // signs in as bw_operator
    const Clock& clock;
    Rng& rng;
};

void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane);
void add_operator_routes(net::RouteTable& routes, const OperatorRouteParts& parts);

} // namespace bw::fairness
