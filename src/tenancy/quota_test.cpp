// Token buckets: what is admitted, when the next one is, and that nobody pays for another.
#include "tenancy/quota.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace bw::tenancy {
namespace {

TenantId tenant(unsigned char n) {
    TenantId id;
    id.uuid.fill(n);
    return id;
}

int admitted_of(int asked, Buckets& buckets, TenantId who, Rate rate, Monotonic now) {
    int admitted = 0;
    for (int i = 0; i < asked; ++i)
        admitted += buckets.take(Counted::tenant, who, {}, rate, now).admitted;
    return admitted;
}

TEST(Buckets, Table) {
    struct Step {
        Duration after; // the step before
        int asked, admitted;
    };
    struct Case {
        const char* what;
        Rate rate;
        std::vector<Step> steps;
    };
    const Case cases[] = {
        {"a burst, then the rate",
         {10, 5},
         {{0s, 8, 5}, {99ms, 1, 0}, {1ms, 2, 1}, {500ms, 9, 5}, {0s, 1, 0}}},
        {"no more than the burst after a long time", {10, 5}, {{0s, 5, 5}, {24h, 100, 5}}},
        {"one by one", {1, 1}, {{0s, 2, 1}, {999ms, 1, 0}, {1ms, 1, 1}}},
        {"refusals cost nothing", {10, 1}, {{0s, 1000, 1}, {100ms, 1, 1}}},
        {"the most there is", {rate_max, rate_max}, {{0s, 1000, 1000}}},
    };
    for (const Case& c : cases) {
        Buckets buckets;
        Monotonic now{1};
        for (std::size_t i = 0; i < c.steps.size(); ++i) {
            now = now + c.steps[i].after;
            EXPECT_EQ(admitted_of(c.steps[i].asked, buckets, tenant(1), c.rate, now),
                      c.steps[i].admitted)
                << c.what << ", step " << i;
        }
    }
}

TEST(Buckets, RetryAfterIsTheMomentWhenOneIsAdmitted) {
    const Rate rate{4, 3};
    Buckets buckets;
    const Monotonic start{5'000};
    for (int left : {2, 1, 0}) {
        auto taken = buckets.take(Counted::tenant, tenant(1), {}, rate, start);
        EXPECT_TRUE(taken.admitted);
        EXPECT_EQ(taken.remaining, left);
    }
    const auto refused = buckets.take(Counted::tenant, tenant(1), {}, rate, start);
    ASSERT_FALSE(refused.admitted);
    EXPECT_EQ(refused.retry_after, 250ms);
    const Monotonic then = start + refused.retry_after;
    EXPECT_FALSE(buckets.take(Counted::tenant, tenant(1), {}, rate, then + -1ms).admitted);
    EXPECT_TRUE(buckets.take(Counted::tenant, tenant(1), {}, rate, then).admitted);
}

TEST(Buckets, AreApart) {
    const Rate rate{1, 1};
    Buckets buckets;
    const Monotonic now{1};
    const UserId one{tenant(1).uuid}, other{tenant(2).uuid};
    EXPECT_TRUE(buckets.take(Counted::principal, tenant(1), one, rate, now).admitted);
    EXPECT_FALSE(buckets.take(Counted::principal, tenant(1), one, rate, now).admitted);
    EXPECT_TRUE(buckets.take(Counted::principal, tenant(1), other, rate, now).admitted);
    EXPECT_TRUE(buckets.take(Counted::principal, tenant(2), one, rate, now).admitted);
    EXPECT_TRUE(buckets.take(Counted::tenant, tenant(1), {}, rate, now).admitted);
    EXPECT_TRUE(buckets.take(Counted::host, tenant(1), {}, rate, now).admitted);
}

TEST(Buckets, GivingBackUndoesATake) {
    Buckets buckets;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(buckets.take(Counted::tenant, tenant(1), {}, {1, 1}, Monotonic{1}).admitted);
        buckets.give_back(Counted::tenant, tenant(1), {}, {1, 1});
    }
}

TEST(Buckets, WhatCostsMoreIsCountedAsMore) {
    const Rate rate{10, 10};
    Buckets buckets;
    auto take = [&](std::int64_t cost, Monotonic now) {
        return buckets.take(Counted::submission_bytes, tenant(1), {}, rate, now, cost);
    };
    EXPECT_EQ(take(7, Monotonic{1}).remaining, 3);
    const auto refused = take(5, Monotonic{1});
    ASSERT_FALSE(refused.admitted);
    EXPECT_EQ(refused.retry_after, 200ms);
    EXPECT_TRUE(take(3, Monotonic{1}).admitted) << "refusals cost nothing, and less still fits";
    buckets.give_back(Counted::submission_bytes, tenant(1), {}, rate, 7);
    EXPECT_EQ(take(7, Monotonic{1}).remaining, 0);
    EXPECT_FALSE(take(11, Monotonic{1} + 24h).admitted) << "more than fits at once";
}

TEST(Buckets, ALoweredQuotaCountsAtOnceAndIsNotADebtForDays) {
    Buckets buckets;
    EXPECT_EQ(admitted_of(1000, buckets, tenant(1), {1, 1000}, Monotonic{1}), 1000);
    const auto refused = buckets.take(Counted::tenant, tenant(1), {}, {1, 2}, Monotonic{1});
    EXPECT_FALSE(refused.admitted);
    EXPECT_EQ(refused.retry_after, 1s);
}

TEST(Buckets, AreBounded) {
    Buckets buckets(1024);
    SeededRng rng(1);
    Monotonic now{1};
    for (int i = 0; i < 50'000; ++i) {
        now = now + 1ms;
        EXPECT_TRUE(buckets.take(Counted::tenant, TenantId{make_uuid_v7({0}, rng)}, {}, {1, 1}, now)
                        .admitted);
    }
    EXPECT_LE(buckets.size(), 1024U);
    // Those that are full again are forgotten first: one who is over the quota stays so.
    Buckets roomy(64 * 1024);
    ASSERT_EQ(admitted_of(2, roomy, tenant(1), {1, 1}, now), 1);
    for (int i = 0; i < 50'000; ++i)
        (void)roomy.take(Counted::tenant, TenantId{make_uuid_v7({0}, rng)}, {}, {rate_max, 1},
                         now + Duration(i));
    EXPECT_LE(roomy.size(), 64U * 1024);
    EXPECT_FALSE(roomy.take(Counted::tenant, tenant(1), {}, {1, 1}, now + 500ms).admitted);
}

TEST(Buckets, ThreadsTogetherAreAdmittedAsOne) {
    Buckets buckets;
    constexpr int threads = 4, asked = 2'000;
    std::atomic<int> admitted = 0;
    {
        std::vector<std::jthread> all;
        for (int i = 0; i < threads; ++i)
            all.emplace_back([&] {
                admitted += admitted_of(asked, buckets, tenant(1), {1, 1'000}, Monotonic{1});
            });
    }
    EXPECT_EQ(admitted, 1'000);
}

} // namespace
} // namespace bw::tenancy
