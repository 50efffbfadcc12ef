#include "storm/latencies.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.hpp"

namespace bw::storm {

namespace {

TEST(Latencies, QuantilesAreNeverBelowTheTrueOnesAndCloseToThem) {
    SeededRng rng(5);
    Latencies latencies;
    std::vector<std::int64_t> all;
    for (int i = 0; i < 20'000; ++i) {
        all.push_back(static_cast<std::int64_t>(std::exp(rng.unit() * 24))); // 1 ns to 26 s
        latencies.add(Duration(all.back()));
    }
    std::ranges::sort(all);
    for (double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.9999}) {
        const auto truth = all[static_cast<std::size_t>(std::ceil(q * 20'000)) - 1];
        EXPECT_GE(latencies.quantile(q).count(), truth) << q;
        EXPECT_LE(latencies.quantile(q).count(), truth + truth / 32 + 1000) << q;
    }
    EXPECT_EQ(latencies.quantile(1).count(), all.back());
    EXPECT_EQ(latencies.max().count(), all.back());
    EXPECT_EQ(latencies.count(), 20'000U);
}

TEST(Latencies, BearNothingOneAndTheAbsurd) {
    Latencies latencies;
    EXPECT_EQ(latencies.quantile(0.5), Duration::zero());
    latencies.add(-5ms); // received before it was intended: a clock's jitter
    EXPECT_LE(latencies.quantile(0.99), 1ms);
    latencies.add(24h * 365);
    EXPECT_EQ(latencies.max(), Duration(24h * 365));
    EXPECT_GE(latencies.quantile(1), Duration(24h * 12));
}

} // namespace

} // namespace bw::storm
