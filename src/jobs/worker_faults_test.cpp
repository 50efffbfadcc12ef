// Workers that die, are late or stuck, or meet what is not theirs: nothing is lost, nothing done
// twice in effect.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "jobs/worker_for_test.hpp"

namespace bw::jobs {
namespace {

class WorkerFaults : public WorkerTest {};

TEST_F(WorkerFaults, LosingTheLeaseWhileWorkingLeavesNoEffect) {
    const JobId id = enqueue(north_);
    auto other = worker({kind(deed())}, {.keep_interval = 0s, .rescue_after = 0s});
    int runs = 0;
    auto slow = worker({kind([&](const Attempt& attempt) -> Result<Outcome> {
        if (++runs == 1) { // paused for so long that it counts as dead; another one does it
            change("update control.job_workers set beat_until = now() where worker_id = (select "
                   "worker_id from jobs)");
            EXPECT_TRUE(other->keep());
            everything_is_due();
            EXPECT_EQ(step(*other), 1u);
        }
        return deed()(attempt);
    })});
    change("update control.job_workers set beat_until = now() + interval '1 hour'");
    step(*slow);
    EXPECT_EQ(deeds(), "1");
    EXPECT_EQ(state(north_, id), State::completed);
    EXPECT_EQ(slow->status().lost, 1u);
    // It hears with its next beat that it was given up, and begins again.
    EXPECT_TRUE(slow->keep());
    enqueue(north_);
    EXPECT_EQ(step(*slow), 0u);
    EXPECT_TRUE(slow->keep());
    EXPECT_EQ(step(*slow), 1u);
    EXPECT_EQ(deeds(), "2");
}

TEST_F(WorkerFaults, WhatKillsWorkersIsQuarantinedAndComesAloneBeforeThat) {
    const JobId bad = enqueue(north_, {.kind = "test", .attempts_max = 100});
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s, .rescue_after = 0s});
    claim_and_die(10);
    EXPECT_TRUE(rescuer->keep());
    EXPECT_EQ(state(north_, bad), State::available);
    const JobId good = enqueue(north_);
    claim_and_die(10); // takes what is not suspected, and that alone
    EXPECT_EQ(state(north_, good), State::running);
    EXPECT_EQ(state(north_, bad), State::available);
    EXPECT_TRUE(rescuer->keep());
    EXPECT_EQ(state(north_, good), State::available);
    change("update jobs set due_at = now() - interval '1 minute' where job_id <> '" +
           to_text(good.uuid) + "'");
    claim_and_die(10); // both are suspected now: one at a time
    EXPECT_EQ(sql("select count(*) from jobs where state = 'running'"), "1");
    EXPECT_EQ(state(north_, bad), State::running);
    EXPECT_TRUE(rescuer->keep());
    change("update jobs set due_at = now() - interval '1 minute' where job_id <> '" +
           to_text(good.uuid) + "'");
    claim_and_die(10);
    EXPECT_TRUE(rescuer->keep());
    EXPECT_EQ(state(north_, bad), State::discarded);
    EXPECT_TRUE(job(north_, bad).error.starts_with("quarantined"));
    auto healthy = worker({empty()});
    EXPECT_EQ(step(*healthy), 1u);
    EXPECT_EQ(state(north_, good), State::completed);
    EXPECT_EQ(rescuer->status().rescued, 4u);
}

TEST_F(WorkerFaults, WhatAKilledProcessHadIsDoneByAnother) {
    const JobId id = enqueue(north_);
    int begun[2];
    ASSERT_EQ(pipe(begun), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) { // claims, writes nothing, and never comes back
        Worker doomed([this] { return installation_.database(); }, directory_,
                      {kind([&](const Attempt&) -> Result<Outcome> {
                          if (write(begun[1], "!", 1) == 1)
                              for (;;)
                                  ::pause();
                          return Effect();
                      })},
                      clock_, rng_, {.lease = 1s});
        if (doomed.keep())
            (void)doomed.step();
        _exit(1);
    }
    char told = 0;
    ASSERT_EQ(read(begun[0], &told, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(begun[0]);
    close(begun[1]);
    EXPECT_EQ(state(north_, id), State::running);
    auto other = worker({kind(deed())}, {.keep_interval = 0s, .rescue_after = 0s});
    const Deadline patience = soon();
    while (state(north_, id) == State::running && !patience.expired(clock_))
        EXPECT_TRUE(other->keep());
    EXPECT_EQ(step(*other), 1u);
    EXPECT_EQ(state(north_, id), State::completed);
    EXPECT_EQ(job(north_, id).attempt, 2);
    EXPECT_EQ(deeds(), "1");
}

/// Runs ahead of the time that databases and deadlines go by.
class ClockAhead final : public Clock {
public:
    Instant now() const override { return system_.now(); }
    Monotonic monotonic() const override { return system_.monotonic() + ahead_; }
    void advance(Duration by) { ahead_ += by; }

private:
    SystemClock system_;
    Duration ahead_{};
};

TEST_F(WorkerFaults, AfterAnOutageWhoeverIsHeardFirstTakesNobodyForDead) {
    const JobId id = enqueue(north_);
    ClockAhead clock;
    Worker first([this] { return installation_.database(); }, directory_, {empty("none")}, clock,
                 rng_, {.keep_interval = 0s});
    EXPECT_TRUE(first.keep());
    clock.advance(15s);
    claim_and_die(1); // or so it seems: nobody can beat now
    change("alter schema control rename to away");
    EXPECT_FALSE(first.keep());
    change("alter schema away rename to control");
    EXPECT_TRUE(first.keep());
    EXPECT_EQ(state(north_, id), State::running) << "its worker may be heard any moment";
    clock.advance(15s);
    EXPECT_TRUE(first.keep());
    EXPECT_EQ(state(north_, id), State::available);
}

TEST_F(WorkerFaults, AStuckAttemptLosesItsJobWhenItsLeaseIsOver) {
    const JobId id = enqueue(north_);
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s, .rescue_after = 0s});
    auto stuck = worker({kind([&](const Attempt&) -> Result<Outcome> {
        change("update jobs set lease_until = now() where state = 'running'");
        EXPECT_TRUE(rescuer->keep());
        return Effect();
    })});
    step(*stuck);
    EXPECT_EQ(state(north_, id), State::available) << "the attempt that came back late is nothing";
    EXPECT_EQ(stuck->status().lost, 1u);
}

TEST_F(WorkerFaults, AJobThatWasMovedToAnotherInstitutionIsNotDoneThere) {
    const JobId id = enqueue(north_);
    change("update jobs set tenant_id = '" + to_text(south_.scope.tenant().uuid) + "'");
    bool called = false;
    auto wary = worker({kind([&](const Attempt&) -> Result<Outcome> {
        called = true;
        return Effect();
    })});
    step(*wary);
    EXPECT_FALSE(called);
    EXPECT_EQ(state(south_, id), State::discarded);
}

} // namespace
} // namespace bw::jobs
