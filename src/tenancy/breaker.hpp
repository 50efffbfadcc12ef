// A circuit breaker: after failures it refuses at once for a while, then lets one call try. What
// counts as a failure is the caller's to say. README.md has the table of its states.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::tenancy {

struct BreakerOptions {
    int failures_to_open = 3;   // connections refused or lost, one after the other
    int deadlines_to_open = 16; // of the last 32 calls
    Duration pause_min = 100ms; // doubled with each probe that fails; half of it is jitter
    Duration pause_max = 5s;
    Duration probe_limit = 5s; // a probe that has not reported by then is taken for lost
};

enum class BreakerState : std::uint8_t { closed, open, half_open };
std::string_view wire_name(BreakerState state);

struct BreakerStatus {
    BreakerState state = BreakerState::closed;
    std::uint64_t opened = 0, refused = 0; // since the start
};

/// Thread-safe. A call that was admitted reports once how it went.
class Breaker {
public:
    Breaker(BreakerOptions options, const Clock& clock, Rng& rng)
        : options_(options), clock_(clock), rng_(rng) {}

    /// `unavailable`, with the time until the next probe, while open or while another call probes.
    Result<void> admit();
    void succeeded();
    void connection_failed();
    void deadline_failed();
    /// Opens whatever the count: what is behind it answers, and should not be used (a replica that
    /// lags).
    void stand_back();

    BreakerStatus status() const;

private:
    void open();
    void close();

    const BreakerOptions options_;
    const Clock& clock_;
    Rng& rng_;
    mutable std::mutex mutex_;
    BreakerState state_ = BreakerState::closed;
    int failures_ = 0;
    std::uint32_t deadlines_ = 0; // one bit a call, the latest lowest
    Duration pause_{};            // the last one, before jitter
    Monotonic until_{};           // of the pause, or of the probe
    std::uint64_t opened_ = 0, refused_ = 0;
};

} // namespace bw::tenancy
