// The replica of a private cluster through its life: made, cut off, lost, found in every state that
// a crash may leave, promoted; and what of it nobody may lose.
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "pg/cluster_data.hpp"
#include "pg/cluster_files.hpp"
#include "pg/connection.hpp"
#include "pg/private_cluster.hpp"

namespace bw::pg {
namespace {

namespace fs = std::filesystem;

constexpr Statement count_kept{"t_count_kept", 0, "select count(*) from kept"};
constexpr Statement standby_now{"t_standby_now", 0, "select pg_is_in_recovery()"};
constexpr Statement walsender_kinds{
    "t_walsender_kinds", 0,
    "select count(*) filter (where usename = 'bw_replication'), count(*), "
    "bool_or((select rolsuper from pg_roles where rolname = 'bw_replication')) from "
    "pg_stat_replication"};

/// Runs with the system's, and can be set forward.
class SkippingClock final : public Clock {
public:
    Instant now() const override { return system_.now() + skipped_; }
    Monotonic monotonic() const override { return system_.monotonic() + skipped_; }
    void skip(Duration by) { skipped_ += by; }

private:
    SystemClock system_;
    Duration skipped_{};
};

class ClusterReplicaTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/bwprXXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override {
        EXPECT_TRUE(stop_running(directory_, clock_, soon()));
        fs::remove_all(directory_);
    }
    Deadline soon() const { return Deadline::in(clock_, 60s); }
    Result<PrivateCluster> start(bool replica = true) {
        return PrivateCluster::start(
            {.directory = directory_,
             .max_connections = 20,
             .durable = false,
             .replica = replica,
             .progress = [this](std::string_view step) { made_ += step == "making a replica"; }},
            clock_, soon());
    }
    PrivateCluster started() {
        auto cluster = start();
        if (!cluster) {
            ADD_FAILURE() << cluster.error().text();
            std::abort();
        }
        return *std::move(cluster);
    }
    /// Tends until the replica is in that state.
    testing::AssertionResult reaches(PrivateCluster& cluster, ReplicaState wanted) {
        const Deadline until = soon();
        for (;;) {
            cluster.tend();
            const ReplicaStatus status = cluster.replica_status();
            if (status.state == wanted)
                return testing::AssertionSuccess();
            if (until.expired(clock_))
                return testing::AssertionFailure()
                       << wire_name(status.state) << " " << status.reason;
            ::usleep(2000);
        }
    }
    Result<void> script(const std::string& conninfo, const std::string& text) {
        auto connection = TRY(Connection::open({.conninfo = conninfo}, clock_, soon()));
        return connection->script(text, soon());
    }
    Result<void> script(const PrivateCluster& cluster, const std::string& text) {
        return script(cluster.superuser_conninfo("postgres"), text);
    }
    Result<Rows> ask(const std::string& conninfo, const Statement& statement) {
        auto connection = TRY(Connection::open({.conninfo = conninfo}, clock_, soon()));
        return connection->run(statement, {}, soon());
    }
    std::string superuser_of(const fs::path& directory) const {
        return cluster_conninfo(directory, "postgres", "bw", "");
    }
    std::int64_t rows_kept(const std::string& conninfo) {
        auto rows = ask(conninfo, count_kept);
        return rows ? rows->int8(0, 0) : -1;
    }
    testing::AssertionResult rows_become(const std::string& conninfo, std::int64_t wanted) {
        for (const Deadline until = soon(); !until.expired(clock_); ::usleep(2000))
            if (rows_kept(conninfo) == wanted)
                return testing::AssertionSuccess();
        return testing::AssertionFailure() << rows_kept(conninfo);
    }

