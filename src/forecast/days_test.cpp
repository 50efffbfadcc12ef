#include "forecast/days.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace bw::forecast {
namespace {

const Instant noon = *from_rfc3339("2026-11-23T12:00:00Z");

struct DaysTest : testing::Test {
    SystemRng rng;
    TenantId a = TenantId::make(noon, rng), b = TenantId::make(noon, rng);
    Days days{noon};

    /// A day from three at night, a read expected in each minute.
    static Forecast day(Instant begins, Basis basis = Basis::history) {
        Forecast out{.window = {begins, 1440}, .lines = {}};
        for (Line& line : out.lines) {
            line.basis = Basis::unknown;
            line.expected.assign(1440, 1'000);
            line.doubt.assign(1440, 100);
        }
        out.lines[place(Kind::page_read)].basis = basis;
        return out;
    }
    const DayMinute& at(Instant instant) const {
        return days.minutes().at(static_cast<std::size_t>(Window{days.from()}.minute(instant)));
    }
    std::int64_t expected(Instant instant) const {
        return at(instant).expected[place(Kind::page_read)];
    }
    std::int64_t came(Instant instant) const { return at(instant).came[place(Kind::page_read)]; }
    MinuteLoad load(TenantId tenant, Instant minute, std::uint32_t reads) const {
        MinuteLoad out{.tenant = tenant, .minute = minute.ms / 60'000};
        out.came[place(Kind::page_read)] = reads;
        return out;
    }
};

TEST_F(DaysTest, ADayIsAddedOnceAndFromWhenItWasForecast) {
    const Instant three = noon - 9h;
    days.add_day(a, day(three), three);
    days.add_day(a, day(three), three);
    days.add_day(b, day(three, Basis::prior), noon - 1h);
    EXPECT_TRUE(days.has(a, three));
    EXPECT_FALSE(days.has(a, three + 24h));
    EXPECT_EQ(expected(three - 1min), 0);
    EXPECT_EQ(expected(three), 1'000);
    EXPECT_EQ(expected(noon - 61min), 1'000);
    EXPECT_EQ(expected(noon - 1h), 2'000);
    EXPECT_EQ(at(noon).of[place(Kind::page_read)], 2U);
    EXPECT_EQ(at(noon).of[place(Kind::job)], 0U) << "unknown is not zero";
    EXPECT_EQ(days.whole_from(), noon - 1h);
    // The next day of one that is known leaves no gap.
    days.move_to(three + 25h);
    days.add_day(a, day(three + 24h), three + 24h);
    EXPECT_EQ(days.whole_from(), noon - 1h);
    EXPECT_EQ(expected(three + 24h - 1min), 2'000);
    EXPECT_EQ(expected(three + 24h), 1'000);
}

TEST_F(DaysTest, CountsThatComeInLateAreReadAgainAndNotCountedTwice) {
    EXPECT_EQ(days.unsettled(a, noon), noon - 24h);
    days.put_came(a, std::vector{load(a, noon - 3h, 7), load(a, noon - 2min, 5)}, noon);
    days.put_came(b, std::vector{load(b, noon - 2min, 1)}, noon);
    EXPECT_EQ(came(noon - 3h), 7);
    EXPECT_EQ(came(noon - 2min), 6);
    EXPECT_EQ(days.unsettled(a, noon), noon - 15min);
    // Another process's came in a minute later.
    days.put_came(a, std::vector{load(a, noon - 2min, 9), load(a, noon, 2)}, noon + 1min);
    EXPECT_EQ(came(noon - 3h), 7);
    EXPECT_EQ(came(noon - 2min), 10);
    EXPECT_EQ(came(noon), 2);
    // By then it is settled.
    days.move_to(noon + 30min);
    days.put_came(a, std::vector{load(a, noon, 2)}, noon + 30min);
    days.put_came(a, {}, noon + 31min);
    EXPECT_EQ(came(noon), 2);
}

TEST_F(DaysTest, OnlyWholeMinutesAreCounted) {
    EXPECT_EQ(days.counted_until(), std::nullopt);
    days.mark_counted(noon - 10min + 1s, noon - 8min + 59s);
    EXPECT_FALSE(at(noon - 10min).counted);
    EXPECT_TRUE(at(noon - 9min).counted);
    EXPECT_FALSE(at(noon - 8min).counted);
    EXPECT_EQ(days.counted_until(), noon - 8min);
    days.mark_counted({noon - 4h, 3}, {true, false, true});
    EXPECT_TRUE(at(noon - 4h).counted);
    EXPECT_FALSE(at(noon - 4h + 1min).counted);
    days.mark_counted(noon - 300h, noon - 200h); // long past
}

TEST_F(DaysTest, WhatIsLongPastIsForgotten) {
    days.put_came(a, std::vector{load(a, noon, 5)}, noon);
    days.move_to(noon - 5h); // a clock that goes back a little
    EXPECT_EQ(days.from(), noon - 24h);
    days.move_to(noon + 24h);
    EXPECT_EQ(days.from(), noon);
    EXPECT_EQ(came(noon), 5);
    days.move_to(noon + 24h + 1min);
    EXPECT_EQ(came(noon + 1min), 0);
    EXPECT_EQ(days.minutes().size(), 52 * 60);
    days.move_to(noon + 2400h);
    EXPECT_EQ(days.minutes().size(), 52 * 60);
    EXPECT_EQ(days.unsettled(a, noon + 2400h), noon + 2376h);
}

} // namespace
} // namespace bw::forecast
