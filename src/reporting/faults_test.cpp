// What may befall the reports' store: its process is killed anywhere, its slot is lost, the disk is
// full, a row cannot stand, the tables change. The store ends up equal to the primary, by itself,
// and says meanwhile that it is not. (The primary: primary_test.)
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "reporting/mirror_world_for_test.hpp"
#include "reporting/rollups.hpp"
#include "reporting/upkeep.hpp"

namespace bw::reporting {
namespace {

using test::Replica;
using test::School;
using test::Source;

class ProjectorFaults : public testing::TestWithParam<ReportSource>, public test::World {
protected:
    ProjectorFaults() : World(GetParam()) {}
    /// Within a minute somebody reads the changes, which begin behind a snapshot.
    bool follows() {
        const Deadline soon = Deadline::in(installation_.clock(), 60s);
        const std::string read =
            "select coalesce(max(seen), '') from control.report_outbox_readers";
        std::string before = installation_.superuser().value(read);
        int news = 0; // of the outbox: who joins says so, and the next when the snapshot is over
        for (;;) {
            if (soon.expired(installation_.clock()))
                return false;
            std::this_thread::sleep_for(20ms);
            auto& su = installation_.superuser();
            if (GetParam() == ReportSource::slot) {
                if (su.value("select count(*) from pg_stat_replication r join pg_replication_slots "
                             "s on s.active_pid = r.pid where s.slot_name = '" +
                             slot_ + "' and r.state in ('catchup', 'streaming')") != "0")
                    return true;
                continue;
            }
            const std::string seen = su.value(read);
            news += std::exchange(before, seen) != seen ? 1 : 0;
            if (news == 2)
                return true;
        }
    }
};
INSTANTIATE_TEST_SUITE_P(By, ProjectorFaults, test::both_sources, test::source_name);

/// What is of slots alone, or the same whatever changes come from.
class SlotFaults : public testing::Test, public test::World {
protected:
    SlotFaults() : World(ReportSource::slot) {}
};

// ---- killed anywhere ----

/// The consumer that is killed: this program once more, with this test alone. In a whole run it has
/// nothing to do.
TEST(ProjectorProcess, RunsUntilItIsKilled) {
    const char* file = std::getenv("BW_TEST_CONSUMER");
    if (file == nullptr)
        GTEST_SKIP() << "the process that ProjectorFaults kills";
    static const SystemClock clock;
    SystemRng rng;
    auto store = columnar::Store::open(file, {}, clock);
    ASSERT_TRUE(store) << store.error().text();
    ProjectorOptions options;
    options.stream.conninfo = std::getenv("BW_TEST_STREAM");
    options.reader.conninfo = std::getenv("BW_TEST_READER");
    options.slot = std::getenv("BW_TEST_SLOT");
    if (std::getenv("BW_TEST_OUTBOX") != nullptr)
        options.source = ReportSource::outbox;
    options.batch_period = 5ms;
    options.idle_period = 5ms;
    options.pause_min = 1ms;
    options.pause_max = 20ms;
    options.snapshot_pause_min = 1ms;
    options.snapshot_pause_max = 20ms;
    options.batch_bytes_max = 50'000;
    Projector projector(
        options, [&] { return (*store)->connect(); }, rollup_upkeep(clock), clock, rng);
    projector.start();
    for (;;)
        ::pause();
}

class Consumer {
public:
    Consumer(const std::filesystem::path& file, const Source& source, const std::string& slot) {
        pid_ = ::fork();
        if (pid_ != 0)
            return;
        ::setenv("BW_TEST_CONSUMER", file.c_str(), 1);
        ::setenv("BW_TEST_STREAM", source.stream.c_str(), 1);
        ::setenv("BW_TEST_READER", source.reader.c_str(), 1);
        ::setenv("BW_TEST_SLOT", slot.c_str(), 1);
        if (source.kind == ReportSource::outbox)
            ::setenv("BW_TEST_OUTBOX", "1", 1);
        ::execl("/proc/self/exe", "reporting_test",
                "--gtest_filter=ProjectorProcess.RunsUntilItIsKilled", "--gtest_brief=1", nullptr);
        ::_exit(127);
    }
    ~Consumer() { // any time is the right one
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

private:
    pid_t pid_;
};

/// Changes of all kinds in transactions of all sizes, until told to stop.
void write_without_end(const std::string& superuser, const std::string& tenant,
                       const std::stop_token& stop) {
    test::Session session(superuser);
    session.run("set synchronous_commit = on");
    std::mt19937 chance(20261130); // NOLINT: the same writes each time
    std::int64_t next = 1;
    const auto some = [&](int most) {
        return static_cast<std::int64_t>(chance() % static_cast<unsigned>(most)) + 1;
    };
    while (!stop.stop_requested()) {
        std::string deed = "begin;";
        for (std::int64_t i = some(4); i > 0; --i) {
            const std::int64_t count = chance() % 20 == 0 ? 2'000 : some(20);
            const std::string any = std::to_string(some(static_cast<int>(next)));
            switch (chance() % 5) {
            case 0:
            case 1:
                deed += School::submissions(next, count) + ";";
                next += count;
                break;
            case 2:
                deed += "update submissions set late = not late, received_at = received_at + "
                        "interval '1 hour' where tenant_id = $T and "
                        "journal_seq between " +
                        any + " and " + any + " + 10;";
                break;
            case 3:
                deed +=
                    "delete from submissions where tenant_id = $T and journal_seq = " + any + ";";
                break;
            default:
                deed += "update users set status = case status when 'active' then 'inactive' else "
                        "'active' end, username_normal = case "
                        "status when 'active' then null else username end where tenant_id = $T and "
                        "user_id = $1;";
            }
        }
        session.run(School::filled(deed + (chance() % 10 == 0 ? "rollback" : "commit"), tenant));
    }
}

TEST_P(ProjectorFaults, KilledAnywhereItEndsUpEqual) {
    const std::filesystem::path file = directory_.path() / "reports.duckdb";
    std::mt19937 chance(static_cast<unsigned>(::getpid()));
    {
        std::jthread writer([&](const std::stop_token& stop) {
            write_without_end(installation_.superuser_conninfo(), north_.tenant(), stop);
        });
        const int all = GetParam() == ReportSource::slot ? 15 : 8;
        for (int kills = 0; kills < all; ++kills) {
            const Consumer consumer(file, source_, slot_);
            if (kills == 2)
                ASSERT_TRUE(follows()) << "the third lives until it has a snapshot behind it";
            // A random moment is what is tested.
            std::this_thread::sleep_for(std::chrono::milliseconds(150 + chance() % 800));
        }
    }
    installation_.superuser().attempt("select pg_terminate_backend(active_pid, 5000) from "
                                      "pg_replication_slots where active and slot_name "
                                      "= '" +
                                      slot_ + "'");
    replica_.start(replica_.options(), rollup_upkeep(source_.clock));
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_GT(replica_.number("select count(*)::bigint from base.submissions"), 100);
    EXPECT_EQ(replica_.status().snapshots, 0U) << "the last one went on where another was killed";
}

// ---- the slot, the primary ----

TEST_F(SlotFaults, ASlotThatIsGoneIsMadeAnew) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    installation_.superuser().run("select pg_drop_replication_slot('" + slot_ + "')");
    north_.submit(1, 10);
    sql("delete from enrollments where tenant_id = $T");
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
}

/// All of the primary is read: that may wait, but not for long, since reports grow old.
TEST_F(SlotFaults, ASnapshotWaitsForTheEndOfAPeakUpToALimit) {
    std::atomic<bool> peak = true;
    auto options = replica_.options();
    options.at_peak = [&] { return peak.load(); };
    replica_.start(options, {});
    ASSERT_TRUE(replica_.catches_up()) << "without the first there are no reports at all";
    const auto lose_the_slot = [&] {
        replica_.stop();
        installation_.superuser().run("select pg_drop_replication_slot('" + slot_ + "')");
    };
    lose_the_slot();
    replica_.start(options, {});
    ASSERT_TRUE(replica_.becomes([](const ProjectorStatus& s) {
        return s.state == ProjectorState::waiting &&
               s.reason.find("the replication slot is gone; many students") == 0;
    }));
    EXPECT_EQ(replica_.status().snapshots_begun, 0U);
    EXPECT_TRUE(replica_.status().as_of) << "reports show what was before";
    peak = false;
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.status().snapshots, 1U);
    lose_the_slot();
    peak = true;
    options.peak_patience = 200ms;
    replica_.start(options, {});
    ASSERT_TRUE(replica_.catches_up()) << "it does not wait for ever";
    EXPECT_TRUE(replica_.equals_source());
}

TEST_P(ProjectorFaults, AStoreOfYesterdayIsMadeAnew) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    const std::filesystem::path file = directory_.path() / "reports.duckdb",
                                copy = directory_.path() / "yesterday";
    std::filesystem::copy_file(file, copy);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    std::filesystem::rename(copy, file);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U) << "the slot was further than this store";
}

