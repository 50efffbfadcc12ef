// /v1/me/second-factor, and the second half of a sign-in under /v1/sessions/second-factor; lifting
// a delay, resetting a colleague's factor. Internal; see routes.hpp.
#pragma once

#include "auth/routes.hpp"

namespace bw::auth {

void add_second_factor_routes(net::RouteTable& routes, const RouteParts& parts);
void add_help_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::auth
