// The primary goes away and comes back, or another takes its place, under load. The server runs
// through all of it.
#include <gtest/gtest.h>
#include <signal.h>

#include "app/database_setup.hpp"
#include "load.hpp"
#include "pg/cluster_server.hpp"

namespace bw::chaos {
namespace {

void recovers(Stage& stage, Load& load) {
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    ASSERT_TRUE(load.all_good_from_now(50)) << load.summary() << stage.log();
}

// While it is away: reads are refused, submissions are acknowledged all the same.
void is_away(Stage& stage, Load& load) {
    ASSERT_TRUE(load.refused(Kind::read)) << load.summary();
    ASSERT_TRUE(load.refused(Kind::sign_in)) << load.summary();
    ASSERT_TRUE(load.acknowledged(20)) << load.summary() << stage.log();
}

TEST(PrimaryChaos, KilledAndStartedAgain) {
    Stage stage;
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    for (int round = 0; round < 2; ++round) {
        ::kill(stage.cluster().pid(), SIGKILL);
        is_away(stage, load);
        ASSERT_TRUE(stage.cluster().ended());
        auto again = stage.cluster().restart_primary(stage.soon());
        ASSERT_TRUE(again) << again.error().text();
        ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    }
    recovers(stage, load);
    load.finish();
}

TEST(PrimaryChaos, StoppedAndStartedAgain) {
    Stage stage;
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    ASSERT_TRUE(stage.cluster().stop(stage.soon()));
    is_away(stage, load);
    auto again = stage.cluster().restart_primary(stage.soon());
    ASSERT_TRUE(again) << again.error().text();
    recovers(stage, load);
    load.finish();
}

TEST(PrimaryChaos, ReplacedByItsReplica) {
    Stage stage({.replica = true});
    ASSERT_TRUE(stage.replica_becomes(pg::ReplicaState::streaming));
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    auto promoted = stage.cluster().promote(stage.soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    recovers(stage, load);
    load.finish();
}

// What the replica had not received is gone with the primary; the journal has it, and the cursor
// went back with the rows.
TEST(PrimaryChaos, KilledAndReplacedByAReplicaThatLagsBehind) {
    Stage stage({.replica = true});
    ASSERT_TRUE(stage.replica_becomes(pg::ReplicaState::streaming));
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    {
        test::Session session = stage.superuser();
        session.run("alter role bw_replication nologin");
        session.run("select pg_terminate_backend(pid, 5000) from pg_stat_replication");
        const std::string recorded = session.value("select count(*) from submissions");
        ASSERT_TRUE(load.acknowledged(20)) << load.summary();
        ASSERT_TRUE(stage.becomes("select count(*) > " + recorded + " from submissions", "t"));
    }
    ::kill(stage.cluster().pid(), SIGKILL);
    is_away(stage, load);
    ASSERT_TRUE(stage.cluster().ended());
    auto promoted = stage.cluster().promote(stage.soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    recovers(stage, load);
    load.finish();
}

// Somebody starts the old primary by hand. It takes writes, and is listed first; it gets none.
TEST(PrimaryChaos, AnOldPrimaryThatComesBackGetsNothing) {
    Stage stage({.replica = true});
    ASSERT_TRUE(stage.replica_becomes(pg::ReplicaState::streaming));
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    auto promoted = stage.cluster().promote(stage.soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();

    const std::filesystem::path directory = stage.cluster_directory();
    std::filesystem::rename(directory / "data.former", directory / "data");
    pg::ClusterServer old(directory, false, stage.clock());
    auto started = old.start(stage.soon());
    ASSERT_TRUE(started) << started.error().text();
    test::Session there(old.superuser_conninfo(app::database_name));
    const std::string rows = "select count(*) from submissions";
    const std::string before = there.value(rows);
    ASSERT_EQ(there.value("select pg_is_in_recovery()"), "f") << "it takes no writes anyway";
    for (int round = 0; round < 3; ++round) { // so that every thread has to choose anew
        stage.superuser().run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where "
                              "usename = 'bw_app'");
        ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    }
    recovers(stage, load);
    EXPECT_EQ(there.value(rows), before) << "the old primary got writes";
    EXPECT_EQ(there.value("select count(*) from pg_stat_activity where usename = 'bw_app' and "
                          "state <> 'idle'"),
              "0");
    load.finish();
}

} // namespace
} // namespace bw::chaos
