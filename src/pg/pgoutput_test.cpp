// pgoutput's messages as tables: what each kind reads as, and that nothing shorter, longer or
// unknown is read at all.
#include "pg/pgoutput.hpp"

#include <gtest/gtest.h>

namespace bw::pg {
namespace {

using namespace pgoutput;
using Kind = Field::Kind;

Bytes hex(std::string_view text) {
    std::string digits;
    for (const char c : text)
        if (c != ' ')
            digits += c;
    return from_hex(digits).value();
}

// relation 0000abcd; two columns: binary 2a, null
const Bytes row = hex("0002 62 00000001 2a 6e");

struct Case {
    const char* name;
    Bytes bytes;
    bool whole = true; // no shorter prefix is a message either
};

const Case cases[] = {
    {"begin", "B" + hex("0000000000000010 00000000000f4240 00000007")},
    {"commit", "C" + hex("00 0000000000000010 0000000000000020 00000000000f4240")},
    {"relation", "R" + hex("0000abcd 7000 7400 64 0001 01 6900 00000017 ffffffff")},
    {"insert", "I" + hex("0000abcd 4e") + row},
    {"update", "U" + hex("0000abcd 4e") + row},
    {"update with an old key", "U" + hex("0000abcd 4b") + row + "N" + row},
    {"update with an old row", "U" + hex("0000abcd 4f") + row + "N" + row},
    {"delete", "D" + hex("0000abcd 4b") + row},
    {"delete of a row", "D" + hex("0000abcd 4f") + row},
    {"truncate", "T" + hex("00000002 01 0000abcd 0000abce")},
    {"origin", "O" + hex("0000000000000010 6100"), false},
    {"type", "Y" + hex("0000abcd 7000 7400"), false},
    {"message", "M" + hex("00"), false},
};

TEST(Pgoutput, ReadsWholeMessagesAndNothingElse) {
    for (const Case& c : cases) {
        Message message;
        EXPECT_TRUE(read(c.bytes, message)) << c.name;
        if (!c.whole)
            continue;
        for (std::size_t length = 0; length < c.bytes.size(); ++length) {
            auto cut = read(ByteView(c.bytes).substr(0, length), message);
            ASSERT_FALSE(cut) << c.name << " of " << length << " bytes";
            EXPECT_EQ(cut.error().code, Code::corrupt);
        }
        EXPECT_FALSE(read(c.bytes + '\0', message)) << c.name << " and a byte";
    }
    Message message;
    for (int kind = 0; kind < 256; ++kind)
        if (std::string_view("BCRIUDTOYM").find(static_cast<char>(kind)) ==
            std::string_view::npos) {
            EXPECT_FALSE(read(Bytes(1, static_cast<char>(kind)) + row, message)) << kind;
        }
}

template <class T>
T read_as(const Bytes& bytes) {
    Message message;
    auto done = read(bytes, message);
    EXPECT_TRUE(done);
    return std::get<T>(message);
}

TEST(Pgoutput, TellsWhatTheServerSaid) {
    const auto begin = read_as<Begin>(cases[0].bytes);
    EXPECT_EQ(begin.final_lsn, Lsn{0x10});
    EXPECT_EQ(to_rfc3339(begin.commit_at), "2000-01-01T00:00:01.000Z");
    const auto commit = read_as<Commit>(cases[1].bytes);
    EXPECT_EQ(commit.commit_lsn, Lsn{0x10});
    EXPECT_EQ(commit.end_lsn, Lsn{0x20});
    const auto relation = read_as<Relation>(cases[2].bytes);
    EXPECT_EQ(relation.id, 0xabcdU);
    EXPECT_EQ(relation.schema, "p");
    EXPECT_EQ(relation.name, "t");
    EXPECT_EQ(relation.replica_identity, 'd');
    EXPECT_EQ(relation.columns, (std::vector<Column>{{true, "i", 23}}));
    const auto insert = read_as<Insert>(cases[3].bytes);
    ASSERT_EQ(insert.row.size(), 2U);
    EXPECT_EQ(insert.row[0].kind, Kind::binary);
    EXPECT_EQ(insert.row[1].kind, Kind::null);
    EXPECT_FALSE(read_as<Update>(cases[4].bytes).old);
    EXPECT_EQ(read_as<Update>(cases[5].bytes).old->size(), 2U);
    EXPECT_EQ(read_as<Truncate>(cases[9].bytes).relations,
              (std::vector<std::uint32_t>{0xabcd, 0xabce}));
}

TEST(Pgoutput, RowsSayWhatKindOfValueTheyHave) {
    Message message;
    const Bytes bytes = "I" + hex("00000001 4e 0004 6e 75 74 00000002 6869 62 00000000");
    ASSERT_TRUE(read(bytes, message));
    const Row& values = std::get<Insert>(message).row;
    ASSERT_EQ(values.size(), 4U);
    EXPECT_EQ(values[0].kind, Kind::null);
    EXPECT_EQ(values[1].kind, Kind::unchanged);
    EXPECT_EQ(values[2].kind, Kind::text);
    EXPECT_EQ(values[2].bytes, "hi");
    EXPECT_EQ(values[3].kind, Kind::binary);
    EXPECT_EQ(values[3].bytes, "");
    const char* const bad[] = {
        "00000001 4e 0001 78",             // no such kind of value
        "00000001 4e 0001 62 ffffffff 00", // longer than there is
        "00000001 4e ffff 6e",             // more columns than bytes
        "00000001 4b 0001 6e",             // an insert of an old row
    };
    for (const char* body : bad)
        EXPECT_FALSE(read("I" + hex(body), message)) << body;
    EXPECT_FALSE(read("U" + hex("00000001 4b 0001 6e 4b 0001 6e"), message)) << "two old rows";
    EXPECT_FALSE(read("D" + hex("00000001 4e 0001 6e"), message)) << "a delete of a new row";
}

TEST(Pgoutput, MemoryThatWasUsedKeepsNothing) {
    Message message;
    ASSERT_TRUE(read(cases[5].bytes, message));
    ASSERT_TRUE(read(cases[4].bytes, message));
    EXPECT_FALSE(std::get<Update>(message).old);
    EXPECT_EQ(std::get<Update>(message).row.size(), 2U);
    ASSERT_TRUE(read(cases[2].bytes, message));
    ASSERT_TRUE(read(cases[2].bytes, message));
    EXPECT_EQ(std::get<Relation>(message).columns.size(), 1U);
}

TEST(Pgoutput, Frames) {
    const Bytes data = "w" + hex("0000000000000010 0000000000000020 00000000000f4240") + "payload";
    auto frame = read_frame(data);
    ASSERT_TRUE(frame);
    EXPECT_EQ(std::get<Data>(*frame).message, "payload");
    EXPECT_EQ(std::get<Data>(*frame).end, Lsn{0x20});
    const Bytes keepalive = "k" + hex("0000000000000020 00000000000f4240 01");
    frame = read_frame(keepalive);
    ASSERT_TRUE(frame);
    EXPECT_EQ(std::get<Keepalive>(*frame).end, Lsn{0x20});
    EXPECT_TRUE(std::get<Keepalive>(*frame).reply);
    for (std::size_t length = 0; length < keepalive.size(); ++length)
        EXPECT_FALSE(read_frame(ByteView(keepalive).substr(0, length)));
    EXPECT_FALSE(read_frame(keepalive + "x"));
    EXPECT_FALSE(read_frame(data.substr(0, 24)));
    EXPECT_FALSE(read_frame("x" + data.substr(1)));
    EXPECT_EQ(status_frame({0x30}, {0x20}, {946'684'801'000}, true),
              "r" + hex("0000000000000030 0000000000000020 0000000000000020 00000000000f4240 01"));
}

TEST(Pgoutput, Positions) {
    EXPECT_EQ(Lsn{0x16B374D848}.text(), "16/B374D848");
    EXPECT_EQ(Lsn{}.text(), "0/0");
    EXPECT_EQ(Lsn::parse("16/B374D848"), Lsn{0x16B374D848});
    EXPECT_EQ(Lsn::parse(Lsn{~0ULL}.text()), Lsn{~0ULL});
    for (const char* bad :
         {"", "/", "1/", "/1", "1", "1/1/1", "1/123456789", "g/0", "1 /1", "-1/1"})
        EXPECT_FALSE(Lsn::parse(bad)) << bad;
}

TEST(BinaryCopy, ReadsRowsChunkByChunk) {
    const Bytes header = Bytes("PGCOPY\n\377\r\n\0", 11) + hex("00000000 00000000");
    const Bytes one = hex("0002 00000001 2a ffffffff"), end = hex("ffff");
    auto count = [](std::initializer_list<Bytes> chunks, bool& ended) -> Result<int> {
        BinaryCopy copy;
        int rows = 0;
        for (const Bytes& chunk : chunks)
            CHECK_OK(copy.read(chunk, [&](const Row& values) -> Result<void> {
                EXPECT_EQ(values.size(), 2U);
                ++rows;
                return {};
            }));
        ended = copy.ended();
        return rows;
    };
    bool ended = false;
    EXPECT_EQ(count({header + one, one, end}, ended).value_or(-1), 2);
    EXPECT_TRUE(ended);
    EXPECT_EQ(count({header, one + one, one + end}, ended).value_or(-1), 3);
    EXPECT_TRUE(ended);
    EXPECT_EQ(count({header + end}, ended).value_or(-1), 0);
    EXPECT_EQ(count({header + one}, ended).value_or(-1), 1);
    EXPECT_FALSE(ended) << "without its trailer it may be cut short";
    EXPECT_FALSE(count({one}, ended));
    EXPECT_FALSE(count({header + end + one}, ended));
    EXPECT_FALSE(count({header + end, one}, ended));
    for (std::size_t length = 1; length < one.size(); ++length)
        EXPECT_FALSE(count({header + one.substr(0, length)}, ended)) << length;
    EXPECT_FALSE(count({header + hex("0001 fffffffe")}, ended));
    EXPECT_FALSE(count({header + hex("fffe")}, ended));
}

} // namespace
} // namespace bw::pg
