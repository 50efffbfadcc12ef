// What goes in comes out: parameters, appended rows, answers.
#include <gtest/gtest.h>

#include <limits>

#include "columnar/appender.hpp"
#include "columnar/store_for_test.hpp"

namespace bw::columnar {
namespace {

using test::Opened;
using test::soon;

constexpr Uuid low = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr Uuid high = {0xff, 1, 2, 3, 4, 5, 6, 7, 0xf8, 9, 10, 11, 12, 13, 14, 15};
const std::string text_with_nul("a\0'b\" ü", 8);

const char* const table_of_all =
    "create table t (b boolean, s smallint, i integer, l bigint, d double, v varchar, "
    "x blob, u uuid, \"at\" timestamptz, day date)";

std::vector<Value> extreme() {
    return {true,
            std::int64_t{-32768},
            std::int64_t{2147483647},
            std::numeric_limits<std::int64_t>::min(),
            -1.5e300,
            text_with_nul,
            Blob{Bytes("\xff\x00\x01", 3)},
            high,
            Micros{1'764'500'000'123'456},
            Day{-1}};
}

void append(Appender& to, const std::vector<Value>& row) {
    struct Put {
        Appender& to;
        void operator()(std::monostate) const { to.null(); }
        void operator()(bool v) const { to.boolean(v); }
        void operator()(std::int64_t v) const { to.integer(v); }
        void operator()(double v) const { to.real(v); }
        void operator()(const std::string& v) const { to.text(v); }
        void operator()(const Blob& v) const { to.bytes(v.value); }
        void operator()(const Uuid& v) const { to.uuid(v); }
        void operator()(Micros v) const { to.micros(v.value); }
        void operator()(Day v) const { to.day(v.value); }
    };
    for (const Value& value : row)
        std::visit(Put{to}, value);
}

TEST(Values, ComeOutAsTheyWentIn) {
    Opened opened;
    opened.script(table_of_all);
    const std::vector<Value> nothing(10);
    Params params;
    for (const Value& value : extreme())
        params.add(value);
    opened.ask("insert into t values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", params);
    auto appender = Appender::open(*opened.connection, "main", "t").value();
    for (const auto& row : {extreme(), nothing, extreme()}) {
        append(appender, row);
        ASSERT_TRUE(appender.end_row());
    }
    ASSERT_TRUE(appender.flush());

    auto answer = opened.ask("select * from t");
    EXPECT_EQ(answer.columns()[2], (Column{"i", Type::integer}));
    EXPECT_EQ(answer.columns()[8], (Column{"at", Type::instant}));
    EXPECT_EQ(answer.rows(), (std::vector{extreme(), extreme(), nothing, extreme()}));
    EXPECT_EQ(opened.ask("select u::varchar, epoch_us(\"at\"), hex(x) from t limit 1").rows(),
              (std::vector<std::vector<Value>>{
                  {to_text(high), std::int64_t{1'764'500'000'123'456}, std::string("FF0001")}}));
}

TEST(Values, IdsSortAsTheirBytesDo) {
    Opened opened;
    Params both;
    both.uuid(high).uuid(low);
    EXPECT_EQ(
        opened.ask("select * from (values ($1::uuid), ($2::uuid)) v(u) order by u", both).rows(),
        (std::vector<std::vector<Value>>{{low}, {high}}));
}

TEST(Values, ATypeThatIsNotReadIsNamed) {
    Opened opened;
    const Error error = opened.refused("select sum(1::bigint) as total");
    EXPECT_EQ(error.code, Code::internal);
    EXPECT_NE(error.detail.find("column total"), std::string::npos) << error.detail;
}

TEST(Appender, CrossesItsChunksInTheCallersTransaction) {
    Opened opened;
    opened.script("create table t (n bigint, text varchar)");
    const auto fill = [&] {
        auto appender = Appender::open(*opened.connection, "main", "t").value();
        for (int i = 0; i < 10'000; ++i)
            ASSERT_TRUE(appender.integer(i)
                            .text(i % 3 == 0 ? "a text that is longer than twelve bytes" : "")
                            .end_row());
        ASSERT_TRUE(appender.flush());
    };
    const auto counted = [&] {
        return opened.ask("select count(*), sum(n)::bigint, sum(length(text))::bigint from t")
            .rows()
            .front();
    };
    {
        auto transaction = Transaction::begin(*opened.connection).value();
        fill();
        EXPECT_EQ(counted()[0], Value(std::int64_t{10'000}));
    }
    EXPECT_EQ(counted()[0], Value(std::int64_t{0})) << "it was rolled back";
    auto transaction = Transaction::begin(*opened.connection).value();
    fill();
    ASSERT_TRUE(transaction.commit());
    EXPECT_EQ(counted(), (std::vector<Value>{std::int64_t{10'000}, std::int64_t{49'995'000},
                                             std::int64_t{3334 * 39}}));
}

TEST(Appender, DropsARowThatDoesNotFitAndGoesOn) {
    Opened opened;
    opened.script("create table t (s smallint, v varchar)");
    auto appender = Appender::open(*opened.connection, "main", "t").value();
    const auto refused = [](Result<void> outcome, std::string_view word) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, Code::invalid_field);
        EXPECT_NE(outcome.error().detail.find(word), std::string::npos) << outcome.error().detail;
    };
    ASSERT_TRUE(appender.integer(1).text("one").end_row());
    refused(appender.integer(40'000).text("").end_row(), "too large");
    refused(appender.null().integer(1).end_row(), "another type");
    refused(appender.integer(1).text("\xff").end_row(), "UTF-8");
    refused(appender.integer(1).end_row(), "no value");
    refused(appender.integer(1).text("").text("").end_row(), "no such column");
    ASSERT_TRUE(appender.integer(2).null().end_row());
    ASSERT_TRUE(appender.flush());
    EXPECT_EQ(opened.ask("select * from t").rows(),
              (std::vector<std::vector<Value>>{{std::int64_t{1}, std::string("one")},
                                               {std::int64_t{2}, {}}}));
}

TEST(Appender, SaysThatAKeyStandsTwice) {
    Opened opened;
    opened.script("create table t (n bigint primary key)");
    auto appender = Appender::open(*opened.connection, "main", "t").value();
    ASSERT_TRUE(appender.integer(1).end_row());
    ASSERT_TRUE(appender.integer(1).end_row());
    auto outcome = appender.flush();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::conflict) << outcome.error().text();
    EXPECT_EQ(Appender::open(*opened.connection, "main", "no_such").error().code, Code::internal);
}

} // namespace
} // namespace bw::columnar
