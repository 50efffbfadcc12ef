#include "net/crowd.hpp"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/ensure.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

constexpr std::size_t head_bytes_limit = 8 * 1024;
constexpr int events_at_once = 512;

class CrowdImpl final : public Crowd {
public:
    explicit CrowdImpl(const Clock& clock) : clock_(clock), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        ENSURE(epoll_ >= 0, "no epoll");
    }
    ~CrowdImpl() override {
        for (Member& member : members_)
            if (member.fd >= 0)
                ::close(member.fd);
        ::close(epoll_);
    }

    std::size_t add() override {
        members_.emplace_back();
        return members_.size() - 1;
    }

    void get(std::size_t client, const Address& address, std::string_view target, std::size_t keep,
             Deadline deadline, Done done) override {
        Member& member = members_.at(client);
        ENSURE(!member.busy, "a client of a crowd has one GET at a time");
        member.busy = true;
        member.done = std::move(done);
        member.got = {};
        member.got.sent = clock_.monotonic();
        member.keep = keep;
        member.head_over = false;
        member.left = 0;
        member.request.assign("GET ")
            .append(target)
            .append(" HTTP/1.1\r\nHost: ")
            .append(address.first)
            .append("\r\n\r\n");
        member.written = 0;
        const std::uint64_t turn = ++member.turn;
        at(deadline.at(), [this, client, turn] {
            if (members_[client].busy && members_[client].turn == turn)
                fail(client, "no answer in time");
        });
        const bool going = member.fd < 0 ? connect(client, address) : send(member);
        if (!going) // not from within: callbacks come from `run` alone
            at(clock_.monotonic(), [this, client, turn] {
                if (members_[client].busy && members_[client].turn == turn)
                    fail(client, "no connection");
            });
    }

    void leave(std::size_t client) override { close(members_.at(client)); }

    void at(Monotonic when, std::move_only_function<void()> then) override {
        timers_.push_back({when, ++timer_number_, std::move(then)});
        std::ranges::push_heap(timers_, later);
    }

    void run(const std::function<bool()>& over) override {
        std::array<epoll_event, events_at_once> events;
        while (!over()) {
            const int n = ::epoll_wait(epoll_, events.data(), events_at_once, wait_ms());
            for (int i = 0; i < n; ++i)
                on_event(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
            const Monotonic now = clock_.monotonic();
            while (!timers_.empty() && timers_.front().when <= now && !over()) {
                std::ranges::pop_heap(timers_, later);
                auto then = std::move(timers_.back().then);
                timers_.pop_back();
                then();
            }
        }
    }

private:
    struct Member {
        int fd = -1;
        bool busy = false, head_over = false;
        std::uint64_t turn = 0;
        std::string request;
        std::size_t written = 0, keep = 0;
        std::uint64_t left = 0; // of the body
        Got got;
        Done done;
    };
    struct Timer {
        Monotonic when;
        std::uint64_t number;
        std::move_only_function<void()> then;
    };
    static bool later(const Timer& a, const Timer& b) {
        return std::pair(a.when, a.number) > std::pair(b.when, b.number);
    }

    int wait_ms() const {
        if (timers_.empty())
            return 10;
        const Duration left = timers_.front().when - clock_.monotonic();
        return static_cast<int>(
            std::clamp<std::int64_t>((left.count() + 999'999) / 1'000'000, 0, 10));
    }

    bool connect(std::size_t client, const Address& address) {
        Member& member = members_[client];
        member.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (member.fd < 0)
            return false;
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(address.second);
        const int on = 1;
        ::setsockopt(member.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::inet_pton(AF_INET, address.first.c_str(), &to.sin_addr) != 1 ||
            (::connect(member.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
             errno != EINPROGRESS)) {
            close(member);
            return false;
        }
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.u64 = client;
        ENSURE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, member.fd, &event) == 0, "epoll_ctl");
        return true;
    }

    void on_event(std::size_t client) {
        if (members_[client].fd < 0)
            return;
        if (!members_[client].busy)
            return read_idle(client);
        if (send(members_[client]))
            read(client);
        else
            fail(client, ::strerror(errno));
    }

    void read_idle(std::size_t client) {
        char byte;
        const ssize_t n = ::recv(members_[client].fd, &byte, 1, MSG_PEEK);
        if (n >= 0 || (errno != EAGAIN && errno != EINTR))
            close(members_[client]);
    }

    /// What the socket takes; false: it is broken.
    static bool send(Member& member) {
        while (member.written < member.request.size()) {
            const ssize_t n = ::send(member.fd, member.request.data() + member.written,
                                     member.request.size() - member.written, MSG_NOSIGNAL);
            if (n < 0)
                return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
            member.written += static_cast<std::size_t>(n);
        }
        return true;
    }

    void read(std::size_t client) {
        static thread_local std::array<char, 256 * 1024> bytes;
        for (;;) {
            Member& member = members_[client];
            // What nobody keeps is not even copied.
            const bool drop = member.head_over && member.got.body.size() >= member.keep;
            const std::size_t wanted =
                drop ? static_cast<std::size_t>(std::min<std::uint64_t>(member.left, 1U << 30))
                     : bytes.size();
            const ssize_t n = ::recv(member.fd, bytes.data(), wanted, drop ? MSG_TRUNC : 0);
            if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
                return;
            if (n <= 0)
                return fail(client, n == 0 ? "the connection was closed" : ::strerror(errno));
            take(client, {bytes.data(), static_cast<std::size_t>(n)}, drop);
            if (!members_[client].busy || members_[client].fd < 0)
                return;
        }
    }

    void take(std::size_t client, std::string_view piece, bool dropped) {
        Member& member = members_[client];
        if (!member.head_over) {
            member.got.head.append(piece);
            const std::size_t end = member.got.head.find("\r\n\r\n");
            if (end == std::string::npos)
                return member.got.head.size() > head_bytes_limit ? fail(client, "no head") : void();
            const std::string body = member.got.head.substr(end + 4);
            member.got.head.resize(end + 2);
            member.head_over = true;
            const std::string_view length = member.got.header("Content-Length");
            const std::string_view status =
                std::string_view(member.got.head).substr(std::min<std::size_t>(end, 9), 3);
            std::from_chars(status.data(), status.data() + status.size(), member.got.status);
            const auto read =
                std::from_chars(length.data(), length.data() + length.size(), member.left);
            if (read.ec != std::errc() || body.size() > member.left)
                return fail(client, "an answer without its length");
            member.got.bytes = body.size();
            member.left -= body.size();
            member.got.body.assign(body, 0, member.keep);
        } else {
            member.got.bytes += piece.size();
            member.left -= std::min<std::uint64_t>(member.left, piece.size());
            if (!dropped)
                member.got.body.append(
                    piece.substr(0, member.keep - std::min(member.keep, member.got.body.size())));
        }
        if (member.left == 0)
            finish(client);
    }

    void finish(std::size_t client) {
        Member& member = members_[client];
        if (same_name(member.got.header("Connection"), "close"))
            close(member);
        hand_over(member);
    }

    void fail(std::size_t client, std::string_view why) {
        Member& member = members_[client];
        close(member);
        member.got.status = 0;
        member.got.body = why;
        hand_over(member);
    }

    void hand_over(Member& member) {
        member.busy = false;
        member.got.received = clock_.monotonic();
        Done done = std::move(member.done);
        done(std::move(member.got)); // may move `member`
    }

    void close(Member& member) {
        if (member.fd >= 0)
            ::close(std::exchange(member.fd, -1));
    }

    const Clock& clock_;
    const int epoll_;
    std::vector<Member> members_;
    std::vector<Timer> timers_; // a heap
    std::uint64_t timer_number_ = 0;
};

} // namespace

std::unique_ptr<Crowd> Crowd::make(const Clock& clock) {
    return std::make_unique<CrowdImpl>(clock);
}

std::string_view Got::header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos && same_name(line.substr(0, colon), name))
            return line.substr(colon + 2);
    }
    return {};
}

} // namespace bw::net
