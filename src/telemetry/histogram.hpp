// Histogram: how long things took, in fixed buckets that double. Lock-free; for metrics, not for
// verdicts (a bucket is a factor of two wide).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "base/time.hpp"

namespace bw::telemetry {

/// A copy of a histogram. `counts[i]` is how many took at most `bound(i)` and more than the bound
/// before it; the last bucket has no bound.
struct HistogramSnapshot {
    static constexpr std::size_t bounds = 20; // 100 us, 200 us, .. 52.4288 s
    static constexpr Duration smallest_bound{100'000};

    std::array<std::uint64_t, bounds + 1> counts{};
    Duration sum{};

    static constexpr Duration bound(std::size_t bucket) {
        return smallest_bound * (std::int64_t{1} << bucket);
    }
    std::uint64_t count() const {
        std::uint64_t all = 0;
        for (std::uint64_t n : counts)
            all += n;
        return all;
    }
};

/// Thread-safe. Buckets and sum are read one by one: a snapshot taken meanwhile may miss a part of
/// the newest entries.
class Histogram {
public:
    void add(Duration took) {
        counts_[bucket(took)].fetch_add(1, std::memory_order_relaxed);
        sum_ns_.fetch_add(took.count(), std::memory_order_relaxed);
    }
    HistogramSnapshot snapshot() const {
        HistogramSnapshot copy;
        for (std::size_t i = 0; i < copy.counts.size(); ++i)
            copy.counts[i] = counts_[i].load(std::memory_order_relaxed);
        copy.sum = Duration(sum_ns_.load(std::memory_order_relaxed));
        return copy;
    }

private:
    static std::size_t bucket(Duration took) {
        if (took <= HistogramSnapshot::smallest_bound)
            return 0;
        const auto units = static_cast<std::uint64_t>(took.count() - 1) /
                           static_cast<std::uint64_t>(HistogramSnapshot::smallest_bound.count());
        const auto doublings = static_cast<std::size_t>(std::bit_width(units));
        return doublings < HistogramSnapshot::bounds ? doublings : HistogramSnapshot::bounds;
    }

    std::array<std::atomic<std::uint64_t>, HistogramSnapshot::bounds + 1> counts_{};
    std::atomic<std::int64_t> sum_ns_{0};
};

} // namespace bw::telemetry