/// The key of a row changes and its large value does not: the stream does not say the value again,
/// and under the new key the store has none.
TEST_F(SlotFaults, AKeyThatChangesBesideALargeValueIsMadeAnew) {
    sql("insert into categories (tenant_id, category_id, source, sourced_id, title) values ($T, "
        "$1, "
        "'s', 'g', repeat('long ', 10000))");
    sql("alter table categories alter title set storage external");
    sql("update categories set title = title || '!' where tenant_id = $T");
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("update categories set category_id = '00000000-0000-4000-8000-000000000002' "
        "where tenant_id = $T");
    ASSERT_TRUE(
        replica_.becomes([](const ProjectorStatus& status) { return status.snapshots == 2; }));
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

/// Each reads the whole primary.
TEST_F(SlotFaults, SnapshotsThatComeToNothingAreTakenMoreAndMoreSeldom) {
    ProjectorOptions options = replica_.options();
    options.snapshot_pause_max = 1h;
    replica_.start(options, [](columnar::Connection&, const Touched&) -> Result<bool> {
        return fail(Code::overloaded, "no memory for rollups");
    });
    const auto begun = [](std::uint64_t count) {
        return [=](const ProjectorStatus& s) { return s.snapshots_begun == count; };
    };
    ASSERT_TRUE(replica_.becomes(begun(5))) << "after 5, 20, 80 and 320 ms, or half of that";
    const Monotonic then = source_.clock.monotonic();
    ASSERT_TRUE(replica_.becomes(begun(6)));
    EXPECT_GE(source_.clock.monotonic() - then, 640ms) << "half of 1,280 ms";
}

/// SIGTERM does not wait for rollups of half an hour.
TEST_F(SlotFaults, StoppingDoesNotWaitForALongStatement) {
    std::atomic<bool> begun = false;
    replica_.start(
        replica_.options(), [&](columnar::Connection& store, const Touched&) -> Result<bool> {
            begun = true;
            CHECK_OK(
                store.script("create or replace table long as select sum(a.range * b.range) as s "
                             "from range(1000000) a, range(1000000) b",
                             Deadline::in(source_.clock, 30min)));
            return true;
        });
    while (!begun)
        std::this_thread::sleep_for(1ms);
    const Monotonic then = source_.clock.monotonic();
    replica_.projector().stop();
    EXPECT_LT(source_.clock.monotonic() - then, 30s);
}

/// Its password leads to what is published, not to a copy of the cluster.
TEST_F(SlotFaults, TheStreamsRoleCannotCopyTheCluster) {
    const auto connects = [&](const std::string& kind) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::freopen("/dev/null", "w", stderr);
            ::freopen("/dev/null", "w", stdout);
            ::execlp("psql", "psql", (source_.stream + " replication=" + kind).c_str(), "-c",
                     "IDENTIFY_SYSTEM", nullptr);
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    };
    EXPECT_TRUE(connects("database"));
    EXPECT_FALSE(connects("true"));
}