    SkippingClock clock_;
    fs::path directory_;
    int made_ = 0; // base backups begun
};

TEST_F(ClusterReplicaTest, IsMadeFollowsAndIsFoundAgain) {
    {
        PrivateCluster cluster = started();
        EXPECT_EQ(cluster.replica_status().state, ReplicaState::absent) << "start() waited for it";
        ASSERT_TRUE(script(cluster, "create table kept (a int); insert into kept values (1);"
                                    "create role app login password 'pw'; grant select, insert on "
                                    "kept to app"));
        cluster.tend();
        EXPECT_EQ(cluster.replica_status().state, ReplicaState::building);
        ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
        EXPECT_TRUE(cluster.replica_status().lag_bytes.has_value());
        EXPECT_TRUE(cluster.replica_status().lag.has_value());
        EXPECT_EQ(fs::status(directory_ / "replica/sock").permissions(), fs::perms::owner_all);
        EXPECT_EQ(fs::status(directory_ / "replica/data").permissions(), fs::perms::owner_all);

        const std::string reads = *cluster.replica_conninfo("postgres", "app", "pw");
        const std::string writes = cluster.conninfo("postgres", "app", "pw");
        ASSERT_TRUE(script(writes, "insert into kept values (2)"));
        EXPECT_TRUE(rows_become(reads, 2));
        auto refused = script(reads, "insert into kept values (3)");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::unavailable); // 25006
        EXPECT_FALSE(script(*cluster.replica_conninfo("postgres", "app", "wrong"), "select 1"));
        EXPECT_FALSE(script(*cluster.replica_conninfo("postgres", "app", ""), "select 1"));
        auto senders = ask(superuser_of(directory_), walsender_kinds);
        ASSERT_TRUE(senders);
        EXPECT_EQ(senders->int8(0, 0), 1);
        EXPECT_EQ(senders->int8(0, 1), 1);
        EXPECT_FALSE(senders->boolean(0, 2)) << "it replicates as a superuser";
        ASSERT_TRUE(cluster.stop(soon()));
        EXPECT_FALSE(running_server(directory_ / "replica"));
    }
    PrivateCluster again = started();
    ASSERT_TRUE(reaches(again, ReplicaState::streaming));
    EXPECT_EQ(made_, 1) << "a good replica was made anew";
    EXPECT_EQ(rows_kept(superuser_of(directory_ / "replica")), 2);
    PrivateCluster moved = std::move(again);
    EXPECT_TRUE(reaches(moved, ReplicaState::streaming));
}

// What a start may find in replica/, and whether it can be used.
TEST_F(ClusterReplicaTest, IsMadeAnewIfItCannotFollow) {
    struct Case {
        const char* name;
        std::function<void(const fs::path& replica)> damage;
        int made;
    };
    auto overwrite = [](const fs::path& file, std::string_view bytes) {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        ASSERT_TRUE(out) << file;
        out << bytes;
    };
    const std::vector<Case> cases = {
        {"nothing is wrong", [](const fs::path&) {}, 0},
        {"nothing is wrong but a leftover of a cut-short base backup",
         [](const fs::path& r) {
             fs::create_directory(r / "data.new");
             std::ofstream(r / "data.new/PG_VERSION") << "15\n";
         },
         0},
        {"a base backup was cut short",
         [](const fs::path& r) { fs::rename(r / "data", r / "data.new"); }, 1},
        {"cut short while the data changed places",
         [](const fs::path& r) { fs::rename(r / "data", r / "data.old"); }, 1},
        {"of another version", [&](const fs::path& r) { overwrite(r / "data/PG_VERSION", "14\n"); },
         1},
        {"of another cluster",
         [&](const fs::path& r) { overwrite(r / "data/global/pg_control", "otherone"); }, 1},
        {"promoted by somebody", [](const fs::path& r) { fs::remove(r / "data/standby.signal"); },
         1},
        {"does not start", [](const fs::path& r) { fs::remove_all(r / "data/pg_wal"); }, 1},
        {"its slot was dropped",
         [&](const fs::path&) {
             auto without = start(false); // which drops it
             ASSERT_TRUE(without) << without.error().text();
         },
         1},
    };
    {
        PrivateCluster cluster = started();
        ASSERT_TRUE(script(cluster, "create table kept (a int); insert into kept values (1)"));
        ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    }
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        made_ = 0;
        c.damage(directory_ / "replica");
        PrivateCluster cluster = started();
        const Deadline until = soon();
        do { // a start that fails is tried again after a pause
            cluster.tend();
            if (cluster.replica_status().state == ReplicaState::broken)
                clock_.skip(10s);
            ::usleep(2000);
        } while (cluster.replica_status().state != ReplicaState::streaming &&
                 !until.expired(clock_));
        ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
        EXPECT_EQ(made_, c.made);
        EXPECT_EQ(rows_kept(superuser_of(directory_ / "replica")), 1);
        for (const char* leftover : {"data.new", "data.old", "data.former"})
            EXPECT_FALSE(fs::exists(directory_ / "replica" / leftover)) << leftover;
    }
}

TEST_F(ClusterReplicaTest, AKilledReplicaIsStartedAgain) {
    PrivateCluster cluster = started();
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    const pid_t killed = running_server(directory_ / "replica")->pid;
    ::kill(killed, SIGKILL);
    ASSERT_TRUE(reaches(cluster, ReplicaState::broken));
    clock_.skip(10s);
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    EXPECT_NE(running_server(directory_ / "replica")->pid, killed);
    EXPECT_EQ(made_, 1);
}

