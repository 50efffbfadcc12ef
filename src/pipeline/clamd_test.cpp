// A real clamd with a signature database of two lines; and listeners in its place that break off,
// say nothing or talk nonsense.
#include "pipeline/clamd.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "support/temporary_directory.hpp"

namespace bw::pipeline {
namespace {

constexpr const char* clamd_path = "/usr/sbin/clamd";
constexpr const char* marker = "BW-EVIL-MARKER";

class ClamdTest : public testing::Test {
protected:
    static constexpr std::size_t stream_bytes_limit = 2UL << 20;

    void SetUp() override {
        if (::access(clamd_path, X_OK) != 0)
            GTEST_SKIP() << "NOT TESTED: there is no " << clamd_path << " (clamav-daemon)";
        for (const char* name : {"db", "tmp", "sock"})
            std::filesystem::create_directory(directory_.path() / name);
        std::ofstream(directory_.path() / "db" / "test.ndb")
            << "Bw.Test.Body-1:0:*:" << to_hex(std::string_view(marker)) << "\n";
        std::ofstream(directory_.path() / "clamd.conf")
            << "Foreground yes\nLocalSocket " << socket_ << "\nDatabaseDirectory "
            << (directory_.path() / "db").string() << "\nTemporaryDirectory "
            << (directory_.path() / "tmp").string()
            << "\nStreamMaxLength 2M\nMaxThreads 2\nReadTimeout 30\nCommandReadTimeout "
               "5\nSelfCheck 0\nBytecode no\nFixStaleSocket yes\n";
        if (const passwd* user = ::getpwnam("clamav"); ::geteuid() == 0 && user != nullptr) {
            uid_ = user->pw_uid;
            gid_ = user->pw_gid;
            for (const char* name : {"db", "tmp", "sock", "db/test.ndb", "clamd.conf"})
                ASSERT_EQ(::chown((directory_.path() / name).c_str(), uid_, gid_), 0);
        }
        start();
    }
    void TearDown() override { stop(); }

    void start() {
        child_ = ::fork();
        if (child_ == 0) {
            if (uid_ != 0 &&
                (::setresgid(gid_, gid_, gid_) != 0 || ::setresuid(uid_, uid_, uid_) != 0))
                ::_exit(126);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::freopen("/dev/null", "w", stdout);
            ::freopen("/dev/null", "w", stderr);
            const std::string conf = directory_.path() / "clamd.conf";
            ::execl(clamd_path, "clamd", "-c", conf.c_str(), nullptr);
            ::_exit(127);
        }
        const Deadline patience = soon();
        while (!clamd_.ping(Deadline::in(clock_, 1s))) {
            ASSERT_EQ(::waitpid(child_, nullptr, WNOHANG), 0) << "clamd ended";
            ASSERT_FALSE(patience.expired(clock_)) << "clamd does not answer";
            ::usleep(10'000);
        }
    }
    void stop() {
        if (child_ <= 0)
            return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }
    Deadline soon() const { return Deadline::in(clock_, 20s); }

    SystemClock clock_;
    test::TemporaryDirectory directory_;
    const std::string socket_ = directory_.path() / "sock" / "c";
    const Clamd clamd_{socket_, clock_};
    pid_t child_ = 0;
    uid_t uid_ = 0;
    gid_t gid_ = 0;
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
    stop();
    auto away = clamd_.scan("harmless", soon());
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().code, Code::unavailable);
    EXPECT_EQ(fault(away.error().code), Fault::retryable);
    start();
    EXPECT_TRUE(clamd_.scan("harmless", soon()));
}

TEST_F(ClamdTest, OneThatStandsStillCostsNoMoreThanTheDeadline) {
    ::kill(child_, SIGSTOP);
    auto still = clamd_.scan(std::string(1UL << 20, 'x'), Deadline::in(clock_, 300ms));
    ::kill(child_, SIGCONT);
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

} // namespace
} // namespace bw::pipeline
