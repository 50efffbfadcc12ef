// The forecast of all institutions together, kept as its sum: what changes in one of them costs
// that one only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/ids.hpp"
#include "forecast/forecast.hpp"

namespace bw::forecast {

/// Of how many institutions a kind is known.
struct Known {
    std::uint32_t unknown = 0, prior = 0, history = 0;
};

/// One thread at a time. Doubts are added as they are: as if all institutions were wrong the same
/// way.
class Board {
public:
    struct Entry {
        School school;
        std::shared_ptr<const Learned> learned; // shared with whoever keeps it; never null
    };

    explicit Board(Window window);

    /// Instead of what was there of it.
    void put(TenantId tenant, Entry entry);
    /// As if it had never been there.
    void remove(TenantId tenant);
    /// All of them anew in another window; those counts that change with time are the caller's.
    void move_to(Window window);

    const Window& window() const { return total_.window; }
    std::size_t size() const { return entries_.size(); }
    /// In thousandths; each line's basis is the weakest of those that are known, else unknown.
    const Forecast& total() const { return total_; }
    const Known& known(Kind kind) const { return known_[place(kind)]; }
    const Entry* find(TenantId tenant) const;
    /// Made when asked for; nullopt: no such institution here.
    std::optional<Forecast> of(TenantId tenant);

private:
    void add(const Entry& entry, int sign);

    Forecast total_;
    PerKind<Known> known_ = {};
    std::unordered_map<TenantId, Entry> entries_;
    Rates room_;
};

} // namespace bw::forecast
