// Answers that do not end: EventStream (text/event-stream) and WebSocket (RFC 6455). A handler
// turns its Responder into one and keeps the handle. What is said over them is the caller's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "net/http.hpp"

namespace bw::net {

/// Why a stream is over.
enum class StreamEnd : std::uint8_t {
    by_us,     // end() or close(), or the handle was dropped
    by_client, // it closed, or it is gone
    too_slow,  // it did not take what was queued, or, a WebSocket, left a ping unanswered
    draining,  // the server stops; the client was asked to come back later
    protocol,  // the client broke a rule, or sent more than allowed
};

struct StreamClosed {
    StreamEnd why;
    std::uint16_t code = 0; // of a WebSocket: the client's close code, 1006 if it sent none
};

/// Called once, on the connection's thread, never within a call of send(); within open() only if
/// the server has stopped already. Must not block.
using OnStreamClosed = std::move_only_function<void(StreamClosed)>;

struct StreamLimits {
    /// Queued and not yet taken by the system: whoever has more to read is closed as too slow.
    std::size_t queued_bytes = 256 * 1024;
    /// After so long without a byte for the client it gets a comment or a ping, so that neither
    /// side nor a proxy between takes the other for dead.
    Duration heartbeat = 15s;
    /// When the server stops, event streams are told to come back after a random time up to this.
    Duration reconnect_within = 10s;
};

/// Events to one client. Move-only; dropped, it ends the stream. Thread-safe but for moving.
class EventStream {
public:
    /// UTF-8; a CR, LF or NUL in `name` or `id` is a bug.
    struct Event {
        std::string_view data; // may have several lines
        std::string_view name = {};
        std::string_view id = {}; // the client sends the last one as Last-Event-ID when it returns
        std::optional<std::chrono::milliseconds> retry = {}; // so long it waits before it returns
    };

    /// Answers 200 and keeps the answer open. To HEAD it answers the head and ends.
    static EventStream open(Responder responder, StreamLimits limits = {},
                            OnStreamClosed on_closed = {});
    EventStream(EventStream&&) noexcept = default;
    EventStream& operator=(EventStream&& other) noexcept;
    ~EventStream();

    /// False: the stream is over, and the event went nowhere.
    bool send(const Event& event);
    /// What was queued is still sent. May be called again.
    void end();

private:
    explicit EventStream(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
    std::shared_ptr<Stream> stream_; // shared with the connection
};

/// Messages both ways. Move-only; dropped, it closes with 1000. Thread-safe but for moving.
class WebSocket {
public:
    struct Message {
        std::string_view bytes; // for the length of the call
        bool text;              // then it is UTF-8
    };
    /// On the connection's thread, one message after the other. Must not block.
    using OnMessage = std::move_only_function<void(Message)>;
    struct Options {
        StreamLimits limits = {};
        std::size_t message_bytes_limit = 64 * 1024;
        /// May pages of this origin ("https://school.example") connect? Browsers always send one,
        /// and send cookies along. Default: only of the request's own Host.
        std::function<bool(std::string_view origin)> allows_origin = {};
    };

    /// Answers 101, or refuses: 426 (no upgrade, or not of version 13), 400 (a malformed one), 403
    /// (of a foreign origin); then there is no socket.
    static std::optional<WebSocket> accept(const Request& request, Responder responder,
                                           Options options, OnMessage on_message,
                                           OnStreamClosed on_closed = {});
    WebSocket(WebSocket&&) noexcept = default;
    WebSocket& operator=(WebSocket&& other) noexcept;
    ~WebSocket();

    /// False: the stream is over, and the message went nowhere. Text that is not UTF-8 is a bug.
    bool send_text(std::string_view text);
    bool send_binary(std::string_view bytes);
    /// What was queued is still sent. `code`: 1000, or 3000 to 4999. May be called again.
    void close(std::uint16_t code = 1000, std::string_view reason = {});

private:
    explicit WebSocket(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
    std::shared_ptr<Stream> stream_; // shared with the connection
};

} // namespace bw::net
