// Connection's part in bodies that are not held in memory: passes a request's on as it comes, and
// sends an answer's as its source gives it. The states stand in README.md.
#include <algorithm>
#include <exception>

#include "net/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

/// A slow client may take its time, but not hold a connection for nothing: 1 kbit/s will do.
constexpr std::size_t progress_bytes_min = 4 * 1024; // within each body_timeout
constexpr std::size_t piece_bytes_max = 256 * 1024;

} // namespace

// ---- In ----

void Connection::begin_receiving() {
    head_.assign(in_.data(), parser_.bytes());
    in_.consume(parser_.bytes());
    parser_.release_head();
    see_head();
    request_.body = {};
    owed_bytes_ = progress_bytes_ = 0;
    phase_ = Phase::receiving;
    timeout_ = {}; // until there is a sink: the handler has its own deadline
    call_handler();
}

/// Within the handler it only says where the body goes: go_on() is under way.
void Connection::receive(std::shared_ptr<BodySink> sink) {
    if (worker_->on_this_thread() && in_dispatch_)
        return take_sink(std::move(sink));
    worker_->post_task([self = self(), sink = std::move(sink)]() mutable {
        self->take_sink(std::move(sink));
        self->go_on();
    });
}

void Connection::take_sink(std::shared_ptr<BodySink> sink) {
    sink_ = std::move(sink);
    if (phase_ != Phase::receiving)
        return end_body(BodyEnd::cut); // the client went away meanwhile
    set_timeout(options().body_timeout);
    if (parser_.head().expects_continue && in_.size() == 0)
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

/// Passes on what has come, as far as the sink is not behind.
void Connection::go_on_receiving() {
    if (!flush() || !sink_)
        return;
    if (owed_bytes_ >= body_window_bytes) {
        timeout_ = {}; // it is not the client who is slow
        return;        // give_back() goes on
    }
    std::size_t size = in_.size();
    const RequestParser::Step step = parser_.parse_piece(in_.data(), size);
    in_.resize(size);
    if (auto passed = pass_on(parser_.body().size); !passed) {
        reject(passed.error());
        return go_on();
    }
    if (step == RequestParser::Step::failed) {
        reject(parser_.error());
        return go_on();
    }
    if (step == RequestParser::Step::done) {
        phase_ = Phase::serving;
        timeout_ = {};
        return end_body(BodyEnd::whole);
    }
    await(Io::Need::readable);
}

/// The buffer grows with how fast a client is: who is slow, or gone, holds little.
Result<void> Connection::pass_on(std::size_t bytes) {
    if (bytes == 0)
        return {};
    const std::size_t capacity = in_.capacity();
    const bool fast = bytes == capacity && capacity < piece_bytes_max;
    std::string piece(in_.data(), bytes);
    in_.consume(bytes);
    parser_.drop_piece();
    owed_bytes_ += bytes;
    received_bytes_ += bytes;
    if (fast && charge(2 * capacity + owed_bytes_))
        in_.grow(2 * capacity);
    ++worker_->dispatching; // an answer that comes within waits its turn
    Result<void> passed;
    try {
        sink_->piece(std::move(piece));
    } catch (const std::exception& e) {
        log::error("body_sink_threw", {{"request_id", request_.request_id}, {"what", e.what()}});
        passed = fail(Code::internal, "");
    }
    --worker_->dispatching;
    if (passed && !charge(in_.capacity() + owed_bytes_))
        passed = fail(Code::overloaded, "Too much is being sent here at once.");
    return passed;
}

void Connection::note_progress(std::size_t bytes) {
    progress_bytes_ += bytes;
    if (progress_bytes_ < progress_bytes_min)
        return;
    progress_bytes_ = 0;
    set_timeout(options().body_timeout);
}

void Connection::end_body(BodyEnd how) {
    if (!sink_)
        return;
    std::shared_ptr<BodySink> sink = std::exchange(sink_, nullptr);
    ++worker_->dispatching;
    try {
        sink->ended(how);
    } catch (const std::exception& e) {
        log::error("body_sink_threw", {{"request_id", request_.request_id}, {"what", e.what()}});
    }
    --worker_->dispatching;
}

void Connection::taken(std::size_t bytes) {
    worker_->post_task([self = self(), bytes] { self->give_back(bytes); });
}

void Connection::give_back(std::size_t bytes) {
    const bool waited = owed_bytes_ >= body_window_bytes;
    owed_bytes_ -= std::min(bytes, owed_bytes_);
    charge(in_.capacity() + owed_bytes_);
    if (phase_ != Phase::receiving || !waited || owed_bytes_ >= body_window_bytes)
        return;
    progress_bytes_ = 0;
    set_timeout(options().body_timeout);
    go_on();
}

// ---- Out ----

namespace {

/// Calls `then` once: with what it is given, or, dropped, with an error.
class Giver {
public:
    explicit Giver(BodySource::Give then) : then_(std::move(then)) {}
    Giver(Giver&& other) noexcept : then_(std::move(other.then_)) { other.then_ = nullptr; }
    Giver& operator=(Giver&&) = delete;
    ~Giver() {
        if (then_)
            then_(fail(Code::unavailable, "the body's source gave nothing"));
    }
    void operator()(Result<std::string> piece) {
        BodySource::Give then = std::move(then_);
        then_ = nullptr;
        then(std::move(piece));
    }

private:
    BodySource::Give then_;
};

} // namespace

void Connection::go_on_sending() {
    pull();
    if (!flush())
        return;
    if (source_left_ > 0)
        return pull();
    source_.reset();
    next_request();
    go_on();
}

/// One piece is asked for while the one before is on its way.
void Connection::pull() {
    if (pulling_ || source_left_ == 0 || out_.size() - out_sent_ >= piece_bytes_max)
        return;
    pulling_ = true;
    source_->pull(Giver([self = self()](Result<std::string> piece) {
        self->worker_->post_task(
            [self, piece = std::move(piece)]() mutable { self->take_piece(std::move(piece)); });
    }));
}

void Connection::take_piece(Result<std::string> piece) {
    pulling_ = false;
    if (phase_ != Phase::sending)
        return;
    if (!piece || piece->empty() || piece->size() > source_left_) {
        log::warn("answer_cut_off", {{"request_id", request_.request_id},
                                     {"error", piece ? "the source is not as long as it said"
                                                     : piece.error().text()}});
        return close();
    }
    source_left_ -= piece->size();
    out_ += *piece;
    if (!writing_)
        go_on();
}

} // namespace bw::net
