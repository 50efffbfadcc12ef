// What becomes of a job, by what its handler says; two workers, and the end of one.
#include <gtest/gtest.h>

#include <latch>

#include "jobs/worker_for_test.hpp"

namespace bw::jobs {
namespace {

TEST_F(WorkerTest, IsThereIfAndOnlyIfTheDeedStands) {
    auto failed = database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        CHECK_OK(jobs::enqueue(tx, {.kind = "test"}, clock_, rng_));
        return fail(Code::conflict, "the deed does not stand");
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(sql("select count(*) from jobs"), "0");
    const JobId id = enqueue(north_);
    auto done = worker({empty()});
    EXPECT_EQ(step(*done), 1u);
    EXPECT_EQ(state(north_, id), State::completed);
    EXPECT_EQ(sql("select count(*) from jobs"), "0");
    EXPECT_EQ(step(*done), 0u);
}

TEST_F(WorkerTest, FailsIsTriedAgainLaterAndIsDiscardedAfterItsLastAttempt) {
    const JobId id = enqueue(north_, {.kind = "test", .attempts_max = 2});
    auto failing = worker({kind([](const Attempt&) -> Result<Outcome> {
        return fail(Code::unavailable, "the part is away");
    })});
    step(*failing);
    const JobRecord first = job(north_, id);
    EXPECT_EQ(first.state, State::retryable);
    EXPECT_EQ(first.attempt, 1);
    EXPECT_GT(first.due_at, first.created_at);
    EXPECT_EQ(step(*failing), 0u) << "not due yet";
    everything_is_due();
    step(*failing);
    const JobRecord last = job(north_, id);
    EXPECT_EQ(last.state, State::discarded);
    EXPECT_NE(last.error.find("the part is away"), std::string::npos);
}

TEST_F(WorkerTest, APermanentFaultIsNotTriedAgainButWhatIsThrownIs) {
    const JobId hopeless = enqueue(north_), thrown = enqueue(north_, {.kind = "throws"});
    auto failing =
        worker({kind([](const Attempt&) -> Result<Outcome> {
                    return fail(Code::invalid_field, "this is no document");
                }),
                kind([](const Attempt&)
                         -> Result<Outcome> { throw std::runtime_error("out of something"); },
                     "throws")});
    step(*failing);
    step(*failing);
    EXPECT_EQ(state(north_, hopeless), State::discarded);
    EXPECT_EQ(state(north_, thrown), State::retryable);
}

TEST_F(WorkerTest, SnoozesWithoutUsingAnAttempt) {
    const JobId id = enqueue(north_);
    auto sleepy = worker({kind([](const Attempt&) -> Result<Outcome> { return Snooze{1h}; })});
    step(*sleepy);
    const JobRecord later = job(north_, id);
    EXPECT_EQ(later.state, State::scheduled);
    EXPECT_EQ(later.attempt, 0);
}

TEST_F(WorkerTest, TheEffectStandsWithTheCompletionOrNotAtAll) {
    enqueue(north_);
    auto half = worker({kind([this](const Attempt&) -> Result<Outcome> {
        return Effect([this](tenancy::TenantTx& tx) -> Result<void> {
            CHECK_OK(record(tx, "deed"));
            return fail(Code::conflict, "the other half does not go");
        });
    })});
    step(*half);
    EXPECT_EQ(deeds(), "0");
    EXPECT_EQ(sql("select state from jobs"), "discarded");
}

TEST_F(WorkerTest, TwoWorkersDoEverythingOnce) {
    std::vector<NewJob> many(500, NewJob{.kind = "test"});
    for (const auto& tenant : {north_, south_})
        ASSERT_TRUE(database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return enqueue_all(tx, many, clock_, rng_);
        }));
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < 2; ++i) {
        workers.push_back(std::make_unique<Worker>(
            [this] { return installation_.database(); }, directory_,
            std::vector{kind(deed(), "test", 7)}, clock_, rng_,
            WorkerOptions{.threads = 2, .interval = 5ms, .beat_interval = 20ms}));
        workers.back()->start();
    }
    const Deadline patience = soon();
    auto completed = [&] {
        return workers[0]->status().completed + workers[1]->status().completed;
    };
    while (completed() < 1000 && !patience.expired(clock_))
        std::this_thread::yield();
    for (auto& one : workers)
        one->stop();
    EXPECT_EQ(deeds(), "1000");
    EXPECT_EQ(sql("select count(*) from job_history where state = 'completed'"), "1000");
    EXPECT_EQ(sql("select count(*) from jobs"), "0");
}

TEST_F(WorkerTest, StoppingHandsBackWhatHasNotBegun) {
    for (int i = 0; i < 5; ++i)
        enqueue(north_);
    std::latch begun(1);
    Worker stopping([this] { return installation_.database(); }, directory_,
                    {kind(
                        [&](const Attempt& attempt) -> Result<Outcome> {
                            begun.count_down();
                            while (!attempt.stop.stop_requested())
                                std::this_thread::yield();
                            return fail(Code::unavailable, "the process ends");
                        },
                        "test", 5)},
                    clock_, rng_, {.threads = 1, .interval = 5ms, .beat_interval = 20ms});
    stopping.start();
    begun.wait();
    stopping.stop();
    EXPECT_EQ(sql("select count(*) from jobs where state = 'scheduled' and attempt = 0"), "5");
}

} // namespace
} // namespace bw::jobs
