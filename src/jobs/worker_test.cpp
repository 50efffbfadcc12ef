// Workers against a real database: every state of a job, fairness, and what faults do.
#include "jobs/worker.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <latch>

#include "audit/audit.hpp"
#include "jobs/desk.hpp"
#include "jobs/queue.hpp"
#include "support/installation.hpp"

namespace bw::jobs {
namespace {

class WorkerTest : public testing::Test {
protected:
    WorkerTest() {
        north_ = installation_.provision("north");
        south_ = installation_.provision("south");
        installation_.refresh(directory_);
    }
    Deadline soon() const { return installation_.soon(); }

    JobId enqueue(const tenancy::TenantInfo& tenant, NewJob job = {.kind = "test"}) {
        auto id = database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return jobs::enqueue(tx, job, clock_, rng_);
        });
        EXPECT_TRUE(id) << id.error().text();
        return id.value_or(JobId{});
    }
    JobRecord job(const tenancy::TenantInfo& tenant, JobId id) {
        auto found = database_->run(tenant.scope, soon(),
                                    [&](tenancy::TenantTx& tx) { return get_job(tx, id); });
        EXPECT_TRUE(found) << found.error().text();
        return found.value_or(JobRecord{});
    }
    State state(const tenancy::TenantInfo& tenant, JobId id) { return job(tenant, id).state; }

    /// A worker of these handlers, driven by hand.
    std::unique_ptr<Worker> worker(std::vector<Kind> kinds, WorkerOptions options = {}) {
        auto made = std::make_unique<Worker>([this] { return installation_.database(); },
                                             directory_, std::move(kinds), clock_, rng_, options);
        EXPECT_TRUE(made->keep());
        return made;
    }
    static Kind kind(Handler handler, std::string name = "test", int batch = 1) {
        return {.name = std::move(name), .handler = std::move(handler), .batch = batch};
    }
    static Kind empty(std::string name = "test", int batch = 1) {
        return kind([](const Attempt&) -> Result<Outcome> { return Effect(); }, std::move(name),
                    batch);
    }
    /// Writes down that it was done, in the transaction that completes the job.
    Handler deed() {
        return [this](const Attempt&) -> Result<Outcome> {
            return Effect([this](tenancy::TenantTx& tx) { return record(tx, "deed"); });
        };
    }
    /// A statement that only writes: an audit event stands for whatever a handler does.
    Result<void> record(tenancy::TenantTx& tx, const std::string& what) {
        return audit::record(tx, {"test", what, "", "{}"}, clock_, rng_);
    }
    /// As a process that claims, and, in the second case, dies with what it has.
    void claim(int count, bool dies = false) {
        const std::string id = to_text(WorkerId::make(clock_.now(), rng_).uuid);
        change("insert into control.job_workers values ('" + id +
               "', 'a test', now() + interval '1 hour')");
        change("select * from control.job_claim('" + id + "', array['test'], array[" +
               std::to_string(count) + "], array[interval '1 hour'], 100, null, 3)");
        if (dies)
            change("update control.job_workers set beat_until = now() where worker_id = '" + id +
                   "'");
    }
    void claim_and_die(int count) { claim(count, true); }
    std::string deeds() { return sql("select count(*) from audit_events where action = 'deed'"); }
    std::string sql(const std::string& text) { return installation_.superuser().value(text); }
    void change(const std::string& text) { installation_.superuser().run(text); }
    void everything_is_due() {
        change("update jobs set due_at = now() where state <> 'discarded'");
    }
    std::size_t step(Worker& worker) {
        auto done = worker.step();
        EXPECT_TRUE(done) << done.error().text();
        return done.value_or(0);
    }

    test::Installation installation_;
    SystemClock clock_;
    SystemRng rng_;
    tenancy::TenantInfo north_ = installation_.provision("unused"), south_ = north_;
    tenancy::TenantDirectory directory_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
};

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

