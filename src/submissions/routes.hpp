// The submissions module's HTTP: assignments, intake, reading back. Proofs are in head_routes.
#pragma once

#include "net/http.hpp"
#include "submissions/intake.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::submissions {

/// Where submissions are taken in (role intake). Everything outlives the route table.
void add_intake_routes(net::RouteTable& routes, const tenancy::Gate& gate, Intake& intake);

/// What is read from the database (role api). `intake` (may be null) knows what is durable but not
/// recorded yet.
void add_api_routes(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane,
                    const Intake* intake, const Clock& clock, Rng& rng);

} // namespace bw::submissions
