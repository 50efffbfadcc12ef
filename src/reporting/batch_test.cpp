// What many changes of a row come to, as a table; and which values cannot stand in the store.
#include "reporting/batch.hpp"

#include <gtest/gtest.h>

namespace bw::reporting {
namespace {

using pg::pgoutput::Field;
using Kind = Field::Kind;

constexpr MirroredColumn columns[] = {
    {"id", ColumnType::text}, {"a", ColumnType::text, true}, {"b", ColumnType::text, true}};
constexpr MirroredTable table{"public", "t", columns, 1};

/// "k 1 2": a row; ~ null, = unchanged.
std::vector<Field> row(std::string_view words) {
    std::vector<Field> out;
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        out.push_back(word == "~"   ? Field{Kind::null}
                      : word == "=" ? Field{Kind::unchanged}
                                    : Field{Kind::binary, word});
    }
    return out;
}

/// "+k 1 2" inserts, "*k 1 2" updates, "*j>k 1 2" moves, "-k" deletes, "0" truncates.
Result<void> play(TableBatch& batch, std::string_view deed) {
    const char kind = deed[0];
    deed.remove_prefix(1);
    if (kind == '0')
        batch.truncate();
    if (kind == '+')
        batch.insert(row(deed));
    if (kind == '-')
        batch.remove(row(deed));
    if (kind != '*')
        return {};
    if (const std::size_t moved = deed.find('>'); moved != std::string_view::npos) {
        const auto old = row(deed.substr(0, moved));
        return batch.update(FieldSpan(old), row(deed.substr(moved + 1)));
    }
    return batch.update(std::nullopt, row(deed));
}

std::string told(const TableBatch& batch) {
    std::map<std::string, std::string> sorted;
    for (const auto& [key, change] : batch.changes()) {
        std::string text;
        for (const Field& field :
             change.row ? TableBatch::unpack(*change.row) : std::vector<Field>{})
            text += field.kind == Kind::null        ? " ~"
                    : field.kind == Kind::unchanged ? " ="
                                                    : " " + std::string(field.bytes);
        sorted[std::string(TableBatch::unpack(key)[0].bytes)] =
            (change.stands ? "stands" : "new") + (change.row ? text : " gone");
    }
    std::string out = batch.truncated() ? "truncated; " : "";
    for (const auto& [key, text] : sorted)
        out += key + ": " + text + "; ";
    return out;
}

struct Case {
    std::vector<std::string_view> deeds;
    const char* becomes;
};

const Case cases[] = {
    {{"+k 1 2"}, "k: new k 1 2; "},
    {{"*k 1 2"}, "k: stands k 1 2; "},
    {{"-k"}, "k: stands gone; "},
    {{"+k 1 2", "-k"}, ""},
    {{"+k 1 2", "*k 3 4"}, "k: new k 3 4; "},
    {{"+k 1 2", "*k = 4"}, "k: new k 1 4; "},
    {{"*k 1 =", "*k = 4"}, "k: stands k 1 4; "},
    {{"*k = 2", "*k = 4"}, "k: stands k = 4; "},
    {{"*k 1 2", "-k"}, "k: stands gone; "},
    {{"-k", "+k 5 6"}, "k: stands k 5 6; "},
    {{"-k", "+k 5 6", "-k"}, "k: stands gone; "},
    {{"-k", "+k 5 6", "*k ~ ="}, "k: stands k ~ 6; "},
    {{"+j 1 2", "*j>k 1 2"}, "k: stands k 1 2; "},
    {{"*j>k 1 2"}, "j: stands gone; k: stands k 1 2; "},
    {{"+j 1 2", "*j>k = 3"}, "k: stands k 1 3; "},
    {{"*j>k 1 2", "+j 8 9"}, "j: stands j 8 9; k: stands k 1 2; "},
    {{"+k 1 2", "0"}, "truncated; "},
    {{"*k 1 2", "0", "+k 3 4"}, "truncated; k: new k 3 4; "},
};

TEST(TableBatch, KeepsTheLastVersionOfEachRow) {
    for (const Case& c : cases) {
        TableBatch batch(table);
        std::string deeds;
        for (const std::string_view deed : c.deeds) {
            EXPECT_TRUE(play(batch, deed));
            deeds += std::string(deed) + ", ";
        }
        EXPECT_EQ(told(batch), c.becomes) << deeds;
        batch.clear();
        EXPECT_TRUE(batch.empty());
        EXPECT_EQ(batch.bytes(), 0U);
    }
}

TEST(TableBatch, AMoveOfWhatOnlyTheStoreKnowsIsRefused) {
    TableBatch batch(table);
    EXPECT_EQ(play(batch, "*j>k = 3").error().code, Code::conflict);
    EXPECT_TRUE(batch.empty());
}

TEST(TableBatch, KeysDoNotRunIntoEachOther) {
    constexpr MirroredTable two{"public", "t", columns, 2};
    TableBatch batch(two);
    batch.insert(row("ab c 1"));
    batch.insert(row("a bc 2"));
    EXPECT_EQ(batch.rows(), 2U);
    EXPECT_GT(batch.bytes(), 20U);
}

Bytes big_endian(std::int64_t value, int bytes) {
    Bytes out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift));
    return out;
}

TEST(TableBatch, ValuesThatCannotStandAreNamed) {
    static constexpr MirroredColumn each[] = {
        {"id", ColumnType::uuid},        {"n", ColumnType::int8},
        {"at", ColumnType::timestamptz}, {"day", ColumnType::date},
        {"text", ColumnType::text},      {"maybe", ColumnType::boolean, true}};
    constexpr MirroredTable all{"public", "t", each, 1};
    const Bytes id(16, 'i'), eight(8, '\0'), four(4, '\0'), forever = big_endian(INT64_MAX, 8),
                                                            never = big_endian(INT64_MIN, 8),
                                                            last_day = big_endian(INT32_MAX, 4);
    using Row = std::vector<Field>;
    const auto b = [](const Bytes& bytes) { return Field{Kind::binary, bytes}; };
    const Row good{b(id), b(eight), b(eight), b(four), {Kind::binary, "text"}, {Kind::null}};
    EXPECT_EQ(fault_in(all, good), "");
    const struct {
        std::size_t column;
        Field value;
        const char* fault;
    } bad[] = {
        {0, {Kind::null}, "id: it is missing"},
        {0, {Kind::unchanged}, "id: a key's value is missing"},
        {0, {Kind::binary, "short"}, "id: it has another length than its type"},
        {1, b(four), "n: it has another length than its type"},
        {1, {Kind::text, "12345678"}, "n: it came as text"},
        {2, b(forever), "at: the instant is out of range"},
        {2, b(never), "at: the instant is out of range"},
        {3, b(last_day), "day: the day is out of range"},
        {4, {Kind::binary, "\xff"}, "text: it is no UTF-8"},
        {5, {Kind::binary, ""}, "maybe: it has another length than its type"},
    };
    for (const auto& c : bad) {
        Row row = good;
        row[c.column] = c.value;
        EXPECT_EQ(fault_in(all, row), c.fault);
    }
    Row kept = good;
    kept[4] = {Kind::unchanged};
    EXPECT_EQ(fault_in(all, kept), "");
}

} // namespace
} // namespace bw::reporting
