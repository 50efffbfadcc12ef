// Lanes: bounds, deadlines, and exactly one call for each submit, whatever stops when.
#include "lane/lane.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <semaphore>

namespace bw::lane {
namespace {

struct Tool { // what a thread owns
    std::thread::id owner = std::this_thread::get_id();
};
using ToolLane = Lane<Tool>;
const TenantId somebody{};

std::unique_ptr<Tool> make_tool() {
    return std::make_unique<Tool>();
}

/// Occupies a lane thread until released.
class Plug {
public:
    void into(ToolLane& lane, const Clock& clock) {
        lane.submit(somebody, Deadline::in(clock, 1h), [this](Result<Tool*>) {
            running_.release();
            go_.acquire();
        });
        running_.acquire();
    }
    void release() { go_.release(); }

private:
    std::binary_semaphore running_{0}, go_{0};
};

TEST(Lane, WorkRunsOnTheThreadThatOwnsTheContext) {
    SystemClock clock;
    ToolLane lane({.name = "t", .threads = 3}, clock, make_tool);
    std::latch done(100);
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 100; ++i)
        lane.submit(somebody, Deadline::in(clock, 1h), [&](Result<Tool*> tool) {
            if (!tool || (*tool)->owner != std::this_thread::get_id())
                ++wrong;
            done.count_down();
        });
    done.wait();
    EXPECT_EQ(wrong, 0);
    lane.stop(); // before what its work refers to goes
}

TEST(Lane, AFullQueueRefusesAtOnceAndSaysWhenToComeBack) {
    ManualClock clock(Instant{0});
    Plug plug; // outlives the lane, whose thread is in it
    ToolLane lane({.name = "t", .threads = 1, .queue_items_limit = 2}, clock, make_tool);
    plug.into(lane, clock);
    std::latch ran(2);
    for (int i = 0; i < 2; ++i)
        lane.submit(somebody, Deadline::in(clock, 1h), [&](Result<Tool*> tool) {
            EXPECT_TRUE(tool);
            ran.count_down();
        });
    std::optional<Error> refusal;
    const auto caller = std::this_thread::get_id();
    lane.submit(somebody, Deadline::in(clock, 1h), [&](Result<Tool*> tool) {
        ASSERT_FALSE(tool);
        EXPECT_EQ(std::this_thread::get_id(), caller);
        refusal = tool.error();
    });
    ASSERT_TRUE(refusal) << "the refusal must not wait";
    EXPECT_EQ(refusal->code, Code::overloaded);
    ASSERT_TRUE(refusal->retry_after);
    EXPECT_GT(refusal->retry_after->count(), 0);
    LaneStatus status = lane.status();
    EXPECT_EQ(status.queued, 2U);
    EXPECT_EQ(status.refused, 1U);
    plug.release();
    ran.wait();
    lane.stop(); // before what its work refers to goes
}

TEST(Lane, WorkWhoseDeadlinePassedInTheQueueIsNotStarted) {
    ManualClock clock(Instant{0});
    Plug plug; // outlives the lane, whose thread is in it
    ToolLane lane({.name = "t", .threads = 1}, clock, make_tool);
    plug.into(lane, clock);
    std::promise<Error> late;
    std::promise<bool> in_time;
    lane.submit(somebody, Deadline::in(clock, 1s),
                [&](Result<Tool*> tool) { late.set_value(tool ? Error{} : tool.error()); });
    lane.submit(somebody, Deadline::in(clock, 1h),
                [&](Result<Tool*> tool) { in_time.set_value(tool.has_value()); });
    clock.advance(1s);
    EXPECT_EQ(lane.status().oldest, 1s);
    plug.release();
    EXPECT_EQ(late.get_future().get().code, Code::deadline_exceeded);
    EXPECT_TRUE(in_time.get_future().get());
    EXPECT_EQ(lane.status().expired, 1U);
    EXPECT_EQ(lane.status().oldest, 0s) << "nobody waits";
    lane.stop(); // before what its work refers to goes
}

TEST(Lane, ADeadlineThatIsOverIsNotQueued) {
    ManualClock clock(Instant{0});
    Plug plug; // outlives the lane, whose thread is in it
    ToolLane lane({.name = "t", .threads = 1}, clock, make_tool);
    plug.into(lane, clock);
    const Deadline past = Deadline::in(clock, 0s);
    std::optional<Code> code;
    lane.submit(somebody, past, [&](Result<Tool*> tool) { code = tool.error().code; });
    EXPECT_EQ(code, Code::deadline_exceeded); // not overloaded: to come back later with the same
                                              // deadline is no use
    EXPECT_EQ(lane.status().queued, 0U);
    plug.release();
    lane.stop(); // before what its work refers to goes
}

TEST(Lane, WhatCannotFinishInTimeIsRefusedNow) {
    ManualClock clock(Instant{0});
    Plug plug; // outlives the lane, whose thread is in it
    ToolLane lane({.name = "t", .threads = 1, .queue_items_limit = 1000}, clock, make_tool);
    // Teaches the lane that an item takes about 16 s / 16 = 1 s.
    std::latch slow(1);
    lane.submit(somebody, Deadline::in(clock, 1h), [&](Result<Tool*>) {
        clock.advance(16s);
        slow.count_down();
    });
    slow.wait();
    plug.into(lane, clock);
    std::atomic<int> called = 0;
    for (int i = 0; i < 5; ++i)
        lane.submit(somebody, Deadline::in(clock, 1h), [&](Result<Tool*>) { ++called; });
    std::optional<Error> refusal;
    lane.submit(somebody, Deadline::in(clock, 2s),
                [&](Result<Tool*> tool) { refusal = tool.error(); });
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, Code::overloaded);
    EXPECT_EQ(refusal->retry_after->count() / 1000, 3); // 5 s of work, of which it could wait 2
    plug.release();
    lane.stop();
    EXPECT_EQ(called, 5);
    lane.stop(); // before what its work refers to goes
}