TEST_F(ClusterReplicaTest, ADeadReplicaCannotFillTheDisk) {
    PrivateCluster cluster = started();
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    const pid_t killed = running_server(directory_ / "replica")->pid;
    ::kill(killed, SIGKILL);
    // Three times what the slot may keep. Invalidated at a checkpoint.
    for (int i = 0; i < 8; ++i)
        ASSERT_TRUE(script(cluster, "select pg_logical_emit_message(false, 'x', repeat('x', "
                                    "1000000)) from generate_series(1, 24)"));
    ASSERT_TRUE(script(cluster, "select pg_switch_wal()"));
    ASSERT_TRUE(script(cluster, "checkpoint"));
    std::uintmax_t kept = 0;
    for (const auto& file : fs::directory_iterator(directory_ / "data/pg_wal"))
        kept += file.is_regular_file() ? file.file_size() : 0;
    EXPECT_LT(kept, 160u << 20);
    ASSERT_TRUE(reaches(cluster, ReplicaState::broken)); // its end is seen
    clock_.skip(10s);
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    EXPECT_EQ(made_, 2) << "the slot was not lost";
}

TEST_F(ClusterReplicaTest, OneThatFindsNoWayBackIsMadeAnewAndTriedUntilItWorks) {
    PrivateCluster cluster = started();
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    ASSERT_TRUE(script(cluster, "alter role bw_replication nologin"));
    ASSERT_TRUE(script(cluster, "select pg_terminate_backend(pid, 5000) from pg_stat_replication"));
    ASSERT_TRUE(reaches(cluster, ReplicaState::catching_up));
    EXPECT_EQ(made_, 1);
    clock_.skip(61s);
    ASSERT_TRUE(reaches(cluster, ReplicaState::broken)); // a base backup is refused too
    EXPECT_EQ(made_, 2);
    EXPECT_NE(cluster.replica_status().reason.find("bw_replication"), std::string::npos)
        << cluster.replica_status().reason;
    EXPECT_TRUE(fs::exists(directory_ / "replica/data")) << "the old went before the new was whole";
    ASSERT_TRUE(script(cluster, "alter role bw_replication login"));
    clock_.skip(10s);
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    EXPECT_EQ(made_, 3);
}

TEST_F(ClusterReplicaTest, ThePrimarysTroubleIsNotTheReplicas) {
    PrivateCluster cluster = started();
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    ::kill(cluster.pid(), SIGKILL);
    while (!cluster.ended())
        ::usleep(1000);
    ASSERT_TRUE(reaches(cluster, ReplicaState::catching_up));
    clock_.skip(10min);
    cluster.tend();
    EXPECT_EQ(cluster.replica_status().state, ReplicaState::catching_up);
    ASSERT_TRUE(cluster.restart_primary(soon()));
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    EXPECT_EQ(made_, 1);
}

TEST_F(ClusterReplicaTest, IsPromotedAndTheOldPrimaryFollowsAtTheNextStart) {
    std::string reads, writes;
    {
        PrivateCluster cluster = started();
        ASSERT_TRUE(script(cluster, "create table kept (a int); create role app login password "
                                    "'pw'; grant select, insert on kept to app"));
        ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
        writes = cluster.conninfo("postgres", "app", "pw");
        reads = *cluster.replica_conninfo("postgres", "app", "pw");
        for (int i = 0; i < 50; ++i)
            ASSERT_TRUE(script(writes, "insert into kept values (1)"));
        auto promoted = cluster.promote(soon());
        ASSERT_TRUE(promoted) << promoted.error().text();
        EXPECT_EQ(rows_kept(writes), 50) << "commits were lost";
        EXPECT_TRUE(script(writes, "insert into kept values (2)"));
        EXPECT_EQ(cluster.replica_status().state, ReplicaState::absent);
        EXPECT_FALSE(fs::exists(directory_ / "data")) << "somebody could start it";
        EXPECT_TRUE(fs::exists(directory_ / "data.former/PG_VERSION"));
        auto twice = cluster.promote(soon());
        ASSERT_FALSE(twice);
        EXPECT_EQ(twice.error().code, Code::conflict);
    }
    PrivateCluster again = started();
    EXPECT_EQ(rows_kept(writes), 51);
    ASSERT_TRUE(reaches(again, ReplicaState::streaming));
    EXPECT_FALSE(fs::exists(directory_ / "data.former"));
    EXPECT_TRUE(rows_become(reads, 51));
    for (const std::string& conninfo : {reads, superuser_of(directory_)}) {
        auto standby = ask(conninfo, standby_now);
        ASSERT_TRUE(standby);
        EXPECT_TRUE(standby->boolean(0, 0)) << conninfo;
    }
    ASSERT_TRUE(again.promote(soon())); // and back
    EXPECT_EQ(rows_kept(writes), 51);
}

TEST_F(ClusterReplicaTest, OfADeadPrimaryWhatWasReceivedIsKept) {
    PrivateCluster cluster = started();
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    ASSERT_TRUE(script(cluster, "create table kept (a int)"));
    ASSERT_TRUE(rows_become(superuser_of(directory_ / "replica"), 0));
    ::kill(cluster.pid(), SIGKILL);
    while (!cluster.ended())
        ::usleep(1000);
    auto promoted = cluster.promote(soon());
    ASSERT_TRUE(promoted) << promoted.error().text();
    EXPECT_TRUE(script(cluster, "insert into kept values (1)"));
}

