#include "storm/processes.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace bw::storm {

namespace {

/// A shell and its child, each in this process's family.
class Family {
public:
    Family() {
        int ends[2];
        if (::pipe(ends) != 0)
            std::abort();
        root_ = ::fork();
        if (root_ == 0) {
            ::dup2(ends[1], 1);
            ::execlp("sh", "sh", "-c", "sleep 60 & echo; wait", nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        char byte = 0;
        EXPECT_EQ(::read(ends[0], &byte, 1), 1); // the child is there
        ::close(ends[0]);
    }
    ~Family() {
        for (const pid_t pid : family_of(root_))
            ::kill(pid, SIGKILL);
        ::waitpid(root_, nullptr, 0);
    }
    pid_t root() const { return root_; }

private:
    pid_t root_ = 0;
};

TEST(Processes, AFamilyIsWhoDescends) {
    const Family family;
    EXPECT_EQ(family_of(family.root()).size(), 2U);
    const auto mine = family_of(::getpid());
    EXPECT_NE(std::ranges::find(mine, family.root()), mine.end());
    EXPECT_TRUE(family_of(2'000'000'000).empty());
}

TEST(Processes, AFamilyKeepsToItsCores) {
    const Family family;
    const lane::Cores one{lane::allowed_cores().back()};
    ASSERT_TRUE(keep_family_to(family.root(), one));
    for (const pid_t pid : family_of(family.root())) {
        cpu_set_t set;
        ASSERT_EQ(::sched_getaffinity(pid, sizeof set, &set), 0);
        EXPECT_EQ(CPU_COUNT(&set), 1);
        EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(one.front()), &set));
    }
    EXPECT_EQ(keep_family_to(2'000'000'000, one).error().code, Code::not_found);
}

TEST(Processes, TheirTimeIsCounted) {
    const Duration before = processor_time(::getpid());
    double sum = 0;
    for (const SystemClock clock; processor_time(::getpid()) - before < 30ms;)
        sum += static_cast<double>(clock.monotonic().ns);
    EXPECT_GT(sum, 0); // it ends: what this process does is counted
    EXPECT_EQ(processor_time(2'000'000'000), Duration::zero());
}

} // namespace

} // namespace bw::storm
