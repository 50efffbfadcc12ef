#include <algorithm>

#include "net/client_worker.hpp"

namespace bw::net {

namespace {
constexpr std::size_t read_bytes_min = 4 * 1024;
constexpr std::size_t kept_bytes_max = 256 * 1024;
constexpr Duration connect_timeout = 5s;
constexpr Duration idle_timeout =
    30s; // below the server's, so that a call rarely meets a connection that is just closing
} // namespace

ClientConnection::ClientConnection(ClientWorker& worker, asio::io_context& io)
    : worker_(worker), socket_(io), parser_(worker.options().body_bytes_limit) {}

void ClientConnection::connect(const asio::ip::tcp::endpoint& endpoint) {
    timeout_ = worker_.clock().monotonic() + connect_timeout;
    socket_.async_connect(endpoint, [self = shared_from_this()](IoError ec) {
        if (self->state_ == State::closed)
            return;
        if (ec) {
            self->close();
            self->worker_.on_connect_failed(ec.message());
            return;
        }
        IoError ignored;
        self->socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
        self->socket_.non_blocking(true, ignored);
        self->state_ = State::idle;
        self->timeout_ = self->worker_.clock().monotonic() + idle_timeout;
        self->read();
        self->worker_.on_connected(*self);
    });
}

void ClientConnection::carry(std::unique_ptr<Call> call) {
    call_ = std::move(call);
    state_ = State::busy;
    written_ = 0;
    parser_.restart(call_->to_head);
    sent_ = worker_.clock().monotonic();
    write();
}

void ClientConnection::write() {
    while (written_ < call_->wire.size()) {
        IoError ec;
        written_ += socket_.write_some(
            asio::buffer(call_->wire.data() + written_, call_->wire.size() - written_), ec);
        if (ec == asio::error::would_block || ec == asio::error::try_again) {
            waiting_to_write_ = true;
            socket_.async_wait(Socket::wait_write, [self = shared_from_this(),
                                                    call = call_.get()](IoError failed) {
                self->waiting_to_write_ = false;
                if (!failed && self->state_ == State::busy && self->call_.get() == call)
                    self->write();
            });
            return;
        }
        if (ec)
            return; // the pending read tells the same, after an answer that may have come before
    }
}

void ClientConnection::read() {
    socket_.async_read_some(
        in_.prepare(read_bytes_min),
        [self = shared_from_this()](IoError ec, std::size_t n) { self->on_read(ec, n); });
}

void ClientConnection::on_read(IoError ec, std::size_t n) {
    if (state_ == State::closed)
        return;
    if (ec) {
        bool whole = ec == asio::error::eof && state_ == State::busy &&
                     parser_.at_eof(in_.size()) == ResponseParser::Step::done;
        return whole ? complete() : lost(ec.message());
    }
    in_.commit(n);
    if (state_ == State::idle)
        return lost("bytes that nobody asked for");
    std::size_t size = in_.size();
    ResponseParser::Step step = parser_.parse(in_.data(), size);
    in_.resize(size);
    switch (step) {
    case ResponseParser::Step::need_more:
        return read();
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

void ClientConnection::complete() {
    auto keep = shared_from_this();
    ClientResponse response{parser_.status(), parser_.take_headers(),
                            std::string(parser_.body(in_.data())), sent_,
                            worker_.clock().monotonic()};
    std::unique_ptr<Call> call = std::move(call_);
    bool reusable = parser_.keep_alive() && in_.size() == parser_.bytes() &&
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
    else if (state_ == State::connecting && now >= timeout_) {
        close();
        worker_.on_connect_failed("connecting took too long");
    } else if (state_ == State::idle && now >= timeout_)
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
