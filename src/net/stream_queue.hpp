// Stream: what a stream's handle, on any thread, and its connection share: a bounded queue of
// bytes, and how it ends. Internal to net; the public face is stream.hpp.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/stream.hpp"
#include "net/websocket_frames.hpp"

namespace bw::net {

/// A WebSocket's other direction. Used on the connection's thread alone.
struct WebSocketInput {
    std::string accept_key; // of the 101
    WebSocketReader reader;
    WebSocket::OnMessage on_message;
    bool awaits_pong = false;
    std::uint16_t code = close_code::no_close; // what the client closed with
};

class Stream : public std::enable_shared_from_this<Stream> {
public:
    Stream(StreamLimits limits, OnStreamClosed on_closed, std::unique_ptr<WebSocketInput> input)
        : limits_(limits), on_closed_(std::move(on_closed)), input_(std::move(input)) {}

    const StreamLimits& limits() const { return limits_; }
    WebSocketInput* websocket() { return input_.get(); } // null: an event stream

    // From any thread.
    void open(std::shared_ptr<Responder::Target> connection);
    bool push(std::string_view bytes);
    /// No push after this; the first call decides.
    void finish(std::string farewell, StreamEnd why);

    // On the connection's thread.
    struct Batch {
        std::string bytes;
        std::optional<StreamEnd> ending = {}; // these bytes are the last
        bool overflowed = false;
    };
    /// What was queued; the batch before counts as taken by the system.
    Batch take();
    bool overflowed();
    /// It is over: tells on_closed, once.
    void closed(StreamEnd why);

private:
    void wake(std::unique_lock<std::mutex> lock);

    const StreamLimits limits_;
    std::mutex mutex_;
    std::shared_ptr<Responder::Target> connection_; // null: closed, or not open yet
    std::string queued_;
    std::size_t in_flight_ = 0; // bytes of the batch taken last
    std::string farewell_;
    std::optional<StreamEnd> ending_;
    bool overflowed_ = false, awake_ = false, over_ = false;
    OnStreamClosed on_closed_;
    const std::unique_ptr<WebSocketInput> input_;
};

} // namespace bw::net
