#include "roster/csv.hpp"

#include <gtest/gtest.h>

namespace bw::roster {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Outcome {
    Rows rows;
    std::string error; // "line:column reason"
};

constexpr CsvLimits small{.field_bytes = 10, .row_bytes = 30, .fields = 4, .rows = 3};

Outcome read(std::string_view text) {
    CsvReader reader("f.csv", text, small);
    Outcome out;
    std::vector<CsvField> row;
    while (reader.next(row)) {
        out.rows.emplace_back();
        for (const auto& field : row)
            out.rows.back().emplace_back(field.text);
    }
    if (reader.error())
        out.error = std::to_string(reader.error()->at.line) + ":" +
                    std::to_string(reader.error()->at.column) + " " + reader.error()->reason;
    EXPECT_FALSE(reader.next(row)) << "after the end or an error there is nothing";
    return out;
}

TEST(Csv, reads_what_rfc_4180_allows) {
    struct Case {
        std::string_view text;
        Rows rows;
    };
    const Case cases[] = {
        {"", {}},
        {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
        {"a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
        {"\xef\xbb\xbfid,x\n", {{"id", "x"}}},
        {",\n", {{"", ""}}},
        {"a,", {{"a", ""}}},
        {"\"\"\n", {{""}}},
        {"\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
        {"\"\"\"\"\"\",x\n", {{"\"\"", "x"}}},
        {"\"1\r\n2\",\"\n\"\r\n", {{"1\r\n2", "\n"}}},
        {"\xc3\xa9,\xf0\x9f\x8e\xb5\n", {{"é", "🎵"}}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        auto got = read(c.text);
        EXPECT_EQ(got.error, "");
        EXPECT_EQ(got.rows, c.rows);
    }
}

TEST(Csv, says_where_and_what_is_wrong) {
    using namespace std::string_view_literals;
    struct Case {
        std::string_view text;
        std::string error;
        std::size_t rows_before = 0;
    };
    const Case cases[] = {
        {"a,b\nc\"d,e\n"sv, "2:2 a quote inside a field that does not begin with one", 1},
        {"a,\"b\" \n"sv, "1:6 text after a closing quote"},
        {"a\nb,\"x\n\ny"sv, "2:3 the quote that opens here is never closed", 1},
        {"a\rb\n"sv, "1:2 a carriage return without a line feed"},
        {"\"a\"\r"sv, "1:4 a carriage return without a line feed"},
        {"a\n\nb\n"sv, "2:1 an empty line", 1},
        {"a\r\n\r\n"sv, "2:1 an empty line", 1},
        {"\xc3\xa9,x\"\n"sv, "1:4 a quote inside a field that does not begin with one"},
        {"\xef\xbb\xbf"
         "ab\"\n"sv,
         "1:3 a quote inside a field that does not begin with one"},
        {"\"x\ny\",\"z\"w\n"sv, "2:7 text after a closing quote"}, // a field over two lines
        // Text that is none is refused before any row is read.
        {"a\nb,\xff\n"sv, "2:3 not UTF-8 (byte 0xff)"},
        {"a\n\xc3\xa9\xc3\n"sv, "2:2 not UTF-8 (byte 0xc3)"},
        {"\xed\xa0\x80\n"sv, "1:1 not UTF-8 (byte 0xed)"},     // a surrogate
        {"\xc0\xaf\n"sv, "1:1 not UTF-8 (byte 0xc0)"},         // an overlong slash
        {"\xf4\x90\x80\x80\n"sv, "1:1 not UTF-8 (byte 0xf4)"}, // past U+10FFFF
        {"ab\xe2\x82"sv, "1:3 not UTF-8 (byte 0xe2)"},         // cut short
        {"\xff\xfe"
         "a\0"sv,
         "1:1 not UTF-8 (byte 0xff)"}, // UTF-16
        {"a\nb\0c\n"sv, "2:2 a NUL character"},
        // Limits.
        {"a\nb,12345678901\n"sv, "2:3 a field longer than 10 bytes", 1},
        {"1234567890,1234567890,1234567\n"sv, ""},
        {"1234567890,1234567890,123456789,\n"sv, "1:1 a row longer than 30 bytes"},
        {"1,2,3,4,5\n"sv, "1:9 a row of more than 4 fields"},
        {"1\n2\n3\n4\n"sv, "4:1 more than 3 rows", 3},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        auto got = read(c.text);
        EXPECT_EQ(got.error, c.error);
        if (!c.error.empty()) {
            EXPECT_EQ(got.rows.size(), c.rows_before);
        }
    }
}

TEST(Csv, writes_what_it_reads) {
    const std::vector<std::string_view> row{"", "a,b", "c\"d", "e\r\nf", "g"};
    std::string text;
    append_csv_row(text, row);
    EXPECT_EQ(text, ",\"a,b\",\"c\"\"d\",\"e\r\nf\",g\r\n");
    CsvReader reader("f.csv", text);
    std::vector<CsvField> back;
    ASSERT_TRUE(reader.next(back));
    ASSERT_EQ(back.size(), row.size());
    for (std::size_t i = 0; i < row.size(); ++i)
        EXPECT_EQ(back[i].text, row[i]);
}

} // namespace
} // namespace bw::roster
