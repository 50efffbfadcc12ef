// The routes of extensions: who may hand in longer or more often, given by teachers.
#pragma once

#include "base/rng.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::submissions {

void add_extension_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                          tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng);

} // namespace bw::submissions
