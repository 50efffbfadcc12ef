// WebSocketClient: a WebSocket to one server, kept open: after an end it connects again, and says
// so. For servers on this machine; plain, to a numeric address.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::net {

struct WebSocketClientOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string target = "/";
    std::string protocol = {};    // asked for; empty: none
    std::string thread_name = {}; // of the one thread it has
    Duration connect_timeout = 5s;
    /// Without a sign of life for so long (it pings after half of it) the connection is over.
    Duration silence = 10s;
    Duration again_after = 500ms; // at least, up to twice as long by chance
    Duration tick_every = 1s;
    std::size_t message_bytes_limit = 1024 * 1024;
    std::size_t queued_bytes_limit = 4 * 1024 * 1024; // beyond it the connection is over
};

class WebSocketClient {
public:
    /// All on the client's thread, one after the other; none may block.
    struct Events {
        std::function<void()> opened, closed; // in turns
        std::function<void(std::string_view text)> text;
        std::function<void()> tick;
    };
    /// Connects once it is started. After its destruction nothing is called.
    static std::unique_ptr<WebSocketClient> make(WebSocketClientOptions options, Events events,
                                                 Rng& rng);
    virtual ~WebSocketClient() = default;
    virtual void start() = 0;

    /// From any thread. What is sent while there is no connection goes nowhere.
    virtual void send(std::string text) = 0;
};

} // namespace bw::net
