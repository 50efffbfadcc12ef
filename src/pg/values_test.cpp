// Every type there and back through a real server, which also prints what it understood.
#include "pg/values.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "pg/connection.hpp"
#include "support/cluster.hpp"

namespace bw::pg {
namespace {

class Values : public testing::Test {
protected:
    static void SetUpTestSuite() {
        database_ = new test::TestDatabase(test::TestCluster::get().make_database());
        auto opened =
            Connection::open({.conninfo = database_->superuser_conninfo()}, clock_, soon());
        ASSERT_TRUE(opened) << opened.error().text();
        connection_ = std::move(*opened).release();
        ASSERT_TRUE(connection_->script("create type mood as enum ('calm', 'busy')", soon()));
    }
    static void TearDownTestSuite() {
        delete connection_;
        delete database_;
    }
    static Deadline soon() { return Deadline::in(clock_, 10s); }
    /// The one row of an answer; its column 0 is the value, column 1 the server's text of it.
    static Rows echo(const Statement& statement, const Params& params) {
        auto rows = connection_->run(statement, params, soon());
        if (!rows) {
            ADD_FAILURE() << rows.error().text() << " " << connection_->last_error().message;
            std::abort();
        }
        EXPECT_EQ(rows->count(), 1);
        return *std::move(rows);
    }

    static inline SystemClock clock_;
    static inline test::TestDatabase* database_ = nullptr;
    static inline Connection* connection_ = nullptr;
};

constexpr Statement echo_text{"t_echo_text", 1, "select $1::text, $1::text"};
constexpr Statement echo_enum{"t_echo_enum", 1,
                              "select $1::mood, $1::varchar, 'n'::name, 'c'::char(3)"};
constexpr Statement echo_bytes{"t_echo_bytes", 1, "select $1::bytea, $1::bytea::text"};
constexpr Statement echo_json{"t_echo_json", 1,
                              "select $1::jsonb, $1::jsonb::text, $1::jsonb::json"};
constexpr Statement echo_int8{"t_echo_int8", 1, "select $1::bigint, $1::bigint::text"};
constexpr Statement echo_int4{"t_echo_int4", 1, "select $1::integer, $1::integer::text"};
constexpr Statement echo_int2{"t_echo_int2", 0, "select (-32768)::smallint"};
constexpr Statement echo_boolean{"t_echo_boolean", 1, "select $1::boolean, $1::boolean::text"};
constexpr Statement echo_uuid{"t_echo_uuid", 1, "select $1::uuid, $1::uuid::text"};
constexpr Statement echo_instant{"t_echo_instant", 1,
                                 "select $1::timestamptz, $1::timestamptz::text"};
constexpr Statement echo_null{"t_echo_null", 1, "select $1::uuid"};
constexpr Statement micros{"t_micros", 0,
                           "select '1969-12-31 23:59:59.9999+00'::timestamptz, "
                           "'1999-12-31 23:59:59.999999+00'::timestamptz"};

TEST_F(Values, Text) {
    for (std::string text :
         {"", "a", "it's \"quoted\" \\ and \xc3\xa9\xf0\x9f\x94\x94", "eight888"}) {
        Params p;
        Rows rows = echo(echo_text, p.text(text));
        EXPECT_EQ(rows.text(0, 0), text);
    }
    Params p;
    Rows rows = echo(echo_enum, p.text("busy"));
    EXPECT_EQ(rows.text(0, 0), "busy");
    EXPECT_EQ(rows.text(0, 1), "busy");
    EXPECT_EQ(rows.text(0, 2), "n");
    EXPECT_EQ(rows.text(0, 3), "c  ");
}

TEST_F(Values, TextThatIsNoTextIsTheCallersFault) {
    for (std::string_view text : {std::string_view("\xff"), std::string_view("a\0b", 3)}) {
        Params p;
        auto rows = connection_->run(echo_text, p.text(text), soon());
        ASSERT_FALSE(rows);
        EXPECT_EQ(rows.error().code, Code::bad_request);
    }
}

TEST_F(Values, Bytes) {
    Bytes all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<char>(i));
    for (const Bytes& bytes : {Bytes{}, all}) {
        Params p;
        Rows rows = echo(echo_bytes, p.bytes(bytes));
        EXPECT_EQ(rows.bytes(0, 0), bytes);
        EXPECT_EQ(rows.text(0, 1), "\\x" + to_hex(bytes));
    }
}

TEST_F(Values, Json) {
    Params p;
    Rows rows = echo(echo_json, p.json(R"({"b": 1, "a": [true, null]})"));
    EXPECT_EQ(rows.json(0, 0), R"({"a": [true, null], "b": 1})");
    EXPECT_EQ(rows.json(0, 2), R"({"a": [true, null], "b": 1})");
    p.clear();
    auto bad = connection_->run(echo_json, p.json("{"), soon());
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, Code::bad_request);
}

