// Transport: one client's socket, plain or under TLS: a branch, no type erasure. Non-blocking reads
// and writes, and one way to wait. Internal to the server.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "net/server_tls.hpp"
#include "net/socket.hpp"

namespace bw::net {

class Transport {
public:
    explicit Transport(Socket socket) : socket_(std::move(socket)) {
        IoError ignored;
        socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
        socket_.non_blocking(true, ignored);
    }

    void begin_tls(std::shared_ptr<const TlsContext> context) {
        tls_ = std::make_unique<TlsSession>(std::move(context), socket_.native_handle());
    }
    TlsSession* tls() { return tls_.get(); } // null: plain

    Io handshake() { return noted(tls_->handshake()); }
    Io read(char* to, std::size_t room) {
        return tls_ ? noted(tls_->read(to, room)) : read_raw(to, room);
    }
    Io write(std::string_view bytes) {
        if (tls_)
            return tls_->write(bytes.data(), bytes.size());
        auto n = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return n >= 0 ? Io{Io::Need::nothing, static_cast<std::size_t>(n)}
                      : Io{would_block() ? Io::Need::writable : Io::Need::over};
    }
    /// Past TLS: for bytes that are dropped.
    Io read_raw(char* to, std::size_t room) {
        auto n = ::recv(socket_.native_handle(), to, room, 0);
        if (n == 0)
            return {Io::Need::over};
        return n > 0 ? Io{Io::Need::nothing, static_cast<std::size_t>(n)}
                     : Io{would_block() ? Io::Need::readable : Io::Need::over};
    }
    /// Calls `then(IoError)` when the socket is ready, or when read() may have something without
    /// it.
    template <class Then>
    void wait(Io::Need need, Then then) {
        if (need == Io::Need::readable && tls_ && !drained_ && tls_->pending())
            asio::post(socket_.get_executor(),
                       [then = std::move(then)]() mutable { then(IoError()); });
        else
            socket_.async_wait(need == Io::Need::writable ? Socket::wait_write : Socket::wait_read,
                               std::move(then));
    }

    /// Nothing more is sent; what was sent arrives.
    void end_sending() {
        if (tls_)
            tls_->close_notify();
        drained_ = true; // what TLS still has is nobody's
        IoError ignored;
        socket_.shutdown(Socket::shutdown_send, ignored);
    }
    void close() {
        if (tls_)
            tls_->close_notify();
        tls_.reset();
        IoError ignored;
        socket_.close(ignored);
    }
    std::string peer() const {
        IoError ec;
        auto endpoint = socket_.remote_endpoint(ec);
        return ec ? std::string() : endpoint.address().to_string();
    }

private:
    Io noted(Io io) {
        drained_ = io.need != Io::Need::nothing;
        return io;
    }
    static bool would_block() { return errno == EAGAIN || errno == EINTR; }

    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
    bool drained_ = false; // TLS wants more of the socket: what is pending is half a record
};

} // namespace bw::net
