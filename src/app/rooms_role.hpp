// Role rooms put together: the rooms of live classes that this process holds, and their sound and
// picture over a Janus beside it, or a LiveKit.
#pragma once

#include <memory>

#include "app/live_classes.hpp"
#include "net/websocket_client.hpp"
#include "rooms/janus_media.hpp"
#include "rooms/livekit.hpp"
#include "rooms/routes.hpp"

namespace bw::app {

class RoomsRole {
public:
    /// Both outlive it.
    static Result<std::unique_ptr<RoomsRole>> open(CommonParts& common, LiveClasses& live);
    ~RoomsRole() { stop(); }

    void add_routes(net::RouteTable& routes) { rooms::add_routes(routes, gate_, rooms_); }
    void start();
    /// Before the server drains: clients hear when to come again.
    void send_away() { rooms_.send_away(); }
    void stop();
    rooms::RoomsStatus status() const { return rooms_.status(); }
    /// None without a Janus.
    std::optional<rooms::JanusMedia::Status> media() const;

private:
    struct Opened; // what can fail
    RoomsRole(CommonParts& common, LiveClasses& live, Opened opened);
    std::unique_ptr<rooms::JanusMedia> make_media(CommonParts& common, const Opened& opened);

    const tenancy::Gate& gate_;
    Rng& rng_;
    const net::WebSocketClientOptions janus_at_; // port 0: there is none
    const std::unique_ptr<rooms::LiveKit> livekit_;
    const std::unique_ptr<rooms::JanusMedia> media_;
    rooms::Rooms rooms_;
    std::unique_ptr<net::WebSocketClient> janus_; // while it runs
};

} // namespace bw::app
