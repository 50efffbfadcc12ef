#include "forecast/calm.hpp"

#include <gtest/gtest.h>

namespace bw::forecast {
namespace {

constexpr Instant monday{1'788'739'200'000};

/// Reads alone, the same number in every minute but those that a test changes.
Forecast even(std::int64_t reads) {
    Forecast out{.window = {monday, 1'000}, .lines = {}};
    Line& line = out.lines[place(Kind::page_read)];
    line.basis = Basis::history;
    line.expected.assign(1'000, reads);
    return out;
}
std::vector<std::int64_t>& reads(Forecast& of) {
    return of.lines[place(Kind::page_read)].expected;
}

TEST(Calm, IsWhereLeastIsExpectedOverAllOfIt) {
    Forecast day = even(100);
    reads(day)[50] = 0; // one quiet minute among busy ones
    for (std::size_t m = 200; m < 215; ++m)
        reads(day)[m] = 10;
    EXPECT_EQ(calmest(day, monday, 500min, 15min), monday + 200min);
    EXPECT_EQ(calmest(day, monday, 500min, 1min), monday + 50min);
    EXPECT_EQ(calmest(day, monday, 100min, 15min), monday + 36min) << "the first with minute 50";
    EXPECT_EQ(calmest(day, monday + 201min, 500min, 15min), monday + 201min);
}

TEST(Calm, WhereAllIsTheSameIsNow) {
    const Forecast day = even(100);
    EXPECT_EQ(calmest(day, monday + 7min, 500min, 15min), monday + 7min);
    EXPECT_EQ(calmest(day, monday + 7min + 1ms, 500min, 15min), monday + 8min)
        << "not before it was asked";
}

TEST(Calm, OfWhatIsNotKnownNothingIsSaid) {
    Forecast day = even(100);
    EXPECT_EQ(calmest(day, monday, 985min, 15min), monday);
    EXPECT_FALSE(calmest(day, monday, 986min, 15min)) << "the forecast ends before";
    EXPECT_FALSE(calmest(day, monday - 1min, 10min, 15min)) << "and begins later";
    day.lines[place(Kind::page_read)].basis = Basis::unknown;
    EXPECT_FALSE(calmest(day, monday, 500min, 15min));
}

} // namespace
} // namespace bw::forecast
