#include "timetable/generator.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/crypto.hpp"
#include "roster/csv.hpp"
#include "roster/package_for_test.hpp"
#include "timetable/conflicts.hpp"
#include "timetable/school_for_test.hpp"

namespace bw::timetable {
namespace {

using test::on;

constexpr Instant ever{0}, never{2'145'916'800'000};

template <class T>
T id_of(std::string_view text) {
    return {make_uuid_v8(view(sha256(text)))};
}

std::vector<std::map<std::string, std::string>> rows(const std::string& text) {
    roster::CsvReader reader("f.csv", text);
    std::vector<roster::CsvField> row;
    std::vector<std::string> header;
    std::vector<std::map<std::string, std::string>> out;
    while (reader.next(row)) {
        if (header.empty()) {
            for (const auto& field : row)
                header.emplace_back(field.text);
            continue;
        }
        out.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i)
            out.back()[header[i]] = row[i].text;
    }
    EXPECT_FALSE(reader.error());
    return out;
}

struct Institution {
    std::vector<SectionToPlace> sections;
    GeneratorOptions options;
};

Institution read(const Bytes& zip) {
    const auto entries = *roster::test::unzip(zip);
    const std::map<std::string, std::string> files(entries.begin(), entries.end());
    Institution out;
    for (auto& row : rows(files.at("academicSessions.csv")))
        if (row["type"] == "term")
            out.options.terms.push_back(
                {row["sourcedId"], on(row["startDate"]), on(row["endDate"])});
    std::map<std::string, SectionToPlace> sections;
    for (auto& row : rows(files.at("classes.csv")))
        sections[row["sourcedId"]] = {.section = id_of<SectionId>(row["sourcedId"]),
                                      .term = row["termSourcedIds"]};
    for (auto& row : rows(files.at("enrollments.csv"))) {
        SectionToPlace& section = sections.at(row["classSourcedId"]);
        if (row["role"] == "teacher")
            section.teacher = id_of<UserId>(row["userSourcedId"]);
        else
            section.students.push_back(id_of<UserId>(row["userSourcedId"]));
    }
    for (auto& [name, section] : sections)
        out.sections.push_back(std::move(section));
    return out;
}

Generated made(const Institution& institution, std::uint64_t seed) {
    SeededRng rng(seed);
    return generate(institution.sections, institution.options, rng);
}

TEST(Generator, KeepsTeachersRoomsAndStudentsApart) {
    Institution school;
    school.options.terms = {{"autumn", on("2026-09-07"), on("2026-12-18")},
                            {"spring", on("2027-01-04"), on("2027-03-24")}};
    std::vector<StudentGroup> groups(5);
    for (StudentGroup& group : groups)
        group.name = std::to_string(&group - groups.data());
    for (std::uint8_t i = 0; i < 40; ++i) {
        const auto group = static_cast<std::uint8_t>(i % 5);
        SectionToPlace section{.section = test::id<SectionId>(i),
                               .teacher = test::id<UserId>(static_cast<std::uint8_t>(100 + i % 8)),
                               .term = i < 20 ? "autumn" : "spring"};
        for (std::uint8_t s = 0; s < 20; ++s)
            section.students.push_back(test::id<UserId>(static_cast<std::uint8_t>(group * 20 + s)));
        groups[group].sections.push_back(section.section);
        school.sections.push_back(std::move(section));
    }
    const Generated first = made(school, 7);
    EXPECT_EQ(first.unplaced, 0);
    EXPECT_EQ(first.clashes, 0);
    EXPECT_EQ(first.timetable.lessons.size(), 160);
    EXPECT_EQ(made(school, 7).timetable, first.timetable);
    EXPECT_NE(made(school, 8).timetable, first.timetable);
    const Plan plan = *Plan::make(first.timetable);
    EXPECT_TRUE(conflicts(plan, ever, never, groups).list.empty());
}

TEST(Generator, SaysWhatItCouldNotPlace) {
    Institution school;
    school.options.terms = {{"autumn", on("2026-09-07"), on("2026-12-18")}};
    for (std::uint8_t i = 0; i < 10; ++i)
        school.sections.push_back(
            {.section = test::id<SectionId>(i), .teacher = test::id<UserId>(1), .term = "autumn"});
    school.sections.push_back({.section = test::id<SectionId>(99), .term = "winter"});
    const Generated out = made(school, 1);
    EXPECT_EQ(out.timetable.lessons.size(), 35); // all of the teacher's week
    EXPECT_EQ(out.unplaced, 9);
    EXPECT_TRUE(Plan::make(out.timetable));
}

TEST(Generator, GivesEachInstitutionAWeek) {
    const char* chosen = std::getenv("BW_ROSTERS");
    const std::filesystem::path directory =
        chosen != nullptr ? std::filesystem::path(chosen)
                          : std::filesystem::path(BW_SOURCE_DIR) / "../shared/data/oneroster";
    if (!std::filesystem::is_directory(directory))
        GTEST_SKIP() << "no packages at " << directory;
    std::size_t institutions = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() != ".zip")
            continue;
        ++institutions;
        Bytes zip;
        {
            std::FILE* file = std::fopen(entry.path().c_str(), "rb");
            ASSERT_NE(file, nullptr);
            zip.resize(entry.file_size());
            EXPECT_EQ(std::fread(zip.data(), 1, zip.size(), file), zip.size());
            std::fclose(file);
        }
        const Institution institution = read(zip);
        const Generated out = made(institution, 1);
        EXPECT_EQ(out.unplaced, 0) << entry.path();
        EXPECT_EQ(out.timetable.lessons.size(), institution.sections.size() * 4) << entry.path();
        const auto plan = Plan::make(out.timetable);
        ASSERT_TRUE(plan) << entry.path() << plan.error().text();
        EXPECT_TRUE(conflicts(*plan, ever, never).list.empty()) << entry.path();
        std::size_t seats = 0;
        for (const auto& section : institution.sections)
            seats += section.students.size() * 4;
        EXPECT_LE(out.clashes * 100, seats) << entry.path();
    }
    EXPECT_EQ(institutions, 13);
}

} // namespace
} // namespace bw::timetable
