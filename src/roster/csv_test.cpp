#include "roster/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
        // Text that is none.
        {"a\nb,\xff\n"sv, "2:3 not UTF-8 (byte 0xff)", 1},
        {"a\nb,\"x\xff\"\n"sv, "2:5 not UTF-8 (byte 0xff)", 1},
        {"a\n\xff"sv, "2:1 not UTF-8 (byte 0xff)", 1},
        {"a\n\xc3\xa9\xc3\n"sv, "2:2 not UTF-8 (byte 0xc3)", 1},
        {"\xed\xa0\x80\n"sv, "1:1 not UTF-8 (byte 0xed)"},     // a surrogate
        {"\xc0\xaf\n"sv, "1:1 not UTF-8 (byte 0xc0)"},         // an overlong slash
        {"\xf4\x90\x80\x80\n"sv, "1:1 not UTF-8 (byte 0xf4)"}, // past U+10FFFF
        {"ab\xe2\x82"sv, "1:3 not UTF-8 (byte 0xe2)"},         // cut short
        {"\xff\xfe"
         "a\0"sv,
         "1:1 not UTF-8 (byte 0xff)"}, // UTF-16
        {"a\nb\0c\n"sv, "2:2 a NUL character", 1},
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

/// A source that gives `step` bytes at a time, and at `fails_at` an error.
CsvSource dripping(std::string_view text, std::size_t step,
                   std::optional<std::size_t> fails_at = {}) {
    return [text, step, fails_at,
            at = std::size_t{0}](std::span<char> out) mutable -> Result<std::size_t> {
        if (fails_at && at >= *fails_at)
            return fail(Code::bad_request, "the archive is broken");
        const std::size_t n = text.substr(at).copy(out.data(), std::min(step, out.size()));
        at += n;
        return n;
    };
}

TEST(Csv, a_stream_in_any_pieces_gives_the_same_rows_and_places) {
    // Longer than the window, so that rows, quotes and characters lie across its end.
    std::string text = "\xef\xbb\xbfid,\"te\"\"xt\"\r\n";
    for (int i = 0; i < 60'000; ++i)
        text += std::to_string(i) + ",\"é\n🎵 \"\"" +
                std::string(static_cast<std::size_t>(i % 37), 'x') + "\"\n";
    text += "end,\"open";
    std::vector<std::string> outcomes;
    for (const std::size_t step : {1UL << 20, 64UL * 1024, 4097UL, 13UL}) {
        CsvReader reader("f.csv", dripping(text, step), {.field_bytes = 100, .row_bytes = 200});
        std::vector<CsvField> row;
        std::size_t rows = 0, sum = 0;
        while (reader.next(row)) {
            ++rows;
            for (const auto& field : row)
                sum = sum * 31 + std::hash<std::string_view>()(field.text) + field.at.line +
                      field.at.column;
        }
        EXPECT_EQ(rows, 60'001U);
        ASSERT_TRUE(reader.error());
        EXPECT_EQ(reader.error()->place(), "f.csv:120002:5");
        EXPECT_EQ(reader.bytes_read(), text.size());
        outcomes.push_back(std::to_string(sum));
    }
    EXPECT_EQ(outcomes, std::vector<std::string>(4, outcomes[0]));
}

TEST(Csv, holds_no_more_than_a_row_may_be_long) {
    // A quote that is never closed in front of much: reading stops, the rest is not taken.
    std::string text = "a,b\n1,\"" + std::string(40 << 20, 'x');
    CsvReader reader("f.csv", dripping(text, 1 << 20), {.row_bytes = 1 << 20});
    std::vector<CsvField> row;
    ASSERT_TRUE(reader.next(row));
    EXPECT_FALSE(reader.next(row));
    EXPECT_EQ(reader.error()->reason,
              "the quote that opens here is not closed within 1048576 bytes");
    EXPECT_LT(reader.bytes_read(), 4U << 20);
}

TEST(Csv, an_error_of_the_source_is_no_error_of_the_text) {
    const std::string text(100'000, 'x');
    CsvReader reader("f.csv", dripping(text, 1000, 50'000));
    std::vector<CsvField> row;
    EXPECT_FALSE(reader.next(row));
    EXPECT_FALSE(reader.error());
    ASSERT_TRUE(reader.source_error());
    EXPECT_EQ(reader.source_error()->detail, "the archive is broken");
    EXPECT_FALSE(reader.next(row));
}

TEST(Csv, writes_what_it_reads) {
    const std::vector<std::string_view> row{"\xef\xbb\xbfg", "a,b", "c\"d", "e\r\nf", ""};
    std::string text;
    append_csv_row(text, row);
    EXPECT_EQ(text, "\"\xef\xbb\xbfg\",\"a,b\",\"c\"\"d\",\"e\r\nf\",\r\n");
    CsvReader reader("f.csv", text);
    std::vector<CsvField> back;
    ASSERT_TRUE(reader.next(back));
    ASSERT_EQ(back.size(), row.size());
    for (std::size_t i = 0; i < row.size(); ++i)
        EXPECT_EQ(back[i].text, row[i]);
}

} // namespace
} // namespace bw::roster