TEST_F(SlotFaults, TwoProcessesDoNotShareASlot) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    Replica other(source_, directory_.path() / "other.duckdb", slot_);
    other.start();
    EXPECT_TRUE(other.becomes([](const ProjectorStatus& s) {
        return s.state == ProjectorState::waiting &&
               s.reason.find("another process") != std::string::npos;
    }));
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.catches_up()) << "the first goes on";
    other.stop();
}

/// As the one that takes over may be.
TEST_P(ProjectorFaults, ANamedStandbyThatIsAwayIsWaitedFor) {
    ProjectorOptions options = replica_.options();
    options.standby_patience = 100ms;
    options.standbys = {slot_ + "_standby"};
    replica_.start(options, {});
    ASSERT_TRUE(replica_.is(ProjectorState::streaming));
    north_.submit(1, 5);
    EXPECT_TRUE(replica_.becomes(
        [](const ProjectorStatus& s) { return s.reason.find("standby") != std::string::npos; }));
    EXPECT_EQ(replica_.number("select count(*)::bigint from base.submissions"), 0);
    replica_.stop();
    replica_.start(); // none is named
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

// ---- rows, tables, the disk ----

TEST_P(ProjectorFaults, ARowThatCannotStandBlocksNobody) {
    sql("update enrollments set end_date = 'infinity' where tenant_id = $T and user_id = $1"); // in
                                                                                               // the
                                                                                               // snapshot
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.status().set_aside, 1);
    sql("update assignments set due_at = 'infinity' where tenant_id = $T"); // in the stream
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.status().set_aside, 2);
    EXPECT_EQ(replica_.number("select count(*)::bigint from base.assignments"), 0)
        << "what stood is no longer true";
    EXPECT_EQ(replica_.number("select count(*)::bigint from base.submissions"), 10)
        << "the others went on";
    EXPECT_EQ(replica_.number("select count(*)::bigint from stream.set_aside where fault like "
                              "'due_at:%' and table_name = 'assignments'"),
              1);
    sql("update assignments set due_at = now() where tenant_id = $T");
    sql("update enrollments set end_date = null where tenant_id = $T and user_id = $1");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

