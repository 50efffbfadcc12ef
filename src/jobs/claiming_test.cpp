// Who is claimed when: fairness, urgency, kinds, keys, limits.
#include <gtest/gtest.h>

#include "jobs/operations.hpp"
#include "jobs/worker_for_test.hpp"

namespace bw::jobs {
namespace {

class Claiming : public WorkerTest {};

TEST_F(Claiming, AnInstitutionsFloodDelaysNobody) {
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

TEST_F(Claiming, WhatIsMoreUrgentGoesFirst) {
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

TEST_F(Claiming, KindsTakeTurns) {
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

TEST_F(Claiming, OneOfAKeyAtATime) {
    const NewJob only{.kind = "test", .unique_key = "the one"};
    const JobId first = enqueue(north_, only);
    EXPECT_EQ(enqueue(north_, only), first);
    EXPECT_NE(enqueue(south_, only), first) << "another institution's is another";
    auto done = worker({empty("test", 10)});
    EXPECT_EQ(step(*done), 2u);
    EXPECT_NE(enqueue(north_, only), first) << "the first has ended";
}

TEST_F(Claiming, ASuspendedInstitutionsJobsWait) {
    const JobId id = enqueue(north_);
    change("update control.tenants set state = 'suspended' where slug = 'north'");
    auto idle = worker({empty()});
    EXPECT_EQ(step(*idle), 0u);
    change("update control.tenants set state = 'active' where slug = 'north'");
    EXPECT_EQ(step(*idle), 1u);
    EXPECT_EQ(state(north_, id), State::completed);
}

TEST_F(Claiming, AnInstitutionThatThisProcessDoesNotKnowYetIsHandedBack) {
    const tenancy::TenantInfo newer = installation_.provision("newer");
    const JobId id = enqueue(newer);
    auto ignorant = worker({empty()});
    step(*ignorant);
    const JobRecord back = job(newer, id);
    EXPECT_EQ(back.state, State::scheduled);
    EXPECT_EQ(back.attempt, 0);
}

TEST_F(Claiming, NoMoreRunAtOnceThanOperatorsAllow) {
    for (int i = 0; i < 5; ++i)
        enqueue(north_);
    auto decided = [&](Decision decision) {
        decision.kind = "test";
        return decide(*operator_database(), decision, "a test", soon()).has_value();
    };
    auto running_after_a_claim = [&] {
        claim(3);
        return sql("select count(*) from jobs where state = 'running'");
    };
    ASSERT_TRUE(decided({.concurrency = 2}));
    EXPECT_EQ(running_after_a_claim(), "2");
    EXPECT_EQ(running_after_a_claim(), "2");
    ASSERT_TRUE(decided({.paused = true}));
    ASSERT_TRUE(decided({.concurrency = 4}));
    EXPECT_EQ(running_after_a_claim(), "2") << "a limit does not end a pause";
    ASSERT_TRUE(decided({.paused = false}));
    EXPECT_EQ(running_after_a_claim(), "4") << "nor the end of a pause a limit";
    ASSERT_TRUE(decided({.concurrency = std::optional<int>()}));
    EXPECT_EQ(running_after_a_claim(), "5");
    EXPECT_EQ(sql("select count(*) from control.job_kinds"), "0");
}

TEST_F(Claiming, ADecisionAboutAKindIsInTheBookOfOperatorsDeeds) {
    enqueue(north_);
    auto database = operator_database();
    EXPECT_EQ(decide(*database, {.kind = "tset", .paused = true}, "a test", soon()).error().code,
              Code::not_found)
        << "a mistyped kind";
    ASSERT_TRUE(decide(*database, {.kind = "test", .paused = true}, "a test", soon()));
    EXPECT_EQ(sql("select string_agg(actor || ' ' || action || ' ' || details::text, ';') from "
                  "control.operator_events where action like 'job%'"),
              R"(a test job_kind.decided {"kind": "test", "paused": true, "at_once": null})");
}

TEST_F(Claiming, WhatLostAWorkerDoesNotWaitForABacklogToEnd) {
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s, .rescue_after = 0s});
    const JobId innocent = enqueue(north_);
    claim_and_die(1);
    EXPECT_TRUE(rescuer->keep());
    for (int i = 0; i < 30; ++i)
        enqueue(south_);
    auto one_by_one = worker({empty()});
    int steps = 0;
    for (; steps < 30 && state(north_, innocent) == State::available; ++steps)
        step(*one_by_one);
    EXPECT_EQ(state(north_, innocent), State::completed);
    EXPECT_LE(steps, 10);
}

TEST_F(Claiming, NoKindsBacklogHoldsUpItsSuspects) {
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s, .rescue_after = 0s});
    std::vector<Kind> kinds; // as many as turns: each claim begins with the next one
    for (int i = 0; i < 10; ++i) {
        kinds.push_back(empty("kind" + std::to_string(i)));
        enqueue(north_, {.kind = kinds.back().name});
    }
    change("update jobs set crashes = 1");
    for (int i = 0; i < 200; ++i)
        enqueue(south_, {.kind = kinds[static_cast<std::size_t>(i % 10)].name});
    auto one_by_one = worker(kinds);
    for (int i = 0; i < 120; ++i)
        step(*one_by_one);
    EXPECT_EQ(sql("select count(*) from jobs where crashes > 0"), "0");
    EXPECT_NE(sql("select count(*) from jobs"), "0") << "the others still wait";
}

TEST_F(Claiming, ASuspendedInstitutionsSuspectsWait) {
    auto rescuer = worker({empty("none")}, {.keep_interval = 0s, .rescue_after = 0s});
    enqueue(north_);
    claim_and_die(1);
    EXPECT_TRUE(rescuer->keep());
    change("update control.tenants set state = 'suspended' where slug = 'north'");
    auto idle = worker({empty()});
    EXPECT_EQ(step(*idle), 0u);
    change("update control.tenants set state = 'active' where slug = 'north'");
    EXPECT_EQ(step(*idle), 1u);
}

} // namespace
} // namespace bw::jobs
