// Watch: by which a process says what works in it, and by which all of them together know when
// nothing did. A process that cannot say so for a while, because the database is away, remembers,
// and says it afterwards.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::fairness {

struct WatchOptions {
    Duration interval = 5s;        // between two steps
    Duration shortest = 30s;       // what nobody did for less is no outage
    Duration final_after = 1min;   // a process that worked meanwhile has so long to say so
    Duration longest = 24h;        // a longer one waits for an operator
    int institutions_at_once = 50; // that a step begins to settle with
};

/// What was answered for a service since the last step.
struct Answered {
    std::uint64_t all = 0, faults = 0; // faults: ours
};

/// Counts them. Thread-safe.
class Meter {
public:
    void add(bool fault) {
        all_.fetch_add(1, std::memory_order_relaxed);
        faults_.fetch_add(fault ? 1 : 0, std::memory_order_relaxed);
    }
    Answered take() { return {all_.exchange(0), faults_.exchange(0)}; }

private:
    std::atomic<std::uint64_t> all_ = 0, faults_ = 0;
};

/// Most of what was asked failed by our fault.
bool failing(const Answered& answered);

/// Not thread-safe, but for its meters.
class Watch {
public:
    struct Service {
        std::string name;
        std::function<bool()> works{}; // may it be sent work? Null: yes
    };
    Watch(std::vector<Service> services, const tenancy::TenantDirectory& directory,
          const Clock& clock, Rng& rng, WatchOptions options = {});

    /// Whose answers are counted, as long as this lives; null: this process has no such service.
    Meter* meter(std::string_view service);

    /// Looks, says what works, and begins to settle what is final; before `interval` is over:
    /// nothing. To be called as often while the database is away: what is not looked at is not
    /// known to have worked.
    Result<void> step(tenancy::Database& database, Deadline deadline);

private:
    struct Watched {
        Service service;
        std::unique_ptr<Meter> meter = std::make_unique<Meter>();
        std::optional<Monotonic> works_since{};
    };
    void forget();
    void look(Monotonic now);
    Result<void> say(tenancy::Database& database, Monotonic now, Deadline deadline);
    Result<void> begin_settling(tenancy::Database& database, Deadline deadline);

    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    Rng& rng_;
    const WatchOptions options_;
    std::vector<Watched> watched_;
    std::optional<Monotonic> stepped_at_;
};

} // namespace bw::fairness
