// Minutes of one morning: assignments that are open from `opens` and due at `due`.
#include "fairness/lost_time.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bw::fairness {
namespace {

Instant at(int minute) {
    return Instant{std::int64_t{minute} * 60'000};
}
Span span(int from, int until) {
    return {at(from), at(until)};
}

struct Case {
    const char* what;
    int opens, due;
    std::vector<Span> before;
    int lost, due_after;
};

// The outage is from 50 to 70.
const Case cases[] = {
    {"due during it", 0, 60, {}, 10, 80},
    {"due at its begin: half-open", 0, 50, {}, 0, 50},
    {"due before it", 0, 40, {}, 0, 40},
    {"due at its end", 0, 70, {}, 20, 90},
    {"due after it", 0, 300, {}, 20, 320},
    {"opened during it", 60, 300, {}, 10, 310},
    {"opened at its end", 70, 300, {}, 0, 300},
    {"opened and due during it", 55, 65, {}, 10, 80},
    {"given back already", 0, 300, {span(40, 80)}, 0, 300},
    {"partly given back, the begin", 0, 300, {span(40, 60)}, 10, 310},
    {"partly given back, the end", 0, 300, {span(60, 80)}, 10, 310},
    {"partly given back, the middle", 0, 300, {span(55, 60)}, 15, 315},
    {"by two that overlap, in no order", 0, 300, {span(60, 65), span(52, 62)}, 7, 307},
    {"by one before and one behind", 0, 300, {span(80, 90), span(10, 50)}, 20, 320},
};

TEST(LostTime, IsWhatLayBetweenOpeningAndDueAndWasNotGivenBack) {
    const Span outage = span(50, 70);
    for (const Case& c : cases) {
        const Duration taken = lost(span(c.opens, c.due), outage, c.before);
        EXPECT_EQ(taken, std::chrono::minutes(c.lost)) << c.what;
        EXPECT_EQ(due_after(at(c.due), outage, taken), at(c.due_after)) << c.what;
    }
}

TEST(LostTime, TwoOutagesOfOneCauseGiveBackWhatTheirUnionTook) {
    // Reading is away from 50 to 70, handing in from 55 to 80; due at 60.
    const Span first = span(50, 70), second = span(55, 80);
    const Instant due = due_after(at(60), first, lost(span(0, 60), first, {}));
    EXPECT_EQ(due, at(80));
    const std::vector before{first};
    EXPECT_EQ(due_after(due, second, lost({at(0), due}, second, before)), at(90)); // 80 + 10
}

TEST(LostTime, LessThanHalfAMinuteIsNone) {
    EXPECT_EQ(due_after(at(60), span(50, 51), 29'999ms), at(60));
    EXPECT_EQ(due_after(at(60), span(50, 51), 30s), at(61));
}

TEST(LostTime, ADueInstantIsAWholeMinute) {
    const Span outage{Instant{50 * 60'000 + 1}, Instant{50 * 60'000 + 31'500}};
    EXPECT_EQ(due_after(at(60), outage, lost({at(0), at(60)}, outage, {})), at(61));
}

} // namespace
} // namespace bw::fairness
