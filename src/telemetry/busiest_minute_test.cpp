#include "telemetry/busiest_minute.hpp"

#include <gtest/gtest.h>

namespace bw::telemetry {
namespace {

TEST(BusiestMinute, IsToldForAnHour) {
    ManualClock clock{Instant{0}};
    BusiestMinute minutes;
    auto come = [&](int count) {
        for (int i = 0; i < count; ++i)
            minutes.add(clock.monotonic());
    };
    EXPECT_EQ(minutes.count(clock.monotonic()), 0U);
    come(3);
    clock.advance(1min);
    come(500);
    clock.advance(59s);
    come(7); // the same minute
    clock.advance(1min);
    come(20);
    EXPECT_EQ(minutes.count(clock.monotonic()), 507U);
    clock.advance(58min);
    EXPECT_EQ(minutes.count(clock.monotonic()), 507U) << "nothing came since";
    clock.advance(1min);
    EXPECT_EQ(minutes.count(clock.monotonic()), 20U);
    clock.advance(24h);
    EXPECT_EQ(minutes.count(clock.monotonic()), 0U);
}

} // namespace
} // namespace bw::telemetry
