// /v1/bells: an administrator says when many will come. Internal to auth's routes.
#pragma once

#include "auth/routes.hpp"

namespace bw::auth {

void add_bell_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::auth
