// The breaker's table, and what it promises to those it refuses.
#include "tenancy/breaker.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

namespace bw::tenancy {
namespace {

enum class Event : std::uint8_t {
    call,
    success,
    lost,
    deadline,
    stand_back,
    pause_over,
    probe_lost
};

struct Subject {
    ManualClock clock{Instant{0}};
    SeededRng rng{7};
    BreakerOptions options;
    Breaker breaker{options, clock, rng};

    void happen(Event event) {
        switch (event) {
        case Event::call:
            (void)breaker.admit();
            break;
        case Event::success:
            breaker.succeeded();
            break;
        case Event::lost:
            breaker.connection_failed();
            break;
        case Event::deadline:
            breaker.deadline_failed();
            break;
        case Event::stand_back:
            breaker.stand_back();
            break;
        case Event::pause_over:
            clock.advance(options.pause_max);
            break;
        case Event::probe_lost:
            clock.advance(options.probe_limit);
            break;
        }
    }
    void bring_to(BreakerState state) {
        if (state == BreakerState::closed)
            return;
        breaker.stand_back();
        if (state == BreakerState::open)
            return;
        happen(Event::pause_over);
        happen(Event::call);
    }
};

constexpr auto closed = BreakerState::closed, open = BreakerState::open,
               half_open = BreakerState::half_open;

struct Row {
    BreakerState from;
    std::vector<Event> events;
    BreakerState to;
    bool admits; // the next call
};

using enum Event;
const Row table[] = {
    {closed, {}, closed, true},
    {closed, {lost, lost}, closed, true},
    {closed, {lost, lost, success, lost, lost}, closed, true},
    {closed, {lost, lost, lost}, open, false},
    {closed, std::vector<Event>(15, deadline), closed, true},
    {closed, std::vector<Event>(16, deadline), open, false},
    {closed, {stand_back}, open, false},
    {open, {call}, open, false},
    {open, {success}, open, false}, // of a call from before
    {open, {lost, deadline}, open, false},
    {open, {pause_over}, open, true},
    {open, {pause_over, call}, half_open, false},
    {half_open, {call}, half_open, false},
    {half_open, {success}, closed, true},
    {half_open, {success, lost, lost}, closed, true},
    {half_open, {lost}, open, false},
    {half_open, {deadline}, open, false},
    {half_open, {stand_back}, open, false},
    {half_open, {probe_lost}, half_open, true},
    {half_open, {probe_lost, call}, half_open, false},
};

TEST(Breaker, FollowsItsTable) {
    for (const Row& row : table) {
        Subject subject;
        subject.bring_to(row.from);
        ASSERT_EQ(subject.breaker.status().state, row.from);
        for (Event event : row.events)
            subject.happen(event);
        const std::string which = "row " + std::to_string(&row - table);
        EXPECT_EQ(wire_name(subject.breaker.status().state), wire_name(row.to)) << which;
        EXPECT_EQ(subject.breaker.admit().has_value(), row.admits) << which;
    }
}

TEST(Breaker, OpensOnHalfOfTheLast32CallsNotOnHalfOfAll) {
    Subject subject;
    for (int i = 0; i < 100; ++i) { // every third
        subject.breaker.succeeded();
        subject.breaker.succeeded();
        subject.breaker.deadline_failed();
    }
    EXPECT_EQ(subject.breaker.status().state, closed);
    for (int i = 0; i < 20; ++i)
        subject.breaker.deadline_failed();
    EXPECT_EQ(subject.breaker.status().state, open);
}

TEST(Breaker, TellsWhenItWillTryAgain) {
    Subject subject;
    subject.bring_to(open);
    for (int probe = 0; probe < 10; ++probe) {
        auto refused = subject.breaker.admit();
        ASSERT_FALSE(refused);
        ASSERT_TRUE(refused.error().retry_after);
        const Duration wait = *refused.error().retry_after;
        // Doubled with each probe that failed, up to the limit, and half of it is jitter.
        const Duration pause = std::min(Duration(100ms * (1 << probe)), Duration(5s));
        EXPECT_GE(wait, pause / 2) << probe;
        EXPECT_LE(wait, pause + 1ms) << probe;
        subject.clock.advance(wait - 2ms);
        EXPECT_FALSE(subject.breaker.admit()) << "sooner than it said";
        subject.clock.advance(2ms);
        EXPECT_TRUE(subject.breaker.admit()) << "later than it said";
        subject.breaker.connection_failed();
    }
    EXPECT_EQ(subject.breaker.status().opened, 11U);
    EXPECT_EQ(subject.breaker.status().refused, 20U);
}

TEST(Breaker, LetsOneThreadProbe) {
    Subject subject;
    subject.bring_to(open);
    subject.happen(Event::pause_over);
    std::atomic<int> admitted = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { admitted += subject.breaker.admit().has_value(); });
    }
    EXPECT_EQ(admitted, 1);
}

} // namespace
} // namespace bw::tenancy