TEST_F(Values, Integers) {
    using L8 = std::numeric_limits<std::int64_t>;
    using L4 = std::numeric_limits<std::int32_t>;
    for (std::int64_t v :
         {L8::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, L8::max()}) {
        Params p;
        Rows rows = echo(echo_int8, p.int8(v));
        EXPECT_EQ(rows.int8(0, 0), v);
        EXPECT_EQ(rows.text(0, 1), std::to_string(v));
    }
    for (std::int32_t v : {L4::min(), -1, 0, 1, L4::max()}) {
        Params p;
        Rows rows = echo(echo_int4, p.int4(v));
        EXPECT_EQ(rows.int8(0, 0), v);
        EXPECT_EQ(rows.text(0, 1), std::to_string(v));
    }
    EXPECT_EQ(echo(echo_int2, {}).int8(0, 0), -32768);
}

TEST_F(Values, BooleansUuidsAndNull) {
    for (bool v : {false, true}) {
        Params p;
        Rows rows = echo(echo_boolean, p.boolean(v));
        EXPECT_EQ(rows.boolean(0, 0), v);
        EXPECT_EQ(rows.text(0, 1), v ? "true" : "false");
    }
    SeededRng rng(7);
    SectionId id = SectionId::make(Instant{1'795'000'000'000}, rng);
    Params p;
    Rows rows = echo(echo_uuid, p.id(id));
    EXPECT_EQ(rows.id<SectionId>(0, 0), id);
    EXPECT_EQ(rows.text(0, 1), to_text(id.uuid));
    p.clear();
    EXPECT_TRUE(echo(echo_null, p.null()).is_null(0, 0));
    p.clear();
    EXPECT_EQ(echo(echo_text, p.optional_text(std::nullopt)).optional_text(0, 0), std::nullopt);
}

