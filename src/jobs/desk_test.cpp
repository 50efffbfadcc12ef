// What people do: cancel, look at dead letters, redrive.
#include <gtest/gtest.h>

#include "jobs/worker_for_test.hpp"

namespace bw::jobs {
namespace {

class JobDesk : public WorkerTest {};

TEST_F(JobDesk, CancellingEndsWhatWaitsAndTellsWhatRuns) {
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

TEST_F(JobDesk, DeadLettersComeBackSpreadAndInBounds) {
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

} // namespace
} // namespace bw::jobs