TEST(Lane, OneLanesStormDoesNotReachAnother) {
    SystemClock clock;
    Plug plug; // outlives the lane, whose thread is in it
    ToolLane stormy({.name = "stormy", .threads = 1, .queue_items_limit = 8}, clock, make_tool);
    ToolLane calm({.name = "calm", .threads = 1, .queue_items_limit = 8}, clock, make_tool);
    plug.into(stormy, clock);
    std::atomic<int> refused = 0;
    for (int i = 0; i < 100; ++i)
        stormy.submit(somebody, Deadline::in(clock, 1h),
                      [&](Result<Tool*> tool) { refused += !tool; });
    std::latch done(5);
    for (int i = 0; i < 5; ++i)
        calm.submit(somebody, Deadline::in(clock, 1h), [&](Result<Tool*> tool) {
            EXPECT_TRUE(tool);
            done.count_down();
        });
    done.wait(); // while the other is still plugged
    EXPECT_EQ(refused, 92);
    EXPECT_EQ(calm.status().refused, 0U);
    plug.release();
    stormy.stop();
    calm.stop();
}

TEST(Lane, StopRefusesTheQueueFinishesWhatRunsAndMayBeCalledTwice) {
    SystemClock clock;
    Plug plug; // outlives the lane, whose thread is in it
    auto lane = std::make_unique<ToolLane>(Budget{.name = "t", .threads = 1}, clock, make_tool);
    plug.into(*lane, clock);
    std::promise<Error> queued;
    lane->submit(somebody, Deadline::in(clock, 1h),
                 [&](Result<Tool*> tool) { queued.set_value(tool ? Error{} : tool.error()); });
    std::jthread stopper([&] { lane->stop(); });
    for (bool stopping = false;
         !stopping;) { // a refusal comes on this thread: then the stop has begun
        auto told =
            std::make_shared<std::atomic<bool>>(false); // shared with work that is queued after all
        lane->submit(somebody, Deadline::in(clock, 1h), [told](Result<Tool*> tool) {
            *told = !tool && tool.error().code == Code::unavailable;
        });
        stopping = *told;
        std::this_thread::yield();
    }
    plug.release();
    EXPECT_EQ(queued.get_future().get().code, Code::unavailable);
    stopper.join();
    lane->stop();
    std::optional<Code> after;
    lane->submit(somebody, Deadline::in(clock, 1h),
                 [&](Result<Tool*> tool) { after = tool.error().code; });
    EXPECT_EQ(after, Code::unavailable);
}

