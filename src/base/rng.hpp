// Chance as an argument.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <span>

#include "base/bytes.hpp"

namespace bw {

/// Thread-safe.
class Rng {
public:
    virtual ~Rng() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;

    template <std::size_t N>
    std::array<std::uint8_t, N> bytes() {
        std::array<std::uint8_t, N> out;
        fill(out);
        return out;
    }
    std::uint64_t u64();
    /// Uniform in [0, 1).
    double unit() { return static_cast<double>(u64() >> 11) * 0x1.0p-53; }
};

/// The operating system's generator, fit for keys.
class SystemRng final : public Rng {
public:
    void fill(std::span<std::uint8_t> out) override;
};

/// The same sequence for the same seed; for tests, demo data and storms, never for keys.
class SeededRng final : public Rng {
public:
    explicit SeededRng(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> out) override;

private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

} // namespace bw
