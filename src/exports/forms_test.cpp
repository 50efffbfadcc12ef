// Files as others read them: CSV and Parquet by DuckDB's own readers, XLSX unpacked as XML.
#include "exports/forms.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include <fstream>
#include <sstream>

#include "reporting/made_school_for_test.hpp"

namespace bw::exports {
namespace {

using reporting::test::day_us;
using reporting::test::MadeSchool;
using reporting::test::monday_us;
using reporting::test::soon;

/// All entries of a zip, by name.
std::map<std::string, std::string> unpacked(const std::filesystem::path& path) {
    std::map<std::string, std::string> out;
    std::unique_ptr<archive, decltype(&archive_read_free)> zip(archive_read_new(),
                                                               &archive_read_free);
    archive_read_support_format_zip(zip.get());
    EXPECT_EQ(archive_read_open_filename(zip.get(), path.c_str(), 1 << 16), ARCHIVE_OK);
    archive_entry* entry = nullptr;
    while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
        std::string& content = out[archive_entry_pathname(entry)];
        std::array<char, 1 << 16> piece{};
        for (la_ssize_t n = 0; (n = archive_read_data(zip.get(), piece.data(), piece.size())) > 0;)
            content.append(piece.data(), static_cast<std::size_t>(n));
    }
    return out;
}

struct Forms : testing::Test {
    bw::test::TemporaryDirectory scratch;
    std::filesystem::path path = scratch.path() / "out";
    MadeSchool made{5, {.exports = scratch.path()}};
    Uuid tenant = made.institution("UTC", 0), school = made.school(tenant, "A \"school\", of arts"),
         section = made.section(tenant, school, "Art");
    std::vector<Uuid> students;
    FileFacts facts{.title = "It's a report",
                    .report = "late_and_missing",
                    .institution = "North & Hill",
                    .arguments = R"({"from":"2026-09-01"})",
                    .as_of = {monday_us / 1000 + 1},
                    .lag = 1500ms};
    std::unique_ptr<columnar::Connection> connection = made.rows.store().connect().value();
    std::int64_t told = 0;

