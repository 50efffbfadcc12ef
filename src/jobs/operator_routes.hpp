// Dead letters of all institutions, for operators over HTTP.
#pragma once

#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/gate.hpp"

namespace bw::jobs {

/// Everything outlives the routes.
struct OperatorRouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // signs in as bw_operator
    const tenancy::TenantDirectory& directory;
};
void add_operator_routes(net::RouteTable& routes, const OperatorRouteParts& parts);

} // namespace bw::jobs
