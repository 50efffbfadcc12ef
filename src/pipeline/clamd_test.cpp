// A real clamd with a signature database of two lines; and listeners in its place that break off,
// say nothing or talk nonsense.
#include "pipeline/clamd.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "pipeline/clamd_for_test.hpp"

namespace bw::pipeline {
namespace {

class ClamdTest : public testing::Test {
protected:
    static constexpr std::size_t stream_bytes_limit = ClamdForTest::stream_bytes_limit;
    static constexpr const char* marker = ClamdForTest::marker;

    void SetUp() override {
        if (!ClamdForTest::there())
            GTEST_SKIP() << "NOT TESTED: there is no " << ClamdForTest::program
                         << " (clamav-daemon)";
        daemon_.start();
    }
    Deadline soon() const { return Deadline::in(clock_, 20s); }

    SystemClock clock_;
    ClamdForTest daemon_;
    const Clamd clamd_{daemon_.address(), clock_};
};

TEST_F(ClamdTest, TellsCleanFromInfected) {
    EXPECT_FALSE(clamd_.scan("harmless", soon())->found);
    EXPECT_FALSE(clamd_.scan("", soon())->found);
    const std::string large(stream_bytes_limit - 100, 'x');
    EXPECT_FALSE(clamd_.scan(large, soon())->found);
    EXPECT_EQ(clamd_.scan(large + marker, soon())->found, "Bw.Test.Body-1.UNOFFICIAL");
    EXPECT_EQ(clamd_.scan(std::string("a ") + marker + " z", soon())->found,
              "Bw.Test.Body-1.UNOFFICIAL");
}

TEST_F(ClamdTest, WhatIsTooLargeIsNotClean) {
    auto scanned = clamd_.scan(std::string(8 * stream_bytes_limit, 'x'), soon());
    ASSERT_FALSE(scanned);
    EXPECT_EQ(scanned.error().code, Code::payload_too_large) << scanned.error().text();
}

TEST_F(ClamdTest, WhileItIsDownNothingIsCleanAndThenItIs) {
    daemon_.stop();
    auto away = clamd_.scan("harmless", soon());
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().code, Code::unavailable);
    EXPECT_EQ(fault(away.error().code), Fault::retryable);
    daemon_.start();
    EXPECT_TRUE(clamd_.scan("harmless", soon()));
}

TEST_F(ClamdTest, OneThatStandsStillCostsNoMoreThanTheDeadline) {
    ::kill(daemon_.pid(), SIGSTOP);
    auto still = clamd_.scan(std::string(1UL << 20, 'x'), Deadline::in(clock_, 300ms));
    ::kill(daemon_.pid(), SIGCONT);
    ASSERT_FALSE(still);
    EXPECT_EQ(still.error().code, Code::deadline_exceeded);
}

/// Answers one connection.
class Listener {
public:
    explicit Listener(std::function<void(int)> answer) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(socket_, 1), 0);
        thread_ = std::jthread([this, answer = std::move(answer)] {
            const int connection = ::accept(socket_, nullptr, nullptr);
            answer(connection);
            ::close(connection);
        });
    }
    ~Listener() {
        thread_.join();
        ::close(socket_);
    }
    std::string path() const { return directory_.path() / "s"; }

private:
    test::TemporaryDirectory directory_;
    int socket_ = -1;
    std::jthread thread_;
};

Result<Verdict> scanned_by(std::string_view reply) {
    const SystemClock clock;
    const Listener listener([reply](int connection) {
        std::array<char, 4096> buffer;
        std::string got;
        while (!got.ends_with(std::string("\0\0\0\0", 4))) {
            const ssize_t n = ::recv(connection, buffer.data(), buffer.size(), 0);
            if (n <= 0)
                return;
            got.append(buffer.data(), static_cast<std::size_t>(n));
        }
        EXPECT_TRUE(got.starts_with(std::string("zINSTREAM\0\0\0\0\4text", 18)));
        ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
    });
    return Clamd(listener.path(), clock).scan("text", Deadline::in(clock, 10s));
}

