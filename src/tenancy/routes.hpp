// The operator API over HTTP: institutions made, listed, changed, suspended and resumed, and the
// book of what operators did.
#pragma once

#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::tenancy {

/// `lane`'s databases sign in as bw_operator; `clock` and `rng` outlive the routes.
void add_operator_routes(net::RouteTable& routes, const Gate& gate, DatabaseLane& lane,
                         const Clock& clock, Rng& rng);

} // namespace bw::tenancy
