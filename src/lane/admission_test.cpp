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

/// A lane that keeps places, and four seconds' patience.
struct PlacesTest : AdmissionTest {
    std::unique_ptr<Lane<Nothing>> room;
    Error refused;
    std::string order; // of turns

    void SetUp() override {
        room = std::make_unique<Lane<Nothing>>(
            Budget{.name = "t", .threads = 0, .queue_items_limit = 3, .keeps_places = true}, clock,
            [] { return std::make_unique<Nothing>(); });
        for (int i = 0; i < 200; ++i) { // it learns how long an item takes
            room->submit(alpha, Deadline::in(clock, 1h),
                         [this](Result<Nothing*>) { clock.advance(1s); });
            room->run_one();
        }
    }
    void come(char who, std::optional<std::int64_t> arrived = {}) {
        room->submit(
            alpha, Deadline::in(clock, 1h),
            [this, who](Result<Nothing*> turn) {
                if (turn)
                    order += who;
                else
                    refused = turn.error();
            },
            {}, arrived ? std::optional(Instant{*arrived}) : std::nullopt);
    }
};

TEST_F(PlacesTest, WhoSaysNoArrivalStandsBehindThoseWhoWaitAndKeepsNoPlace) {
    come('a', 10);
    come('-'); // no sign-in, and no ticket to come again with
    come('c', 30);
    come('-');
    ASSERT_EQ(refused.code, Code::overloaded);
    EXPECT_FALSE(refused.waiting) << "a place that nobody comes back to stood before all others";
    EXPECT_GE(refused.retry_after, 1s);
    come('d', 40);
    ASSERT_TRUE(refused.waiting);
    EXPECT_EQ(refused.waiting->place, 3U);
    EXPECT_TRUE(refused.waiting->own_moment);
    while (room->run_one()) {
    }
    EXPECT_EQ(order, "a-c");
    // The queue stays sorted with them in it: an early one goes before all who came later.
    order.clear();
    come('x', 50);
    come('-');
    come('a', 10);
    while (room->run_one()) {
    }
    EXPECT_EQ(order, "ax-");
}

TEST_F(PlacesTest, WhoHadATurnInVainComesAgainByPlaceAfterTheMomentThatAllWereTold) {
    std::vector<Duration> told;
    for (std::int64_t i = 0; i < 30; ++i) {
        Error error = fail(Code::unavailable, "the primary is away");
        error.retry_after = 3s; // the breaker's
        room->keep_place(alpha, Deadline::in(clock, 4s), Instant{i}, error);
        ASSERT_TRUE(error.waiting);
        EXPECT_EQ(error.waiting->place, static_cast<std::uint64_t>(i));
        EXPECT_FALSE(error.waiting->own_moment) << "the first few are told the same moment";
        told.push_back(*error.retry_after);
    }
    EXPECT_EQ(told.front(), 3s);
    EXPECT_EQ(told[10], 3s + 11s - 2s) << "its turn, less half its patience";
    EXPECT_EQ(told.back(), 3s + WaitingRoom::return_limit_max);
}

/// A storm in which everybody who is refused comes again at the moment that they were told.
struct Storm {
    ManualClock clock{Instant{1'000'000}};
    Duration service = 100ms, patience = 10s;
    std::map<TenantId, std::vector<Duration>> served; // arrivals, in the order of their turns
    std::size_t in = 0, refusals = 0, waited_in_vain = 0;
    Duration took{};

    /// Three in four are of one institution, the others of ten: so its turns come faster and faster
    /// as they are done.
    void run(bool keeps_places, std::size_t people, Duration over) {
        Lane<Nothing> lane(Budget{.name = "t",
                                  .threads = 0,
                                  .queue_items_limit = 2'000,
                                  .keeps_places = keeps_places},
                           clock, [] { return std::make_unique<Nothing>(); });
        for (int i = 0; i < 200; ++i) { // it learns how long an item takes
            lane.submit(alpha, Deadline::in(clock, 1h),
                        [this](Result<Nothing*>) { clock.advance(service); });
            lane.run_one();
        }
        const Monotonic start = clock.monotonic();
        struct Comer {
            TenantId of;
            Duration arrived;
        };
        std::multimap<Duration, Comer> coming; // by when they come
        for (std::size_t i = 0; i < people; ++i) {
            const Duration at =
                over * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(people);
            const auto small = static_cast<std::uint8_t>(10 + i / 4 % 10);
            coming.emplace(at, Comer{i % 4 ? alpha : tenant(small), at});
        }
        while (in < people) {
            const Duration now = clock.monotonic() - start;
            while (!coming.empty() && coming.begin()->first <= now) {
                const Comer comer = coming.begin()->second;
                coming.erase(coming.begin());
                lane.submit(
                    comer.of, Deadline::in(clock, patience),
                    [&, comer](Result<Nothing*> turn) {
                        if (turn) {
                            clock.advance(service);
                            ++in;
                            return served[comer.of].push_back(comer.arrived);
                        }
                        ++refusals;
                        coming.emplace(clock.monotonic() - start +
                                           std::chrono::ceil<std::chrono::seconds>(
                                               turn.error().retry_after.value_or(1s)),
                                       comer);
                    },
                    {}, Instant{1'020'000} + comer.arrived);
            }
            if (!lane.run_one())
                clock.advance(10ms);
        }
        took = clock.monotonic() - start;
        waited_in_vain = lane.status().expired;
    }
    Duration worst_overtaking() const {
        Duration worst{};
        for (const auto& [_, arrivals] : served) {
            Duration latest{};
            for (const Duration arrived : arrivals) {
                worst = std::max(worst, latest - arrived);
                latest = std::max(latest, arrived);
            }
        }
        return worst;
    }
};

TEST(AdmissionStorm, TheEarlyAreNotOvertakenByTheLateAndTheThreadIsNeverIdle) {
    Storm storm;
    storm.run(true, 2'000, 60s); // 33 a second where ten are served
    EXPECT_LE(storm.took, 2'000 * storm.service * 105 / 100);
    EXPECT_LE(storm.worst_overtaking(), 4s);
    EXPECT_LE(storm.waited_in_vain, 500U); // 818 if newcomers took the room of those who are away
    EXPECT_LE(storm.refusals, 1'000U * static_cast<std::size_t>(storm.took / 1s));
}

TEST(AdmissionStorm, NegativeControlWithoutPlacesTheLateOvertake) {
    Storm storm;
    storm.run(false, 2'000, 60s);
    EXPECT_GT(storm.worst_overtaking(), 20s);
}

} // namespace
} // namespace bw::lane
