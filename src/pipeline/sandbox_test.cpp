// Tools that misbehave, each stopped by the wall that is there for it. Real processes, as whoever
// runs the tests, and as root also as an ordinary user.
#include "pipeline/sandbox.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temporary_directory.hpp"

namespace bw::pipeline {
namespace {

class SandboxTest : public testing::Test {
protected:
    void SetUp() override {
        if (const auto lack = sandbox_lacks())
            GTEST_SKIP() << "NOT TESTED: " << *lack;
    }
    ToolRun run(std::vector<std::string> arguments, ToolLimits limits = {}, ByteView input = "",
                const std::stop_token& stop = {}) {
        auto done = run_sandboxed({std::move(arguments), limits}, input, clock_,
                                  Deadline::in(clock_, 30s), stop);
        EXPECT_TRUE(done) << done.error().text();
        return done ? *done : ToolRun();
    }
    ToolRun perl(const std::string& program, ToolLimits limits = {}) {
        return run({"/usr/bin/perl"}, limits, program); // -e would need /dev/null
    }

    SystemClock clock_;
};

TEST_F(SandboxTest, AToolReadsItsInputAndWritesItsOutput) {
    const std::string much(3'000'000, 'x');
    const ToolRun copied = run({"/usr/bin/cat"}, {}, much);
    EXPECT_EQ(copied.end, ToolEnd::well);
    EXPECT_EQ(copied.output, much);
    const ToolRun failed = run({"/bin/sh", "-c", "echo no; exit 7"});
    EXPECT_EQ(failed.end, ToolEnd::failed);
    EXPECT_EQ(failed.status, 7);
}

TEST_F(SandboxTest, OneThatHangsIsKilledAtItsTime) {
    const auto began = clock_.monotonic();
    EXPECT_EQ(run({"/usr/bin/sleep", "100"}, {.time = 300ms}).end, ToolEnd::out_of_time);
    EXPECT_EQ(run({"/bin/sh", "-c", "exec >&-; while :; do :; done"}, {.time = 300ms}).end,
              ToolEnd::out_of_time)
        << "though its output is closed";
    EXPECT_EQ(
        run({"/bin/sh", "-c", "trap '' TERM INT XCPU; while :; do :; done"}, {.time = 300ms}).end,
        ToolEnd::out_of_time);
    EXPECT_LT(clock_.monotonic() - began, 20s);
}

TEST_F(SandboxTest, TheCallersDeadlineAndStopCountToo) {
    auto late = run_sandboxed({{"/usr/bin/sleep", "100"}}, "", clock_, Deadline::in(clock_, 200ms));
    ASSERT_TRUE(late);
    EXPECT_EQ(late->end, ToolEnd::out_of_time);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(run({"/usr/bin/sleep", "100"}, {}, "", stop.get_token()).end, ToolEnd::stopped);
}

TEST_F(SandboxTest, OneThatWritesWithoutEndIsKilled) {
    const ToolRun endless = run({"/usr/bin/yes"}, {.output_bytes = 100'000});
    EXPECT_EQ(endless.end, ToolEnd::too_much_output);
    EXPECT_LE(endless.output.size(), 100'001U);
    EXPECT_EQ(
        run({"/usr/bin/head", "-c", "100000", "/usr/bin/perl"}, {.output_bytes = 100'000}).end,
        ToolEnd::well);
}

TEST_F(SandboxTest, OneThatEatsMemoryFails) {
    const std::string eater = "my $x = 'x' x 400_000_000; print length $x";
    EXPECT_EQ(perl(eater, {.memory_bytes = 1UL << 30}).output, "400000000") << "the control";
#if defined(__has_feature) && __has_feature(address_sanitizer)
    GTEST_SKIP() << "NOT TESTED: under AddressSanitizer memory has no bound";
#endif
    const ToolRun eaten = perl(eater, {.memory_bytes = 200UL << 20});
    EXPECT_EQ(eaten.end, ToolEnd::failed);
    EXPECT_EQ(eaten.output, "");
}

TEST_F(SandboxTest, ThereIsNoNetwork) {
    EXPECT_EQ(perl("use Socket; for (AF_INET, AF_INET6, AF_UNIX) { "
                   "print socket(my $s, $_, SOCK_STREAM, 0) ? 'open ' : 'shut ' }")
                  .output,
              "shut shut shut ");
}

TEST_F(SandboxTest, ThereAreNoOtherProcesses) {
    EXPECT_EQ(perl("print defined(fork) ? 'forked' : 'alone'").output, "alone");
    EXPECT_EQ(perl("print kill(0, getppid) ? 'reached' : 'alone'").output, "alone");
}

TEST_F(SandboxTest, NobodyIsSignalled) {
    // tgkill of itself, with no signal: who may do that may signal its parent too, which has the
    // same user. F_SETOWN is the other way.
    EXPECT_EQ(perl("exit(syscall(234, $$, $$, 0) == 0 ? 3 : 0);").end, ToolEnd::well);
    EXPECT_EQ(perl("exit(defined(fcntl(STDIN, 8, $$)) ? 3 : 0);").end, ToolEnd::well);
}

TEST_F(SandboxTest, NoFileButTheSystemsIsReadAndNoneIsWritten) {
    test::TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    const std::string secret = directory.path() / "secret", made = directory.path() / "made";
    std::ofstream(secret) << "secret";
    std::filesystem::permissions(secret, std::filesystem::perms::all);
    auto opens = [&](const std::string& how, const std::string& path) {
        return perl("print open(my $f, '" + how + "', '" + path + "') ? 'open' : 'shut'").output;
    };
    EXPECT_EQ(opens("<", secret), "shut");
    EXPECT_EQ(opens(">", secret), "shut");
    EXPECT_EQ(opens(">", made), "shut");
    EXPECT_EQ(opens("<", "/etc/passwd"), "shut");
    EXPECT_EQ(opens("<", "/proc/self/environ"), "shut");
    EXPECT_EQ(opens("<", "/usr/bin/perl"), "open") << "the control";
    EXPECT_EQ(
        perl("print mkdir('" + made + "') || unlink('" + secret + "') ? 'done' : 'not'").output,
        "not");
    EXPECT_FALSE(std::filesystem::exists(made));
}

TEST_F(SandboxTest, NothingOfOursIsInheritedAndRootIsNobody) {
    test::TemporaryDirectory directory;
    std::ofstream open_here(directory.path() / "open");
    ::setenv("BW_SECRET", "secret", 1);
    const ToolRun seen = perl("use POSIX; print join(' ', grep { my $d = POSIX::dup($_); defined "
                              "$d && POSIX::close($d) } "
                              "0..40), ';', join(' ', sort keys %ENV), "
                              "';', $> == 0 ? 'root' : 'not root'");
    ::unsetenv("BW_SECRET");
    EXPECT_EQ(seen.output, "0 1 2;HOME LANG PATH TZ;not root");
}

TEST_F(SandboxTest, AToolThatIsNotThereIsSaid) {
    auto missing = run_sandboxed({{"/usr/bin/no-such-tool"}}, "", clock_, Deadline::in(clock_, 5s));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::unavailable);
}

TEST_F(SandboxTest, ItHoldsForAnOrdinaryUserToo) {
    if (geteuid() != 0)
        GTEST_SKIP() << "the other tests are it: they run as an ordinary user";
    test::TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    const std::string secret = directory.path() / "secret";
    std::ofstream(secret) << "secret";
    std::filesystem::permissions(secret, std::filesystem::perms::all);
    const pid_t child = fork();
    if (child == 0) {
        if (setresgid(4242, 4242, 4242) != 0 || setresuid(4242, 4242, 4242) != 0)
            _exit(10);
        auto reads = run_sandboxed({{"/bin/sh", "-c", "read x < '" + secret + "' && echo read"}},
                                   "", clock_, Deadline::in(clock_, 10s));
        auto works = run_sandboxed({{"/usr/bin/cat"}}, "input", clock_, Deadline::in(clock_, 10s));
        _exit(!reads || !works ? 11 : reads->output != "" ? 12 : works->output != "input" ? 13 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(SandboxTest, ManyAtOnceFromManyThreads) {
    std::vector<std::jthread> threads;
    std::atomic<int> well = 0;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 10; ++i) {
                const std::string text = std::to_string(t * 100 + i);
                auto done =
                    run_sandboxed({{"/usr/bin/cat"}}, text, clock_, Deadline::in(clock_, 30s));
                well += done && done->end == ToolEnd::well && done->output == text;
            }
        });
    threads.clear();
    EXPECT_EQ(well, 80);
}

} // namespace
} // namespace bw::pipeline
