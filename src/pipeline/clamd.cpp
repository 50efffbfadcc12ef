#include "pipeline/clamd.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "pipeline/sandbox_walls.hpp"

namespace bw::pipeline {

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024, reply_bytes_limit = 4096;

Error away(const std::string& what) {
    return fail(Code::unavailable, "clamd " + what);
}

/// A connection that never blocks beyond the deadline.
class Talk {
public:
    Talk(const Clock& clock, Deadline deadline)
        : clock_(clock), deadline_(deadline),
          socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

    Result<void> connect(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path)
            return fail(Code::invalid_field, "the path of clamd's socket is too long", path);
        std::memcpy(address.sun_path, path.data(), path.size());
        // EAGAIN: its queue is full.
        if (!socket_.open() || ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                                         sizeof address) != 0)
            return away(std::string("cannot be reached: ") + std::strerror(errno));
        return {};
    }

    /// False: it takes no more, and has perhaps said why.
    Result<bool> send(ByteView bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
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
            const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
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
    Result<void> wait(short events) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_.remaining(clock_));
        if (left.count() <= 0)
            return fail(Code::deadline_exceeded, "clamd did not answer in time");
        pollfd ready{socket_.get(), events, 0};
        ::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1000)));
        return {};
    }

    const Clock& clock_;
    const Deadline deadline_;
    const Fd socket_;
};

Bytes framed(ByteView chunk) {
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(chunk.size() >> shift));
    return out.append(chunk);
}

Result<Verdict> verdict_of(std::string_view reply) {
    constexpr std::string_view begin = "stream: ", end = " FOUND";
    if (reply == "stream: OK")
        return Verdict();
    if (reply.starts_with(begin) && reply.ends_with(end) &&
        reply.size() > begin.size() + end.size())
        return Verdict{
            std::string(reply.substr(begin.size(), reply.size() - begin.size() - end.size()))};
    if (reply.find("size limit exceeded") != std::string_view::npos)
        return fail(Code::payload_too_large, "the file is larger than clamd looks at");
    const std::size_t whole = utf8_prefix(reply);
    return away("answered \"" + std::string(reply.substr(0, std::min<std::size_t>(whole, 200))) +
                "\"");
}

} // namespace

Result<Verdict> Clamd::scan(ByteView bytes, Deadline deadline) const {
    Talk talk(clock_, deadline);
    CHECK_OK(talk.connect(socket_));
    bool takes = TRY(talk.send(ByteView("zINSTREAM\0", 10)));
    for (; takes && !bytes.empty(); bytes.remove_prefix(std::min(chunk_bytes, bytes.size())))
        takes = TRY(talk.send(framed(bytes.substr(0, chunk_bytes))));
    if (takes)
        TRY(talk.send(ByteView("\0\0\0\0", 4)));
    return verdict_of(TRY(talk.reply()));
}

Result<void> Clamd::ping(Deadline deadline) const {
    Talk talk(clock_, deadline);
    CHECK_OK(talk.connect(socket_));
    TRY(talk.send(ByteView("zPING\0", 6)));
    const std::string reply = TRY(talk.reply());
    if (reply != "PONG")
        return away("answered something else than PONG");
    return {};
}

} // namespace bw::pipeline
