// The state machine and the pace as tables: the same as in README.md.
#include "jobs/job.hpp"

#include <gtest/gtest.h>

#include "jobs/pace.hpp"

namespace bw::jobs {
namespace {

struct Row {
    State from;
    Event event;
    std::optional<State> to; // nullopt: nothing happens
};

constexpr State every[] = {State::available, State::scheduled, State::running,  State::retryable,
                           State::completed, State::cancelled, State::discarded};
constexpr Event all_events[] = {Event::claim,    Event::complete, Event::fail, Event::give_up,
                                Event::snooze,   Event::release,  Event::lose, Event::cancel,
                                Event::be_ended, Event::retry};

// Whatever is not here changes nothing. `fail` and `lose` with attempts left.
constexpr Row table[] = {
    {State::available, Event::claim, State::running},
    {State::scheduled, Event::claim, State::running},
    {State::retryable, Event::claim, State::running},
    {State::running, Event::complete, State::completed},
    {State::running, Event::fail, State::retryable},
    {State::running, Event::give_up, State::discarded},
    {State::running, Event::snooze, State::scheduled},
    {State::running, Event::release, State::scheduled},
    {State::running, Event::lose, State::retryable},
    {State::running, Event::cancel, State::running}, // asked
    {State::available, Event::cancel, State::cancelled},
    {State::scheduled, Event::cancel, State::cancelled},
    {State::retryable, Event::cancel, State::cancelled},
    {State::discarded, Event::cancel, State::cancelled},
    {State::available, Event::retry, State::available},
    {State::scheduled, Event::retry, State::available},
    {State::retryable, Event::retry, State::available},
    {State::discarded, Event::retry, State::available},
};

TEST(JobStates, EveryEventInEveryState) {
    for (State from : every)
        for (Event event : all_events) {
            std::optional<State> expected;
            for (const Row& row : table)
                if (row.from == from && row.event == event)
                    expected = row.to;
            const auto after = next({.state = from, .attempt = 1, .attempts_max = 3}, event);
            EXPECT_EQ(after.has_value(), expected.has_value())
                << wire_name(from) << " " << static_cast<int>(event);
            if (after && expected)
                EXPECT_EQ(after->state, *expected)
                    << wire_name(from) << " " << static_cast<int>(event);
        }
}

TEST(JobStates, AttemptsAndCrashesAreCounted) {
    const Standing fresh{.attempts_max = 2};
    const Standing first = *next(fresh, Event::claim);
    EXPECT_EQ(first.attempt, 1);
    EXPECT_EQ(next(first, Event::snooze)->attempt, 0);
    EXPECT_EQ(next(first, Event::release)->attempt, 0);
    const Standing second = *next(*next(first, Event::fail), Event::claim);
    EXPECT_EQ(next(second, Event::fail)->state, State::discarded) << "the last attempt";
    Standing unlucky{.attempts_max = 100};
    for (int i = 0; i < crashes_max; ++i)
        unlucky = *next(*next(unlucky, Event::claim), Event::lose);
    EXPECT_EQ(unlucky.state, State::discarded);
    const Standing again = *next(unlucky, Event::retry);
    EXPECT_EQ(again.crashes, 0);
    EXPECT_EQ(again.attempts_max, unlucky.attempt + attempts_again_max);
    Standing asked = *next(first, Event::cancel);
    EXPECT_TRUE(asked.cancel_asked);
    EXPECT_EQ(next(asked, Event::be_ended)->state, State::cancelled);
}

TEST(JobStates, TheirNamesComeBack) {
    for (State state : every)
        EXPECT_EQ(state_from(wire_name(state)), state);
    EXPECT_FALSE(state_from("done"));
}

TEST(JobPace, WaitsForABusyPrimaryAndForABell) {
    struct {
        Load load;
        Pace pace;
    } constexpr rows[] = {
        {{5ms, 0}, {8, Priority::low}},     {{50ms, 0}, {4, Priority::normal}},
        {{250ms, 0}, {1, Priority::high}},  {{5ms, 0.25}, {4, Priority::normal}},
        {{5ms, 0.75}, {1, Priority::high}}, {{250ms, 1}, {1, Priority::high}},
    };
    for (const auto& row : rows)
        EXPECT_EQ(pace(row.load, 8), row.pace)
            << row.load.claim_time / 1ms << " ms, " << row.load.demand;
    EXPECT_EQ(pace({50ms, 0}, 1).threads, 1);
}

TEST(JobEnvelope, BindsEachPart) {
    const TenantId here{{1}}, there{{2}};
    const JobId job{{3}}, other{{4}};
    const Bytes whole = envelope(here, job, "kind", "{}");
    EXPECT_NE(whole, envelope(there, job, "kind", "{}"));
    EXPECT_NE(whole, envelope(here, other, "kind", "{}"));
    EXPECT_NE(whole, envelope(here, job, "kin", "d{}"));
    EXPECT_NE(whole, envelope(here, job, "kind", "{} "));
}

} // namespace
} // namespace bw::jobs
