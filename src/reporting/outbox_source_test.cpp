// What is of the outbox alone. That a store which follows by it is what the primary is: the tests
// of the projector, which hold for both ways (projector_test, faults_test, primary_test).
#include "reporting/mirror_world_for_test.hpp"
#include "reporting/outbox.hpp"
#include "support/own_cluster.hpp"

namespace bw::reporting {
namespace {

using test::Replica;
using test::School;
using test::Source;

class Outbox : public testing::Test, public test::World {
protected:
    Outbox() : World(ReportSource::outbox) {}

    test::Session another() {
        test::Session session(installation_.superuser_conninfo());
        session.run("set synchronous_commit = on");
        return session;
    }
    void run(test::Session& session, const std::string& sql) {
        session.run(School::filled(sql, north_.tenant()));
    }
    std::int64_t noted() {
        return std::stoll(installation_.superuser().value("select count(*) from report_changes"));
    }
    std::int64_t submissions() {
        return replica_.number("select count(*)::bigint from base.submissions");
    }
    testing::AssertionResult forgets_all() {
        for (int i = 0; i < 1'000 && noted() > 0; ++i)
            std::this_thread::sleep_for(10ms);
        return noted() == 0 ? testing::AssertionSuccess()
                            : testing::AssertionFailure() << noted() << " are left";
    }
};

/// By ids or numbers alone the first would be passed over, or the second waited for.
TEST_F(Outbox, TransactionsThatEndInTheOppositeOrderAreNeitherMissedNorWaitedFor) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    test::Session first = another(), second = another();
    run(first, "begin");
    run(first, School::submissions(1, 10));
    run(second, School::submissions(101, 5));
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(submissions(), 5) << "who is still writing holds up nobody";
    run(first, School::submissions(11, 10));
    run(second, "update submissions set late = not late where tenant_id = $T");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    run(first, "commit");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(submissions(), 25);
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
}

TEST_F(Outbox, WhatIsUndoneIsNotTold) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    test::Session session = another();
    run(session, "begin; " + School::submissions(1, 5) + "; savepoint here; " +
                     School::submissions(6, 5) + "; rollback to here; " +
                     School::submissions(11, 5) + "; commit");
    run(session, "begin; delete from submissions where tenant_id = $T; rollback");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(submissions(), 10);
    EXPECT_TRUE(replica_.equals_source());
}

TEST_F(Outbox, ARowThatMovesLeavesItsOldKey) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("insert into upload_usage (tenant_id, user_id, bytes) values ($T, $1, 1)");
    ASSERT_TRUE(replica_.catches_up());
    sql("update upload_usage set user_id = '00000000-0000-4000-8000-000000000002' where tenant_id "
        "= $T");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    sql("begin; update upload_usage set user_id = $1 where tenant_id = $T; insert into "
        "upload_usage (tenant_id, user_id, bytes) values ($T, "
        "'00000000-0000-4000-8000-000000000002', 3); commit");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
}

/// Every kind of key goes there and back.
TEST_F(Outbox, EveryMirroredTableIsTold) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    north_.submit(1, 3);
    ASSERT_TRUE(replica_.catches_up());
    test::Session& su = installation_.superuser();
    for (const MirroredTable& table : mirrored_tables()) {
        const std::string name = std::string(table.schema) + ".\"" + std::string(table.name) + "\"";
        const std::string first(
            table
                .columns[table.key_columns < table.columns.size() ? table.key_columns
                                                                  : table.key_columns - 1]
                .name);
        if (su.value("select count(*) from " + name) == "0")
            continue;
        sql("begin; delete from report_changes; update " + name + " set \"" + first + "\" = \"" +
            first + "\"; select 1; commit");
        EXPECT_GE(noted(), 1) << name;
        ASSERT_TRUE(replica_.catches_up()) << name;
    }
    EXPECT_TRUE(replica_.equals_source());
}

