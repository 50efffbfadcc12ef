#include "lane/demand.hpp"

#include <gtest/gtest.h>

namespace bw::lane {
namespace {

const Instant start{1'800'000'000'000 + 20'000}; // 20 s past a full minute

DemandHint hint(std::size_t minutes = 60) {
    DemandHint out{.made_at = start, .valid_until = start + 15min, .minutes = {}};
    for (std::size_t m = 0; m < minutes; ++m)
        out.minutes.push_back({.sign_ins = static_cast<double>(m)});
    return out;
}

TEST(DemandHint, HoldsForAWhileAndForNoOtherClock) {
    struct Case {
        Duration later;
        bool holds;
    };
    for (const Case& c : {Case{0s, true}, Case{14min, true}, Case{15min, false}, Case{-30s, true},
                          Case{-61s, false}, Case{-24h, false}, Case{24h, false}}) {
        EXPECT_EQ(hint().holds(start + c.later), c.holds);
        EXPECT_EQ(hint().busiest(start + c.later, 1min).has_value(), c.holds);
    }
}

TEST(DemandHint, TheBusiestOfTheMinutesAhead) {
    EXPECT_EQ(hint().busiest(start, 0s)->sign_ins, 0);
    EXPECT_EQ(hint().busiest(start, 39s)->sign_ins, 0);
    EXPECT_EQ(hint().busiest(start, 40s)->sign_ins, 1);
    EXPECT_EQ(hint().busiest(start + 5min, 10min)->sign_ins, 15);
    EXPECT_FALSE(hint().busiest(start, 60min)) << "it does not reach so far";
}

TEST(DemandHints, ListenersHearOfEachHintAndOfItsEnd) {
    DemandHints hints;
    std::vector<std::size_t> early, late;
    const auto to = [](std::vector<std::size_t>& heard) {
        return [&heard](const DemandHint* told) {
            heard.push_back(told == nullptr ? 0 : told->minutes.size());
        };
    };
    hints.add("early", to(early));
    EXPECT_EQ(hints.current(start), nullptr);
    hints.publish(hint(60));
    hints.add("late", to(late));
    hints.publish(hint(30));
    EXPECT_EQ(hints.current(start)->minutes.size(), 30);
    hints.expire(start + 14min);
    EXPECT_EQ(early, (std::vector<std::size_t>{60, 30}));
    EXPECT_EQ(hints.current(start + 15min), nullptr) << "even before anybody took it back";
    hints.expire(start + 15min);
    hints.expire(start + 16min);
    hints.withdraw();
    EXPECT_EQ(early, (std::vector<std::size_t>{60, 30, 0}));
    EXPECT_EQ(late, (std::vector<std::size_t>{60, 30, 0}));
    hints.publish(hint(10));
    hints.withdraw();
    EXPECT_EQ(late.back(), 0);
    EXPECT_EQ(hints.names(), (std::vector<std::string>{"early", "late"}));
}

TEST(DemandHints, AClockThatJumpsTakesThemBack) {
    for (const Duration jump : {Duration(-2h), Duration(2h)}) {
        DemandHints hints;
        bool there = false;
        hints.add("one", [&](const DemandHint* told) { there = told != nullptr; });
        hints.publish(hint());
        EXPECT_TRUE(there);
        hints.expire(start + jump);
        EXPECT_FALSE(there);
    }
}

} // namespace
} // namespace bw::lane
