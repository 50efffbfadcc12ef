// What recurs, what waits, what is forgotten.
#include <gtest/gtest.h>

#include "jobs/worker_for_test.hpp"

namespace bw::jobs {
namespace {

class Keeper : public WorkerTest {};

TEST_F(Keeper, RecurringJobsComeOnceForEachInstitutionAndTime) {
    Kind recurring = kind(deed(), "recurring", 10);
    recurring.every = 1h;
    auto first = worker({recurring}, {.keep_interval = 0s, .rescue_after = 0s});
    auto second = worker({recurring}, {.keep_interval = 0s, .rescue_after = 0s});
    EXPECT_EQ(step(*first), 3u); // "unused" has one too
    EXPECT_TRUE(first->keep());
    EXPECT_EQ(step(*first), 0u);
    change("update job_schedules set next_at = now()");
    EXPECT_TRUE(first->keep());
    EXPECT_TRUE(second->keep());
    EXPECT_EQ(step(*second), 3u);
    EXPECT_EQ(deeds(), "6");
}

TEST_F(Keeper, WhatWaitsIsToldWithAnEstimate) {
    for (int i = 0; i < 20; ++i)
        enqueue(north_);
    change("update jobs set due_at = now() - interval '1 minute'");
    auto counted = worker({empty("test", 10)}, {.keep_interval = 0s, .rescue_after = 0s});
    step(*counted);
    EXPECT_TRUE(counted->keep());
    const std::vector<Backlog> backlog = counted->status().backlog;
    ASSERT_EQ(backlog.size(), 1u);
    EXPECT_EQ(backlog[0].waiting, 10);
    EXPECT_GE(*backlog[0].oldest, 1min);
    EXPECT_GT(backlog[0].per_second, 0);
    EXPECT_TRUE(backlog[0].estimate());
}

TEST_F(Keeper, HistoryIsForgottenByDays) {
    enqueue(north_);
    auto done = worker({empty()}, {.keep_interval = 0s, .rescue_after = 0s, .forget_interval = 0s});
    step(*done);
    EXPECT_TRUE(done->keep());
    EXPECT_EQ(sql("select count(*) from job_history"), "1") << "today's stays";
    change("insert into job_history (tenant_id, job_id, ring, kind, state, attempt, created_at) "
           "select tenant_id, gen_random_uuid(), (ring + 1) % 16, kind, state, attempt, created_at "
           "from job_history");
    EXPECT_TRUE(done->keep());
    EXPECT_EQ(sql("select count(*) from job_history"), "1") << "that of 15 days ago has gone";
}

TEST_F(Keeper, WhatNoThreadHasIsHandedBackAndNoCrash) {
    const JobId id = enqueue(north_);
    auto mine = worker({empty()});
    // As if a claim had stood and its answer had been lost.
    change(
        "update jobs set state = 'running', attempt = 1, lease_until = now() + interval '1 hour', "
        "worker_id = (select worker_id from control.job_workers)");
    EXPECT_TRUE(mine->keep());
    EXPECT_EQ(state(north_, id), State::running) << "a thread may be about to hear of it";
    EXPECT_TRUE(mine->keep());
    EXPECT_EQ(state(north_, id), State::available);
    EXPECT_EQ(job(north_, id).crashes, 0);
    EXPECT_EQ(job(north_, id).attempt, 0);
    EXPECT_EQ(step(*mine), 1u);
}

TEST_F(Keeper, WhatAThreadHasIsItsOwn) {
    Worker* mine = nullptr;
    auto made = worker({kind([&](const Attempt& attempt) -> Result<Outcome> {
        for (int look = 0; look < 3; ++look)
            EXPECT_TRUE(mine->keep());
        EXPECT_EQ(state(north_, attempt.job.id), State::running);
        return Effect();
    })});
    mine = made.get();
    enqueue(north_);
    step(*made);
    EXPECT_EQ(made->status().completed, 1u);
    EXPECT_EQ(made->status().lost, 0u);
}

TEST_F(Keeper, WhatCouldNotBeReadAfterItsClaimComesBackWithoutACrash) {
    const JobId id = enqueue(north_);
    auto mine = worker({empty()});
    // The claim stands; neither its reading nor handing it back works.
    change("alter table jobs rename column envelope to away");
    change("alter function control.job_release rename to away");
    EXPECT_FALSE(mine->step());
    change("alter table jobs rename column away to envelope");
    change("alter function control.away rename to job_release");
    EXPECT_EQ(state(north_, id), State::running);
    for (int look = 0; look < 2; ++look)
        EXPECT_TRUE(mine->keep());
    everything_is_due();
    EXPECT_EQ(job(north_, id).crashes, 0);
    EXPECT_EQ(step(*mine), 1u);
    EXPECT_EQ(job(north_, id).attempt, 1);
}

} // namespace
} // namespace bw::jobs
