// /v1/sign-in-policy: an administrator reads and changes it. Internal; see routes.hpp.
#pragma once

#include "auth/routes.hpp"

namespace bw::auth {

void add_policy_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::auth
