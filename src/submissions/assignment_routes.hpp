// HTTP of assignments: what is due, and the rules that teachers set.
#pragma once

#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::submissions {

void add_assignment_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                           tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng);

} // namespace bw::submissions
