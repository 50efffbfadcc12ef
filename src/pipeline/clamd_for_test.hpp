// A real clamd with a signature database of one line, started and killed at will. For tests.
#pragma once

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pipeline/clamd.hpp"
#include "support/temporary_directory.hpp"

namespace bw::pipeline {

class ClamdForTest {
public:
    static constexpr const char* program = "/usr/sbin/clamd";
    static constexpr const char* marker = "BW-EVIL-MARKER";
    static constexpr const char* finding = "Bw.Test.Body-1.UNOFFICIAL";
    static constexpr std::size_t stream_bytes_limit = 2UL << 20;

    static bool there() { return ::access(program, X_OK) == 0; }

    ClamdForTest() {
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
                EXPECT_EQ(::chown((directory_.path() / name).c_str(), uid_, gid_), 0);
        }
    }
    ~ClamdForTest() { stop(); }

    /// Returns when it answers.
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
            ::execl(program, "clamd", "-c", conf.c_str(), nullptr);
            ::_exit(127);
        }
        const Deadline patience = Deadline::in(clock_, std::chrono::seconds(20));
        while (!client_.ping(Deadline::in(clock_, std::chrono::seconds(1)))) {
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
    pid_t pid() const { return child_; }
    const std::string& address() const { return socket_; }

private:
    SystemClock clock_;
    test::TemporaryDirectory directory_;
    const std::string socket_ = directory_.path() / "sock" / "c";
    const Clamd client_{socket_, clock_};
    pid_t child_ = 0;
    uid_t uid_ = 0;
    gid_t gid_ = 0;
};

} // namespace bw::pipeline