TEST_F(Outbox, WhatEveryStoreHasGoes) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    Replica other(source_, directory_.path() / "other.duckdb", "other_store");
    other.start();
    ASSERT_TRUE(other.catches_up());
    other.stop();
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_GE(noted(), 1) << "the other has not seen it";
    other.start();
    ASSERT_TRUE(other.catches_up());
    EXPECT_TRUE(other.equals_source());
    EXPECT_EQ(other.status().snapshots, 0U);
    // Nobody's number is below another's while somebody writes, in any database, and then no more
    // is read.
    test::Session elsewhere = another();
    elsewhere.run("begin; select pg_current_xact_id()");
    north_.submit(11, 1);
    ASSERT_TRUE(other.catches_up());
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_GE(noted(), 1);
    elsewhere.run("commit");
    EXPECT_TRUE(forgets_all());
    // One that does not come back is not waited for, and begins again if it does.
    other.stop();
    installation_.superuser().run("update control.report_outbox_readers set seen_at = seen_at - "
                                  "interval '25 hours' where reader = 'other_store'");
    north_.submit(12, 5);
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(forgets_all());
    other.start();
    ASSERT_TRUE(other.catches_up());
    EXPECT_TRUE(other.equals_source());
    EXPECT_EQ(other.status().snapshots, 1U);
    other.stop();
}

TEST_F(Outbox, IdsOfWhoIsErasedDoNotWaitForAStoreThatIsAway) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    north_.submit(1, 10);
    const auto database = installation_.database();
    const auto erase = [&] {
        tenancy::TenantDirectory directory;
        installation_.refresh(directory);
        ASSERT_TRUE(
            database->run(directory.by_slug("north")->scope, source_.soon(),
                          [](tenancy::TenantTx& tx) -> Result<void> { return forget_person(tx); }));
    };
    erase();
    EXPECT_GE(noted(), 1) << "it may come back in a moment";
    installation_.superuser().run(
        "update control.report_outbox_readers set seen_at = seen_at - interval '61 minutes'");
    erase();
    EXPECT_EQ(noted(), 0);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
}

