// Raw: a client that says any bytes at all, for tests of the server.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace bw::net {

/// A socket that sends what it is told and reads with a limit on patience.
class Raw {
public:
    explicit Raw(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
        int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ~Raw() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;

    bool connected() const { return connected_; }
    int fd() const { return fd_; }
    Raw& send(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0)
                break; // the server has closed: what it said is still to be read
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return *this;
    }
    void half_close() { ::shutdown(fd_, SHUT_WR); }

    /// Everything until the server closes (or resets).
    std::string rest() {
        while (more()) {
        }
        return std::exchange(buffer_, {});
    }
    /// Closes so that the server sees a reset.
    void reset() {
        linger at_once{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(std::exchange(fd_, -1));
    }
    /// Everything up to and including `end`; all there is, if the server closes before.
    std::string until(std::string_view end) {
        for (std::size_t from = 0;;) {
            if (std::size_t at = buffer_.find(end, from); at != std::string::npos) {
                std::string out = buffer_.substr(0, at + end.size());
                buffer_.erase(0, out.size());
                return out;
            }
            from = buffer_.size() - std::min(buffer_.size(), end.size());
            if (!more())
                return std::exchange(buffer_, {});
        }
    }
    std::string head() { return until("\r\n\r\n"); }
    /// One whole answer with a Content-Length or without a body.
    std::string answer() {
        for (;;) {
            std::size_t end = buffer_.find("\r\n\r\n");
            if (end != std::string::npos) {
                std::size_t size = end + 4, at = buffer_.find("Content-Length: ");
                if (at < end)
                    size += static_cast<std::size_t>(std::stoul(buffer_.substr(at + 16, 10)));
                if (buffer_.size() >= size) {
                    std::string out = buffer_.substr(0, size);
                    buffer_.erase(0, size);
                    return out;
                }
            }
            if (!more())
                return std::exchange(buffer_, {});
        }
    }

private:
    bool more() {
        pollfd wait{fd_, POLLIN, 0};
        if (::poll(&wait, 1, 20'000) <= 0) {
            buffer_ += "<nothing came>";
            return false;
        }
        char bytes[4096];
        ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
        if (n > 0)
            buffer_.append(bytes, static_cast<std::size_t>(n));
        else if (n < 0)
            buffer_ += "<reset>"; // on other systems than Linux it would take the answer along
        return n > 0;
    }

    int fd_;
    bool connected_ = false;
    std::string buffer_;
};

} // namespace bw::net
