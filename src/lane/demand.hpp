// What load is expected, as whoever forecasts it tells whoever prepares for it: a plain type, and
// the register of those who want to hear. Nothing here forecasts, and nothing prepares.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace bw::lane {

/// Events in a minute, all institutions together.
struct ExpectedLoad {
    double sign_ins = 0, reads = 0, submissions = 0, live_joins = 0, jobs = 0;

    bool operator==(const ExpectedLoad&) const = default;
};

/// Holds until `valid_until` and no longer: whoever looks later, or at a clock that went back, has
/// no hint and does what it does without one.
struct DemandHint {
    Instant made_at, valid_until;
    bool from_prior = false;           // of some institution nothing had been seen yet
    std::vector<ExpectedLoad> minutes; // [0] is the one in which it was made
    ExpectedLoad week{};               // the highest of each in the forecast's week

    bool holds(Instant now) const;
    /// The highest of each in the minutes that [now, now + within] touches; nullopt: unknown.
    std::optional<ExpectedLoad> busiest(Instant now, Duration within) const;
};

/// Thread-safe.
class DemandHints {
public:
    /// Null: there is no hint any more, do as without. Called on the forecaster's thread; must not
    /// block, nor call this object.
    using Listener = std::function<void(const DemandHint*)>;

    /// Told at once if there is a hint, and whenever there is a new one or none. For good.
    void add(std::string name, Listener listener);
    void publish(DemandHint hint);
    /// Takes back what holds no longer; every second or so.
    void expire(Instant now);
    void withdraw();
    /// Null: none that holds now. Shared with whoever looks at it.
    std::shared_ptr<const DemandHint> current(Instant now) const;
    std::vector<std::string> names() const;

private:
    void tell();

    mutable std::mutex mutex_;
    std::mutex telling_; // before mutex_: listeners hear of things in their order
    std::vector<std::pair<std::string, Listener>> listeners_;
    std::shared_ptr<const DemandHint> hint_; // shared with readers
};

} // namespace bw::lane
