#include "telemetry/histogram.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace bw::telemetry {
namespace {

TEST(Histogram, ABoundBelongsToItsBucket) {
    struct Case {
        Duration took;
        std::size_t bucket;
    };
    const Duration smallest = HistogramSnapshot::smallest_bound;
    std::vector<Case> cases{
        {Duration(-5), 0}, {0ms, 0}, {smallest, 0}, {1h, HistogramSnapshot::bounds}};
    for (std::size_t i = 1; i < HistogramSnapshot::bounds; ++i) {
        cases.push_back({HistogramSnapshot::bound(i), i});
        cases.push_back({HistogramSnapshot::bound(i - 1) + Duration(1), i});
    }
    for (const Case& c : cases) {
        Histogram histogram;
        histogram.add(c.took);
        const HistogramSnapshot snapshot = histogram.snapshot();
        EXPECT_EQ(snapshot.counts[c.bucket], 1U) << c.took.count();
        EXPECT_EQ(snapshot.count(), 1U);
        EXPECT_EQ(snapshot.sum, c.took);
    }
}

TEST(Histogram, NothingIsLostBetweenThreads) {
    Histogram histogram;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 1; i <= 10'000; ++i)
                    histogram.add(std::chrono::microseconds(i));
            });
    }
    EXPECT_EQ(histogram.snapshot().count(), 40'000U);
    EXPECT_EQ(histogram.snapshot().sum, 4 * std::chrono::microseconds(50'005'000));
}

} // namespace
} // namespace bw::telemetry
