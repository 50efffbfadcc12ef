// How a report's text is read, and how small groups disappear.
#include <gtest/gtest.h>

#include "reporting/run_report.hpp"
#include "reporting/schemas.hpp"

namespace bw::reporting {
namespace {

using columnar::Value;

const std::string good = "-- A title\n-- What it shows,\n-- in two lines.\n-- readers: teacher "
                         "administrator\n-- made from: rollups\n"
                         "-- takes: section section required The class.\n-- takes: from day "
                         "optional\n-- small groups: n\n"
                         "-- gives: title text\n-- gives: n integer How many.\n"
                         "select title, 1::bigint as n from sections where section_id = $section "
                         "and $from is null or $from_ = 1\n";

TEST(Catalogue, AReportIsReadFromItsFirstLines) {
    const auto report = parse_report("r", good).value();
    EXPECT_EQ(report.title, "A title");
    EXPECT_EQ(report.about, "What it shows, in two lines.");
    EXPECT_TRUE(report.from_rollups);
    EXPECT_EQ(report.readers, tenancy::staff);
    EXPECT_EQ(report.group, "n");
    ASSERT_EQ(report.parameters.size(), 2U);
    EXPECT_TRUE(report.parameters[0].required);
    EXPECT_FALSE(report.parameters[1].required);
    EXPECT_EQ(report.columns[1].about, "How many.");
    EXPECT_NE(report.sql.find("section_id = $1::uuid and $2::date is null or $from_"),
              std::string::npos)
        << report.sql;
}

TEST(Catalogue, WhatIsWrongIsSaid) {
    const auto without = [](std::string text, const std::string& part,
                            const std::string& instead = "") {
        return parse_report("r", text.replace(text.find(part), part.size(), instead));
    };
    const std::pair<const char*, const char*> faults[] = {
        {"teacher administrator", "student"},
        {"teacher administrator", "everybody"},
        {"made from: rollups", "made from: air"},
        {"section section required", "section text required"},
        {"section section required", "section user required"},
        {"day optional", "day perhaps"},
        {"$from ", "null "},
        {"small groups: n", "small groups: m"},
        {"n integer", "n whole"},
        {"-- readers: teacher administrator\n", ""},
    };
    for (const auto& [part, instead] : faults) {
        auto report = without(good, part, instead);
        ASSERT_FALSE(report) << part << " -> " << instead;
        EXPECT_NE(report.error().detail.find("report r"), std::string::npos);
    }
}

TEST(Catalogue, AllAreRead) {
    EXPECT_GE(catalogue().size(), 12U);
    for (const Report& report : catalogue())
        EXPECT_EQ(find_report(report.id), &report);
    EXPECT_EQ(find_report("no_such"), nullptr);
}

TEST(Catalogue, EveryKindStandsInTheDocumentedOnes) {
    std::string kinds;
    for (int kind = 0; kind <= static_cast<int>(Kind::school); ++kind)
        kinds += (kinds.empty() ? "\"" : ", \"") + std::string(wire_name(static_cast<Kind>(kind))) +
                 "\"";
    EXPECT_TRUE(report_list_schema.contains("{\"enum\": [" + kinds + "]}")) << kinds;
}

TEST(SmallGroups, LoseTheirFiguresAndNeverOneAlone) {
    const auto report = parse_report("r", good).value();
    const auto left = [&](std::vector<std::int64_t> sizes) {
        std::vector<std::vector<Value>> rows;
        for (std::int64_t size : sizes)
            rows.push_back({std::string("t"), size});
        suppress_small(report, rows);
        std::vector<std::int64_t> out;
        for (const auto& row : rows) {
            EXPECT_EQ(row[0], Value(std::string("t"))) << "what it is called stays";
            out.push_back(std::holds_alternative<std::monostate>(row[1])
                              ? -1
                              : std::get<std::int64_t>(row[1]));
        }
        return out;
    };
    using List = std::vector<std::int64_t>;
    EXPECT_EQ(left({5, 9}), (List{5, 9}));
    EXPECT_EQ(left({4, 9, 7}), (List{-1, 9, -1})) << "one alone could be told from the total";
    EXPECT_EQ(left({4, 1, 7}), (List{-1, -1, 7}));
    EXPECT_EQ(left({4}), (List{-1}));
    EXPECT_EQ(left({}), (List{}));
}

} // namespace
} // namespace bw::reporting
