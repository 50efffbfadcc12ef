#include "storm/pacing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bw::storm {

namespace {

double share(const std::vector<Duration>& arrivals, Duration from, Duration to) {
    auto n = std::ranges::count_if(arrivals, [&](Duration a) { return a >= from && a < to; });
    return static_cast<double>(n) / static_cast<double>(arrivals.size());
}

TEST(Arrivals, LeanTowardsTheBellWithASmallTailAfterIt) {
    SeededRng rng(7);
    auto arrivals = draw_arrivals(20'000, 20s, 19s, rng);
    ASSERT_EQ(arrivals.size(), 20'000U);
    EXPECT_TRUE(std::ranges::is_sorted(arrivals));
    EXPECT_GE(arrivals.front(), 0s);
    EXPECT_LT(arrivals.back(), 20s);
    EXPECT_NEAR(share(arrivals, 19s, 20s), 0.03, 0.005);
    // Of e^(4x): the last quarter of the way holds (e^4 - e^3) / (e^4 - 1) = 64.4 %, the first (e -
    // 1) / (e^4 - 1) = 3.2 %.
    const Duration quarter = Duration(19s) / 4;
    EXPECT_NEAR(share(arrivals, 3 * quarter, 19s), 0.97 * 0.644, 0.015);
    EXPECT_NEAR(share(arrivals, 0s, quarter), 0.97 * 0.032, 0.006);
    EXPECT_GT(share(arrivals, 19s, 19s + 500ms), 3 * share(arrivals, 19s + 500ms, 20s));
}

TEST(Arrivals, AreTheSameForTheSameSeedAlone) {
    SeededRng a(1), b(1), c(2);
    auto first = draw_arrivals(500, 10s, 9s, a);
    EXPECT_EQ(first, draw_arrivals(500, 10s, 9s, b));
    EXPECT_NE(first, draw_arrivals(500, 10s, 9s, c));
}

TEST(Arrivals, KeepToTheSpanWhenTheBellRingsAtItsEnds) {
    SeededRng rng(3);
    EXPECT_EQ(share(draw_arrivals(2000, 1s, 1s, rng), 0s, 1s), 1);
    EXPECT_EQ(share(draw_arrivals(2000, 1s, 0s, rng), 0s, 1s), 1);
    EXPECT_TRUE(draw_arrivals(0, 1s, 1s, rng).empty());
}

TEST(Backoff, DoublesItsWindowAndKeepsRetryAfterAsAFloor) {
    struct Case {
        int attempt;
        std::optional<Duration> retry_after;
        Duration shortest, longest;
    };
    const Case cases[] = {
        {2, {}, 0ms, 100ms}, {3, {}, 0ms, 200ms},   {4, {}, 0ms, 400ms}, {7, {}, 0ms, 3200ms},
        {8, {}, 0ms, 5s},    {60'000, {}, 0ms, 5s}, {2, 0s, 0ms, 100ms}, {2, 20ms, 20ms, 120ms},
        {2, 2s, 2s, 4s},     {3, 2s, 2s, 6s},       {4, 2s, 2s, 7s},     {2, 30s, 30s, 35s},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.attempt);
        EXPECT_EQ(backoff(c.attempt, c.retry_after, 0), c.shortest);
        EXPECT_EQ(backoff(c.attempt, c.retry_after, 0.5), (c.shortest + c.longest) / 2);
        EXPECT_LT(backoff(c.attempt, c.retry_after, 0x1.fffffp-1), c.longest);
    }
}

TEST(Pacing, SteadyArrivalsAreAsManyInEachTenth) {
    SeededRng rng(4);
    const std::vector<Duration> arrivals = draw_steady_arrivals(10'000, 10s, rng);
    ASSERT_EQ(arrivals.size(), 10'000u);
    EXPECT_TRUE(std::ranges::is_sorted(arrivals));
    for (int tenth = 0; tenth < 10; ++tenth) {
        const auto here = std::ranges::count_if(
            arrivals, [&](Duration at) { return at >= tenth * 1s && at < (tenth + 1) * 1s; });
        EXPECT_NEAR(static_cast<double>(here), 1000, 150);
    }
}

} // namespace

} // namespace bw::storm
