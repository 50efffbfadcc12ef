// Reports over a year of a real school: imported as it is, lived by made-up people, mirrored as the
// report process does it, and every report held line by line against plain SQL over the rows.
#include <gtest/gtest.h>

#include <set>

#include "reporting/mirror_world_for_test.hpp"
#include "reporting/upkeep.hpp"
#include "submissions/assignments.hpp"
#include "support/roster_import.hpp"
#include "year/fill.hpp"
#include "year/plain.hpp"

namespace bw::year {
namespace {

constexpr std::string_view as_of_text = "2014-12-01T12:00:00Z"; // ten weeks into the last term

class YearTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = roster::test::rosters_folder();
        if (folder_.empty())
            GTEST_SKIP() << "no rosters: set BW_ROSTERS";
    }
    tenancy::TenantInfo import(const std::string& slug) {
        const tenancy::TenantInfo tenant = installation_.provision(slug);
        auto package = roster::Package::open(folder_ / (slug + ".zip"));
        EXPECT_TRUE(package) << package.error().text();
        SystemRng rng;
        auto done = database_->run(
            tenant.scope, Deadline::in(installation_.clock(), 100s),
            [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
                TRY(roster::import(tx, *package, {.clock = installation_.clock(), .rng = rng}));
                return submissions::assignments_from_line_items(tx, tenant.zone);
            });
        EXPECT_TRUE(done) << done.error().text();
        return tenant;
    }
    Filled live_a_year(std::int64_t activities) {
        PGconn* connection = installation_.superuser().raw();
        return fill(connection, read_schools(connection, 1),
                    {.activities = activities, .seed = 1, .until_us = as_of.ms * 1000}, true);
    }
    std::vector<Uuid> ids(const std::string& sql) {
        std::vector<Uuid> out;
        for (const auto& row : installation_.superuser().run(sql))
            out.push_back(uuid_of(*row[0]));
        return out;
    }

    const Instant as_of = *from_rfc3339(as_of_text);
    std::filesystem::path folder_;
    test::Installation installation_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
};

TEST_F(YearTest, EveryReportSaysWhatTheRowsSay) {
    const auto wales = import("wales");
    import("ireland"); // whose rows are in nobody else's reports
    const Filled filled = live_a_year(30'000);
    EXPECT_NEAR(static_cast<double>(filled.activities), 30'000, 1'500);
    EXPECT_GT(filled.hand_ins, 8'000);

    reporting::test::Source source(installation_);
    const test::TemporaryDirectory directory;
    reporting::test::Replica replica(source, directory.path() / "reports.duckdb", "bw_year_test");
    auto options = replica.options();
    replica.start(options, reporting::rollup_upkeep(source.clock));
    ASSERT_TRUE(replica.catches_up(100s));

    PGconn* connection = installation_.superuser().raw();
    prepare_plain(connection);
    const std::string tenant = to_text(wales.scope.tenant().uuid);
    const Asked about{
        .tenant = wales.scope.tenant(),
        .as_of = as_of,
        .zone = "Europe/London",
        .sections = ids("select section_id from sections where tenant_id = '" + tenant +
                        "' and title in ('AAA 2014J', 'FFF 2013B', 'BBB 2014J') order by title"),
        .assignments = ids(
            "select distinct on (section_id) assignment_id from assignments where tenant_id = '" +
            tenant + "' order by section_id, due_at limit 4"),
        .first = 16'400}; // in November 2014
    ASSERT_EQ(about.sections.size(), 3U);
    std::set<std::string> told;
    for (const reporting::Report& report : reporting::catalogue())
        for (const Question& question : questions(report, about)) {
            auto rows =
                reporting::run_report(*replica.store().connect().value(), report,
                                      question.arguments, {about.tenant, {}, as_of}, source.soon());
            ASSERT_TRUE(rows) << report.id << ": " << rows.error().text();
            const auto differ = difference(lines_of(*rows), plain_lines(connection, question));
            EXPECT_FALSE(differ) << report.id << ": " << *differ << "\n" << plain_sql(question);
            if (!rows->rows.empty())
                told.insert(report.id);
        }
    EXPECT_EQ(told.size(), reporting::catalogue().size())
        << "the others had no lines: this proves nothing of them";

    // The negative control: a row that the store has not heard of makes a difference.
    replica.projector().stop();
    ask(connection, "delete from submissions where tenant_id = '" + tenant + "'");
    const auto progress = questions(*reporting::find_report("class_progress"), about).front();
    auto rows = reporting::run_report(*replica.store().connect().value(), *progress.report,
                                      progress.arguments, {about.tenant, {}, as_of}, source.soon());
    ASSERT_TRUE(rows);
    EXPECT_TRUE(difference(lines_of(*rows), plain_lines(connection, progress)));
}

} // namespace
} // namespace bw::year
