// What this module's routes have in common. Internal.
#pragma once

#include "base/json.hpp"
#include "federation/routes.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::federation {

void add_flow_routes(net::RouteTable& routes, const RouteParts& parts);
void add_provider_routes(net::RouteTable& routes, const RouteParts& parts);
void add_identity_routes(net::RouteTable& routes, const RouteParts& parts);

net::Parameter provider_parameter();

/// Where the browser found us. The gate has seen that the host is the institution's.
std::string origin_of(const net::Request& request);

/// Set-Cookie of a flow: gone after its time, sent along when the provider sends the browser back
/// (SameSite=Lax), never shown to scripts. Without a value: forget it.
std::string flow_cookie(const std::string& name, const std::string& value, bool secure);

using tenancy::answered_on, tenancy::Work;

} // namespace bw::federation
