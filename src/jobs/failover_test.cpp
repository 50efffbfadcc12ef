// The primary dies with commits that its replica has not seen, and the replica takes its place.
#include <gtest/gtest.h>
#include <signal.h>

#include "audit/audit.hpp"
#include "jobs/queue.hpp"
#include "jobs/worker.hpp"
#include "support/server_pair.hpp"

namespace bw::jobs {
namespace {

using test::ServerPair;

struct Failover : testing::Test {
    ServerPair pair;
    tenancy::TenantDirectory directory;

    void SetUp() override {
        tenancy::Database reader(pair.conninfo(ServerPair::primary), "test", pair.clock);
        ASSERT_TRUE(directory.refresh(reader, pair.soon()));
    }
    void enqueue(int count) {
        tenancy::Database database(pair.conninfo(ServerPair::primary), "test", pair.clock);
        for (int i = 0; i < count; ++i) {
            auto made = database.run(pair.alpha, pair.soon(), [&](tenancy::TenantTx& tx) {
                return jobs::enqueue(tx, {.kind = "deed"}, pair.clock, pair.rng);
            });
            ASSERT_TRUE(made) << made.error().text();
        }
    }
    /// Writes down that a job was done, in the transaction that completes it.
    Kind deed() {
        return {.name = "deed",
                .handler = [this](const Attempt& attempt) -> Result<Outcome> {
                    return Effect([this, id = attempt.job.id](tenancy::TenantTx& tx) {
                        return audit::record(tx, {"test", "deed", id.text(), "{}"}, pair.clock,
                                             pair.rng);
                    });
                },
                .batch = 4};
    }
    Worker worker(const std::string& conninfo) {
        return Worker(
            [this, conninfo] {
                return std::make_unique<tenancy::Database>(conninfo, "jobs", pair.clock);
            },
            directory, {deed()}, pair.clock, pair.rng, {.keep_interval = 0s, .rescue_after = 0s});
    }
};

TEST_F(Failover, WhatTheNewPrimaryKnowsIsDoneOnceAndNothingOfItIsLost) {
    enqueue(12);
    Worker before = worker(pair.conninfo(ServerPair::primary));
    ASSERT_TRUE(before.keep());
    ASSERT_EQ(before.step().value_or(0), 4u);
    pair.until([&] { return pair.on_standby("select count(*) from job_history") == "4"; });
    pair.part();
    enqueue(2);                               // these are lost with what wanted them
    ASSERT_EQ(before.step().value_or(0), 4u); // and that these were done
    ASSERT_EQ(pair.on_primary("select count(*) from audit_events where action = 'deed'"), "8");

    ::kill(pair.cluster().pid(), SIGKILL);
    pair.until([&] { return pair.cluster().ended(); });
    auto promoted = pair.cluster().promote(pair.soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    const std::string conninfo =
        pair.cluster().conninfo(test::OwnCluster::database, "bw_app", test::role_password);
    test::Session look(pair.cluster().superuser_conninfo(test::OwnCluster::database));
    EXPECT_EQ(look.value("select count(*) from audit_events where action = 'deed'"), "4");

    Worker after = worker(conninfo);
    ASSERT_TRUE(after.keep());
    for (std::size_t done = 1; done > 0;) {
        auto step = after.step();
        ASSERT_TRUE(step) << step.error().text();
        done = *step;
    }
    EXPECT_EQ(look.value("select count(*) || ' ' || count(distinct subject) from audit_events "
                         "where action = 'deed'"),
              "12 12");
    EXPECT_EQ(look.value("select count(*) from job_history where state = 'completed'"), "12");
    EXPECT_EQ(look.value("select count(*) from jobs"), "0");
}

} // namespace
} // namespace bw::jobs
