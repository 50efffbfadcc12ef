// RateEstimator: how fast a counter grew lately, by a clock of the caller's.
#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "base/time.hpp"

namespace bw::app {

/// Thread-safe. Feed it about once a second; it keeps what lies in the window.
class RateEstimator {
public:
    explicit RateEstimator(Duration window) : window_(window) {}

    void add(Monotonic at, std::uint64_t value) {
        std::lock_guard lock(mutex_);
        samples_.push_back({at, value});
        // The oldest one kept is as old as the window, or the only other one.
        while (samples_.size() > 2 && at - samples_[1].at >= window_)
            samples_.pop_front();
    }

    /// Per second; nullopt until there are two samples apart. A counter that shrank has rate 0.
    std::optional<double> per_second() const {
        std::lock_guard lock(mutex_);
        if (samples_.size() < 2 || samples_.back().at <= samples_.front().at)
            return std::nullopt;
        if (samples_.back().value < samples_.front().value)
            return 0;
        const double seconds =
            std::chrono::duration<double>(samples_.back().at - samples_.front().at).count();
        return static_cast<double>(samples_.back().value - samples_.front().value) / seconds;
    }

    /// Until `left` more is used up at that rate; nullopt when nothing grows or nothing is known.
    std::optional<Duration> until_used(std::uint64_t left) const {
        const auto rate = per_second();
        if (!rate || *rate <= 0)
            return std::nullopt;
        constexpr double century_seconds = 3.2e9; // more would not fit a Duration
        const double seconds = std::min(static_cast<double>(left) / *rate, century_seconds);
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    }

private:
    struct Sample {
        Monotonic at;
        std::uint64_t value;
    };
    const Duration window_;
    mutable std::mutex mutex_;
    std::deque<Sample> samples_;
};

} // namespace bw::app
