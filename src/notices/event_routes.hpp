// The route of the event stream. Internal.
#pragma once

#include "notices/routes.hpp"

namespace bw::notices {

void add_event_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::notices