TEST_F(Values, Instants) {
    struct Case {
        std::int64_t ms;
        const char* printed;
    };
    for (Case c : {Case{0, "1970-01-01 00:00:00+00"}, Case{-1, "1969-12-31 23:59:59.999+00"},
                   Case{946'684'799'999, "1999-12-31 23:59:59.999+00"},
                   Case{946'684'800'000, "2000-01-01 00:00:00+00"},
                   Case{-62'135'596'800'000, "0001-01-01 00:00:00+00"},
                   Case{253'402'300'799'999, "9999-12-31 23:59:59.999+00"}}) {
        Params p;
        Rows rows = echo(echo_instant, p.instant({c.ms}));
        EXPECT_EQ(rows.instant(0, 0).ms, c.ms);
        EXPECT_EQ(rows.text(0, 1), c.printed);
    }
    // Finer than a millisecond: cut towards the past on both sides of both epochs.
    Rows rows = echo(micros, {});
    EXPECT_EQ(rows.instant(0, 0).ms, -1);
    EXPECT_EQ(rows.instant(0, 1).ms, 946'684'799'999);
    // Beyond the calendar: refused, not wrapped and not 'infinity'.
    for (std::int64_t ms :
         {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        Params p;
        auto refused = connection_->run(echo_instant, p.instant({ms}), soon());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::bad_request);
    }
}

constexpr Statement texts{
    "t_texts", 1,
    "select cardinality($1::text[]), array_to_string($1::text[], ',', 'NULL'), "
    "array_ndims($1::text[]) is null"};
constexpr Statement bytes_array{"t_bytes_array", 1, "select ($1::bytea[])::text"};
constexpr Statement uuids{"t_uuids", 1, "select ($1::uuid[])::text"};
constexpr Statement int8s{"t_int8s", 1, "select ($1::bigint[])::text"};
constexpr Statement booleans{"t_booleans", 1, "select ($1::boolean[])::text"};
constexpr Statement instants{"t_instants", 1, "select ($1::timestamptz[])::text"};
constexpr Statement unnested{"t_unnested", 2,
                             "select a, b from unnest($1::text[], $2::bigint[]) as u(a, b)"};

TEST_F(Values, TextArrays) {
    using Text = std::optional<std::string>;
    struct Case {
        std::vector<Text> in;
        const char* printed;
    };
    for (const Case& c : {Case{{}, ""}, Case{{"a", std::nullopt, "", "NULL x"}, "a,NULL,,NULL x"},
                          Case{{std::nullopt}, "NULL"}}) {
        Params p;
        Rows rows = echo(texts, p.texts(std::span<const Text>(c.in)));
        EXPECT_EQ(rows.int8(0, 0), std::ssize(c.in));
        EXPECT_EQ(rows.text(0, 1), c.printed);
        EXPECT_EQ(rows.boolean(0, 2), c.in.empty()) << "an empty array has no dimensions";
    }
    std::vector<std::string> plain{"x", "y"};
    Params p;
    EXPECT_EQ(echo(texts, p.texts(std::span<const std::string>(plain))).text(0, 1), "x,y");
}

TEST_F(Values, OtherArrays) {
    Params p;
    std::vector<Bytes> blobs{Bytes("\0\xff", 2), ""};
    EXPECT_EQ(echo(bytes_array, p.bytes_array(blobs)).text(0, 0), R"({"\\x00ff","\\x"})");
    p.clear();
    std::vector<Uuid> two(2);
    two[1][15] = 9;
    EXPECT_EQ(echo(uuids, p.uuids(two)).text(0, 0),
              "{00000000-0000-0000-0000-000000000000,00000000-0000-0000-0000-000000000009}");
    p.clear();
    std::vector<std::int64_t> numbers{std::numeric_limits<std::int64_t>::min(), 0, 7};
    EXPECT_EQ(echo(int8s, p.int8s(std::span<const std::int64_t>(numbers))).text(0, 0),
              "{-9223372036854775808,0,7}");
    p.clear();
    std::vector<std::optional<std::int64_t>> holes{1, std::nullopt};
    EXPECT_EQ(echo(int8s, p.int8s(std::span<const std::optional<std::int64_t>>(holes))).text(0, 0),
              "{1,NULL}");
    p.clear();
    EXPECT_EQ(echo(booleans, p.booleans(std::vector<bool>{true, false})).text(0, 0), "{t,f}");
    p.clear();
    const bool plain[] = {false, true};
    EXPECT_EQ(echo(booleans, p.booleans(std::span<const bool>(plain))).text(0, 0), "{f,t}");
    p.clear();
    std::vector<Instant> times{{-1}, {0}};
    EXPECT_EQ(echo(instants, p.instants(times)).text(0, 0),
              R"({"1969-12-31 23:59:59.999+00","1970-01-01 00:00:00+00"})");
    p.clear();
    EXPECT_EQ(echo(uuids, p.uuids(std::vector<Uuid>())).text(0, 0), "{}");
}

TEST_F(Values, UnnestOfSeveralArrays) {
    std::vector<std::string> a{"x", "y", "z"};
    std::vector<std::int64_t> b{1, 2, 3};
    Params p;
    p.texts(std::span<const std::string>(a)).int8s(std::span<const std::int64_t>(b));
    auto rows = connection_->run(unnested, p, soon());
    ASSERT_TRUE(rows) << rows.error().text();
    ASSERT_EQ(rows->count(), 3);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(rows->text(i, 0), a[static_cast<std::size_t>(i)]);
        EXPECT_EQ(rows->int8(i, 1), i + 1);
    }
}

TEST_F(Values, MisreadingIsABug) {
    GTEST_FLAG_SET(death_test_style, "fast");
    Params p;
    Rows rows = echo(echo_int8, p.int8(1));
    EXPECT_DEATH((void)rows.boolean(0, 0), "not a boolean column");
    EXPECT_DEATH((void)rows.instant(0, 0), "not a timestamptz column");
    EXPECT_DEATH((void)rows.bytes(0, 1), "not a bytea column");
    EXPECT_DEATH((void)rows.text(0, 0), "not a text column");
    EXPECT_DEATH((void)rows.uuid(0, 0), "not a uuid column");
    EXPECT_DEATH((void)rows.json(0, 0), "not a json column");
    EXPECT_DEATH((void)rows.int8(0, 1), "not an integer column");
    EXPECT_DEATH((void)rows.int8(1, 0), "no such row");
    EXPECT_DEATH((void)rows.int8(0, 2), "no such column");
    p.clear();
    Rows null = echo(echo_null, p.null());
    EXPECT_DEATH((void)null.uuid(0, 0), "the value of a NULL");
}

TEST_F(Values, AValueOfAnotherTypeIsABug) {
    GTEST_FLAG_SET(death_test_style, "fast");
    // Eight bytes each: without the check the server would read the one as the other.
    Params instant;
    instant.instant({0});
    Params text;
    text.text("eight888");
    Params number;
    (void)echo(echo_int8, number.int8(1)); // known from here on: refused before it is sent
    EXPECT_DEATH((void)connection_->run(echo_int8, instant, soon()), "t_echo_int8");
    EXPECT_DEATH((void)connection_->run(echo_int8, text, soon()), "t_echo_int8");
    EXPECT_DEATH((void)connection_->run(echo_int8, {}, soon()),
                 "as many values as it has parameters");
}

} // namespace
} // namespace bw::pg
