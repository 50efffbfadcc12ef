// Connection's part in answers that do not end: opens them, writes what their handles queue, reads
// a WebSocket's frames, keeps them alive and ends them. The states stand in README.md.
#include <fmt/format.h>

#include <exception>
#include <iterator>

#include "net/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

struct StreamHead {
    std::string_view date, request_id;
    bool chunked;
};

/// `X-Accel-Buffering` asks a proxy not to wait for a full buffer.
void append_event_stream_head(std::string& out, const StreamHead& head) {
    fmt::format_to(std::back_inserter(out),
                   "HTTP/1.1 200 OK\r\nDate: {}\r\nContent-Type: text/event-stream\r\n"
                   "Request-Id: {}\r\nCache-Control: no-store\r\n"
                   "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n{}"
                   "Connection: close\r\n\r\n",
                   head.date, head.request_id,
                   head.chunked ? "Transfer-Encoding: chunked\r\n" : "");
}

void append_websocket_head(std::string& out, const StreamHead& head, std::string_view accept_key) {
    fmt::format_to(std::back_inserter(out),
                   "HTTP/1.1 101 Switching Protocols\r\nDate: {}\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\nRequest-Id: {}\r\n\r\n",
                   head.date, accept_key, head.request_id);
}

} // namespace

/// From any thread. Within the request's own handler the stream opens when that returns: the
/// handler may still be reading the request. Otherwise through the worker's queue, always: a
/// stream's end must not be told within its own send().
bool Connection::attend(std::shared_ptr<Stream> stream) {
    if (worker_->on_this_thread() && in_dispatch_) {
        stream_ = std::move(stream);
        return true;
    }
    return worker_->post_stream(self(), std::move(stream));
}

void Connection::on_stream(const std::shared_ptr<Stream>& stream) {
    if (phase_ == Phase::serving && !stream_) {
        stream_ = stream;
        start_stream();
        return go_on();
    }
    if (stream_ != stream)
        return stream->closed(StreamEnd::by_client); // it went away meanwhile
    if (writing_) {
        if (stream->overflowed())
            close(StreamEnd::too_slow);
        return;
    }
    go_on();
}

void Connection::start_stream() {
    const RequestHead& head = parser_.head();
    WebSocketInput* websocket = stream_->websocket();
    if (websocket && !head.http_1_1) {
        append(upgrade_required("HTTP/1.0 knows no upgrade.", request_.request_id));
        end_stream(StreamEnd::protocol);
        return next_request();
    }
    chunked_ = !websocket && head.http_1_1;
    StreamHead frame{worker_->date(), request_.request_id, chunked_};
    if (websocket)
        append_websocket_head(out_, frame, websocket->accept_key);
    else
        append_event_stream_head(out_, frame);
    served(websocket ? 101 : 200, 0);
    in_.consume(parser_.bytes());
    close_after_ = linger_after_ = true; // when it ends
    if (head.method == Method::head) {
        phase_ = Phase::head;
        return end_stream(StreamEnd::by_client);
    }
    phase_ = Phase::streaming;
    set_timeout(stream_->limits().heartbeat);
    if (worker_->shared().draining)
        drain_stream();
}

void Connection::go_on_with_stream() {
    read_frames();
    pump();
    if (phase_ == Phase::streaming && !writing_)
        await(Io::Need::readable);
}

// ---- Out ----

/// Writes what is queued until there is no more, or the socket is full.
void Connection::pump() {
    while (phase_ == Phase::streaming && !writing_) {
        Stream::Batch batch = stream_->take();
        if (batch.overflowed)
            return close(StreamEnd::too_slow);
        append_to_stream(batch.bytes);
        if (batch.ending) {
            if (chunked_)
                out_ += "0\r\n\r\n";
            phase_ = Phase::head; // with close_after_: what is left is to write and to linger
            let_buffer_go();
            flush();
            return end_stream(*batch.ending);
        }
        if (out_.empty())
            return;
        if (flush())
            set_timeout(stream_->limits().heartbeat);
    }
}

