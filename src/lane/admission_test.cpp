// Who may wait and who is told when to come back: on a lane without threads and a clock moved by
// hand, where nothing happens by itself.
#include <gtest/gtest.h>

#include <map>

#include "lane/lane.hpp"

namespace bw::lane {
namespace {

TenantId tenant(std::uint8_t number) {
    TenantId id;
    id.uuid[15] = number;
    return id;
}
const TenantId alpha = tenant(1), bravo = tenant(2);

struct Nothing {};

struct AdmissionTest : testing::Test {
    ManualClock clock{Instant{0}};
    Duration service = 1s;                          // of each item
    std::map<TenantId, int> done, overloaded, late; // what submits were told
    std::optional<Duration> retry_after;            // by the last refusal
    std::size_t bravos_waiting = 0;
    std::unique_ptr<Lane<Nothing>> lane;

    void open(std::size_t limit, Weight weight = {}) {
        lane = std::make_unique<Lane<Nothing>>(
            Budget{.name = "t", .threads = 0, .queue_items_limit = limit, .weight = weight}, clock,
            [] { return std::make_unique<Nothing>(); });
        for (int i = 0; i < 200; ++i) { // the lane learns how long an item takes
            lane->submit(alpha, Deadline::in(clock, 1h),
                         [this](Result<Nothing*>) { clock.advance(service); });
            lane->run_one();
        }
    }
    /// True: it waits now.
    bool submit(TenantId who, Duration patience = 1h) {
        const std::uint64_t refused = lane->status().refused - lane->status().refusals.displaced;
        bravos_waiting += who == bravo;
        lane->submit(who, Deadline::in(clock, patience), [this, who](Result<Nothing*> turn) {
            bravos_waiting -= who == bravo;
            if (turn) {
                clock.advance(service);
                ++done[who];
            } else if (turn.error().code == Code::overloaded) {
                ++overloaded[who];
                retry_after = turn.error().retry_after;
            } else {
                ++late[who];
            }
        });
        const LaneStatus status = lane->status();
        return status.refused - status.refusals.displaced == refused;
    }
};

TEST_F(AdmissionTest, AFloodRefusesItsOwnTenantAndMakesRoomForAnother) {
    open(100);
    for (int i = 0; i < 150; ++i)
        EXPECT_EQ(submit(alpha), i < 100) << "a lone tenant may use everything";
    for (int i = 0; i < 49; ++i)
        EXPECT_TRUE(submit(bravo)) << i;
    EXPECT_EQ(overloaded[alpha], 50 + 49);
    EXPECT_EQ(overloaded[bravo], 0);
    const LaneStatus status = lane->status();
    EXPECT_EQ(status.queued, 100U);
    EXPECT_EQ(status.refusals.queue_full, 50U);
    EXPECT_EQ(status.refusals.displaced, 49U);
    for (int i = 0; i < 20; ++i)
        lane->run_one();
    EXPECT_EQ(done[alpha], 10);
    EXPECT_EQ(done[bravo], 10);
}

TEST_F(AdmissionTest, AnothersFloodDoesNotRefuseWhoWouldHaveItsTurnInTime) {
    open(1000);
    for (int i = 0; i < 100; ++i)
        submit(alpha);
    EXPECT_FALSE(submit(alpha, 50s)) << "its turn comes in 100 s";
    EXPECT_EQ(lane->status().refusals.too_slow, 1U);
    EXPECT_TRUE(submit(bravo, 5s)) << "its turn comes after alpha's next";
    lane->run_one();
    lane->run_one();
    EXPECT_EQ(done[bravo], 1);
}

TEST_F(AdmissionTest, DeadlinesHoldInEveryTenantsQueue) {
    open(1000);
    for (int i = 0; i < 10; ++i)
        submit(alpha);
    for (int i = 0; i < 10; ++i)
        submit(bravo, 25s);
    while (lane->run_one()) {
    }
    EXPECT_EQ(done[alpha], 10);
    EXPECT_EQ(done[bravo] + late[bravo], 10);
    EXPECT_EQ(lane->status().expired, static_cast<std::uint64_t>(late[bravo]));
    clock.advance(1s);
    EXPECT_FALSE(submit(alpha, 0s));
    EXPECT_EQ(lane->status().refusals.too_late, 1U);
}

TEST_F(AdmissionTest, WhoComesBackWhenToldIsAdmittedWhileTheQueueDrainsSteadily) {
    struct Case {
        const char* name;
        Weight weight;
        std::size_t bravos; // of another tenant, kept waiting all the time
        Duration patience;  // of those who are refused; 1 h: refused because the queue is full
    };
    const Weight favours_bravo = [](TenantId id) { return id == bravo ? 3u : 1u; };
    for (const Case& c : {Case{"alone, full", {}, 0, 1h}, Case{"alone, too slow", {}, 0, 8s},
                          Case{"shared, full", {}, 12, 1h}, Case{"shared, too slow", {}, 12, 8s},
                          Case{"beside a heavier one, too slow", favours_bravo, 16, 12s}}) {
        SCOPED_TRACE(c.name);
        overloaded.clear();
        open(24, c.weight);
        auto keep_bravo_waiting = [&] {
            while (lane->status().queued < 24 && bravos_waiting < c.bravos)
                submit(bravo);
        };
        keep_bravo_waiting();
        while (submit(alpha, c.patience))
            ;
        overloaded.clear();
        std::multimap<Monotonic, int> comes_back;
        for (int i = 0; i < 15; ++i) { // fifteen more at the same moment
            ASSERT_FALSE(submit(alpha, c.patience));
            comes_back.emplace(clock.monotonic() + *retry_after, i);
        }
        EXPECT_GT(comes_back.rbegin()->first - comes_back.begin()->first, 10s)
            << "all were told to come back together";
        int admitted = 0;
        while (!comes_back.empty()) {
            if (!lane->run_one()) // a second of work
                clock.advance(1s);
            for (; !comes_back.empty() && comes_back.begin()->first <= clock.monotonic();
                 comes_back.erase(comes_back.begin()))
                admitted += submit(alpha, c.patience);
            keep_bravo_waiting();
        }
        EXPECT_EQ(admitted, 15);
    }
}

TEST_F(AdmissionTest, WhatIsToldToThoseWhoDoNotWaitIsBounded) {
    open(10);
    while (submit(alpha))
        ;
    for (int i = 0; i < 10'000; ++i)
        submit(alpha);
    EXPECT_LE(*retry_after, 12s) << "one more queue's worth, not ten thousand's";
}

TEST_F(AdmissionTest, WaitAndServiceAreMeasured) {
    service = 1ms;
    open(100);
    const LaneStatus before = lane->status();
    service = 10ms;
    for (int i = 0; i < 3; ++i)
        submit(alpha);
    EXPECT_EQ(lane->status().queued, 3U);
    while (lane->run_one()) {
    }
    const LaneStatus after = lane->status();
    EXPECT_EQ(after.started - before.started, 3U);
    EXPECT_EQ(after.running, 0U);
    EXPECT_EQ(after.service.sum - before.service.sum, 30ms);
    EXPECT_EQ(after.waiting.sum - before.waiting.sum, 0ms + 10ms + 20ms);
    EXPECT_EQ(after.waiting.count() - before.waiting.count(), 3U);
}

TEST_F(AdmissionTest, ALaneWithoutThreadsAnswersWhatWaitsWhenItEnds) {
    open(10);
    submit(alpha);
    lane.reset();
    EXPECT_EQ(late[alpha], 1); // unavailable
    EXPECT_EQ(done[alpha], 0);
}

} // namespace
} // namespace bw::lane
