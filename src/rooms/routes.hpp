// The rooms' HTTP: the WebSocket of a live class's room.
#pragma once

#include "net/http.hpp"
#include "rooms/rooms.hpp"
#include "tenancy/gate.hpp"

namespace bw::rooms {

/// All outlive the routes.
void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, Rooms& rooms);

} // namespace bw::rooms
