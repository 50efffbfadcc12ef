// The server under crowds and faults: thousands who hold connections, clients that break off in
// each phase, bursts with a slow reader, and the budget of buffered bytes.
#include <gmock/gmock.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <thread>

#include "base/ensure.hpp"
#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int idle_count = 10'000, dribbling_count = 1'000;

/// Clients in a process of their own: a descriptor limit holds for each process, and their ends
/// would count in ours. It obeys one byte at a time: 'c' connect all, 'd' dribble one more byte on
/// each dribbling connection, 'e' wait until each of those has ended; it answers '.' or '!'.
class Crowd {
public:
    Crowd() {
        ENSURE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) == 0, "no sockets");
        child_ = ::fork(); // before the server has threads
        ENSURE(child_ >= 0, "no process");
        if (child_ == 0) {
            ::close(ends_[0]);
            serve(ends_[1]);
            ::_exit(0);
        }
        ::close(ends_[1]);
    }
    ~Crowd() {
        ::close(ends_[0]); // which ends the child
        ::waitpid(child_, nullptr, 0);
    }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    /// False: it could not.
    bool tell(char what, std::uint16_t port) {
        const std::string order{what, static_cast<char>(port >> 8), static_cast<char>(port & 0xff)};
        char answer = '!';
        return ::write(ends_[0], order.data(), order.size()) == 3 &&
               ::read(ends_[0], &answer, 1) == 1 && answer == '.';
    }

private:
    static void serve(int orders) {
        std::vector<int> idle, dribbling;
        std::size_t dribbled = 0;
        for (unsigned char order[3]; ::recv(orders, order, 3, MSG_WAITALL) == 3;) {
            bool good = true;
            if (order[0] == 'c') {
                for (int i = 0; good && i < idle_count; ++i)
                    good = connect(idle, static_cast<std::uint16_t>(order[1] << 8 | order[2]), i);
                for (int i = 0; good && i < dribbling_count; ++i)
                    good =
                        connect(dribbling, static_cast<std::uint16_t>(order[1] << 8 | order[2]), i);
            } else if (order[0] == 'd') {
                for (int fd : dribbling) // those that were cut off take no more
                    (void)::send(fd, &get_hello[dribbled], 1, MSG_NOSIGNAL);
                ++dribbled;
            } else {
                for (int fd : dribbling)
                    good = good && has_ended(fd);
            }
            char answer = good ? '.' : '!';
            if (::write(orders, &answer, 1) != 1)
                break;
        }
    }
    static bool connect(std::vector<int>& to, std::uint16_t port, int i) {
        int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return false;
        to.push_back(fd);
        linger at_once{1, 0}; // closing leaves nothing behind
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        sockaddr_in from{}, at{};
        from.sin_family = at.sin_family = AF_INET;
        from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<unsigned>(i) % 8); // ports
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(port);
        return ::bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0 &&
               ::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    }
    static bool has_ended(int fd) { // a 408, or a reset: it went on sending
        char bytes[4096];
        for (;;) {
            pollfd wait{fd, POLLIN, 0};
            if (::poll(&wait, 1, 20'000) <= 0)
                return false;
            if (::recv(fd, bytes, sizeof bytes, 0) <= 0)
                return true;
        }
    }

    int ends_[2] = {-1, -1};
    pid_t child_ = -1;
};

/// True: this process may open so many.
bool may_open(rlim_t descriptors) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= descriptors)
        return true;
    limit.rlim_cur = descriptors;
    limit.rlim_max = std::max(limit.rlim_max, descriptors);
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

class CrowdTest : public ServerTest {
protected:
    ManualClock hand_{SystemClock().now()};
};

