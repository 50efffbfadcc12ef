// Students who read what they read in a lesson, at a steady rate: an open loop, which does not wait
// for answers. Counted by the phase for which a read was meant.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "storm/latencies.hpp"
#include "storm/plan.hpp"

namespace bw::storm {

class StudentReads {
public:
    struct Phase {
        Latencies latencies;       // from the intended moment
        std::uint64_t refused = 0; // 503 or 429 with Retry-After
        std::uint64_t failed = 0;
        std::string failure; // the first
    };
    /// Which phase a moment after the start belongs to, below the number of them.
    using PhaseOf = std::function<std::size_t(Duration)>;

    StudentReads(const Plan& plan, net::Client& client, const Clock& clock, Rng& rng)
        : plan_(plan), client_(client), clock_(clock), rng_(rng) {}

    /// Blocks until the last read that was meant for before `over` is answered or given up.
    void run(Monotonic start, Duration over, double a_second, std::size_t phases,
             const PhaseOf& phase_of);

    /// After run().
    std::vector<Phase> take_phases() { return std::move(phases_); }
    std::vector<Latencies> take_seconds() { return std::move(seconds_); }
    Duration lag_max() const { return lag_max_; } // of this loop itself

private:
    void send(Monotonic due, Monotonic start, std::size_t phase);

    const Plan& plan_;
    net::Client& client_;
    const Clock& clock_;
    Rng& rng_;
    std::mutex mutex_; // guards the rest
    std::condition_variable answered_;
    std::size_t open_ = 0;
    std::vector<Phase> phases_;
    std::vector<Latencies> seconds_;
    Duration lag_max_{};
};

} // namespace bw::storm