TEST_F(WorkerTest, LosingTheLeaseWhileWorkingLeavesNoEffect) {
    const JobId id = enqueue(north_);
    auto other = worker({kind(deed())}, {.keep_interval = 0s});
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

TEST_F(WorkerTest, WhatKillsWorkersIsQuarantinedAndComesAloneBeforeThat) {
    const JobId bad = enqueue(north_, {.kind = "test", .attempts_max = 100});
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s});
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

TEST_F(WorkerTest, WhatAKilledProcessHadIsDoneByAnother) {
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
    auto other = worker({kind(deed())}, {.keep_interval = 0s});
    const Deadline patience = soon();
    while (state(north_, id) == State::running && !patience.expired(clock_))
        EXPECT_TRUE(other->keep());
    EXPECT_EQ(step(*other), 1u);
    EXPECT_EQ(state(north_, id), State::completed);
    EXPECT_EQ(job(north_, id).attempt, 2);
    EXPECT_EQ(deeds(), "1");
}

TEST_F(WorkerTest, AStuckAttemptLosesItsJobWhenItsLeaseIsOver) {
    const JobId id = enqueue(north_);
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s});
    auto stuck = worker({kind([&](const Attempt&) -> Result<Outcome> {
        change("update jobs set lease_until = now() where state = 'running'");
        EXPECT_TRUE(rescuer->keep());
        return Effect();
    })});
    step(*stuck);
    EXPECT_EQ(state(north_, id), State::available) << "the attempt that came back late is nothing";
    EXPECT_EQ(stuck->status().lost, 1u);
}

TEST_F(WorkerTest, AnInstitutionsFloodDelaysNobody) {
    for (int i = 0; i < 300; ++i)
        enqueue(north_);
    const JobId lonely = enqueue(south_);
    auto fair = worker({empty("test", 50)}, {.tenant_items_limit = 20});
    EXPECT_EQ(step(*fair), 21u);
    EXPECT_EQ(state(south_, lonely), State::completed);
    // In turns, also when a claim is full before everybody had one.
    for (int i = 0; i < 30; ++i)
        enqueue(south_);
    auto small = worker({empty("test", 20)}, {.tenant_items_limit = 20});
    step(*small);
    step(*small);
    EXPECT_EQ(sql("select count(*) from jobs where tenant_id = '" +
                  to_text(south_.scope.tenant().uuid) + "'"),
              "10");
}

TEST_F(WorkerTest, WhatIsMoreUrgentGoesFirst) {
    std::vector<JobId> done;
    const JobId low = enqueue(north_, {.kind = "test", .priority = Priority::low});
    const JobId normal = enqueue(north_), earlier = normal;
    const JobId urgent = enqueue(north_, {.kind = "test", .priority = Priority::urgent});
    auto one_by_one = worker({kind([&](const Attempt& attempt) -> Result<Outcome> {
        done.push_back(attempt.job.id);
        return Effect();
    })});
    for (int i = 0; i < 3; ++i)
        step(*one_by_one);
    EXPECT_EQ(done, (std::vector{urgent, earlier, low}));
}

TEST_F(WorkerTest, KindsTakeTurns) {
    for (int i = 0; i < 4; ++i)
        enqueue(north_, {.kind = i % 2 == 0 ? "a" : "b"});
    std::string order;
    auto note = [&](const Attempt& attempt) -> Result<Outcome> {
        order += attempt.job.kind;
        return Effect();
    };
    auto both = worker({kind(note, "a"), kind(note, "b")});
    for (int i = 0; i < 4; ++i)
        step(*both);
    EXPECT_EQ(order, "abab");
}

TEST_F(WorkerTest, OneOfAKeyAtATime) {
    const NewJob only{.kind = "test", .unique_key = "the one"};
    const JobId first = enqueue(north_, only);
    EXPECT_EQ(enqueue(north_, only), first);
    EXPECT_NE(enqueue(south_, only), first) << "another institution's is another";
    auto done = worker({empty("test", 10)});
    EXPECT_EQ(step(*done), 2u);
    EXPECT_NE(enqueue(north_, only), first) << "the first has ended";
}

