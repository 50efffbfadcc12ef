// Budgets: what is refused before a process takes work, and what it is told to change.
#include "app/budget.hpp"

#include <gtest/gtest.h>

#include "app/rate.hpp"

namespace bw::app {
namespace {

TEST(Budget, WhatDoesNotFitIsRefusedByNameAmountAndRemedy) {
    const Demand demand{
        .threads = 20, .hashing_threads = 2, .connections = 10, .memory_bytes = 1000ull << 20};
    struct Case {
        const char* name;
        Supply supply;
        std::vector<std::string> error; // its parts; empty: it may start
        std::size_t warnings;
    };
    const Case cases[] = {
        {"plenty", {4, 1000, 100, 4000ull << 20}, {}, 0},
        {"nothing known", {4, {}, {}, {}}, {}, 0},
        {"exactly enough", {4, 20, 10, 1000ull << 20}, {}, 3},
        {"just above 80 %", {4, 24, 12, 1240ull << 20}, {}, 3},
        {"exactly 80 %", {4, 25, 13, 1250ull << 20}, {}, 0},
        {"threads",
         {4, 19, 100, {}},
         {"threads", "1 threads short", "--http-threads", "pids.max"},
         0},
        {"connections",
         {4, {}, 7, {}},
         {"database connections", "10 connections wanted", "7 connections available",
          "3 connections short", "--api-threads", "max_connections"},
         0},
        {"memory", {4, {}, {}, 600ull << 20}, {"memory", "400 MiB short", "--auth-threads"}, 0},
        {"more hashing than cores", {1, {}, {}, {}}, {}, 1},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        auto outcome = check_budget(demand, c.supply);
        EXPECT_EQ(outcome.has_value(), c.error.empty());
        if (outcome) {
            EXPECT_EQ(outcome->size(), c.warnings);
            continue;
        }
        EXPECT_EQ(outcome.error().code, Code::unavailable);
        for (const std::string& part : c.error)
            EXPECT_NE(outcome.error().detail.find(part), std::string::npos)
                << outcome.error().detail;
    }
}

TEST(Budget, EachThreadThatIsAskedForCounts) {
    ServeOptions options;
    const Demand before = demand_of(options);
    ++options.auth_threads;
    const Demand after = demand_of(options);
    EXPECT_EQ(after.threads, before.threads + 1);
    EXPECT_EQ(after.connections, before.connections + 1);
    EXPECT_GE(after.memory_bytes, before.memory_bytes + (20ull << 20));
    options.roles = {"api"};
    EXPECT_EQ(demand_of(options).hashing_threads, 0U);
    EXPECT_LT(demand_of(options).memory_bytes, after.memory_bytes);
    // Each role its own connections: reads, directory, revocations, audit and forecast are
    // everybody's.
    const std::uint64_t api = static_cast<std::uint64_t>(options.api_threads) + 4;
    EXPECT_EQ(demand_of(options).connections,
              api + 5 + // their sweep, changes of packs, the preparer, the audience, attendance
                  static_cast<std::uint64_t>(options.file_threads));
    options.roles = {"auth"};
    EXPECT_EQ(demand_of(options).connections,
              api + 2 + // failed attempts, and the sweep of sessions
                  static_cast<std::uint64_t>(options.auth_threads + options.session_threads));
    options.roles = {"worker"};
    EXPECT_EQ(demand_of(options).connections,
              api + 4 + // their keepers, the progress of imports, recordings
                  static_cast<std::uint64_t>(options.worker_threads));
    options.roles = {"operator"};
    EXPECT_EQ(demand_of(options).connections, api + 2); // and the audience
    options.roles = {"live"};
    EXPECT_EQ(demand_of(options).connections, api + 2);
    options.roles = {"rooms"};
    EXPECT_EQ(demand_of(options).connections, api + 2); // and the audience
    options.roles = {"intake"};
    EXPECT_EQ(demand_of(options).connections, api + 2); // of submissions, and of activities
    options.smtp_url = "smtp://mail.example:587";
    EXPECT_EQ(demand_of(options).connections, api + 3);
}

TEST(Budget, TheMachineIsSeen) {
    const Supply supply = look_at_machine();
    EXPECT_GE(supply.cores, 1U);
    ASSERT_TRUE(supply.memory_bytes);
    EXPECT_GT(*supply.memory_bytes, 64ull << 20);
}

TEST(RateEstimator, SaysHowFastACounterGrewInItsWindow) {
    ManualClock clock{Instant{0}};
    RateEstimator rate(60s);
    EXPECT_FALSE(rate.per_second());
    std::uint64_t value = 1000;
    rate.add(clock.monotonic(), value);
    EXPECT_FALSE(rate.per_second()) << "one sample is no rate";
    for (int i = 0; i < 120; ++i) {
        clock.advance(1s);
        rate.add(clock.monotonic(), value += 50);
    }
    EXPECT_DOUBLE_EQ(*rate.per_second(), 50);
    EXPECT_EQ(rate.until_used(3000), 60s);
    for (int i = 0; i < 60; ++i) { // what lies before the window is forgotten
        clock.advance(1s);
        rate.add(clock.monotonic(), value);
    }
    EXPECT_DOUBLE_EQ(*rate.per_second(), 0);
    EXPECT_FALSE(rate.until_used(3000)) << "what does not grow lasts";
    clock.advance(1s);
    rate.add(clock.monotonic(), 0);
    EXPECT_DOUBLE_EQ(*rate.per_second(), 0) << "what was emptied does not grow";
    clock.advance(1h);
    rate.add(clock.monotonic(), 1);
    EXPECT_GT(rate.until_used(UINT64_MAX).value(), 24h) << "no overflow";
}

} // namespace
} // namespace bw::app