TEST_F(CrowdTest, TenThousandIdleAndAThousandDribblingHoldNobodyUp) {
    if (!may_open(idle_count + dribbling_count + 200))
        GTEST_SKIP() << "NOT RUN: this process may not open " << idle_count + dribbling_count
                     << " descriptors (ulimit -n)";
    Crowd crowd;
    // Time is ours: however long the machine takes, nobody is timed out who should not be.
    std::uint16_t port = start({.threads = 2, .head_timeout = 10s, .idle_timeout = 1000h}, hand_);
    const std::size_t before = ::mallinfo2().uordblks;
    ASSERT_TRUE(crowd.tell('c', port));
    constexpr std::size_t all = idle_count + dribbling_count;
    ASSERT_TRUE(soon([&] { return server_->status().connections == all; }));

    auto answers_others = [&] {
        Raw raw(port);
        for (int i = 0; i < 100; ++i)
            EXPECT_THAT(raw.send(get_hello).answer(), EndsWith("hello"));
        EXPECT_GE(server_->status().connections, static_cast<std::size_t>(idle_count));
    };
    answers_others();
    for (int second = 0; second < 9; ++second) {
        ASSERT_TRUE(crowd.tell('d', port));
        hand_.advance(1s);
    }
    answers_others();
    EXPECT_GE(server_->status().connections, all); // nobody was cut off too early
    EXPECT_TRUE(soon([&] { // cut off, and then lingering until they are closed
        hand_.advance(1s);
        return server_->status().connections == idle_count;
    }));
    EXPECT_TRUE(crowd.tell('e', port));
    answers_others();
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_TRUE(soon([&] { return ::mallinfo2().uordblks < before + idle_count * 2'048UL; }));
#endif
    std::size_t held = ::mallinfo2().uordblks - std::min(before, ::mallinfo2().uordblks);
    RecordProperty("bytes_per_idle_connection", static_cast<int>(held / idle_count));
    std::printf("bytes of memory per idle connection: %zu\n", held / idle_count);
}

TEST_F(CrowdTest, IdleConnectionsLetTheirBuffersGo) {
    constexpr int count = 200;
    std::uint16_t port = start({.idle_timeout = 40ms}, hand_); // sweeps often, and nobody is late
    const std::string request =
        "POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 15000\r\n\r\n" +
        std::string(15'000, 'x');
    std::vector<std::unique_ptr<Raw>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<Raw>(port));
        EXPECT_THAT(clients.back()->send(request).answer(), StartsWith("HTTP/1.1 200 "));
    }
    EXPECT_TRUE(soon([&] { return server_->status().buffered_bytes == 0; }));
    EXPECT_EQ(server_->status().connections, static_cast<std::size_t>(count));
    for (auto& client : clients)
        EXPECT_THAT(client->send(request).answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(CrowdTest, BodiesBeyondTheBudgetAreRefusedAndReadTheirRefusal) {
    routes_.add(Route{Method::post, "/keep", "keep", "",
                      [this](const Request& q, Responder r) { shelf_.keep(q, std::move(r)); },
                      100'000});
    std::uint16_t port = start({.buffered_bytes_limit = 200'000});
    auto post = [](const char* path, std::size_t size) {
        return "POST " + std::string(path) +
               " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    };
    Raw keeper(port);
    keeper.send(post("/keep", 90'000) + std::string(90'000, 'k'));
    auto kept = shelf_.take();
    EXPECT_GE(server_->status().buffered_bytes, 85'000U); // without each one's 4 KiB
    std::string chunked = "POST /echo/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& head : {post("/echo/1", 150'000), chunked + "249f0\r\n"}) {
        Raw raw(port);
        raw.send(head + std::string(150'000, 'x') + "\r\n0\r\n\r\n");
        std::string seen = raw.answer();
        EXPECT_THAT(seen, StartsWith("HTTP/1.1 503 ")) << head;
        EXPECT_THAT(seen, HasSubstr("Retry-After: "));
        EXPECT_THAT(seen, HasSubstr("Connection: close"));
        raw.half_close();
        EXPECT_THAT(raw.rest(), Not(HasSubstr("<reset>")));
    }
    Raw small(port); // what fits the first 4 KiB is never refused
    EXPECT_THAT(small.send(post("/echo/1", 3'000) + std::string(3'000, 's')).answer(),
                StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(kept.first->body, std::string(90'000, 'k'));
    kept.second(Response{200, "text/plain", "", {}});
    EXPECT_THAT(keeper.answer(), StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(soon([&] { return server_->status().buffered_bytes == 0; }));
    Raw again(port);
    EXPECT_THAT(again.send(post("/echo/1", 150'000) + std::string(150'000, 'x')).answer(),
                StartsWith("HTTP/1.1 200 "));
}

TEST_F(CrowdTest, BytesOfAGoneClientAreGivenBack) {
    routes_.add(Route{Method::post, "/keep", "keep", "",
                      [this](const Request& q, Responder r) { shelf_.keep(q, std::move(r)); },
                      100'000});
    std::uint16_t port = start();
    const std::string head = "POST /keep HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n";
    {
        Raw half(port);
        half.send(head + std::string(50'000, 'x'));
        EXPECT_TRUE(soon([&] { return server_->status().buffered_bytes > 40'000; }));
        half.reset();
    }
    EXPECT_TRUE(soon([&] { return server_->status().buffered_bytes == 0; }));
    {
        Raw whole(port);
        whole.send(head + std::string(90'000, 'x'));
        auto kept = shelf_.take();
        whole.reset();
        EXPECT_EQ(kept.first->body.size(), 90'000U);
        EXPECT_GT(server_->status().buffered_bytes, 80'000U);
        kept.second(Response{200, "text/plain", "", {}});
    }
    EXPECT_TRUE(soon([&] { return server_->status().buffered_bytes == 0; }));
}

TEST_F(CrowdTest, AClientThatResetsInAnyPhaseIsNoTrouble) {
    std::uint16_t port = start();
    const std::string post = "POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n";
    for (const std::string& sent :
         {std::string(), std::string("GE"), get_hello.substr(0, 20), post, post + "half", get_hello,
          get_hello + "GET", std::string("GET /big HTTP/1.1\r\nHost: h\r\n\r\n"),
          std::string("nonsense\r\n\r\n")})
        for (bool half : {false, true}) {
            Raw raw(port);
            raw.send(sent);
            if (half)
                raw.half_close();
            raw.reset();
        }
    EXPECT_THAT(Raw(port).send(get_hello).answer(), EndsWith("hello"));
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
}

TEST_F(CrowdTest, HalfClosedClientsGetTheAnswersToWhatWasWhole) {
    std::uint16_t port = start();
    struct Case {
        std::string sent, end;
    };
    const Case cases[] = {
        {get_hello + get_hello, "hello"},
        {get_hello + "GET /hel", "hello"},
        {get_hello + "POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab", "hello"},
    };
    for (const Case& c : cases) {
        Raw raw(port);
        raw.send(c.sent).half_close();
        EXPECT_THAT(raw.rest(), EndsWith(c.end)) << c.sent;
    }
}

TEST_F(CrowdTest, HeadsUpToTheLimitHoweverTheyAreCut) {
    std::uint16_t port = start();
    for (std::size_t size : {3'000U, 4'050U, 4'096U, 8'000U, 15'000U})
        for (std::size_t piece : {1'000U, 4'096U, 100'000U}) {
            Raw raw(port);
            const std::string head =
                "GET /hello HTTP/1.1\r\nHost: h\r\nA: " + std::string(size, 'a') + "\r\n\r\n";
            for (std::size_t at = 0; at < head.size(); at += piece)
                raw.send(std::string_view(head).substr(at, piece));
            ASSERT_THAT(raw.answer(), EndsWith("hello")) << size << " in " << piece;
            ASSERT_THAT(raw.send(get_hello).answer(), EndsWith("hello"));
        }
}

TEST_F(CrowdTest, ASlowReaderOfABurstLosesNoAnswer) {
    constexpr int count = 3'000;
    std::uint16_t port = start({.threads = 2});
    Raw raw(port);
    const std::string body(1'500, 'y');
    std::jthread sender([&] {
        std::string burst;
        for (int i = 0; i < count; ++i)
            burst += "POST /echo/" + std::to_string(i) +
                     " HTTP/1.1\r\nHost: h\r\nContent-Length: 1500\r\n\r\n" + body;
        raw.send(burst); // blocks: nobody reads yet
    });
    // The reader starts when the server has stopped reading, it seems: both sockets are full.
    std::uint64_t served = 0;
    int looks = 0;
    EXPECT_TRUE(soon([&] {
        std::uint64_t now = server_->status().requests;
        looks = now == std::exchange(served, now) && now > 0 ? looks + 1 : 0;
        return looks == 20;
    }));
    for (int i = 0; i < count; ++i)
        ASSERT_THAT(raw.answer(), EndsWith("\r\n\r\n" + std::to_string(i) + ":" + body));
    EXPECT_EQ(server_->status().requests, static_cast<std::uint64_t>(count));
}

} // namespace
} // namespace bw::net
