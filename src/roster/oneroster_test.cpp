// Reading packages without a database: the manifest, and the rows that go to staging.
#include "roster/oneroster.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "roster/oneroster_files.hpp"
#include "roster/package_for_test.hpp"
#include "roster/sample.hpp"

namespace bw::roster {
namespace {

using test::Files;

Date day(std::string_view text) {
    return *parse_date(text);
}

struct Read {
    std::map<Entity, std::string> rows; // new ids as "ID"
    std::map<Entity, std::int64_t> counts;
    ImportErrors errors;
    std::size_t chunk_bytes_most = 0;
    std::size_t reports = 0;
    std::string last_report;
};

Read read(const Package& package, std::chrono::days shift = {}) {
    Read out;
    Findings findings(100);
    SeededRng rng(1);
    StagedRows rows([&](Entity entity, std::string_view text) -> Result<void> {
        out.chunk_bytes_most = std::max(out.chunk_bytes_most, text.size());
        if (out.rows[entity].size() < 10'000)
            out.rows[entity] += text;
        return {};
    });
    FilesReader reader(package, rows, findings, Instant{0}, rng, shift, [&](const Progress& p) {
        ++out.reports;
        out.last_report = fmt::format("{} {}: {} rows, {} bytes left", p.step, p.what, p.rows,
                                      p.bytes_total - p.bytes);
    });
    auto done = reader.read_all();
    EXPECT_TRUE(done) << done.error().text();
    for (std::size_t i = 0; i < entity_count; ++i)
        out.counts[static_cast<Entity>(i)] = rows.count(static_cast<Entity>(i));
    for (auto& [entity, text] : out.rows)
        for (std::size_t at = 0; (at = text.find("00000000-0000-7", at)) != std::string::npos;)
            text.replace(at, 36, "ID");
    out.errors = findings.errors();
    return out;
}

TEST(OneRoster, stages_every_entity) {
    const Read out = read(Files().package());
    EXPECT_TRUE(out.errors.list.empty());
    const std::map<Entity, std::string> expected = {
        {Entity::orgs, "2\tID\tf\t\\N\td\tDistrict\tdistrict\t\\N\t\\N\n"
                       "3\tID\tf\t\\N\ts\tSchool\tschool\t\\N\td\n"},
        {Entity::courses, "2\tID\tf\t\\N\tc\tMusic\tM\ts\ty\n"},
        {Entity::section_terms, "2\tk1\tt1\n2\tk1\tt2\n3\tk2\tt2\n"},
        {Entity::users, "2\tID\tf\t\\N\tu1\tactive\tAda\tada\tAda\tAbara\tada@example.org\t\\N\ts\n"
                        "3\tID\tf\t\\N\tu2\tactive\tben\tben\tBen\tBaker\t\\N\t\\N\ts\n"
                        "4\tID\tf\t\\N\tu3\tinactive\tgone\t\\N\tGus\tGone\t\\N\t\\N\t\\N\n"},
        {Entity::line_items,
         "2\tID\tf\t\\N\ti1\tEssay\tA \"short\"\\nessay\tk1\tg\tt2\ts\t2024-02-01\t"
         "2024-02-29\t\\N\t0\t100\n"
         "4\tID\tf\t\\N\ti2\tSong\t\\N\tk2\tg\t\\N\ts\t2024-02-01\t\\N\t"
         "2024-03-01T09:00:00.000Z\t\\N\t\\N\n"},
    };
    for (const auto& [entity, rows] : expected)
        EXPECT_EQ(out.rows.at(entity), rows) << name_of(entity);
    EXPECT_EQ(out.last_report, "reading lineItems.csv: 2 rows, 0 bytes left");
}

TEST(OneRoster, a_row_that_a_delta_takes_back_needs_its_key_and_time_alone) {
    const Read out = read(
        Files::delta({{"users", "u1,tobedeleted,2026-11-23T08:00:00Z,,,,,,,\n"
                                "u2,active,2026-11-23T09:00:00+01:00,true,ben,,Ben,Baker,,s\n"}})
            .package());
    EXPECT_TRUE(out.errors.list.empty());
    EXPECT_EQ(
        out.rows.at(Entity::users),
        "2\tID\tt\t2026-11-23T08:00:00.000Z\tu1\tinactive\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n"
        "3\tID\tf\t2026-11-23T08:00:00.000Z\tu2\tactive\tben\tben\tBen\tBaker\t\\N\t\\N\ts\n");
}

TEST(OneRoster, moves_dates_by_whole_days) {
    const Package package = Files().package();
    auto by = days_to(package, day("2026-11-23"));
    ASSERT_TRUE(by);
    EXPECT_EQ(by->count(), 1026) << "from the newest term";
    const Read out = read(package, *by);
    EXPECT_TRUE(out.rows.at(Entity::academic_sessions).contains("\tSpring\tterm\t2026-11-23\t"));
    EXPECT_TRUE(out.rows.at(Entity::line_items).contains("\t2026-11-23\t2026-12-21\t"));
    EXPECT_TRUE(out.rows.at(Entity::line_items).contains("\t2026-12-22T09:00:00.000Z\t"));
    Files without;
    without.text["academicSessions.csv"] = "sourcedId,title,type,startDate,endDate,schoolYear\n"
                                           "y,2024,schoolYear,2023-09-01,2024-06-30,2024\n";
    EXPECT_EQ(days_to(without.package(), day("2026-11-23")).error().code, Code::not_found)
        << "a school year is no term";
}

TEST(OneRoster, ignores_other_files_and_says_so) {
    Files files;
    files.replace("manifest.csv", "demographics,absent", "userProfiles,bulk")
        .text["userProfiles.csv"] = "what,ever\n";
    files.replace("manifest.csv", "file.categories,bulk\n", "").text.erase("categories.csv");
    const Package p = files.package();
    EXPECT_EQ(p.warnings(),
              (std::vector<std::string>{
                  "userProfiles.csv is ignored",
                  "categories.csv is absent: the categories of line items are ignored"}));
    EXPECT_EQ(p.mode(), "bulk");
    EXPECT_EQ(Files::delta({{"users", ""}}).package().mode(), "delta");
}

TEST(OneRoster, a_sample_is_a_package_and_the_same_each_time) {
    SampleOptions options{.schools = 3,
                          .sections = 10,
                          .students = 50,
                          .around = day("2026-11-23"),
                          .due = {day("2026-11-24"), day("2026-12-01")}};
    SeededRng rng(7), again(7), other(8);
    const Bytes zip = sample_zip(options, rng);
    EXPECT_EQ(zip, sample_zip(options, again));
    EXPECT_NE(zip, sample_zip(options, other));
    Read out = read(*Package::open(zip));
    EXPECT_TRUE(out.errors.list.empty());
    EXPECT_EQ(out.counts[Entity::orgs], 4);
    EXPECT_EQ(out.counts[Entity::sections], 10);
    EXPECT_EQ(out.counts[Entity::users], 61);
    EXPECT_EQ(out.counts[Entity::line_items], 20);
    EXPECT_GT(out.counts[Entity::enrollments], 150);
    for (std::size_t n : {0UL, 1UL}) // degenerate sizes
        for (bool families : {false, true})
            EXPECT_TRUE(read(*Package::open(sample_zip({.schools = n,
                                                        .sections = n,
                                                        .students = n,
                                                        .around = day("2026-11-23"),
                                                        .families = families},
                                                       rng)))
                            .errors.list.empty());
}

TEST(OneRoster, a_large_package_goes_by_in_small_pieces) {
    SeededRng rng(7);
    const Read out = read(*Package::open(
        sample_zip({.sections = 400, .students = 30'000, .around = day("2026-11-23")}, rng)));
    EXPECT_TRUE(out.errors.list.empty());
    EXPECT_EQ(out.counts.at(Entity::enrollments), 120'400);
    EXPECT_LT(out.chunk_bytes_most, 1'100'000U);
    EXPECT_GT(out.reports, 15U);
}

TEST(OneRoster, takes_what_is_unusual_but_right) {
    struct Case {
        const char* what;
        std::function<void(Files&)> change;
    };
    const Case cases[] = {
        {"a byte order mark", [](Files& f) { f.text["users.csv"].insert(0, "\xef\xbb\xbf"); }},
        {"CRLF",
         [](Files& f) {
             f.text["orgs.csv"] =
                 "sourcedId,name,type\r\nd,District,district\r\ns,School,school\r\n";
         }},
        {"columns in another order, without the optional ones",
         [](Files& f) { f.text["orgs.csv"] = "type,name,sourcedId\nschool,S,s\nschool,D,d\n"; }},
        {"unknown and metadata columns",
         [](Files& f) {
             f.text["orgs.csv"] =
                 "sourcedId,name,type,metadata.colour,other\ns,S,school,red,1\nd,D,school,,\n";
         }},
        {"status active", [](Files& f) { f.replace("users.csv", "u2,,", "u2,active,"); }},
        {"an extension", [](Files& f) { f.replace("roles.csv", "student", "ext:librarian"); }},
        {"a child before its parent",
         [](Files& f) {
             f.text["orgs.csv"] =
                 "sourcedId,name,type,parentSourcedId\ns,S,school,d\nd,D,district,\n";
         }},
        {"a leap day",
         [](Files& f) { f.replace("academicSessions.csv", "2024-02-01", "2024-02-29"); }},
        {"no rows",
         [](Files& f) {
             f.text["categories.csv"] = "sourcedId,title\n";
             f.text["lineItems.csv"].resize(f.text["lineItems.csv"].find('\n') + 1);
         }},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Files files;
        c.change(files);
        const Read out = read(files.package());
        EXPECT_TRUE(out.errors.list.empty()) << out.errors.list[0].reason;
    }
}

} // namespace
} // namespace bw::roster