    Forms() {
        for (int i = 0; i < 3; ++i) {
            students.push_back(made.rows.id());
            made.enrol(section, students.back());
        }
    }
    Lines lines(const std::string& report, std::vector<columnar::Value> arguments) {
        auto taken = Lines::take(
            *connection,
            {reporting::find_report(report), std::move(arguments), TenantId{tenant}, std::nullopt},
            {(monday_us + 3 * day_us) / 1000}, soon());
        EXPECT_TRUE(taken) << (taken ? "" : taken.error().text());
        return *std::move(taken);
    }
    Lines late_and_missing() {
        return lines("late_and_missing",
                     {std::monostate{}, columnar::Day{20'698}, columnar::Day{20'760}});
    }
    Result<void> write(Form form, const Lines& of, std::uint64_t bytes_max = 1U << 30) {
        return write_file(form, {.connection = *connection,
                                 .lines = of,
                                 .facts = facts,
                                 .path = path,
                                 .bytes_max = bytes_max,
                                 .deadline = soon(),
                                 .wrote = [&](std::int64_t rows) -> Result<void> {
                                     told = rows;
                                     return {};
                                 }});
    }
    std::string content() const {
        std::ostringstream out;
        out << std::ifstream(path).rdbuf();
        return out.str();
    }
    using Texts = std::vector<std::vector<std::string>>;
    /// As DuckDB reads it, all values as texts; NULL is "-".
    Texts read(const std::string& from) {
        Texts out;
        auto connected = made.rows.store().connect().value();
        auto answer =
            connected->run("select coalesce(columns(*)::varchar, '-') from " + from, {}, soon());
        EXPECT_TRUE(answer) << answer.error().text();
        for (const auto& row : answer->rows()) {
            out.emplace_back();
            for (const auto& value : row)
                out.back().push_back(std::get<std::string>(value));
        }
        return out;
    }
    /// What a Parquet file should hold.
    Texts late_and_missing_texts(const Lines& of) {
        Texts out;
        auto answer = connection->run("select coalesce(columns(*)::varchar, '-') from (" +
                                          of.select(Lines::Ids::texts) + ")",
                                      {}, soon());
        for (const auto& row : answer->rows()) {
            out.emplace_back();
            for (const auto& value : row)
                out.back().push_back(std::get<std::string>(value));
        }
        return out;
    }
    std::string quoted_path() const { return "'" + path.string() + "'"; }
};

TEST_F(Forms, CsvIsReadAsItWasWrittenAndNoFormulaIsLeft) {
    const std::string titles[] = {"plain", "=1+1", "+1",  "-1",
                                  "@x",    "\tx",  "\rx", "a \"quote\", a comma\r\nand a line",
                                  "",      "'=1"};
    for (const std::string& title : titles)
        made.assign(section, monday_us, 1000, title);
    made.apply();
    Lines of = late_and_missing();
    EXPECT_EQ(of.count(), 30);
    ASSERT_EQ(of.people(soon()).value().size(), 3U);
    ASSERT_TRUE(of.add_names(std::vector<reporting::PersonName>{
        {UserId{students[0]}, "=Ada", "Love, lace"}, {UserId{students[1]}, "Grace", ""}}));
    ASSERT_TRUE(write(Form::csv, of));
    EXPECT_EQ(told, 30);
    EXPECT_TRUE(content().starts_with("user_id,given_name,family_name,section_id,assignment_id,"
                                      "title,due_at,state\r\nusr_"))
        << content().substr(0, 200);
    const auto rows = read("read_csv(" + quoted_path() +
                           ", all_varchar = true, header = true, quote = '\"', escape = '\"', "
                           "allow_quoted_nulls = false, nullstr = '')");
    ASSERT_EQ(rows.size(), 30U);
    std::multiset<std::string> seen;
    for (const auto& row : rows) {
        EXPECT_EQ(row.size(), 8U);
        seen.insert(row[5]);
        EXPECT_EQ(row[3], SectionId{section}.text());
        EXPECT_EQ(row[6], "2026-09-07T00:00:00.000Z");
        EXPECT_EQ(row[7], "missing");
        if (row[0] == UserId{students[0]}.text()) {
            EXPECT_EQ(row[1], "'=Ada");
            EXPECT_EQ(row[2], "Love, lace");
        } else if (row[0] == UserId{students[1]}.text()) {
            EXPECT_EQ(row[2], "") << "no family name is not an unknown one";
        } else {
            EXPECT_EQ(row[1], "-") << "not known any more";
        }
    }
    for (const char* title : {"plain", "'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx",
                              "a \"quote\", a comma\r\nand a line", "", "'=1"})
        EXPECT_EQ(seen.count(title), 3U) << title;
}

TEST_F(Forms, ParquetHasTypesAndSaysAsOfWhen) {
    const Uuid essay = made.assign(section, monday_us, 1000, "=1+1");
    made.hand_in(essay, students[0], monday_us + day_us);
    made.apply();
    Lines of = late_and_missing();
    ASSERT_TRUE(
        of.add_names(std::vector<reporting::PersonName>{{UserId{students[0]}, "Ada", "L"}}));
    ASSERT_TRUE(write(Form::parquet, of));
    const auto rows = read("read_parquet(" + quoted_path() + ")");
    ASSERT_EQ(rows.size(), 3U);
    const auto plain = late_and_missing_texts(of);
    EXPECT_EQ(rows, plain) << "as the report has them, in its order";
    const auto types = read("(select column_name, column_type from (describe select * from "
                            "read_parquet(" +
                            quoted_path() + ")))");
    std::map<std::string, std::string> type_of;
    for (const auto& row : types)
        type_of[row[0]] = row[1];
    EXPECT_EQ(type_of["due_at"], "TIMESTAMP WITH TIME ZONE");
    EXPECT_EQ(type_of["user_id"], "VARCHAR");
    std::map<std::string, std::string> said;
    for (const auto& row : read("(select decode(key), decode(value) from parquet_kv_metadata(" +
                                quoted_path() + "))"))
        said[row[0]] = row[1];
    EXPECT_EQ(said["title"], "It's a report");
    EXPECT_EQ(said["as_of"], to_rfc3339(facts.as_of));
    EXPECT_EQ(said["lag_seconds"], "1.500");
    EXPECT_EQ(said["institution"], "North & Hill");
    EXPECT_EQ(read("(select distinct compression from parquet_metadata(" + quoted_path() + "))"),
              Texts{{"ZSTD"}});
}

TEST_F(Forms, XlsxHasTypedCellsAndASheetAboutItself) {
    const Uuid essay = made.assign(section, monday_us + day_us / 2, 1000, "=1+1");
    made.hand_in(essay, students[0], monday_us + day_us);
    made.apply();
    Lines of = late_and_missing();
    ASSERT_TRUE(write(Form::xlsx, of));
    auto parts = unpacked(path);
    pugi::xml_document data, about;
    ASSERT_TRUE(data.load_string(parts.at("xl/worksheets/sheet1.xml").c_str()));
    ASSERT_TRUE(about.load_string(parts.at("xl/worksheets/sheet2.xml").c_str()));
    const pugi::xml_node sheet = data.child("worksheet");
    EXPECT_EQ(std::string(sheet.child("autoFilter").attribute("ref").value()), "A1:H4");
    EXPECT_EQ(
        std::string(
            sheet.child("sheetViews").child("sheetView").child("pane").attribute("state").value()),
        "frozen");
    std::vector<pugi::xml_node> rows;
    for (const auto row : sheet.child("sheetData").children("row"))
        rows.push_back(row);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_TRUE(rows[0].find_node([](const auto& n) { return std::string(n.name()) == "t"; }));
    for (std::size_t i = 1; i < rows.size(); ++i) {
        std::map<std::string, pugi::xml_node> cells;
        for (const auto cell : rows[i].children("c"))
            cells[std::string(cell.attribute("r").value()).substr(0, 1)] = cell;
        EXPECT_FALSE(rows[i].find_node([](const auto& n) { return std::string(n.name()) == "f"; }))
            << "a formula";
        EXPECT_EQ(std::string(cells.at("F").attribute("t").value()), "inlineStr");
        EXPECT_EQ(std::string(cells.at("F").child("is").child("t").text().get()), "=1+1");
        EXPECT_NEAR(cells.at("G").child("v").text().as_double(),
                    25'569 + static_cast<double>(monday_us) / 86'400e6 + 0.5, 1e-6);
        EXPECT_NE(cells.at("G").attribute("s").as_int(), 0) << "shown as a time";
    }
    EXPECT_NE(parts.at("xl/worksheets/sheet2.xml").find(to_rfc3339(facts.as_of)),
              std::string::npos);
    EXPECT_NE(parts.at("xl/workbook.xml").find("About"), std::string::npos);
}

/// What XML has no characters for, or gives a meaning of its own, is read as it was.
TEST_F(Forms, XlsxHasEveryCharacter) {
    const std::pair<const char*, const char*> titles[] = {
        {"a & <b> \"c\"", "a & <b> \"c\""},
        {" edges\n", " edges\n"},
        {"bell\a, return\r", "bell_x0007_, return_x000D_"},
        {"_x000A_ is no line", "_x005F_x000A_ is no line"},
        {"_x00", "_x00"},
        {"\u0627\u062f\u0628", "\u0627\u062f\u0628"}};
    for (const auto& [title, read] : titles)
        made.assign(section, monday_us, 1000, title);
    made.apply();
    Lines of = late_and_missing();
    ASSERT_TRUE(write(Form::xlsx, of));
    auto parts = unpacked(path);
    for (const auto& [name, content] : parts) {
        pugi::xml_document part;
        EXPECT_TRUE(part.load_string(content.c_str())) << name;
    }
    pugi::xml_document data;
    ASSERT_TRUE(data.load_string(parts.at("xl/worksheets/sheet1.xml").c_str(),
                                 pugi::parse_default | pugi::parse_ws_pcdata));
    std::multiset<std::string> seen;
    for (const auto row : data.child("worksheet").child("sheetData").children("row"))
        for (const auto cell : row.children("c"))
            if (std::string(cell.attribute("r").value()).starts_with("F"))
                seen.insert(cell.child("is").child("t").text().get());
    for (const auto& [title, read] : titles)
        EXPECT_EQ(seen.count(read), 3U) << title;
}

TEST_F(Forms, AReportWithoutLinesHasItsColumns) {
    made.apply();
    for (const Form form : {Form::csv, Form::parquet, Form::xlsx}) {
        connection = made.rows.store().connect().value();
        Lines of = late_and_missing();
        EXPECT_EQ(of.count(), 0);
        auto written = write(form, of);
        ASSERT_TRUE(written) << wire_name(form) << written.error().text();
        EXPECT_GT(std::filesystem::file_size(path), 0U);
        std::filesystem::remove(path);
    }
}

TEST_F(Forms, SmallGroupsShowNoFiguresInFilesEither) {
    for (int i = 0; i < 10; ++i) // another school, which is large enough
        made.enrol(made.section(tenant, school, "B"), made.rows.id());
    const Uuid small = made.school(tenant, "Tiny"), one = made.section(tenant, small, "Alone");
    made.enrol(one, made.rows.id());
    made.assign(one, monday_us, 1000, "Alone");
    made.apply();
    Lines of = lines("school_comparison", {columnar::Day{20'698}, columnar::Day{20'760}});
    EXPECT_EQ(of.suppressed(), 2U) << "and the next, from which it could be told";
    ASSERT_TRUE(write(Form::csv, of));
    EXPECT_NE(content().find(",Tiny,,,,,,,\r\n"), std::string::npos) << content();
}

TEST_F(Forms, AFileThatGetsTooLargeIsNone) {
    for (int i = 0; i < 40; ++i)
        made.assign(section, monday_us, 1000, "An essay with a title");
    made.apply();
    for (const Form form : {Form::csv, Form::parquet, Form::xlsx}) {
        connection = made.rows.store().connect().value();
        Lines of = late_and_missing();
        const auto written = write(form, of, 1'000);
        ASSERT_FALSE(written) << wire_name(form);
        EXPECT_EQ(written.error().code, Code::payload_too_large);
        std::filesystem::remove(path);
    }
}

TEST_F(Forms, WhatIsAskedAfterAPieceCanEndIt) {
    made.assign(section, monday_us, 1000, "An essay");
    made.apply();
    for (const Form form : {Form::csv, Form::parquet, Form::xlsx}) {
        connection = made.rows.store().connect().value();
        Lines of = late_and_missing();
        const auto written = write_file(form, {.connection = *connection,
                                               .lines = of,
                                               .facts = facts,
                                               .path = path,
                                               .bytes_max = 1U << 30,
                                               .deadline = soon(),
                                               .wrote = [](std::int64_t) -> Result<void> {
                                                   return fail(Code::conflict, "no");
                                               }});
        EXPECT_EQ(written.error().code, Code::conflict);
        std::filesystem::remove(path);
    }
}

} // namespace
} // namespace bw::exports
