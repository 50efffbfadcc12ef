// Batch lanes: what goes together, and exactly one answer for each item whatever becomes of its
// batch.
#include "lane/batch_lane.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <map>
#include <stdexcept>

namespace bw::lane {
namespace {

TenantId tenant(std::uint8_t number) {
    TenantId id;
    id.uuid[15] = number;
    return id;
}
const TenantId alpha = tenant(1), bravo = tenant(2);

struct Nothing {};
using Numbers = BatchLane<Nothing, int, int>;
using Batch = std::span<Numbers::Turn>;

std::unique_ptr<Nothing> make_nothing() {
    return std::make_unique<Nothing>();
}

/// What items were told: the answer, or minus one and the code.
struct Answers {
    std::map<int, Result<int>> of;
    int calls = 0;

    Numbers::Done slot(int item) {
        return [this, item](Result<int> answer) {
            ++calls;
            of.insert_or_assign(item, std::move(answer));
        };
    }
    std::optional<Code> code(int item) {
        return of.at(item) ? std::nullopt : std::optional(of.at(item).error().code);
    }
};

struct BatchLaneTest : testing::Test {
    ManualClock clock{Instant{0}};
    Answers answers;
    std::vector<std::vector<int>> batches;
    std::function<Result<void>(Batch)> behave = [](Batch batch) -> Result<void> {
        for (Numbers::Turn& turn : batch)
            turn.answer(turn.item * 2);
        return {};
    };
    Numbers lane{{.name = "t", .threads = 0, .queue_items_limit = 10, .batch_items_limit = 4},
                 clock,
                 make_nothing,
                 [this](Nothing&, Batch batch) {
                     std::vector<int> items;
                     for (const Numbers::Turn& turn : batch)
                         items.push_back(turn.item);
                     batches.push_back(items);
                     return behave(batch);
                 }};

    void submit(int item, TenantId who = alpha, Duration patience = 1h) {
        lane.submit(who, Deadline::in(clock, patience), item, answers.slot(item));
    }
    void run_all() {
        while (lane.run_batch()) {
        }
    }
};

TEST_F(BatchLaneTest, WhatWaitsGoesTogetherUpToTheLimit) {
    for (int i = 1; i <= 6; ++i)
        submit(i);
    run_all();
    EXPECT_EQ(batches, (std::vector<std::vector<int>>{{1, 2, 3, 4}, {5, 6}}));
    EXPECT_EQ(answers.calls, 6);
    EXPECT_EQ(*answers.of.at(6), 12);
    const LaneStatus status = lane.status();
    EXPECT_EQ(status.started, 6U);
    EXPECT_EQ(status.service.count(), 2U) << "one turn a batch";
    EXPECT_EQ(status.running, 0U);
}

TEST_F(BatchLaneTest, ABatchIsFairBetweenTenants) {
    for (int i = 1; i <= 8; ++i)
        submit(i, alpha);
    submit(101, bravo);
    submit(102, bravo);
    lane.run_batch();
    EXPECT_EQ(std::ranges::count_if(batches.at(0), [](int item) { return item > 100; }), 2);
}

TEST_F(BatchLaneTest, EachItemHasItsOwnDeadline) {
    submit(1, alpha, 1s);
    submit(2, alpha, 1h);
    clock.advance(2s);
    run_all();
    EXPECT_EQ(batches, (std::vector<std::vector<int>>{{2}}));
    EXPECT_EQ(answers.code(1), Code::deadline_exceeded);
    EXPECT_EQ(*answers.of.at(2), 4);
    EXPECT_EQ(lane.status().expired, 1U);
}

TEST_F(BatchLaneTest, AFullQueueRefusesAtOnce) {
    for (int i = 1; i <= 11; ++i)
        submit(i);
    EXPECT_EQ(answers.code(11), Code::overloaded);
    EXPECT_EQ(answers.calls, 1);
    submit(12, bravo); // takes the place of alpha's newest
    EXPECT_EQ(answers.code(10), Code::overloaded);
    run_all();
    EXPECT_EQ(answers.calls, 12);
}

TEST_F(BatchLaneTest, AFailedBatchAnswersAllThatItHadNotAnswered) {
    struct Case {
        const char* name;
        std::function<Result<void>(Batch)> behave;
        Code others;
    };
    const Case cases[] = {
        {"an error",
         [](Batch batch) -> Result<void> {
             batch[1].answer(7);
             return fail(Code::outcome_unknown, "the connection broke at commit");
         },
         Code::outcome_unknown},
        {"an exception",
         [](Batch batch) -> Result<void> {
             batch[1].answer(7);
             throw std::runtime_error("a bug");
         },
         Code::internal},
        {"forgotten",
         [](Batch batch) -> Result<void> {
             batch[1].answer(7);
             return {};
         },
         Code::internal},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        answers = {};
        behave = c.behave;
        for (int i = 1; i <= 3; ++i)
            submit(i);
        run_all();
        EXPECT_EQ(answers.calls, 3);
        EXPECT_EQ(answers.code(1), c.others);
        EXPECT_EQ(*answers.of.at(2), 7);
        EXPECT_EQ(answers.code(3), c.others);
    }
}

TEST_F(BatchLaneTest, AnAnswerThatThrowsKeepsNobodyElseFromTheirs) {
    lane.submit(alpha, Deadline::in(clock, 1h), 1,
                [](Result<int>) { throw std::runtime_error("x"); });
    submit(2);
    behave = [](Batch) -> Result<void> { return fail(Code::unavailable, "down"); };
    run_all();
    EXPECT_EQ(answers.code(2), Code::unavailable);
}

TEST(BatchLaneDeathTest, AnsweringTwiceIsABug) {
    BatchTurn<int, int> turn(alpha, Deadline(Monotonic{}), 1, [](Result<int>) {});
    turn.answer(1);
    EXPECT_DEATH(turn.answer(2), "answered once");
}

TEST(BatchLane, WhatComesWhileABatchRunsIsTheNextBatch) {
    SystemClock clock;
    std::latch running(1), go(1), done(4);
    std::vector<std::size_t> sizes; // on the lane's one thread, read after it stopped
    BatchLane<Nothing, int> lane(
        {.name = "t"}, clock, make_nothing,
        [&](Nothing&, std::span<BatchTurn<int, void>> batch) -> Result<void> {
            if (sizes.empty()) {
                running.count_down();
                go.wait();
            }
            sizes.push_back(batch.size());
            for (auto& turn : batch)
                turn.answer({});
            return {};
        });
    auto submit = [&] {
        lane.submit(alpha, Deadline::in(clock, 1h), 0, [&](Result<void>) { done.count_down(); });
    };
    submit();
    running.wait();
    for (int i = 0; i < 3; ++i)
        submit();
    go.count_down();
    done.wait();
    lane.stop();
    EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 3}));
}

