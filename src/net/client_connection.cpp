#include <algorithm>

#include "net/client_worker.hpp"

namespace bw::net {

namespace {
constexpr std::size_t read_bytes_min = 4 * 1024;
constexpr std::size_t tls_bytes = 16 * 1024; // a record, at most
constexpr std::size_t kept_bytes_max = 256 * 1024;
constexpr Duration connect_timeout = 5s; // to all addresses, with the TLS handshake
constexpr Duration idle_timeout =
    30s; // below the server's, so that a call rarely meets a connection that is just closing
} // namespace

ClientConnection::ClientConnection(ClientWorker& worker, asio::io_context& io)
    : worker_(worker), socket_(io), parser_(worker.shared().options.body_bytes_limit) {}

void ClientConnection::connect(std::vector<asio::ip::tcp::endpoint> endpoints) {
    endpoints_ = std::move(endpoints);
    timeout_ = worker_.clock().monotonic() + connect_timeout;
    socket_.async_connect(endpoints_.at(0),
                          [self = shared_from_this()](IoError ec) { self->on_connect(ec); });
}

void ClientConnection::on_connect(IoError ec) {
    if (state_ == State::closed)
        return;
    if (ec && ++endpoint_ < endpoints_.size()) {
        IoError ignored;
        socket_.close(ignored);
        socket_.async_connect(endpoints_[endpoint_],
                              [self = shared_from_this()](IoError e) { self->on_connect(e); });
        return;
    }
    if (ec)
        return connect_failed(ec.message());
    IoError ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    if (worker_.shared().trust)
        begin_tls();
    else
        on_ready();
}

void ClientConnection::begin_tls() {
    tls_ = std::make_unique<ClientTls>(*worker_.shared().trust, worker_.shared().options.tls->host);
    (void)tls_->take({}); // the greeting needs nothing, and cannot fail
    write();
    read();
}

void ClientConnection::on_ready() {
    state_ = State::idle;
    timeout_ = worker_.clock().monotonic() + idle_timeout;
    read();
    worker_.on_connected(*this);
}

void ClientConnection::connect_failed(const std::string& why) {
    auto keep = shared_from_this();
    close();
    worker_.on_connect_failed(why);
}

void ClientConnection::carry(std::unique_ptr<Call> call) {
    call_ = std::move(call);
    state_ = State::busy;
    written_ = 0;
    parser_.restart(call_->to_head);
    sent_ = worker_.clock().monotonic();
    write();
}

/// Encrypts no more than the socket is about to take.
std::string_view ClientConnection::next_out() {
    std::string_view plain;
    if (state_ == State::busy)
        plain = std::string_view(call_->wire).substr(written_);
    if (!tls_)
        return plain;
    if (wire_sent_ == wire_out_.size()) {
        plain = plain.substr(0, tls_bytes);
        if (!plain.empty() && tls_->send(plain))
            written_ += plain.size();
        wire_out_ = tls_->to_wire();
        wire_sent_ = 0;
    }
    return std::string_view(wire_out_).substr(wire_sent_);
}

void ClientConnection::write() {
    if (waiting_to_write_)
        return;
    for (std::string_view out = next_out(); !out.empty(); out = next_out()) {
        IoError ec;
        const std::size_t n = socket_.write_some(asio::buffer(out), ec);
        (tls_ ? wire_sent_ : written_) += n;
        if (ec == asio::error::would_block || ec == asio::error::try_again) {
            waiting_to_write_ = true;
            socket_.async_wait(Socket::wait_write, [self = shared_from_this()](IoError failed) {
                self->waiting_to_write_ = false;
                if (!failed && self->state_ != State::closed)
                    self->write();
            });
            return;
        }
        if (ec)
            return; // the pending read tells the same, after an answer that may have come before
    }
}

void ClientConnection::read() {
    auto buffer = tls_ ? wire_in_.prepare(tls_bytes) : in_.prepare(read_bytes_min);
    socket_.async_read_some(buffer, [self = shared_from_this()](IoError ec, std::size_t n) {
        if (self->state_ != State::closed)
            self->on_read(ec, n);
    });
}

void ClientConnection::on_read(IoError ec, std::size_t n) {
    if (tls_)
        return on_wire(ec, n);
    if (ec)
        return on_end(ec.message(), ec == asio::error::eof);
    in_.commit(n);
    on_bytes();
}

void ClientConnection::on_wire(IoError ec, std::size_t n) {
    over_ = ec || !tls_->take({wire_in_.data(), n});
    const std::string why = ec ? ec.message() : tls_->failure();
    write(); // of the handshake, or an alert
    if (state_ == State::connecting) {
        if (over_)
            return connect_failed(why);
        if (!tls_->received().empty())
            return connect_failed("bytes that nobody asked for");
        return tls_->ready() ? on_ready() : read();
    }
    std::string& plain = tls_->received();
    if (!plain.empty()) {
        std::memcpy(in_.prepare(plain.size()).data(), plain.data(), plain.size());
        in_.commit(plain.size());
        plain.clear();
        on_bytes();
    } else if (over_) {
        on_end(why, tls_->ended());
    } else {
        read();
    }
}

void ClientConnection::on_bytes() {
    if (state_ == State::idle)
        return lost("bytes that nobody asked for");
    std::size_t size = in_.size();
    ResponseParser::Step step = parser_.parse(in_.data(), size);
    in_.resize(size);
    switch (step) {
    case ResponseParser::Step::need_more:
        return over_ ? on_end(tls_->failure(), tls_->ended()) : read();
    case ResponseParser::Step::done:
        return complete();
    case ResponseParser::Step::too_large:
        used_ = false;
        return lost("the answer is larger than allowed");
    case ResponseParser::Step::malformed:
        used_ = false;
        return lost("the answer is not HTTP");
    }
}

/// A body that ends with the connection is whole only if it ended in order: under TLS with a
/// close_notify, or anybody between us could cut it short.
void ClientConnection::on_end(const std::string& why, bool in_order) {
    const bool whole = in_order && state_ == State::busy &&
                       parser_.at_eof(in_.size()) == ResponseParser::Step::done;
    whole ? complete() : lost(why);
}

void ClientConnection::complete() {
    auto keep = shared_from_this();
    ClientResponse response{parser_.status(), parser_.take_headers(),
                            std::string(parser_.body(in_.data())), sent_,
                            worker_.clock().monotonic()};
    std::unique_ptr<Call> call = std::move(call_);
    bool reusable = !over_ && parser_.keep_alive() && in_.size() == parser_.bytes() &&
                    written_ == call->wire.size() && !waiting_to_write_;
    used_ = true;
    if (reusable) {
        in_.resize(0);
        if (in_.capacity() > kept_bytes_max)
            in_.release();
        state_ = State::idle;
        timeout_ = response.received + idle_timeout;
        read();
        worker_.on_idle(*this);
    } else {
        close();
    }
    worker_.pump();
    call->done(std::move(response));
}

void ClientConnection::lost(const std::string& why) {
    auto keep = shared_from_this();
    bool stale = used_ && in_.size() == 0 && call_ && call_->repeatable && !call_->retried;
    if (stale) {
        std::unique_ptr<Call> call = std::move(call_);
        close();
        worker_.retry(std::move(call));
    } else {
        close();
        fail_call(why);
    }
    worker_.pump();
}

void ClientConnection::fail_call(const std::string& why) {
    if (!call_)
        return;
    std::unique_ptr<Call> call = std::move(call_);
    if (written_ == 0)
        call->done(fail(Code::unavailable, "Nothing was sent: " + why + "."));
    else
        call->done(fail(Code::outcome_unknown, "No whole answer came: " + why + "."));
}

void ClientConnection::check_timeout(Monotonic now) {
    if (state_ == State::busy && now >= call_->deadline.at())
        abandon("the deadline passed");
    else if (state_ == State::connecting && now >= timeout_)
        connect_failed("connecting took too long");
    else if (state_ == State::idle && now >= timeout_)
        close();
}

void ClientConnection::abandon(const std::string& why) {
    auto keep = shared_from_this();
    close();
    fail_call(why);
}

void ClientConnection::close() {
    if (state_ == State::closed)
        return;
    worker_.remove(*this);
    state_ = State::closed;
    IoError ignored;
    socket_.close(ignored);
}

} // namespace bw::net