TEST_F(ClusterReplicaTest, APromotionThatWouldLoseCommitsIsRefused) {
    PrivateCluster cluster = started();
    ASSERT_FALSE(cluster.promote(soon())) << "there is no replica yet";
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
    ASSERT_TRUE(script(cluster, "alter role bw_replication nologin"));
    ASSERT_TRUE(script(cluster, "select pg_terminate_backend(pid, 5000) from pg_stat_replication"));
    auto promoted = cluster.promote(soon());
    ASSERT_FALSE(promoted);
    EXPECT_EQ(promoted.error().code, Code::conflict);
    EXPECT_FALSE(cluster.ended()) << "the primary was stopped";
    EXPECT_FALSE(fs::exists(directory_ / "primary"));
}

// The record comes first, so a crash in between leaves a standby that is recorded as the primary.
TEST_F(ClusterReplicaTest, ARecordedPromotionIsFinishedByTheNextStart) {
    {
        PrivateCluster cluster = started();
        ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
        ASSERT_TRUE(script(cluster, "create table kept (a int); insert into kept values (1)"));
        ASSERT_TRUE(rows_become(superuser_of(directory_ / "replica"), 1));
    }
    ASSERT_TRUE(record_primary(directory_, directory_ / "replica"));
    PrivateCluster again = started();
    EXPECT_TRUE(script(again, "insert into kept values (2)"));
    EXPECT_EQ(rows_kept(superuser_of(directory_ / "replica")), 2);
    again.tend();
    EXPECT_TRUE(fs::exists(directory_ / "data.former")) << "the old primary's data are gone";
    ASSERT_TRUE(reaches(again, ReplicaState::streaming));
    EXPECT_EQ(rows_kept(superuser_of(directory_)), 2);
}

TEST_F(ClusterReplicaTest, TheOnlyCopyIsNotReplacedByAnEmptyCluster) {
    {
        PrivateCluster cluster = started();
        ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
        ASSERT_TRUE(script(cluster, "create table kept (a int); insert into kept values (1)"));
        ASSERT_TRUE(rows_become(superuser_of(directory_ / "replica"), 1));
    }
    fs::remove_all(directory_ / "data");
    auto refused = start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_NE(refused.error().detail.find("replica/data"), std::string::npos)
        << refused.error().text();
    ASSERT_TRUE(fs::exists(directory_ / "replica/data/standby.signal"));
    std::ofstream(directory_ / "primary") << "replica\n";
    auto garbled = start();
    ASSERT_FALSE(garbled);
    EXPECT_EQ(garbled.error().code, Code::corrupt);
    std::ofstream(directory_ / "primary") << "replica/data\n"; // as the refusal says
    PrivateCluster cluster = started();
    EXPECT_EQ(rows_kept(superuser_of(directory_ / "replica")), 1);
    ASSERT_TRUE(reaches(cluster, ReplicaState::streaming));
}

TEST_F(ClusterReplicaTest, EndsWithItsParent) {
    const pid_t parent = ::fork();
    if (parent == 0) {
        auto cluster = start();
        if (!cluster || !reaches(*cluster, ReplicaState::streaming))
            ::_exit(1);
        ::kill(::getpid(), SIGKILL); // no destructor runs
    }
    int status = 0;
    ::waitpid(parent, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    for (const Deadline until = soon(); !until.expired(clock_); ::usleep(1000))
        if (!running_server(directory_) && !running_server(directory_ / "replica"))
            break;
    EXPECT_FALSE(running_server(directory_));
    EXPECT_FALSE(running_server(directory_ / "replica"));
    PrivateCluster again = started();
    EXPECT_TRUE(reaches(again, ReplicaState::streaming));
}

TEST_F(ClusterReplicaTest, AsAnOrdinaryUser) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "the other tests ran as an ordinary user already";
    const passwd* nobody = ::getpwnam("nobody");
    ASSERT_NE(nobody, nullptr);
    ASSERT_EQ(::chown(directory_.c_str(), nobody->pw_uid, nobody->pw_gid), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgroups(0, nullptr) != 0 ||
            ::setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) != 0 ||
            ::setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) != 0)
            ::_exit(2);
        for (int round = 0; round < 2; ++round) {
            auto cluster = start();
            if (!cluster || !reaches(*cluster, ReplicaState::streaming))
                ::_exit(3);
            if (round == 0 && !cluster->promote(soon()))
                ::_exit(4);
            if (!cluster->stop(soon()))
                ::_exit(5);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

} // namespace
} // namespace bw::pg
