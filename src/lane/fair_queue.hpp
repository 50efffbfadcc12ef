// FairQueue: whose turn it is. Within a tenant in the order of places (first come, first served,
// unless its owner puts somebody further ahead); between tenants, turns in
// proportion to their weights (start-time fair queueing: Goyal, Vin, Cheng 1996). No clock, no
// lock, no bound of its own: those are admission.hpp's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/ensure.hpp"
#include "base/ids.hpp"

namespace bw::lane {

/// How many turns a tenant gets for each one of a tenant of weight 1. At least 1; cheap, since it
/// is asked under a lane's lock; may change while the lane runs.
using Weight = std::function<std::uint32_t(TenantId)>;

/// A tenant's items bear start tags on a virtual clock, 1/weight apart; the smallest tag has the
/// turn, and the virtual clock is the tag served last. So of two tenants that both wait, neither
/// gets more than one turn ahead of its weight, and who waits alone gets every turn.
/// Not thread-safe.
template <class Item>
class FairQueue {
public:
    explicit FairQueue(Weight weight) : weight_(std::move(weight)) {}

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::size_t queued(TenantId tenant) const {
        auto at = flows_.find(tenant);
        return at == flows_.end() ? 0 : at->second.items.size();
    }

    /// Behind the tenant's first `place` items; without one, behind all of them.
    void push(TenantId tenant, Item item, std::size_t place = SIZE_MAX) {
        Flow& flow = flow_of(tenant);
        const auto at = static_cast<std::ptrdiff_t>(std::min(place, flow.items.size()));
        flow.items.insert(flow.items.begin() + at, std::move(item));
        ++size_;
    }

    /// How many of the tenant's items come before the first that `goes_before` is false for; true
    /// for those at the front, as if they were sorted by it.
    template <class GoesBefore>
    std::size_t place_of(TenantId tenant, GoesBefore goes_before) const {
        auto at = flows_.find(tenant);
        if (at == flows_.end())
            return 0;
        const auto& items = at->second.items;
        return static_cast<std::size_t>(
            std::partition_point(items.begin(), items.end(), goes_before) - items.begin());
    }

    /// The last of the tenant's own; null if it has none.
    const Item* last_of(TenantId tenant) const {
        auto at = flows_.find(tenant);
        return at == flows_.end() || at->second.items.empty() ? nullptr : &at->second.items.back();
    }

    /// The item whose turn it is, and whose it is; the queue is not empty.
    std::pair<TenantId, Item> pop() {
        ENSURE(size_ > 0, "pop of an empty queue");
        while ((*order_.begin())->items.empty())
            forget_first();
        Flow& flow = **order_.begin();
        const TenantId tenant = flow.tenant;
        Item item = std::move(flow.items.front());
        flow.items.pop_front();
        --size_;
        now_ = flow.start;
        move_to(flow, flow.start + flow.step);
        if (size_ == 0 && flows_.size() > idle_flows_limit)
            forget_all(); // nobody waits, so nobody is owed a turn
        return {tenant, std::move(item)};
    }

    /// All items, in no particular order.
    template <class Look>
    void each(Look look) const {
        for (const auto& [_, flow] : flows_)
            for (const Item& item : flow.items)
                look(item);
    }

    /// At most how many of the items that wait now go before a newcomer of this tenant, who stands
    /// behind `place` of its own. Linear in the number of tenants that wait.
    std::size_t ahead(TenantId tenant, std::size_t place = SIZE_MAX) const {
        auto at = flows_.find(tenant);
        const Flow* mine = at == flows_.end() ? nullptr : &at->second;
        const std::size_t own = std::min(place, mine ? mine->items.size() : 0);
        const std::uint64_t step = mine && own > 0 ? mine->step : step_of(tenant);
        const std::uint64_t tag = std::max(now_, mine ? mine->start : 0) + own * step;
        std::size_t count = own;
        for (const auto& [_, flow] : flows_)
            if (&flow != mine && !flow.items.empty() && flow.start <= tag)
                count +=
                    std::min<std::uint64_t>(flow.items.size(), (tag - flow.start) / flow.step + 1);
        return count;
    }

    struct Displaced {
        TenantId tenant;
        Item item;
    };
    /// Makes room for one item of `newcomer`: takes out the newest item of the tenant that has most
    /// for its weight, unless the newcomer would then have as much. So a full queue is shared by
    /// weight among those who want it. Linear in the number of tenants that wait.
    std::optional<Displaced> displace_for(TenantId newcomer) {
        Flow* heaviest = nullptr;
        for (auto& [_, flow] : flows_)
            if (!heaviest || flow.load() > heaviest->load())
                heaviest = &flow;
        if (!heaviest || (queued(newcomer) + 1) * step_of(newcomer) >= heaviest->load())
            return std::nullopt;
        Displaced out{heaviest->tenant, std::move(heaviest->items.back())};
        heaviest->items.pop_back();
        --size_;
        return out;
    }

    /// The last of the tenant's own; it has one.
    Item take_last(TenantId tenant) {
        Flow& flow = flows_.at(tenant);
        Item item = std::move(flow.items.back());
        flow.items.pop_back();
        --size_;
        return item;
    }

private:
    static constexpr std::uint64_t weight_max = 1 << 20;
    static constexpr std::size_t idle_flows_limit = 64;

    struct Flow {
        TenantId tenant;
        std::uint64_t step;      // weight_max / weight
        std::uint64_t start = 0; // tag of its first item; of its next one while it has none
        std::uint64_t turn = 0;  // among equal tags, who had no turn for longer
        std::deque<Item> items = {};

        std::uint64_t load() const { return items.size() * step; }
    };
    struct Earlier {
        bool operator()(const Flow* a, const Flow* b) const {
            return std::pair(a->start, a->turn) < std::pair(b->start, b->turn);
        }
    };

    std::uint64_t step_of(TenantId tenant) const {
        const std::uint64_t weight = weight_ ? weight_(tenant) : 1;
        return weight_max / std::clamp<std::uint64_t>(weight, 1, weight_max);
    }
    /// A flow stays known without items until the virtual clock has passed its tag, or whoever has
    /// one request at a time would come first each time.
    Flow& flow_of(TenantId tenant) {
        auto at = flows_.find(tenant);
        if (at == flows_.end()) {
            at = flows_.try_emplace(tenant, Flow{tenant, 1, now_, ++turns_}).first;
            order_.insert(&at->second);
        }
        Flow& flow = at->second;
        if (flow.items.empty()) {
            flow.step = step_of(tenant);
            if (flow.start < now_)
                move_to(flow, now_);
        }
        return flow;
    }
    void move_to(Flow& flow, std::uint64_t start) {
        auto node = order_.extract(&flow);
        flow.start = start;
        flow.turn = ++turns_;
        order_.insert(std::move(node));
    }
    void forget_first() {
        const TenantId tenant = (*order_.begin())->tenant;
        order_.erase(order_.begin());
        flows_.erase(tenant);
    }
    void forget_all() {
        order_.clear();
        flows_.clear();
        now_ = 0;
    }

    const Weight weight_;
    std::unordered_map<TenantId, Flow> flows_;
    std::set<Flow*, Earlier> order_; // of all of flows_
    std::uint64_t now_ = 0;          // the virtual clock
    std::uint64_t turns_ = 0;
    std::size_t size_ = 0;
};

} // namespace bw::lane
