// Role rooms put together: the rooms of live classes that this process holds.
#pragma once

#include <memory>

#include "app/live_classes.hpp"
#include "rooms/routes.hpp"

namespace bw::app {

class RoomsRole {
public:
    /// Both outlive it.
    static Result<std::unique_ptr<RoomsRole>> open(CommonParts& common, LiveClasses& live);

    void add_routes(net::RouteTable& routes) { rooms::add_routes(routes, gate_, rooms_); }
    void start() { rooms_.start(); }
    /// Before the server drains: clients hear when to come again.
    void send_away() { rooms_.send_away(); }
    void stop() { rooms_.stop(); }
    rooms::RoomsStatus status() const { return rooms_.status(); }

private:
    RoomsRole(CommonParts& common, LiveClasses& live);

    const tenancy::Gate& gate_;
    rooms::Rooms rooms_;
};

} // namespace bw::app
