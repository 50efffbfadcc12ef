#include "walls/peak_book.hpp"

#include <gtest/gtest.h>

namespace bw::walls {
namespace {

const Instant monday = *from_rfc3339("2026-11-30T00:00:00Z");

TEST(PeakBook, KeepsTheHighestOfEachWeek) {
    PeakBook book;
    EXPECT_TRUE(book.note("sign-in", monday - 1ms, 70)); // still the week before
    EXPECT_TRUE(book.note("sign-in", monday, 10));
    EXPECT_FALSE(book.note("sign-in", monday + 24h, 9));
    EXPECT_TRUE(book.note("sign-in", monday + 48h, 12));
    EXPECT_EQ(book.past("sign-in", monday + 48h), (std::vector<WeekPeak>{{monday - 7 * 24h, 70}}));
    EXPECT_EQ(book.past("sign-in", monday + 7 * 24h),
              (std::vector<WeekPeak>{{monday - 7 * 24h, 70}, {monday, 12}}));
    EXPECT_TRUE(book.past("deadline", monday).empty());
}

TEST(PeakBook, ForgetsAfterHalfAYear) {
    PeakBook book;
    for (int week = 0; week < 40; ++week)
        book.note("w", monday + week * 7 * 24h, week);
    EXPECT_EQ(book.past("w", monday + 400 * 24h).size(), PeakBook::weeks_limit);
    EXPECT_EQ(book.past("w", monday + 400 * 24h).back().events, 39);
}

TEST(PeakBook, IsTheSameAfterItWasWrittenAndAShorterOneAfterItWasDamaged) {
    PeakBook book;
    book.note("sign-in", monday, 12.25);
    book.note("deadline", monday, 1e6);
    const PeakBook again = PeakBook::parse(book.text());
    EXPECT_EQ(again.text(), book.text());
    for (const char* spoilt :
         {"", "\n\n", "x 1 a", "1 1 a", "0", "345600000 nan a", "345600000 -1 a", "345600000 1",
          "345600000 1 ", "999999999999999999999 1 a"})
        EXPECT_EQ(PeakBook::parse(spoilt).text(), "") << spoilt;
    EXPECT_EQ(PeakBook::parse("x\n" + book.text() + "y").text(), book.text());
}

} // namespace
} // namespace bw::walls