/// One update of everything must not fill memory and log.
TEST_P(ProjectorFaults, RowsThatCannotStandAreListedUpToALimit) {
    replica_.start();
    north_.submit(1, 10'050);
    sql("update submissions set received_at = 'infinity' where tenant_id = $T");
    ASSERT_TRUE(replica_.catches_up(120s));
    EXPECT_EQ(replica_.status().set_aside, 10'000);
    EXPECT_EQ(replica_.number("select count(*)::bigint from base.submissions"), 0);
}

TEST_P(ProjectorFaults, AddedColumnsPassAndOtherTypesStopIt) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("alter table upload_usage add column colour text default 'red'");
    sql("insert into upload_usage (tenant_id, user_id, bytes) values ($T, $1, 1)");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    // The server itself refuses to change the type of a column that is published: whoever does it
    // drops it from the publication first.
    const auto retype = [&](const std::string& type) {
        installation_.superuser().run(
            "alter publication bw_reporting drop table upload_usage; alter table upload_usage "
            "alter bytes "
            "type " +
            type +
            "; alter publication bw_reporting add table upload_usage (tenant_id, user_id, bytes)");
    };
    EXPECT_FALSE(installation_.superuser()
                     .attempt("alter table upload_usage alter bytes type double precision")
                     .ok());
    retype("double precision");
    sql("update upload_usage set bytes = 2 where tenant_id = $T");
    ASSERT_TRUE(replica_.is(ProjectorState::stopped));
    EXPECT_NE(replica_.status().reason.find(
                  "upload_usage.bytes is of type 701 at the primary, not bigint"),
              std::string::npos)
        << replica_.status().reason;
    EXPECT_EQ(replica_.number("select bytes from base.upload_usage"), 1)
        << "nothing of it was applied";
    // What was written meanwhile is in the log in the other type, so the stream cannot pass; but
    // that the table was out of the publication is seen, and mends it.
    retype("bigint");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

/// What changes while a table is not published is told to nobody.
TEST_P(ProjectorFaults, ATableThatLeavesThePublicationIsNoticed) {
    ProjectorOptions options = replica_.options();
    options.publication_period = 20ms;
    replica_.start(options, {});
    ASSERT_TRUE(replica_.catches_up());
    auto& primary = installation_.superuser();
    primary.run("alter publication bw_reporting drop table upload_usage");
    ASSERT_TRUE(replica_.is(ProjectorState::stopped));
    EXPECT_NE(replica_.status().reason.find("upload_usage is not in the publication"),
              std::string::npos)
        << replica_.status().reason;
    sql("insert into upload_usage (tenant_id, user_id, bytes) values ($T, $1, 1)");
    primary.run(
        "alter publication bw_reporting add table upload_usage (tenant_id, user_id, bytes)");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    const std::uint64_t snapshots = replica_.status().snapshots;
    primary.run(
        "alter publication bw_reporting drop table upload_usage; insert into upload_usage select "
        "tenant_id, '00000000-0000-4000-8000-000000000002', 5 from upload_usage; alter publication "
        "bw_reporting add table upload_usage (tenant_id, user_id, bytes)");
    ASSERT_TRUE(replica_.becomes([&](const ProjectorStatus& s) {
        return s.snapshots == snapshots + 1;
    })) << "out and in again between two looks";
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

TEST_F(SlotFaults, AFullDiskIsWaitedOut) {
    const std::filesystem::path disk = directory_.path() / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=8m") != 0)
        GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    {
        Replica small(source_, disk / "reports.duckdb", slot_);
        small.start();
        ASSERT_TRUE(small.catches_up());
        for (int i = 0; i < 40 && small.status().state != ProjectorState::waiting; ++i) {
            north_.submit(1 + 5'000 * i, 5'000);
            const auto lsn = pg::Lsn::parse(
                installation_.superuser().value("select pg_current_wal_flush_lsn()"));
            ASSERT_TRUE(small.becomes([&](const ProjectorStatus& s) {
                return s.reached >= *lsn || s.state == ProjectorState::waiting;
            }));
        }
        ASSERT_TRUE(small.is(ProjectorState::waiting));
        EXPECT_NE(small.status().reason.find("storage_full"), std::string::npos)
            << small.status().reason;
        EXPECT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=400m"), 0);
        ASSERT_TRUE(small.catches_up()) << "nobody had to do anything";
        EXPECT_TRUE(small.equals_source());
        EXPECT_EQ(small.status().snapshots, 1U) << "it went on where it was";
    }
    ::umount(disk.c_str());
}

} // namespace
} // namespace bw::reporting