TEST_F(WorkerTest, ASuspendedInstitutionsJobsWait) {
    const JobId id = enqueue(north_);
    change("update control.tenants set state = 'suspended' where slug = 'north'");
    auto idle = worker({empty()});
    EXPECT_EQ(step(*idle), 0u);
    change("update control.tenants set state = 'active' where slug = 'north'");
    EXPECT_EQ(step(*idle), 1u);
    EXPECT_EQ(state(north_, id), State::completed);
}

TEST_F(WorkerTest, AnInstitutionThatThisProcessDoesNotKnowYetIsHandedBack) {
    const tenancy::TenantInfo newer = installation_.provision("newer");
    const JobId id = enqueue(newer);
    auto ignorant = worker({empty()});
    step(*ignorant);
    const JobRecord back = job(newer, id);
    EXPECT_EQ(back.state, State::scheduled);
    EXPECT_EQ(back.attempt, 0);
}

TEST_F(WorkerTest, AJobThatWasMovedToAnotherInstitutionIsNotDoneThere) {
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

TEST_F(WorkerTest, NoMoreRunAtOnceThanOperatorsAllow) {
    for (int i = 0; i < 5; ++i)
        enqueue(north_);
    ASSERT_TRUE(decide(*database_, "test", false, 2, soon()));
    claim(3);
    EXPECT_EQ(sql("select count(*) from jobs where state = 'running'"), "2");
    claim(3);
    EXPECT_EQ(sql("select count(*) from jobs where state = 'running'"), "2");
    ASSERT_TRUE(decide(*database_, "test", true, std::nullopt, soon()));
    claim(3);
    EXPECT_EQ(sql("select count(*) from jobs where state = 'running'"), "2");
    ASSERT_TRUE(decide(*database_, "test", false, std::nullopt, soon()));
    claim(3);
    EXPECT_EQ(sql("select count(*) from jobs where state = 'running'"), "5");
}

TEST_F(WorkerTest, RecurringJobsComeOnceForEachInstitutionAndTime) {
    Kind recurring = kind(deed(), "recurring", 10);
    recurring.every = 1h;
    auto first = worker({recurring}, {.keep_interval = 0s});
    auto second = worker({recurring}, {.keep_interval = 0s});
    EXPECT_EQ(step(*first), 3u); // "unused" has one too
    EXPECT_TRUE(first->keep());
    EXPECT_EQ(step(*first), 0u);
    change("update job_schedules set next_at = now()");
    EXPECT_TRUE(first->keep());
    EXPECT_TRUE(second->keep());
    EXPECT_EQ(step(*second), 3u);
    EXPECT_EQ(deeds(), "6");
}

TEST_F(WorkerTest, WhatWaitsIsToldWithAnEstimate) {
    for (int i = 0; i < 20; ++i)
        enqueue(north_);
    change("update jobs set due_at = now() - interval '1 minute'");
    auto counted = worker({empty("test", 10)}, {.keep_interval = 0s});
    step(*counted);
    EXPECT_TRUE(counted->keep());
    const std::vector<Backlog> backlog = counted->status().backlog;
    ASSERT_EQ(backlog.size(), 1u);
    EXPECT_EQ(backlog[0].waiting, 10);
    EXPECT_GE(*backlog[0].oldest, 1min);
    EXPECT_GT(backlog[0].per_second, 0);
    EXPECT_TRUE(backlog[0].estimate());
}

TEST_F(WorkerTest, HistoryIsForgottenByDays) {
    enqueue(north_);
    auto done = worker({empty()}, {.keep_interval = 0s, .forget_interval = 0s});
    step(*done);
    EXPECT_TRUE(done->keep());
    EXPECT_EQ(sql("select count(*) from job_history"), "1") << "today's stays";
    change("insert into job_history (tenant_id, job_id, ring, kind, state, attempt, created_at) "
           "select tenant_id, gen_random_uuid(), (ring + 1) % 16, kind, state, attempt, created_at "
           "from job_history");
    EXPECT_TRUE(done->keep());
    EXPECT_EQ(sql("select count(*) from job_history"), "1") << "that of 15 days ago has gone";
}

// ---- people ----

TEST_F(WorkerTest, CancellingEndsWhatWaitsAndTellsWhatRuns) {
    const JobId waiting = enqueue(north_), running = enqueue(north_, {.kind = "long"});
    auto at_desk = [&](auto&& deed) {
        return database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) {
            return deed(tx, Actor{"an administrator", clock_, rng_});
        });
    };
    auto cancel = [&](JobId id) {
        return at_desk([&](auto& tx, const Actor& actor) { return cancel_job(tx, id, actor); });
    };
    EXPECT_TRUE(cancel(waiting).value());
    EXPECT_EQ(state(north_, waiting), State::cancelled);
    auto again = cancel(waiting);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::conflict);

    std::unique_ptr<Worker> patient;
    bool told = false;
    patient = worker({kind(
        [&](const Attempt& attempt) -> Result<Outcome> {
            auto asked = cancel(running);
            EXPECT_TRUE(asked && !*asked);
            EXPECT_TRUE(patient->keep()); // the beat brings it
            told = attempt.stop.stop_requested();
            return fail(Code::unavailable, "ended early");
        },
        "long")});
    step(*patient);
    EXPECT_TRUE(told);
    EXPECT_EQ(state(north_, running), State::cancelled);
    EXPECT_EQ(sql("select count(*) from audit_events where action = 'job.cancelled'"), "2");
}