TEST(BatchLane, AFullBatchDoesNotLingerAndStopEndsIt) {
    SystemClock clock;
    std::latch full(1);
    std::vector<std::size_t> sizes; // on the lane's one thread, read after it stopped
    BatchLane<Nothing, int> lane(
        {.name = "t", .batch_items_limit = 3, .linger = 1min}, clock, make_nothing,
        [&](Nothing&, std::span<BatchTurn<int, void>> batch) -> Result<void> {
            sizes.push_back(batch.size());
            if (sizes.size() == 1)
                full.count_down();
            return {};
        });
    const Monotonic begin = clock.monotonic();
    std::atomic<int> unavailable = 0;
    auto submit = [&] {
        lane.submit(alpha, Deadline::in(clock, 1h), 0, [&](Result<void> answer) {
            unavailable += answer.error().code == Code::unavailable;
        });
    };
    for (int i = 0; i < 3; ++i)
        submit();
    full.wait();
    submit();
    lane.stop();
    EXPECT_EQ(sizes, std::vector<std::size_t>{3});
    EXPECT_EQ(unavailable, 1);
    EXPECT_LT(clock.monotonic() - begin, 1min) << "neither waited the linger out";
}

TEST(BatchLane, EverySubmitIsAnsweredExactlyOnceUnderConcurrentStops) {
    SystemClock clock;
    for (int round = 0; round < 20; ++round) {
        constexpr int submitters = 3, each = 200;
        std::vector<std::atomic<int>> calls(submitters * each);
        BatchLane<Nothing, int> lane(
            {.name = "t", .threads = 2, .queue_items_limit = 32, .batch_items_limit = 5}, clock,
            make_nothing, [&](Nothing&, std::span<BatchTurn<int, void>> batch) -> Result<void> {
                if (batch.front().item % 7 == 0)
                    throw std::runtime_error("now and then");
                for (auto& turn : batch)
                    turn.answer({});
                return {};
            });
        {
            std::vector<std::jthread> threads;
            for (int s = 0; s < submitters; ++s)
                threads.emplace_back([&, s] {
                    for (int i = 0; i < each; ++i)
                        lane.submit(tenant(static_cast<std::uint8_t>(i % 4)),
                                    Deadline::in(clock, 1h), s * each + i,
                                    [&calls, at = s * each + i](Result<void>) {
                                        ++calls[static_cast<std::size_t>(at)];
                                    });
                });
            threads.emplace_back([&] {
                for (LaneStatus now; now.started + now.refused < 100; now = lane.status())
                    std::this_thread::yield();
                lane.stop();
            });
        }
        for (std::size_t i = 0; i < calls.size(); ++i)
            ASSERT_EQ(calls[i], 1) << i;
        const LaneStatus status = lane.status();
        EXPECT_EQ(status.started + status.refused + status.expired, calls.size());
    }
}

} // namespace
} // namespace bw::lane