void Connection::append_to_stream(std::string_view bytes) {
    if (bytes.empty())
        return;
    if (chunked_)
        fmt::format_to(std::back_inserter(out_), "{:x}\r\n", bytes.size());
    out_ += bytes;
    if (chunked_)
        out_ += "\r\n";
}

void Connection::heartbeat() {
    auto keep = self();
    if (WebSocketInput* websocket = stream_->websocket()) {
        if (websocket->awaits_pong)
            return close(StreamEnd::too_slow);
        websocket->awaits_pong = true;
        append_frame(out_, Opcode::ping, {});
    } else {
        append_to_stream(":\n\n");
    }
    set_timeout(stream_->limits().heartbeat);
    pump();
}

// ---- In ----

void Connection::read_stream() {
    if (writing_)
        return; // who does not read is not read from; pump() goes on
    if (in_.capacity() == 0)
        in_ = worker_->take_buffer();
    auto buffer = in_.prepare(read_bytes_min);
    Io io = transport_.read(static_cast<char*>(buffer.data()), buffer.size());
    if (io.need == Io::Need::over)
        return close();
    if (io.need != Io::Need::nothing)
        return await(io.need);
    in_.commit(io.bytes);
    go_on();
}

/// An event stream's client has nothing to say: what it sends is dropped.
void Connection::read_frames() {
    WebSocketInput* websocket = stream_->websocket();
    const char* at = in_.data();
    const char* end = at + in_.size();
    in_.resize(0);
    if (!websocket || at == end)
        return;
    websocket->awaits_pong = false;
    for (;;) {
        switch (websocket->reader.feed(at, end)) {
        case WebSocketReader::Step::need_more:
            if (!charge(in_.capacity() + websocket->reader.buffered_bytes()))
                stream_->finish(close_frame(close_code::try_again_later, "too much at once"),
                                StreamEnd::protocol);
            return;
        case WebSocketReader::Step::message:
            take_message(*websocket);
            break;
        case WebSocketReader::Step::ping:
            append_frame(out_, Opcode::pong, websocket->reader.control());
            break;
        case WebSocketReader::Step::pong:
            break;
        case WebSocketReader::Step::close:
            websocket->code = websocket->reader.code();
            return stream_->finish(close_frame(websocket->code, ""), StreamEnd::by_client);
        case WebSocketReader::Step::failed:
            return stream_->finish(close_frame(websocket->reader.code(), websocket->reader.why()),
                                   StreamEnd::protocol);
        }
    }
}

void Connection::take_message(WebSocketInput& input) {
    ++worker_->dispatching;
    try {
        input.on_message({input.reader.message(), input.reader.is_text()});
    } catch (const std::exception& e) {
        log::error("websocket_handler_threw",
                   {{"request_id", request_.request_id}, {"what", e.what()}});
        stream_->finish(close_frame(close_code::internal, ""), StreamEnd::by_us);
    }
    --worker_->dispatching;
}

// ---- The end ----

void Connection::drain_stream() {
    Duration wait = std::chrono::duration_cast<Duration>(stream_->limits().reconnect_within *
                                                         worker_->jitter());
    std::string farewell =
        stream_->websocket()
            ? close_frame(close_code::going_away, "")
            : fmt::format("retry: {}\n\n",
                          std::chrono::duration_cast<std::chrono::milliseconds>(wait).count());
    stream_->finish(std::move(farewell), StreamEnd::draining);
}

void Connection::end_stream(StreamEnd why) {
    if (!stream_)
        return;
    std::shared_ptr<Stream> stream = std::exchange(stream_, nullptr);
    ++worker_->dispatching; // a Responder used by what is told now answers in its turn
    stream->closed(why);
    --worker_->dispatching;
}

} // namespace bw::net
