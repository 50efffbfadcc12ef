// The mirror against a real primary and a real store: whatever is committed stands in the store,
// and nothing else does.
#include "reporting/projector.hpp"

#include "reporting/mirror_world_for_test.hpp"
#include "reporting/rollups.hpp"
#include "reporting/store_files.hpp"
#include "reporting/upkeep.hpp"

namespace bw::reporting {
namespace {

using test::School;

class ProjectorTest : public testing::TestWithParam<ReportSource>, public test::World {
protected:
    ProjectorTest() : World(GetParam()) {}
    School south_{source_, installation_.provision("south")};
};
INSTANTIATE_TEST_SUITE_P(By, ProjectorTest, test::both_sources, test::source_name);

TEST_P(ProjectorTest, WhatWasThereAndWhatComesStandsInTheStore) {
    north_.submit(1, 100);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    ASSERT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U);
    north_.submit(101, 50);
    south_.submit(1, 20);
    sql("update submissions set late = true where tenant_id = $T and journal_seq < 20");
    sql("delete from submissions where tenant_id = $T and journal_seq between 30 and 39");
    sql("update enrollments set status = 'inactive', end_date = '2026-12-01' where tenant_id = $T "
        "and user_id = $1");
    sql("begin; delete from enrollments where tenant_id = $T; rollback");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 1U) << "the stream brought it";
}

TEST_P(ProjectorTest, ManyChangesOfARowInOneBatchComeToTheLast) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("insert into upload_usage (tenant_id, user_id, bytes) values ($T, $1, 1)");
    std::string many = "begin;";
    for (int i = 2; i < 100; ++i)
        many += "update upload_usage set bytes = " + std::to_string(i) + " where tenant_id = $T;";
    sql(many + "delete from upload_usage where tenant_id = $T; insert into upload_usage "
               "(tenant_id, user_id, bytes) values ($T, $1, 7);"
               "update upload_usage set bytes = bytes + 1 where tenant_id = $T; commit");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.number("select sum(bytes)::bigint from base.upload_usage"), 8);
}

TEST_P(ProjectorTest, ALargeValueThatAnUpdateDidNotTouchStays) {
    sql("alter table assignments alter title set storage external");
    sql("update assignments set title = repeat('long ', 10000) where tenant_id = $T");
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("update assignments set due_at = due_at + interval '1 day' where tenant_id = $T");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    sql("begin; update assignments set title = repeat('new ', 10000) where tenant_id = $T; "
        "update assignments set active = false where tenant_id = $T; commit");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.number("select max(length(title))::bigint from base.assignments"), 40'000);
}

TEST_P(ProjectorTest, TruncateEmptiesTheTable) {
    sql("insert into upload_usage (tenant_id, user_id, bytes) values ($T, $1, 1)");
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    sql("begin; truncate upload_usage; insert into upload_usage (tenant_id, user_id, bytes) values "
        "($T, $1, 5); commit");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    sql("truncate upload_usage");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.number("select count(*)::bigint from base.upload_usage"), 0);
}

TEST_P(ProjectorTest, GoesOnWhereItWas) {
    north_.submit(1, 10);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    replica_.stop();
    north_.submit(11, 10);
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
    EXPECT_EQ(replica_.status().snapshots, 0U);
}

TEST_P(ProjectorTest, ATransactionLargerThanMemoryGoesInWhole) {
    auto options = replica_.options();
    options.batch_bytes_max = 20'000;
    replica_.start(options, {});
    ASSERT_TRUE(replica_.catches_up());
    north_.submit(1, 5'000);
    sql("update submissions set reason = null, late = not late where tenant_id = $T and "
        "journal_seq % 3 = 0");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

TEST_P(ProjectorTest, AnIdlePrimaryIsFresh) {
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    const Instant now = installation_.clock().now();
    EXPECT_TRUE(replica_.becomes([&](const ProjectorStatus& s) {
        return s.as_of && *s.as_of > now;
    })) << "nothing is written";
    const auto written = replica_.status().at->lsn;
    sql("create table of_no_interest (x bigint); insert into of_no_interest select "
        "generate_series(1, 100)");
    EXPECT_TRUE(replica_.becomes([&](const ProjectorStatus& s) { return s.at->lsn > written; }))
        << "the slot lets go of the log";
}

TEST_P(ProjectorTest, WhatFollowsFromRowsIsInTheirTransaction) {
    std::atomic<int> fails = 0;
    const AfterApply add_up = [&](columnar::Connection& connection,
                                  const Touched& touched) -> Result<bool> {
        const Deadline soon = Deadline::in(installation_.clock(), 10s);
        CHECK_OK(
            connection.script("create table if not exists seen (n bigint, versions bigint)", soon));
        if (fails-- > 0)
            return fail(Code::internal, "it does not work");
        const bool submissions = std::ranges::count(touched.tables, "submissions") > 0;
        if (touched.everything || submissions)
            CHECK_OK(connection.script("delete from seen; insert into seen select (select count(*) "
                                       "from base.submissions), (select count(*) "
                                       "from touched_submissions) + 100 * (select count(*) from "
                                       "new_submissions)",
                                       soon));
        return true;
    };
    replica_.start(replica_.options(), add_up);
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.number("select n from seen"), 0);
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.number("select n * 10000 + versions from seen"), 10 * 10000 + 10 * 100)
        << "new rows alone";
    fails = 2;
    sql("update submissions set late = true where tenant_id = $T and journal_seq <= 3");
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_EQ(replica_.number("select n * 10000 + versions from seen"), 10 * 10000 + 6)
        << "old versions and new";
    EXPECT_TRUE(replica_.equals_source());
}