TEST(Lane, EverySubmitIsAnsweredExactlyOnceUnderConcurrentStops) {
    SystemClock clock;
    for (int round = 0; round < 20; ++round) {
        constexpr int submitters = 3, each = 200;
        std::vector<std::atomic<int>> calls(submitters * each);
        ToolLane lane({.name = "t", .threads = 2, .queue_items_limit = 16}, clock, make_tool);
        std::latch begin(submitters + 2);
        {
            std::vector<std::jthread> threads;
            for (int s = 0; s < submitters; ++s)
                threads.emplace_back([&, s] {
                    begin.arrive_and_wait();
                    for (int i = 0; i < each; ++i)
                        lane.submit(somebody, Deadline::in(clock, 1h),
                                    [&calls, at = s * each + i](Result<Tool*>) {
                                        ++calls[static_cast<std::size_t>(at)];
                                    });
                });
            for (int s = 0; s < 2; ++s)
                threads.emplace_back([&] {
                    begin.arrive_and_wait();
                    while (lane.status().started < 20 && lane.status().refused < 20)
                        std::this_thread::yield();
                    lane.stop(); // when it returns, no thread of the lane runs any more, whoever
                                 // else called it
                });
        }
        lane.stop();
        for (std::size_t i = 0; i < calls.size(); ++i)
            ASSERT_EQ(calls[i], 1) << i;
        const LaneStatus status = lane.status();
        EXPECT_EQ(status.started + status.refused + status.expired, calls.size());
    }
}

TEST(Lane, WhatWorkHeldIsGivenBackWithoutTheLanesLock) {
    // The last holder of a Responder or a buffer may ask the lane something as it goes.
    SystemClock clock;
    struct Note {
        ToolLane& lane;
        std::promise<std::uint64_t>* gone;
        ~Note() { gone->set_value(lane.status().started); }
    };
    std::promise<std::uint64_t> gone; // outlives the lane's threads
    ToolLane lane({.name = "t", .threads = 1}, clock, make_tool);
    lane.submit(somebody, Deadline::in(clock, 1h),
                [note = std::make_unique<Note>(lane, &gone)](Result<Tool*>) {});
    auto told = gone.get_future();
    ASSERT_EQ(told.wait_for(10s), std::future_status::ready)
        << "deadlock"; // without waiting for the next item
    EXPECT_EQ(told.get(), 1U);
    lane.stop(); // before what its work refers to goes
}

TEST(Lane, WaitAndWorkAreSpansOfTheirRequest) {
    struct Traced {
        std::optional<telemetry::TraceContext> parent;
        void trace_under(telemetry::SpanQueue*, std::optional<telemetry::TraceContext> span) {
            parent = span;
        }
    };
    ManualClock clock(Instant{1000});
    SeededRng rng(1);
    telemetry::SpanQueue spans(10, clock, rng);
    Lane<Traced> lane({.name = "t", .threads = 0, .spans = &spans}, clock,
                      [] { return std::make_unique<Traced>(); });
    const auto request = telemetry::TraceContext::make(true, rng);
    std::optional<telemetry::TraceContext> during;
    lane.submit(
        somebody, Deadline::in(clock, 1h),
        [&](Result<Traced*> turn) {
            clock.advance(5ms);
            during = (*turn)->parent;
        },
        request);
    clock.advance(3ms);
    lane.run_one();
    const auto recorded = spans.take(10, Duration::zero());
    ASSERT_EQ(recorded.size(), 2U);
    EXPECT_EQ(recorded[0].name, "t lane: wait");
    EXPECT_EQ(recorded[0].took, 3ms);
    EXPECT_EQ(recorded[1].name, "t lane: work");
    EXPECT_EQ(recorded[1].took, 5ms);
    EXPECT_EQ(recorded[0].parent, request.span_id);
    EXPECT_EQ(recorded[1].parent, request.span_id);
    ASSERT_TRUE(during);
    EXPECT_EQ(during->span_id, recorded[1].context.span_id);
    // The next one, of nobody's trace, is not taken for a child of this one.
    lane.submit(somebody, Deadline::in(clock, 1h),
                [&](Result<Traced*> turn) { during = (*turn)->parent; });
    lane.run_one();
    EXPECT_FALSE(during);
    EXPECT_EQ(spans.status().recorded, 2U);
}

} // namespace
} // namespace bw::lane
