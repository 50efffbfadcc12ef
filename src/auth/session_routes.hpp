// /v1/sessions: sign-in, refresh, a person's own sessions, sign-out. Internal; see routes.hpp.
#pragma once

#include "auth/routes.hpp"
#include "base/json.hpp"

namespace bw::auth {

void add_session_routes(net::RouteTable& routes, const RouteParts& parts);

/// "roles": [..]
void write_roles(JsonWriter& json, tenancy::Roles roles);

} // namespace bw::auth