TEST_F(WorkerTest, DeadLettersComeBackSpreadAndInBounds) {
    auto failing = worker({kind(
        [](const Attempt& attempt) -> Result<Outcome> {
            return fail(Code::invalid_field,
                        attempt.job.args == "{}" ? "no document" : "too large");
        },
        "test", 10)});
    for (int i = 0; i < 6; ++i)
        enqueue(north_, {.kind = "test", .args = i < 4 ? "{}" : R"({"n": 1})"});
    enqueue(south_);
    while (step(*failing) > 0) {
    }
    auto at_desk = [&](auto&& deed) {
        auto done = database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) {
            return deed(tx, Actor{"an administrator", clock_, rng_});
        });
        EXPECT_TRUE(done) << done.error().text();
        return *done;
    };
    const auto reasons = at_desk(
        [&](auto& tx, const Actor&) { return dead_letters(tx, std::optional<std::string>()); });
    ASSERT_EQ(reasons.size(), 2u);
    EXPECT_EQ(reasons[0].count, 4);
    Redrive wanted{.error_begins_with = reasons[0].error, .limit = 3, .per_second = 0.5};
    const Redriven dry =
        at_desk([&](auto& tx, const Actor& actor) { return redrive(tx, wanted, actor); });
    EXPECT_EQ(dry.jobs.size(), 3u);
    EXPECT_EQ(dry.left, 1);
    EXPECT_EQ(dry.over, 4s);
    EXPECT_EQ(sql("select count(*) from jobs where state = 'discarded'"), "7") << "a dry run";
    wanted.dry_run = false;
    const Redriven done =
        at_desk([&](auto& tx, const Actor& actor) { return redrive(tx, wanted, actor); });
    EXPECT_EQ(done.jobs.size(), 3u);
    EXPECT_EQ(sql("select count(*) from jobs where state = 'discarded'"), "4");
    EXPECT_EQ(sql("select count(*) from jobs where state <> 'discarded' and due_at > now()"), "2");
    EXPECT_EQ(sql("select count(*) from audit_events where action = 'jobs.redriven'"), "1");
}

// ---- threads ----

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
