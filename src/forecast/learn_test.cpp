#include "forecast/learn.hpp"

#include <gtest/gtest.h>

#include "forecast/forecast.hpp"
#include "forecast/made_year_for_test.hpp"
#include "forecast/score.hpp"

namespace bw::forecast {
namespace {

using test::MadeYear;

constexpr std::size_t refresh = place(Kind::refresh);

/// 30 of 100 people come in the minute of a bell at nine, on every day of the week.
struct Steady {
    School school{.zone = *timetable::Zone::find("UTC"), .people = 100, .bells = {}, .dues = {}};
    Window window{.from = *from_rfc3339("2026-11-23T00:00:00Z"), .minutes = 1440};

    void on(int day) {
        window.from = *from_rfc3339("2026-11-23T00:00:00Z") + std::chrono::days(day);
        school.bells = {{.at = window.from + 9h, .people = 100}};
    }
    Came came() const {
        Came out(window);
        out.minutes[refresh][540] = 30;
        return out;
    }
};

TEST(Learn, ComesToExpectWhatComes) {
    Steady steady;
    Learned learned;
    for (int day = 0; day < 60; ++day) {
        steady.on(day);
        ASSERT_TRUE(learn(learned, steady.school, steady.came(), {}));
    }
    EXPECT_EQ(learned.days, 60);
    EXPECT_EQ(learned.school_days, 60);
    steady.on(60);
    Rates room;
    const Forecast made = forecast(steady.school, learned, steady.window, room);
    EXPECT_EQ(made.lines[refresh].basis, Basis::history);
    const Peak found = peak(made.lines[refresh], steady.window, 0, 1440);
    EXPECT_EQ(found.at, steady.window.from + 9h);
    EXPECT_NEAR(static_cast<double>(found.expected) / 1000, 30, 7);
    // Surer than at first.
    EXPECT_LT(found.doubt * 2, found.expected);
    // And in the middle of the night next to nothing, where the prior says a person in five hours.
    EXPECT_LT(made.lines[refresh].expected[180], 5);
}

TEST(Learn, WhatWasNotCountedIsNoZero) {
    Steady steady;
    Learned learned, partly;
    for (int day = 0; day < 30; ++day) {
        steady.on(day);
        learn(learned, steady.school, steady.came(), {});
        Came gap = steady.came();
        gap.known.assign(1440, true);
        if (day % 2 == 1) { // the process was down around the bell
            gap.minutes[refresh][540] = 0;
            std::fill_n(gap.known.begin() + 530, 20, false);
        }
        learn(partly, steady.school, gap, {});
    }
    const Ring ring{.minute = 540, .weekday = 0, .first = true};
    EXPECT_NEAR(at_bell(partly, ring)[refresh], at_bell(learned, ring)[refresh], 0.03);
}

TEST(Learn, ADayIsLearntOnceWhateverTheClockDoes) {
    Steady steady;
    Learned learned;
    steady.on(5);
    EXPECT_TRUE(learn(learned, steady.school, steady.came(), {}));
    const Learned before = learned;
    EXPECT_FALSE(learn(learned, steady.school, steady.came(), {}));
    steady.on(4);
    EXPECT_FALSE(learn(learned, steady.school, steady.came(), {}));
    EXPECT_EQ(learned, before);
    steady.on(400); // forward: one day, and nothing made up for those between
    EXPECT_TRUE(learn(learned, steady.school, steady.came(), {}));
    EXPECT_EQ(learned.days, 2);
}

TEST(Learn, AHolidaySaysNothingOfBells) {
    Steady steady;
    Learned learned;
    steady.on(0);
    learn(learned, steady.school, steady.came(), {});
    const auto bells = learned.bell_at;
    steady.on(1);
    steady.school.bells.clear();
    learn(learned, steady.school, Came(steady.window), {});
    EXPECT_EQ(learned.bell_at, bells);
    EXPECT_EQ(learned.school_days, 1);
}

TEST(Learn, BellsThatRingNoMoreAreForgottenAndThereIsALimit) {
    Steady steady;
    Learned learned;
    steady.on(0);
    for (int i = 0; i < 80; ++i)
        steady.school.bells.push_back(
            {.at = steady.window.from + 10h + std::chrono::minutes(10 * i), .people = 50});
    learn(learned, steady.school, steady.came(), {});
    EXPECT_EQ(learned.bell_at.size(), Learned::minutes_limit);
    for (int day = 1; day < 200; ++day) {
        steady.on(day);
        learn(learned, steady.school, steady.came(), {});
    }
    EXPECT_EQ(learned.bell_at.size(), 1);
    EXPECT_EQ(learned.bell_on.size(), 7);
}

TEST(Learn, WhenStudentsSubmit) {
    Steady steady;
    Learned learned;
    Handed due{.students = 20, .came = {}};
    due.came[0] = 20; // all of them a week before
    for (int day = 0; day < 60; ++day) {
        steady.on(day);
        learn(learned, steady.school, Came(steady.window), std::span(&due, 1));
    }
    const Leads leads = leads_of(learned);
    EXPECT_GT(leads[0], 0.8);
    EXPECT_LT(leads[never], 0.05);
}

TEST(Learned, IsReadAsItWasWrittenOrNotAtAll) {
    const MadeYear year(5);
    Learned learned;
    for (int day = 0; day < 10; ++day)
        learn(learned, year.known(day), year.came(year.day(day)), year.handed(day));
    const Bytes bytes = to_bytes(learned);
    EXPECT_LT(bytes.size(), 100'000);
    EXPECT_EQ(*learned_from(bytes), learned);
    for (std::size_t length = 0; length < bytes.size(); length += 97)
        EXPECT_EQ(learned_from(bytes.substr(0, length)).error().code, Code::corrupt);
    EXPECT_EQ(learned_from(bytes + "x").error().code, Code::corrupt);
    Bytes other = bytes;
    other[0] += 1; // another model
    EXPECT_EQ(learned_from(other).error().code, Code::corrupt);
    Bytes many = bytes;
    std::fill_n(many.begin() + 20 + 2 * 7 * 8, 4, '\x7f'); // so many bells
    EXPECT_EQ(learned_from(many).error().code, Code::corrupt);
    Bytes endless = bytes;
    std::fill_n(endless.begin() + 20, 4, '\xff'); // not a number
    EXPECT_EQ(learned_from(endless).error().code, Code::corrupt);
}

/// Day by day over the autumn of two schools, and the same without ever learning.
TEST(BackTest, BeatsTheWeekBeforeAndItsOwnPrior) {
    PerKind<Errors> learning{}, never_learning{};
    Rates room;
    const std::vector<bool> all;
    for (const std::uint64_t seed : {31U, 32U}) {
        const MadeYear year(seed);
        Learned learned;
        for (int day = 0; day < 100; ++day) {
            const School school = year.known(day);
            const Window window = year.day(day);
            const Came came = year.came(window);
            if (day >= 28) {
                const Came before = year.came({year.day(day - 7).from, window.minutes});
                const Forecast made = forecast(school, learned, window, room),
                               prior = forecast(school, {}, window, room);
                for (std::size_t k = 0; k < kinds; ++k) {
                    learning[k] += errors_of({made.lines[k].expected, made.lines[k].doubt,
                                              came.minutes[k], before.minutes[k], all});
                    never_learning[k] += errors_of({prior.lines[k].expected, prior.lines[k].doubt,
                                                    came.minutes[k], before.minutes[k], all});
                }
            }
            learn(learned, school, came, year.handed(day));
        }
    }
    for (const Kind kind : {Kind::password, Kind::refresh, Kind::page_read, Kind::live_join}) {
        const Score score = score_of(learning[place(kind)]);
        EXPECT_GT(*score.skill, 0.05) << name(kind);
        EXPECT_LT(*score.peak, *score.peak_naive) << name(kind);
        EXPECT_LT(std::abs(*score.bias), 0.15) << name(kind);
        EXPECT_GT(*score.covered, 0.85) << name(kind);
        EXPECT_LT(*score.wape, *score_of(never_learning[place(kind)]).wape) << name(kind);
    }
}

} // namespace
} // namespace bw::forecast