TEST_P(ProjectorTest, WhatIsPutOffIsDoneWhenNothingElseWaits) {
    std::atomic<int> put_off = 0, done = 0;
    const AfterApply later = [&](columnar::Connection&, const Touched& touched) -> Result<bool> {
        ++(touched.idle ? done : put_off);
        return touched.idle;
    };
    replica_.start(replica_.options(), later);
    ASSERT_TRUE(replica_.catches_up());
    north_.submit(1, 10);
    ASSERT_TRUE(replica_.catches_up()) << "as_of waits for what follows from the rows";
    EXPECT_GE(put_off, 1);
    EXPECT_GE(done, 2) << "the snapshot's, and this one's";
    EXPECT_TRUE(replica_.equals_source());
}

TEST_P(ProjectorTest, RollupsFollowInTheSameTransaction) {
    north_.submit(1, 100);
    replica_.start(replica_.options(), rollup_upkeep(installation_.clock()));
    ASSERT_TRUE(replica_.catches_up());
    const auto figures = [&] {
        std::string out;
        auto connection = replica_.store().connect().value();
        for (const char* table : {"class_day", "class_assignment", "sign_in_day"}) {
            auto answer = connection->run(fmt::format("select coalesce(string_agg(t::varchar, ';' "
                                                      "order by t::varchar), '') from rollup.{} t",
                                                      table),
                                          {}, installation_.soon());
            EXPECT_TRUE(answer) << (answer ? "" : answer.error().text());
            out += std::string(answer->next()->text(0, 0)) + "\n";
        }
        return out;
    };
    const std::string first = figures();
    north_.submit(101, 30);
    sql("update submissions set received_at = received_at + interval '1 day' where tenant_id = $T "
        "and journal_seq between 50 and 60");
    sql("delete from submissions where tenant_id = $T and journal_seq < 5");
    sql("update enrollments set status = 'inactive' where tenant_id = $T and user_id = $1");
    ASSERT_TRUE(replica_.catches_up());
    const std::string kept = figures();
    EXPECT_NE(kept, first);
    auto connection = replica_.store().connect().value();
    ASSERT_TRUE(rebuild_rollups(*connection, installation_.soon()));
    EXPECT_EQ(figures(), kept) << "as if made from nothing";
}

TEST_P(ProjectorTest, ASuspendedInstitutionIsCopiedToo) {
    sql("update control.tenants set state = 'suspended' where tenant_id = $T");
    replica_.start();
    ASSERT_TRUE(replica_.catches_up());
    EXPECT_TRUE(replica_.equals_source());
}

TEST_P(ProjectorTest, TheFileIsMadeAnewInAQuietTime) {
    north_.submit(1, 100);
    SystemRng rng;
    const auto files =
        StoreFiles::open(directory_.path() / "reports", {}, source_.clock, rng).value();
    std::atomic<bool> quiet = false;
    auto options = replica_.options();
    options.rewriting = {.rewrite = [&](columnar::Connection& from,
                                        Deadline until) { return files->rewrite(from, until); },
                         .is_quiet = [&] { return quiet.load(); },
                         .wait_min = 0ms};
    Projector projector(
        options, [&] { return files->connect(); }, rollup_upkeep(source_.clock), source_.clock,
        rng);
    projector.start();
    const auto has = [&](std::int64_t count) {
        const auto rows = files->connect()
                              .value()
                              ->run("select count(*) from base.submissions", {}, source_.soon())
                              .value()
                              .rows();
        return rows[0][0] == columnar::Value(count);
    };
    const auto becomes = [&](const std::function<bool(const ProjectorStatus&)>& so) {
        return projector.wait(so, source_.soon());
    };
    ASSERT_TRUE(becomes([&](const auto& s) { return s.state == ProjectorState::streaming; }));
    sql("delete from submissions where tenant_id = $T and journal_seq <= 40");
    ASSERT_TRUE(becomes([&](const auto& s) { return s.outdated_since.has_value(); }));
    ASSERT_TRUE(has(60));
    EXPECT_EQ(projector.status().rewrites, 0U) << "students are about";
    quiet = true;
    ASSERT_TRUE(becomes([&](const auto& s) { return s.rewrites == 1; }));
    north_.submit(101, 5);
    const std::uint64_t rows = projector.status().rows;
    ASSERT_TRUE(becomes([&](const auto& s) { return s.rows >= rows + 5; }));
    EXPECT_TRUE(has(65)) << "it goes on in the new file, from where the old one was";
    EXPECT_EQ(projector.status().snapshots, 1U);
    EXPECT_EQ(projector.status().rewrites, 1U) << "nothing went since";
}

} // namespace
} // namespace bw::reporting
