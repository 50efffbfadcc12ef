// Connection's half that moves bytes: handshake, reads, writes, lingering, timeouts, and the
// memory it holds meanwhile.
#include <algorithm>
#include <array>

#include "net/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

constexpr std::size_t out_bytes_kept_max = 64 * 1024;
constexpr std::size_t lingered_bytes_max = 4 * 1024 * 1024;
constexpr Duration linger_timeout = 2s;

} // namespace

/// One wait at a time; on_ready does what the phase is then for.
void Connection::await(Io::Need need) {
    if (reading_)
        return;
    reading_ = true;
    transport_.wait(need, [self = self()](IoError ec) { self->on_ready(ec); });
}

void Connection::on_ready(IoError ec) {
    reading_ = false;
    rest_ = Rest::active;
    if (phase_ == Phase::closed)
        return;
    if (ec)
        return close();
    switch (phase_) {
    case Phase::handshake:
        return handshake();
    case Phase::lingering:
        return discard();
    case Phase::streaming:
        return read_stream();
    default:
        return fill();
    }
}

/// Nothing of TLS is held for a client that has not said a byte.
void Connection::handshake() {
    if (!transport_.tls())
        transport_.begin_tls(worker_->shared().tls_context());
    Io io = transport_.handshake();
    if (io.need == Io::Need::over) {
        log::debug("tls_handshake_failed", {{"why", transport_.tls()->why()}});
        return linger(); // the alert is to be read, not reset away
    }
    if (io.need != Io::Need::nothing)
        return await(io.need);
    phase_ = Phase::head;
    set_timeout(options().idle_timeout);
    if (worker_->shared().draining)
        return close();
    await(Io::Need::readable);
}

// ---- In ----

void Connection::fill() {
    bool first = in_.size() == 0;
    if (in_.capacity() == 0)
        in_ = worker_->take_buffer();
    std::size_t capacity = wanted_capacity();
    if (!charge(capacity + owed_bytes_)) {
        reject(fail(Code::overloaded, "Too much is being sent here at once."));
        return go_on();
    }
    in_.grow(capacity);
    auto buffer = in_.prepare(0);
    Io io = transport_.read(static_cast<char*>(buffer.data()), buffer.size());
    if (io.need == Io::Need::over)
        return close(); // a client that has only closed its sending side still gets answers: we do
                        // not read while serving
    if (io.need != Io::Need::nothing)
        return await(io.need);
    in_.commit(io.bytes);
    if (phase_ == Phase::receiving)
        note_progress(io.bytes);
    go_on();
    if (first && phase_ == Phase::head && in_.size() > 0 && reading_)
        set_timeout(options().head_timeout);
}

/// At most twice what has come: who only announces a large body gets no memory for it.
std::size_t Connection::wanted_capacity() const {
    if (phase_ == Phase::body && parser_.bytes_wanted() > in_.size())
        return std::max(
            in_.capacity(),
            std::min(parser_.bytes_wanted(), in_.size() + std::max(in_.size(), read_bytes_min)));
    if (phase_ == Phase::receiving) // a read that filled the buffer asks for a larger one
        return std::max(in_.capacity(), read_bytes_min);
    bool room = in_.capacity() - in_.size() >= 512;
    return in_.capacity_with(room ? 0 : read_bytes_min);
}

/// Takes from, or gives back to, what all connections may hold together. False: it is used up.
bool Connection::charge(std::size_t bytes) {
    std::size_t wanted = bytes > read_bytes_min ? bytes - read_bytes_min : 0;
    if (wanted == charged_) [[likely]]
        return true;
    std::atomic<std::size_t>& total = worker_->shared().buffered_bytes;
    if (wanted < charged_) {
        total.fetch_sub(charged_ - wanted, std::memory_order_relaxed);
    } else {
        std::size_t more = wanted - charged_;
        std::size_t before = total.fetch_add(more, std::memory_order_relaxed);
        if (before + more > options().buffered_bytes_limit) {
            total.fetch_sub(more, std::memory_order_relaxed);
            return false;
        }
    }
    charged_ = wanted;
    return true;
}

void Connection::let_buffer_go() {
    worker_->give_buffer(std::exchange(in_, InBuffer()));
    charge(0);
}

// ---- Out ----

