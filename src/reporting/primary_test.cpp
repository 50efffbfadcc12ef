// The primary is replaced by its standby, loses the slot, or is away: the store waits or begins
// anew by itself.
#include <signal.h>

#include <thread>

#include "reporting/mirror_world_for_test.hpp"
#include "support/own_cluster.hpp"

namespace bw::reporting {
namespace {

using test::Replica;
using test::School;
using test::Source;

/// A primary and its standby; who connects by name gets whichever takes writes.
class Pair {
public:
    explicit Pair(bool replica) : own_({.durable = false, .replica = replica}) {
        while (replica && own_.cluster().replica_status().state != pg::ReplicaState::streaming) {
            own_.cluster().tend();
            std::this_thread::sleep_for(5ms);
        }
    }
    std::string conninfo(const std::string& role) {
        return own_.cluster().conninfo(own_.database, role, bw::test::role_password);
    }
    test::Session superuser(bool standby = false) {
        return test::Session(pg::cluster_conninfo(
            standby ? own_.directory() / "replica" : own_.directory(), own_.database, "bw", ""));
    }
    bw::test::OwnCluster& own() { return own_; }

private:
    bw::test::OwnCluster own_;
};

class ProjectorPrimary : public testing::TestWithParam<ReportSource> {
protected:
    static void follow(Source& source) {
        if (GetParam() == ReportSource::outbox)
            source.follow_by_outbox();
    }
};
INSTANTIATE_TEST_SUITE_P(By, ProjectorPrimary, test::both_sources, test::source_name);

TEST_P(ProjectorPrimary, AReplacedPrimaryIsNoticedAndWhatTheStandbyHadNotWasNeverShown) {
    Pair pair(true);
    test::Session first = pair.superuser();
    Source source(first, pair.conninfo("bw_stream"), pair.conninfo("bw_app"), pair.own().clock());
    follow(source);
    School school(source, pair.own().provision("north"));
    const bw::test::TemporaryDirectory directory;
    Replica replica(source, directory.path() / "reports.duckdb", "bw_reporting");
    ProjectorOptions options = replica.options();
    options.standby_patience = 100ms;
    school.submit(1, 10);
    replica.start(options, {});
    ASSERT_TRUE(replica.catches_up());
    const pid_t receiver = std::stoi(pair.superuser(true).value(
        "select pid from pg_stat_activity where backend_type = 'walreceiver'"));
    ASSERT_EQ(::kill(receiver, SIGSTOP), 0);
    school.submit(11, 5);
    EXPECT_TRUE(replica.becomes(
        [](const ProjectorStatus& s) { return s.reason.find("standby") != std::string::npos; }));
    EXPECT_EQ(replica.number("select count(*)::bigint from base.submissions"), 10)
        << "the standby does not have them";
    ASSERT_EQ(::kill(pair.own().cluster().pid(), SIGKILL), 0);
    while (!pair.own().cluster().ended())
        std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(replica.is(ProjectorState::waiting)) << "nobody is there";
    ASSERT_EQ(::kill(receiver, SIGCONT), 0);
    auto promoted = pair.own().cluster().promote(pair.own().soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    test::Session second = pair.superuser(true);
    source.superuser = &second;
    second.run("set synchronous_commit = on");
    school.submit(101, 7);
    ASSERT_TRUE(replica.catches_up());
    EXPECT_TRUE(replica.equals_source());
    EXPECT_EQ(replica.status().snapshots, 2U);
    EXPECT_EQ(replica.status().at->timeline, 2U);
}

TEST(SlotPrimary, ALostSlotIsMadeAnew) {
    Pair pair(false);
    test::Session session = pair.superuser();
    Source source(session, pair.conninfo("bw_stream"), pair.conninfo("bw_app"), pair.own().clock());
    School school(source, pair.own().provision("north"));
    const bw::test::TemporaryDirectory directory;
    Replica replica(source, directory.path() / "reports.duckdb", "bw_reporting");
    replica.start();
    ASSERT_TRUE(replica.catches_up());
    replica.stop();
    session.run("create table bulk (x text); alter table bulk alter x set storage external");
    for (int i = 0;
         i < 12 && session.value("select wal_status from pg_replication_slots") != "lost"; ++i) {
        session.run("insert into bulk select repeat('x', 1000000) from generate_series(1, 20)");
        session.run("checkpoint");
    }
    ASSERT_EQ(session.value("select wal_status from pg_replication_slots"), "lost")
        << "64 MB is what this cluster keeps";
    school.submit(1, 10);
    replica.start();
    ASSERT_TRUE(replica.catches_up());
    EXPECT_TRUE(replica.equals_source());
    EXPECT_EQ(replica.status().snapshots, 1U);
}

TEST_P(ProjectorPrimary, WithoutItTheStoreWaitsAndGoesOn) {
    Pair pair(false);
    test::Session first = pair.superuser();
    Source source(first, pair.conninfo("bw_stream"), pair.conninfo("bw_app"), pair.own().clock());
    follow(source);
    School school(source, pair.own().provision("north"));
    const bw::test::TemporaryDirectory directory;
    Replica replica(source, directory.path() / "reports.duckdb", "bw_reporting");
    replica.start();
    ASSERT_TRUE(replica.catches_up());
    ASSERT_EQ(::kill(pair.own().cluster().pid(), SIGKILL), 0);
    while (!pair.own().cluster().ended())
        std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(replica.is(ProjectorState::waiting));
    const Instant last = *replica.status().as_of;
    EXPECT_LT(last, pair.own().clock().now()) << "reports say how old they are";
    replica.stop();
    replica.start();
    EXPECT_TRUE(replica.becomes([](const ProjectorStatus& status) {
        return status.as_of.has_value();
    })) << "a process that begins without the primary shows what there is";
    ASSERT_TRUE(pair.own().cluster().restart_primary(pair.own().soon()));
    test::Session second = pair.superuser();
    source.superuser = &second;
    second.run("set synchronous_commit = on");
    school.submit(1, 10);
    ASSERT_TRUE(replica.catches_up());
    EXPECT_TRUE(replica.equals_source());
    EXPECT_GT(*replica.status().as_of, last);
    EXPECT_EQ(replica.status().snapshots, 0U);
}

} // namespace
} // namespace bw::reporting
