// A histogram of durations that costs the same for a thousand and a billion: buckets on a
// logarithmic scale, three per cent apart. Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/time.hpp"

namespace bw::storm {

class Latencies {
public:
    void add(Duration d) {
        const std::uint64_t us =
            static_cast<std::uint64_t>(std::max<std::int64_t>(d.count(), 0)) / 1000;
        ++buckets_[bucket_of(us)];
        ++count_;
        max_ = std::max(max_, d);
    }
    void add(const Latencies& others) {
        for (std::size_t b = 0; b < buckets_.size(); ++b)
            buckets_[b] += others.buckets_[b];
        count_ += others.count_;
        max_ = std::max(max_, others.max_);
    }
    std::uint64_t count() const { return count_; }
    /// Exact; zero if there is none.
    Duration max() const { return max_; }
    /// The nearest-rank quantile, never below the true one and at most 1/32 (or 1 us) above it;
    /// zero if there is none.
    Duration quantile(double q) const {
        const auto rank =
            static_cast<std::uint64_t>(std::max(1.0, q * static_cast<double>(count_) + 0.999999));
        std::uint64_t seen = 0;
        for (std::size_t b = 0; b < buckets_.size(); ++b) {
            seen += buckets_[b];
            if (seen >= rank)
                return std::min(max_, Duration(static_cast<std::int64_t>(top_of(b) * 1000)));
        }
        return max_;
    }

private:
    // Below 32 us a bucket is one microsecond; above, each power of two is cut into 32.
    static constexpr unsigned cut_bits = 5;
    static constexpr unsigned top_bits = 40; // 2^40 us: twelve days
    static constexpr std::size_t bucket_count =
        (std::size_t{1} << cut_bits) * (top_bits - cut_bits + 1);
    static std::size_t bucket_of(std::uint64_t us) {
        us = std::min(us, (std::uint64_t{1} << top_bits) - 1);
        const unsigned width = static_cast<unsigned>(std::bit_width(us));
        const unsigned shift = width > cut_bits + 1 ? width - cut_bits - 1 : 0;
        return (std::size_t{shift} << cut_bits) + static_cast<std::size_t>(us >> shift);
    }
    /// The first microsecond above the bucket.
    static std::uint64_t top_of(std::size_t bucket) {
        const std::size_t cuts = std::size_t{1} << cut_bits;
        const std::size_t shift = bucket < 2 * cuts ? 0 : bucket / cuts - 1;
        return (bucket - shift * cuts + 1) << shift;
    }

    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_ = 0;
    Duration max_{};
};

} // namespace bw::storm
