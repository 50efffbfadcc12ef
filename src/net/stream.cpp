#include "net/stream.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "net/stream_queue.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

// ---- The queue ----

void Stream::open(std::shared_ptr<Responder::Target> connection) {
    {
        std::lock_guard lock(mutex_);
        connection_ = connection;
        awake_ = true;
    }
    if (!connection->attend(shared_from_this()))
        closed(StreamEnd::draining);
}

bool Stream::push(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    if (over_ || overflowed_ || ending_)
        return false;
    overflowed_ = bytes.size() > limits_.queued_bytes -
                                     std::min(limits_.queued_bytes, queued_.size() + in_flight_);
    bool taken = !overflowed_;
    if (taken)
        queued_ += bytes;
    else
        awake_ = false; // the connection waits for the socket: it is told all the same
    wake(std::move(lock));
    return taken;
}

void Stream::finish(std::string farewell, StreamEnd why) {
    std::unique_lock lock(mutex_);
    if (over_ || ending_)
        return;
    farewell_ = std::move(farewell);
    ending_ = why;
    wake(std::move(lock));
}

/// The connection hears of a burst once. It is told without the lock: it has locks of its own.
void Stream::wake(std::unique_lock<std::mutex> lock) {
    if (std::exchange(awake_, true) || !connection_)
        return;
    std::shared_ptr<Responder::Target> connection = connection_;
    lock.unlock();
    connection->attend(shared_from_this()); // false: the server stops and closes it anyway
}

Stream::Batch Stream::take() {
    std::lock_guard lock(mutex_);
    awake_ = false;
    Batch batch{std::exchange(queued_, {}), ending_, overflowed_};
    in_flight_ = batch.bytes.size();
    if (ending_)
        batch.bytes += farewell_;
    return batch;
}

bool Stream::overflowed() {
    std::lock_guard lock(mutex_);
    return overflowed_;
}

void Stream::closed(StreamEnd why) {
    OnStreamClosed tell;
    WebSocket::OnMessage listener; // often holds the handle: with it goes the circle
    std::shared_ptr<Responder::Target> connection; // dies without the lock
    {
        std::lock_guard lock(mutex_);
        if (std::exchange(over_, true))
            return;
        connection = std::exchange(connection_, nullptr);
        queued_ = {};
        tell = std::move(on_closed_);
        if (input_)
            listener = std::move(input_->on_message);
    }
    try {
        if (tell)
            tell({why, input_ ? input_->code : std::uint16_t{0}});
    } catch (const std::exception& e) {
        log::error("stream_closed_threw", {{"what", e.what()}});
    }
}

// ---- Events ----

namespace {

void check_field(std::string_view text) {
    ENSURE(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
           "a line end in an event's name or id");
}

/// HTML Living Standard, 9.2.6: the line ends CR LF, CR and LF all begin a new `data:` line.
std::string text_of(const EventStream::Event& event) {
    check_field(event.name);
    check_field(event.id);
    std::string out;
    if (!event.name.empty())
        out.append("event: ").append(event.name).append("\n");
    if (!event.id.empty())
        out.append("id: ").append(event.id).append("\n");
    if (event.retry)
        out.append("retry: ").append(std::to_string(event.retry->count())).append("\n");
    for (std::string_view rest = event.data;;) {
        std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
        out.append("data: ").append(rest.substr(0, end)).append("\n");
        if (end == rest.size())
            break;
        rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return out += "\n";
}

} // namespace

EventStream EventStream::open(Responder responder, StreamLimits limits, OnStreamClosed on_closed) {
    auto stream = std::make_shared<Stream>(limits, std::move(on_closed), nullptr);
    stream->open(responder.stream());
    return EventStream(std::move(stream));
}

EventStream& EventStream::operator=(EventStream&& other) noexcept {
    EventStream replaced(std::exchange(stream_, std::move(other.stream_)));
    return *this;
}

EventStream::~EventStream() {
    if (stream_)
        end();
}

bool EventStream::send(const Event& event) {
    ENSURE(stream_, "this handle was moved from");
    return stream_->push(text_of(event));
}

void EventStream::end() {
    ENSURE(stream_, "this handle was moved from");
    stream_->finish({}, StreamEnd::by_us);
}

} // namespace bw::net
