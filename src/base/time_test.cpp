// RFC 3339 and the hand-moved clock.
#include "base/time.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace bw {
namespace {

TEST(Rfc3339, Reads) {
    struct Case {
        const char* text;
        std::int64_t ms;
    };
    const Case cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T08:59:00Z", 1795424340000},
        {"2026-11-23t08:59:00z", 1795424340000},
        {"2026-11-23 08:59:00Z", 1795424340000}, // allowed by section 5.6's note
        {"2026-11-23T08:59:00.5Z", 1795424340500},
        {"2026-11-23T08:59:00.123Z", 1795424340123},
        {"2026-11-23T08:59:00.123999999Z", 1795424340123}, // cut, never rounded into the future
        {"2026-11-23T10:29:00+01:30", 1795424340000},
        {"2026-11-22T23:59:00-09:00", 1795424340000},
        {"2026-11-23T08:59:00-00:00", 1795424340000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"1969-12-31T23:59:59.999Z", -1},
        {"9999-12-31T23:59:59Z", 253402300799000},
    };
    for (const Case& c : cases) {
        auto read = from_rfc3339(c.text);
        ASSERT_TRUE(read) << c.text;
        EXPECT_EQ(read->ms, c.ms) << c.text;
    }
}

TEST(Rfc3339, Refuses) {
    for (const char* bad : {"",
                            "2026-11-23",
                            "2026-11-23T08:59:00",
                            "2026-11-23T08:59Z",
                            "2026-11-23T24:00:00Z",
                            "2026-11-23T08:60:00Z",
                            "2026-11-23T08:59:60Z",
                            "2026-13-01T00:00:00Z",
                            "2026-00-01T00:00:00Z",
                            "2026-04-31T00:00:00Z",
                            "2026-02-29T00:00:00Z",
                            "2100-02-29T00:00:00Z",
                            "2026-11-00T00:00:00Z",
                            "26-11-23T08:59:00Z",
                            "2026-11-23T08:59:00.Z",
                            "2026-11-23T08:59:00.1234567890Z",
                            "2026-11-23T08:59:00+0100",
                            "2026-11-23T08:59:00+24:00",
                            "2026-11-23T08:59:00+01:60",
                            "2026-11-23T08:59:00+1:00",
                            "2026-11-23T08:59:00Z ",
                            " 2026-11-23T08:59:00Z",
                            "2026-11-23T08:59:00ZZ",
                            "2026/11/23T08:59:00Z",
                            "+026-11-23T08:59:00Z",
                            "2026-11-23T-8:59:00Z",
                            "2026-11-23T08:59:00,5Z"}) {
        auto read = from_rfc3339(bad);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().code, Code::invalid_field) << bad;
    }
}

TEST(Rfc3339, WritesWhatItReads) {
    for (std::int64_t ms : {0LL, -1LL, 1795424340123LL, 951782400000LL, 253402300799999LL}) {
        auto back = from_rfc3339(to_rfc3339({ms}));
        ASSERT_TRUE(back) << ms;
        EXPECT_EQ(back->ms, ms);
    }
    EXPECT_EQ(to_rfc3339({1795424340005}), "2026-11-23T08:59:00.005Z");
}

TEST(ManualClock, TheWallMayStepAndDeadlinesDoNotCare) {
    ManualClock clock(Instant{1'000'000});
    const Deadline deadline = Deadline::in(clock, 10s);
    clock.step_wall(-1h);
    EXPECT_EQ(clock.now().ms, 1'000'000 - 3'600'000);
    EXPECT_FALSE(deadline.expired(clock));
    EXPECT_EQ(deadline.remaining(clock), 10s);
    clock.advance(9999ms);
    EXPECT_FALSE(deadline.expired(clock));
    EXPECT_EQ(deadline.remaining(clock), 1ms);
    clock.advance(1ms);
    EXPECT_TRUE(deadline.expired(clock)); // half-open: the moment itself is too late
    clock.advance(1h);
    EXPECT_EQ(deadline.remaining(clock), Duration::zero());
}

TEST(Instant, Arithmetic) {
    EXPECT_EQ((Instant{1000} + 2s).ms, 3000);
    EXPECT_EQ((Instant{1000} - 2s).ms, -1000);
    EXPECT_EQ(Instant{5000} - Instant{2000}, 3s);
}

} // namespace
} // namespace bw