/// The primary's disk is not for reports that are away.
TEST_F(Outbox, FullItTakesNoMoreAndTheStoreBeginsAnew) {
    source_.follow_by_outbox(200'000);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    for (int i = 0; i < 30; ++i)
        north_.submit(1 + 1'000 * i, 1'000);
    const auto bytes = [&] {
        return std::stoll(
            installation_.superuser().value("select pg_relation_size('report_changes')"));
    };
    EXPECT_LE(bytes(), 300'000);
    test::Session open = another(); // writes while there is no room, and ends after all began anew
    run(open, "begin; update assignments set active = false where tenant_id = $T");
    replica_.start();
    ASSERT_TRUE(replica_.becomes([](const ProjectorStatus& s) { return s.snapshots_begun == 1; }));
    for (int i = 0; i < 500 && bytes() > 0; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(bytes(), 0) << "it has begun anew";
    EXPECT_FALSE(replica_.becomes([](const ProjectorStatus& s) { return s.snapshots == 1; }, 1s))
        << "it waits for who writes";
    run(open, "commit");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    north_.submit(100'001, 5);
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
    EXPECT_GT(*replica_.status().slot_bytes_left, 0);
}

/// What is missed stays known when the transaction that began anew because of it is undone.
TEST_F(Outbox, ABeginningThatIsUndoneForgetsNothing) {
    source_.follow_by_outbox(200'000);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    for (int i = 0; i < 30; ++i)
        north_.submit(1 + 1'000 * i, 1'000);
    const auto missed = [&] {
        return installation_.superuser().value("select bool_or(missed) from "
                                               "control.report_outbox_list()");
    };
    ASSERT_EQ(missed(), "t");
    installation_.superuser().run("begin; select control.report_outbox_join('other'); rollback");
    EXPECT_EQ(missed(), "t");
    installation_.superuser().run("select control.report_outbox_join('other')");
    EXPECT_EQ(missed(), "f");
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
}

TEST_F(Outbox, WhileItIsOffTheStoreSaysWhoSwitchesItOn) {
    ProjectorOptions options = replica_.options();
    options.publication_period = 20ms;
    replica_.start(options, {});
    ASSERT_TRUE(replica_.catches_up());
    installation_.superuser().run("select control.report_outbox_switch(false, 0, 'test')");
    ASSERT_TRUE(replica_.is(ProjectorState::stopped));
    EXPECT_NE(replica_.status().reason.find("bellwether reports outbox on"), std::string::npos)
        << replica_.status().reason;
    north_.submit(1, 10);
    EXPECT_EQ(noted(), 0) << "off costs nothing";
    source_.follow_by_outbox();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 2U);
    // A trigger that somebody switched off for a moment is noticed.
    installation_.superuser().run("alter table submissions disable trigger report_inserted; " +
                                  School::filled(School::submissions(11, 5), north_.tenant()) +
                                  "; alter table submissions enable trigger report_inserted");
    ASSERT_TRUE(replica_.becomes([](const ProjectorStatus& s) { return s.snapshots == 3; }));
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

TEST_F(Outbox, AStoreThatFollowedTheOtherWayBeginsAnew) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    source_.kind = ReportSource::slot;
    north_.submit(1, 10);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
    replica_.stop();
    source_.kind = ReportSource::outbox;
    north_.submit(11, 10);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
}

/// A crash of the primary takes back what it had not flushed.
TEST_F(Outbox, OnlyWhatIsDurableIsApplied) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("set synchronous_commit = off");
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.becomes([](const ProjectorStatus& s) { return s.rows >= 10; }));
    const auto flushed =
        pg::Lsn::parse(installation_.superuser().value("select pg_current_wal_flush_lsn()"));
    EXPECT_LE(replica_.status().at->lsn, *flushed);
    EXPECT_EQ(submissions(), 10);
}

TEST_F(Outbox, NobodyReadsItButThroughItsDoors) {
    test::Session app(installation_.conninfo("bw_app"));
    EXPECT_EQ(app.attempt("select * from control.report_outbox_keys('1:1:', 'users')").sqlstate,
              "42704")
        << "outside of a scope there is no tenant";
    app.run("set bw.tenant = '" + north_.tenant() + "'");
    EXPECT_EQ(app.attempt("select * from report_changes").sqlstate, "42501");
    EXPECT_EQ(app.attempt("delete from report_changes").sqlstate, "42501");
    EXPECT_EQ(app.attempt("select control.report_outbox_switch(false, 0, 'me')").sqlstate, "42501");
}

TEST(SlotPrimary, WithoutSlotsTheStoreSaysWhatElseThereIs) {
    bw::test::OwnCluster own({.durable = false, .replica = false});
    test::Session session(own.cluster().superuser_conninfo(own.database));
    Source source(session, own.conninfo("bw_stream"), own.conninfo("bw_app"), own.clock());
    School school(source, own.provision("north"));
    session.run("alter role bw_stream noreplication");
    const bw::test::TemporaryDirectory directory;
    Replica replica(source, directory.path() / "reports.duckdb", "bw_reporting");
    replica.start();
    EXPECT_TRUE(replica.becomes([](const ProjectorStatus& s) {
        return s.reason.find("may not replicate on this server") != std::string::npos &&
               s.reason.find("bellwether reports outbox on") != std::string::npos;
    })) << replica.status().reason;
    replica.stop();
    source.follow_by_outbox();
    replica.start();
    ASSERT_TRUE(replica.catches_up());
    school.submit(1, 10);
    ASSERT_TRUE(replica.catches_up());
    EXPECT_TRUE(replica.equals_source());
}

} // namespace
} // namespace bw::reporting