/// True: everything is with the system.
bool Connection::flush() {
    if (writing_)
        return false;
    while (out_sent_ < out_.size()) {
        Io io = transport_.write(std::string_view(out_).substr(out_sent_));
        if (io.need == Io::Need::over) {
            close();
            return false;
        }
        out_sent_ += io.bytes;
        if (io.need != Io::Need::nothing) {
            writing_ = true;
            set_timeout(options().write_timeout);
            transport_.wait(io.need, [self = self()](IoError e) { self->on_writable(e); });
            return false;
        }
    }
    out_sent_ = 0;
    if (out_.capacity() > out_bytes_kept_max)
        out_ = std::string();
    else
        out_.clear();
    if (close_after_ && phase_ == Phase::head) {
        if (linger_after_)
            linger();
        else
            close();
        return false;
    }
    return true;
}

void Connection::on_writable(IoError ec) {
    writing_ = false;
    if (phase_ == Phase::closed)
        return;
    if (ec)
        return close();
    if (phase_ == Phase::serving)
        timeout_ = {};
    else if (phase_ == Phase::streaming)
        set_timeout(stream_->limits().heartbeat);
    else if (phase_ == Phase::sending)
        timeout_ = {}; // until the socket is full again
    else
        set_timeout(phase_ == Phase::body || phase_ == Phase::receiving ? options().body_timeout
                                                                        : options().idle_timeout);
    go_on();
}

// ---- The end ----

/// Reads and drops what still comes, so that closing does not reset the connection before the
/// answer is read.
void Connection::linger() {
    transport_.end_sending();
    phase_ = Phase::lingering;
    let_buffer_go();
    set_timeout(linger_timeout);
    await(Io::Need::readable); // after a timeout one is under way: as good as any
}

void Connection::discard() {
    std::array<char, 4096> bytes;
    Io io = transport_.read_raw(bytes.data(), bytes.size());
    lingered_bytes_ += io.bytes;
    if (io.need == Io::Need::over || lingered_bytes_ > lingered_bytes_max)
        return close();
    await(Io::Need::readable);
}

void Connection::set_timeout(Duration d) {
    timeout_ = worker_->shared().clock.monotonic() + d;
}

void Connection::check_timeout(Monotonic now) {
    rest();
    if (timeout_.ns == 0 || now < timeout_)
        return;
    if (phase_ == Phase::streaming)
        return writing_ ? close(StreamEnd::too_slow) : heartbeat();
    bool idle = phase_ == Phase::head && in_.size() == 0;
    bool reading = phase_ == Phase::head || phase_ == Phase::body || phase_ == Phase::receiving;
    if (writing_ || idle || !reading)
        return close();
    auto keep = self();
    reject(fail(Code::request_timeout, phase_ == Phase::head ? "The head did not arrive in time."
                                                             : "The body did not arrive in time."));
    flush();
}

/// A connection that was idle at two sweeps in a row keeps no buffers.
void Connection::rest() {
    bool between = phase_ == Phase::head || (phase_ == Phase::streaming && charged_ == 0);
    if (!between || rest_ == Rest::resting || in_.size() > 0 || writing_ || !out_.empty())
        return;
    if (rest_ == Rest::active) {
        rest_ = Rest::idle_at_last_sweep;
        return;
    }
    rest_ = Rest::resting;
    let_buffer_go();
    out_ = std::string();
    parser_ = RequestParser({.head_bytes = options().head_bytes_limit});
    params_ = {};
    Request none;
    none.request_id = std::move(request_.request_id); // a stream's, for its log
    request_ = std::move(none);
}

void Connection::drain() {
    bool idle = phase_ == Phase::head && in_.size() == 0 && !writing_ && out_.empty();
    if (idle || phase_ == Phase::handshake)
        close();
    else if (phase_ == Phase::receiving && parser_.head().has_body())
        close(); // it may take all day; its sink keeps what came
    else if (phase_ == Phase::streaming)
        drain_stream();
}

/// `why` matters to a stream alone.
void Connection::close(StreamEnd why) {
    if (phase_ == Phase::closed)
        return;
    auto keep = self();
    bool in_use =
        phase_ == Phase::serving ||
        phase_ == Phase::receiving; // by a handler's Request, until its Responder lets go of this
    phase_ = Phase::closed;
    transport_.close();
    if (!in_use)
        let_buffer_go();
    worker_->remove(*this);
    source_.reset();
    end_body(BodyEnd::cut);
    end_stream(why);
}

} // namespace bw::net