TEST(ClamdReply, OnlyOneMeansClean) {
    using namespace std::string_view_literals;
    EXPECT_FALSE(scanned_by("stream: OK\0"sv)->found);
    EXPECT_EQ(scanned_by("stream: A.B FOUND\0"sv)->found, "A.B");
    EXPECT_EQ(scanned_by("stream: A\xff\n FOUND\0"sv)->found, "A??");
    for (std::string_view other : {"stream: OK"sv, "stream: ok\0"sv, "OK\0"sv, "stream: OK \0"sv,
                                   "stream: OKAY\0"sv, ""sv, "\0"sv, "stream:  FOUND\0"sv,
                                   "stream: Can't allocate memory ERROR\0"sv, "\xff\xff\0"sv}) {
        auto verdict = scanned_by(other);
        ASSERT_FALSE(verdict) << other;
        EXPECT_EQ(verdict.error().code, Code::unavailable) << other;
        EXPECT_TRUE(is_utf8(verdict.error().detail));
    }
    EXPECT_EQ(scanned_by(std::string(10'000, 'x')).error().code, Code::unavailable);
    EXPECT_EQ(scanned_by("INSTREAM size limit exceeded. ERROR\0"sv).error().code,
              Code::payload_too_large);
}

TEST(ClamdAddress, IsAPathOrAHostWithAPort) {
    for (const char* good : {"/run/clamd.sock", "localhost:3310", "10.0.0.1:3310", "[::1]:3310"})
        EXPECT_TRUE(check_clamd_address(good)) << good;
    const std::string long_path = "/" + std::string(200, 'x');
    for (const char* bad : {"", "clamd", ":3310", "localhost:", "localhost:x", long_path.c_str()}) {
        auto checked = check_clamd_address(bad);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ(checked.error().field, "--clamd");
    }
}

TEST(ClamdAddress, IsReachedByTcpToo) {
    using namespace std::string_view_literals;
    const SystemClock clock;
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listening, 1), 0);
    ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
    const std::string at = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    {
        const std::jthread server([&] {
            const int connection = ::accept(listening, nullptr, nullptr);
            ::send(connection, "PONG\0", 5, MSG_NOSIGNAL);
            ::close(connection);
        });
        EXPECT_TRUE(Clamd(at, clock).ping(Deadline::in(clock, 10s)));
    }
    ::close(listening);
    const auto away = Clamd(at, clock).ping(Deadline::in(clock, 10s));
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().code, Code::unavailable) << away.error().text();
}

TEST_F(ClamdTest, AStopEndsAScanThatStandsStill) {
    ::kill(daemon_.pid(), SIGSTOP);
    std::stop_source stop;
    stop.request_stop();
    const Clamd::Source endless = []() -> Result<Bytes> { return Bytes(1UL << 20, 'x'); };
    const auto still = clamd_.scan(endless, soon(), stop.get_token());
    ::kill(daemon_.pid(), SIGCONT);
    ASSERT_FALSE(still);
    EXPECT_EQ(still.error().code, Code::deadline_exceeded);
}

TEST_F(ClamdTest, IsGivenWhatASourceBringsPieceByPiece) {
    int pieces = 0;
    const Clamd::Source slow = [&]() -> Result<Bytes> {
        constexpr std::string_view split[] = {"a BW-EVIL", "-MARKER z"}; // found across pieces
        return pieces < 2 ? Bytes(split[pieces++]) : Bytes();
    };
    EXPECT_EQ(clamd_.scan(slow, soon())->found, ClamdForTest::finding);
    const Clamd::Source broken = []() -> Result<Bytes> {
        return fail(Code::corrupt, "the store has lost it");
    };
    EXPECT_EQ(clamd_.scan(broken, soon()).error().code, Code::corrupt);
}

} // namespace
} // namespace bw::pipeline
