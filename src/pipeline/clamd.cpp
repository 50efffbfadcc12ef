#include "pipeline/clamd.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "pipeline/sandbox_walls.hpp"

namespace bw::pipeline {

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024, reply_bytes_limit = 4096;
constexpr std::size_t name_bytes_limit = 200;
constexpr std::int64_t look_up_ms = 200; // how often a stop is seen

Error away(const std::string& what) {
    return fail(Code::unavailable, "clamd " + what);
}

/// A connection that never blocks beyond the deadline.
class Talk {
public:
    Talk(const Clock& clock, Deadline deadline, std::stop_token stop = {})
        : clock_(clock), deadline_(deadline), stop_(std::move(stop)) {}

    Result<void> connect(const std::string& address) {
        return address.starts_with('/') ? connect_unix(address) : connect_tcp(address);
    }

    /// False: it takes no more, and has perhaps said why.
    Result<bool> send(ByteView bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(socket_->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n > 0)
                bytes.remove_prefix(static_cast<std::size_t>(n));
            else if (errno == EAGAIN)
                CHECK_OK(wait(POLLOUT));
            else if (errno != EINTR)
                return false;
        }
        return true;
    }

    /// Up to the NUL that ends it.
    Result<std::string> reply() {
        std::string out;
        std::array<char, 512> buffer;
        for (;;) {
            const ssize_t n = ::recv(socket_->get(), buffer.data(), buffer.size(), 0);
            if (n > 0) {
                out.append(buffer.data(), static_cast<std::size_t>(n));
                if (const std::size_t end = out.find('\0'); end != std::string::npos)
                    return out.substr(0, end);
                if (out.size() > reply_bytes_limit)
                    return away("answered at length and without an end");
            } else if (n == 0) {
                return away("broke off");
            } else if (errno == EAGAIN) {
                CHECK_OK(wait(POLLIN));
            } else if (errno != EINTR) {
                return away(std::string("broke off: ") + std::strerror(errno));
            }
        }
    }

private:
    static Error cannot_be_reached(int error) {
        return away(std::string("cannot be reached: ") + std::strerror(error));
    }
    Result<void> connect_unix(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path)
            return fail(Code::invalid_field, "the path of clamd's socket is too long", path);
        std::memcpy(address.sun_path, path.data(), path.size());
        socket_.emplace(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        // EAGAIN: its queue is full.
        if (!socket_->open() ||
            ::connect(socket_->get(), reinterpret_cast<const sockaddr*>(&address),
                      sizeof address) != 0)
            return cannot_be_reached(errno);
        return {};
    }
    Result<void> connect_tcp(const std::string& address) {
        const std::size_t colon = address.rfind(':');
        std::string host = address.substr(0, colon);
        const std::string port = address.substr(colon + 1);
        if (host.starts_with('[') && host.ends_with(']')) // of IPv6
            host = host.substr(1, host.size() - 2);
        addrinfo wanted{}, *found = nullptr;
        wanted.ai_socktype = SOCK_STREAM;
        if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found))
            return away(std::string("cannot be reached: ") + ::gai_strerror(error));
        const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
        int error = EHOSTUNREACH;
        for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
            socket_.emplace(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            if (!socket_->open())
                continue;
            if (::connect(socket_->get(), at->ai_addr, at->ai_addrlen) == 0)
                return {};
            error = errno;
            if (error != EINPROGRESS)
                continue;
            error = TRY(outcome_of_connect());
            if (error == 0)
                return {};
        }
        return cannot_be_reached(error);
    }
    /// An errno; 0: connected.
    Result<int> outcome_of_connect() {
        for (;;) {
            CHECK_OK(wait(POLLOUT));
            pollfd ready{socket_->get(), POLLOUT, 0};
            if (::poll(&ready, 1, 0) <= 0)
                continue;
            int error = 0;
            socklen_t size = sizeof error;
            return ::getsockopt(socket_->get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error
                                                                                          : errno;
        }
    }
    Result<void> wait(short events) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_.remaining(clock_));
        if (left.count() <= 0 || stop_.stop_requested())
            return fail(Code::deadline_exceeded, "clamd did not answer in time");
        pollfd ready{socket_->get(), events, 0};
        ::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left.count(), look_up_ms)));
        return {};
    }

    const Clock& clock_;
    const Deadline deadline_;
    const std::stop_token stop_;
    std::optional<Fd> socket_;
};

Bytes framed(ByteView chunk) {
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(chunk.size() >> shift));
    return out.append(chunk);
}

/// A signature's name, whoever made it.
std::string printable(std::string_view name) {
    std::string out(name.substr(0, name_bytes_limit));
    std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return out;
}

Result<Verdict> verdict_of(std::string_view reply) {
    constexpr std::string_view begin = "stream: ", end = " FOUND";
    if (reply == "stream: OK")
        return Verdict();
    if (reply.starts_with(begin) && reply.ends_with(end) &&
        reply.size() > begin.size() + end.size())
        return Verdict{
            printable(reply.substr(begin.size(), reply.size() - begin.size() - end.size()))};
    if (reply.find("size limit exceeded") != std::string_view::npos)
        return fail(Code::payload_too_large, "the file is larger than clamd looks at");
    const std::size_t whole = utf8_prefix(reply);
    return away("answered \"" + std::string(reply.substr(0, std::min<std::size_t>(whole, 200))) +
                "\"");
}

} // namespace

Result<void> check_clamd_address(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    const bool tcp = colon != std::string::npos && colon > 0 && colon + 1 < address.size() &&
                     address.find_first_not_of("0123456789", colon + 1) == std::string::npos;
    if (address.starts_with('/') ? address.size() >= sizeof(sockaddr_un::sun_path) : !tcp)
        return fail(Code::invalid_field,
                    "expected HOST:PORT, or the path of a Unix socket of at most 107 bytes",
                    "--clamd");
    return {};
}

Result<Verdict> Clamd::scan(const Source& next, Deadline deadline,
                            const std::stop_token& stop) const {
    Talk talk(clock_, deadline, stop);
    CHECK_OK(talk.connect(address_));
    bool takes = TRY(talk.send(ByteView("zINSTREAM\0", 10)));
    while (takes) {
        const Bytes piece = TRY(next());
        if (piece.empty())
            break;
        for (ByteView rest = piece; takes && !rest.empty();
             rest.remove_prefix(std::min(chunk_bytes, rest.size())))
            takes = TRY(talk.send(framed(rest.substr(0, chunk_bytes))));
    }
    if (takes)
        TRY(talk.send(ByteView("\0\0\0\0", 4)));
    return verdict_of(TRY(talk.reply()));
}

Result<Verdict> Clamd::scan(ByteView bytes, Deadline deadline) const {
    return scan(
        [&]() -> Result<Bytes> {
            Bytes piece(bytes.substr(0, chunk_bytes));
            bytes.remove_prefix(piece.size());
            return piece;
        },
        deadline);
}

Result<void> Clamd::ping(Deadline deadline) const {
    Talk talk(clock_, deadline);
    CHECK_OK(talk.connect(address_));
    TRY(talk.send(ByteView("zPING\0", 6)));
    const std::string reply = TRY(talk.reply());
    if (reply != "PONG")
        return away("answered something else than PONG");
    return {};
}

} // namespace bw::pipeline
