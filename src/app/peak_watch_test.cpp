// When a forecast peak is one: by a hint and a clock that are moved by hand.
#include "app/peak_watch.hpp"

#include <gtest/gtest.h>

#include "app/job_kinds.hpp"

namespace bw::app {
namespace {

const Instant start{1'800'000'000'000}; // a full minute

/// A week's busiest minute of 2,000 events; what is expected in the minutes from `start` on.
lane::DemandHint hint(std::vector<double> sign_ins, double busiest = 2'000) {
    lane::DemandHint made{.made_at = start, .valid_until = start + 15min, .minutes = {}};
    for (const double one : sign_ins)
        made.minutes.push_back({.sign_ins = one});
    made.minutes.resize(60);
    made.week = {.sign_ins = busiest / 2, .reads = busiest / 2};
    return made;
}

/// 1,500 in that minute, and nothing in the others.
std::vector<double> in_minute(std::size_t which) {
    std::vector<double> minutes(60);
    minutes[which] = 1'500;
    return minutes;
}
/// A first minute of just twice the mean of all.
std::vector<double> twice() {
    std::vector<double> minutes(60, 725);
    minutes[0] = 1'500;
    return minutes;
}

TEST(AtPeak, IsHalfOfTheWeeksBusiestMinuteInThisOneOrTheNext) {
    struct Case {
        const char* what;
        std::vector<double> minutes;
        double week;
        Duration later;
        bool peak;
    };
    for (const Case& c :
         {Case{"quiet", {0, 0, 0}, 2'000, 0s, false}, Case{"a half", {1'000}, 2'000, 0s, true},
          Case{"less", {999}, 2'000, 0s, false},
          Case{"the next minute", {0, 1'500}, 2'000, 0s, true},
          Case{"the one after it", {0, 0, 1'500}, 2'000, 0s, false},
          Case{"which comes nearer", {0, 0, 1'500}, 2'000, 1min, true},
          Case{"and is over", {1'500}, 2'000, 1min, false},
          Case{"a small installation", {599}, 599, 0s, false},
          Case{"not so small", {600}, 600, 0s, true},
          Case{"as every other", std::vector<double>(60, 1'500), 2'000, 0s, false},
          Case{"twice the others' mean", twice(), 2'000, 0s, true},
          Case{"stale", in_minute(15), 2'000, 15min, false},
          Case{"just not stale", in_minute(15), 2'000, 15min - 1s, true},
          Case{"a clock that went back", {1'500}, 2'000, -2min, false}}) {
        const lane::DemandHint made = hint(c.minutes, c.week);
        EXPECT_EQ(at_peak(&made, start + c.later), c.peak) << c.what;
    }
    EXPECT_FALSE(at_peak(nullptr, start)) << "no hint";
}

TEST(PeakWatch, FollowsTheNewestHintAndIsOffWithoutOne) {
    ManualClock clock{start};
    lane::DemandHints hints;
    const auto at_peak_now = watch_peaks(hints, "recorder", clock);
    EXPECT_EQ(hints.names(), std::vector<std::string>{"recorder"});
    EXPECT_FALSE(at_peak_now()) << "none was published";
    hints.publish(hint(in_minute(0)));
    EXPECT_TRUE(at_peak_now());
    hints.publish(hint({}));
    EXPECT_FALSE(at_peak_now());
    hints.publish(hint(in_minute(15)));
    clock.advance(15min);
    EXPECT_FALSE(at_peak_now()) << "stale, though nobody has taken it back";
    clock.step_wall(-1min);
    EXPECT_TRUE(at_peak_now());
    hints.withdraw();
    EXPECT_FALSE(at_peak_now());
}

TEST(PeakWatch, QuietIsWhenLittleIsExpectedOfTheNextQuarterHour) {
    ManualClock clock{start};
    lane::DemandHints hints;
    const auto quiet = watch_quiet(hints, "reports", clock);
    EXPECT_TRUE(quiet()) << "nobody knows better";
    hints.publish(hint({}));
    EXPECT_TRUE(quiet());
    hints.publish(hint(in_minute(14)));
    EXPECT_FALSE(quiet());
    hints.publish(hint(in_minute(20)));
    EXPECT_TRUE(quiet()) << "there is time until then";
    clock.advance(10min);
    EXPECT_FALSE(quiet());
}

TEST(BellDemand, IsWhatTheHintExpectsOfTheNextMinutes) {
    ManualClock clock{start};
    lane::DemandHints hints;
    const tenancy::TenantDirectory nobody;
    const BellDemand demand(nobody, hints, clock);
    const auto later = [&](Duration by) {
        clock.advance(by);
        return demand();
    };
    EXPECT_EQ(demand(), 0) << "neither bells nor a hint";
    hints.publish(hint({0, 0, 0, 500, 2'500}));
    EXPECT_EQ(demand(), 0) << "it looks once a second";
    EXPECT_EQ(later(1s), 0);
    EXPECT_EQ(later(59s), 0.25) << "two minutes ahead";
    EXPECT_EQ(later(1min), 1) << "not more than all";
    hints.withdraw();
    EXPECT_EQ(later(1s), 0);
    hints.publish(hint({0, 0, 0, 500, 2'500}));
    EXPECT_EQ(later(1s), 1);
    EXPECT_EQ(later(14min), 0) << "stale";
}

} // namespace
} // namespace bw::app
