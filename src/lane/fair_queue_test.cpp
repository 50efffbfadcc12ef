// Whose turn it is: order within a tenant, shares between tenants, and how long the worst wait is.
#include "lane/fair_queue.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.hpp"

namespace bw::lane {
namespace {

TenantId tenant(std::uint8_t number) {
    TenantId id;
    id.uuid[15] = number;
    return id;
}
const TenantId alpha = tenant(1), bravo = tenant(2), charlie = tenant(3);

struct Item {
    TenantId tenant;
    int number;
};
using Queue = FairQueue<Item>;

Weight weights(std::map<TenantId, std::uint32_t> table) {
    return [table = std::move(table)](TenantId id) {
        auto at = table.find(id);
        return at == table.end() ? 1u : at->second;
    };
}

TEST(FairQueue, OneTenantIsServedInOrder) {
    Queue queue({});
    for (int i = 0; i < 100; ++i)
        queue.push(alpha, {alpha, i});
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(queue.pop().second.number, i);
    EXPECT_TRUE(queue.empty());
}

TEST(FairQueue, WhoComesIntoAFloodHasTheSecondTurn) {
    Queue queue({});
    for (int i = 0; i < 1000; ++i)
        queue.push(alpha, {alpha, i});
    for (int i = 0; i < 10; ++i)
        queue.pop();
    queue.push(bravo, {bravo, 0});
    queue.push(bravo, {bravo, 1});
    std::string order;
    for (int i = 0; i < 6; ++i)
        order += queue.pop().first == bravo ? 'b' : 'a';
    EXPECT_EQ(order.substr(0, 4).find("bb"), std::string::npos) << order;
    EXPECT_EQ(std::ranges::count(order.substr(0, 4), 'b'), 2) << order;
}

TEST(FairQueue, OneRequestAtATimeIsNoWayToJumpTheQueue) {
    Queue queue({});
    for (int i = 0; i < 1000; ++i)
        queue.push(alpha, {alpha, i});
    int bravos = 0;
    for (int i = 0; i < 200; ++i) {
        if (queue.queued(bravo) == 0)
            queue.push(bravo, {bravo, i});
        bravos += queue.pop().first == bravo;
    }
    EXPECT_LE(bravos, 101);
    EXPECT_GE(bravos, 99);
}

TEST(FairQueue, TurnsGoByWeight) {
    Queue queue(weights({{alpha, 1}, {bravo, 3}, {charlie, 6}}));
    std::map<TenantId, int> turns;
    for (TenantId id : {alpha, bravo, charlie})
        for (int i = 0; i < 1000; ++i)
            queue.push(id, {id, i});
    for (int i = 1; i <= 1000; ++i) {
        ++turns[queue.pop().first];
        // At no moment is anyone a whole turn and its rounding from its share.
        EXPECT_NEAR(turns[alpha], i * 0.1, 2) << i;
        EXPECT_NEAR(turns[bravo], i * 0.3, 2) << i;
        EXPECT_NEAR(turns[charlie], i * 0.6, 2) << i;
    }
}

TEST(FairQueue, AWeightMayChangeWhileItRuns) {
    std::uint32_t weight = 1;
    Queue queue([&](TenantId id) { return id == bravo ? weight : 1; });
    auto share = [&] {
        for (int i = 0; i < 400; ++i) {
            queue.push(alpha, {alpha, i});
            queue.push(bravo, {bravo, i});
        }
        int bravos = 0;
        for (int i = 0; i < 400; ++i)
            bravos += queue.pop().first == bravo;
        while (!queue.empty())
            queue.pop();
        return bravos;
    };
    EXPECT_NEAR(share(), 200, 2);
    weight = 3;
    EXPECT_NEAR(share(), 300, 2);
}

TEST(FairQueue, AFullQueueIsSharedByWeightAmongThoseWhoWantIt) {
    struct Case {
        std::map<TenantId, std::uint32_t> weights;
        int alphas, bravos; // of 12 places, after alpha filled them and bravo came 12 times
    };
    for (const Case& c : {Case{{}, 6, 6}, Case{{{bravo, 2}}, 4, 8}, Case{{{alpha, 3}}, 9, 3}}) {
        Queue queue(weights(c.weights));
        for (int i = 0; i < 12; ++i)
            queue.push(alpha, {alpha, i});
        for (int i = 0; i < 12; ++i)
            if (auto displaced = queue.displace_for(bravo)) {
                EXPECT_EQ(displaced->tenant, alpha);
                EXPECT_EQ(displaced->item.number, 11 - i) << "the newest goes first";
                queue.push(bravo, {bravo, i});
            }
        EXPECT_NEAR(static_cast<double>(queue.queued(alpha)), c.alphas, 1);
        EXPECT_NEAR(static_cast<double>(queue.queued(bravo)), c.bravos, 1);
        EXPECT_FALSE(queue.displace_for(bravo));
        EXPECT_FALSE(queue.displace_for(alpha)) << "or the two would displace each other for ever";
        EXPECT_EQ(queue.size(), 12U);
    }
}

/// Of an item under random traffic.
struct Wait {
    std::size_t served_at_push;
    double others_served_max; // before its turn, whoever comes later
};

TEST(FairQueue, NobodyWaitsLongerThanWasComputedWhateverTheOthersDo) {
    constexpr std::uint8_t tenants = 6;
    const std::map<TenantId, std::uint32_t> table{{tenant(0), 1}, {tenant(1), 2}, {tenant(2), 5},
                                                  {tenant(3), 1}, {tenant(4), 8}, {tenant(5), 3}};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRng rng(seed);
        Queue queue(weights(table));
        std::map<int, Wait> waits;
        std::size_t served = 0;
        int number = 0;
        for (int step = 0; step < 3000 || !queue.empty(); ++step) {
            // Tenant 0 floods; the others come now and then, in bursts.
            if (step < 3000 && rng.unit() < 0.6) {
                const TenantId who = rng.unit() < 0.5
                                         ? tenant(0)
                                         : tenant(static_cast<std::uint8_t>(rng.u64() % tenants));
                const auto burst = rng.u64() % 5;
                for (std::uint64_t i = 0; i < burst; ++i) {
                    const double own = static_cast<double>(queue.queued(who));
                    const double weight = table.at(who);
                    double bound = own;
                    for (const auto& [other, others_weight] : table)
                        if (other != who) // tags within (own + 1) / weight, one more at each end
                            bound += (own + 1) * others_weight / weight + 1;
                    waits[number] = {served, bound};
                    queue.push(who, {who, number++});
                }
            }
            if (queue.empty())
                continue;
            const Item item = queue.pop().second;
            const Wait& wait = waits.at(item.number);
            const double waited = static_cast<double>(served - wait.served_at_push);
            EXPECT_LE(waited, wait.others_served_max) << "seed " << seed;
            ++served;
        }
        EXPECT_EQ(served, waits.size()) << "somebody starved";
    }
}

TEST(FairQueue, AheadIsExactlyWhoGoesFirstWhileNobodyElseComes) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SeededRng rng(seed);
        Queue queue(weights({{tenant(0), 1}, {tenant(1), 4}, {tenant(2), 7}}));
        for (int i = 0; i < 60; ++i) {
            const auto who = tenant(static_cast<std::uint8_t>(rng.u64() % 3));
            queue.push(who, {who, i});
            if (rng.unit() < 0.3)
                queue.pop();
        }
        const auto who = tenant(static_cast<std::uint8_t>(rng.u64() % 4)); // 3: a new one
        const std::size_t ahead = queue.ahead(who);
        queue.push(who, {who, -1});
        std::size_t before = 0;
        while (queue.pop().second.number != -1)
            ++before;
        EXPECT_LE(before, ahead) << "seed " << seed;
        EXPECT_GE(before + 3, ahead) << "seed " << seed << ": equal tags alone may differ";
    }
}

} // namespace
} // namespace bw::lane
