// The forecast over HTTP: for an institution's administrators, for its teachers who choose a due
// instant, and for operators and what scales their servers.
#pragma once

#include "forecast/keeper.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::forecast {

/// Everything outlives the route table.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // operators': one that signs in as bw_operator
    const tenancy::TenantDirectory& directory;
    const Keeper& keeper;
    const Clock& clock;
    /// Who acts on hints in other processes of the installation; operators see them too. Absent:
    /// none is known.
    std::function<std::vector<std::string>()> listeners_elsewhere = {};
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);
void add_operator_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::forecast
