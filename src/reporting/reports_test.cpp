// What holds of every report: whom it shows what, that it has a golden text, that it cannot reach
// beyond its scope, that it gives what it says.
#include <filesystem>

#include "reporting/reports_for_test.hpp"

namespace bw::reporting::test {
namespace {

TEST_F(Reports, TeachersGetTheirClassesAlone) {
    const std::vector mine{SectionId{made_->sections[0]}};
    for (const Report& report : catalogue()) {
        if (!report.readers.has(tenancy::Role::teacher))
            continue;
        const auto section = std::ranges::find(report.columns, Kind::section, &ReportColumn::kind);
        std::vector<Value> arguments;
        for (const ReportParameter& parameter : report.parameters)
            arguments.push_back(!parameter.required ? Value()
                                : parameter.kind == Kind::section
                                    ? Value(made_->sections[2])
                                    : Value(assignments_of(*made_, made_->sections[2])[0].id));
        const Rows rows = made_->run(report.id, arguments, mine);
        if (section == report.columns.end())
            for (const auto& row : rows) // of a class that is not theirs: nothing, or zeros
                for (std::size_t i = 0; i < row.size(); ++i)
                    EXPECT_TRUE(report.columns[i].kind == Kind::day ||
                                row[i] == Value(std::int64_t{0}))
                        << report.id << ": " << shown(row[i]);
        for (const auto& row : rows)
            if (section != report.columns.end())
                EXPECT_EQ(row[static_cast<std::size_t>(section - report.columns.begin())],
                          Value(made_->sections[0]))
                    << report.id;
    }
}

TEST_F(Reports, EveryOneHasAGoldenText) {
    for (const Report& report : catalogue())
        EXPECT_TRUE(std::filesystem::exists(std::string(BW_GOLDEN) + "/" + report.id + ".txt"))
            << report.id << " has no test here: check() makes its golden text";
}

TEST_F(Reports, EveryOneStaysWithinItsScope) {
    auto connection = made_->rows.store().connect().value();
    for (const Report& report : catalogue()) {
        auto outcome = views_of(*connection, report.sql, soon());
        EXPECT_TRUE(outcome) << report.id << ": " << outcome.error().text();
    }
}

TEST_F(Reports, OneThatReachesBeyondIsRefusedBeforeItRuns) {
    const auto bad =
        parse_report("bad", "-- Bad\n-- Reads all.\n-- readers: administrator\n-- gives: n "
                            "integer\nselect count(*) as n from base.submissions")
            .value();
    auto outcome = run_report(*made_->rows.store().connect().value(), bad, {},
                              {TenantId{made_->tenant}, {}, Instant{as_of_us / 1000}}, soon());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::forbidden);
}

TEST_F(Reports, OneThatGivesOtherThanItSaysFails) {
    const auto bad = parse_report("bad", "-- Bad\n-- Gives text.\n-- readers: administrator\n-- "
                                         "gives: n integer\nselect 'x' as n")
                         .value();
    EXPECT_EQ(run_report(*made_->rows.store().connect().value(), bad, {},
                         {TenantId{made_->tenant}, {}, Instant{0}}, soon())
                  .error()
                  .code,
              Code::internal);
}

} // namespace
} // namespace bw::reporting::test
