// Numbers that look like chance and follow from what they are asked about, so that every class,
// student and week has the same whatever else is made.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/ids.hpp"

namespace bw::year {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Chance {
public:
    explicit Chance(std::initializer_list<std::uint64_t> about) {
        for (std::uint64_t one : about)
            state_ = u64() ^ one;
    }

    std::uint64_t u64() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        return z ^ z >> 31;
    }
    double unit() { return static_cast<double>(u64() >> 11) * 0x1p-53; } // [0, 1)
    bool happens(double probability) { return unit() < probability; }
    std::int64_t upto(std::int64_t end) { // [0, end)
        return static_cast<std::int64_t>(unit() * static_cast<double>(end));
    }
    double exponential(double mean) { return -mean * std::log1p(-unit()); }
    double normal() { // Box and Muller's
        const double radius = std::sqrt(-2 * std::log1p(-unit()));
        return radius * std::cos(6.283185307179586 * unit());
    }
    /// A UUIDv7 of that moment.
    Uuid uuid(std::int64_t ms) {
        Uuid out{};
        for (std::size_t i = 0; i < 6; ++i)
            out[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
        const std::uint64_t high = u64(), low = u64();
        for (std::size_t i = 0; i < 8; ++i)
            out[8 + i] = static_cast<std::uint8_t>(low >> (8 * i));
        out[6] = static_cast<std::uint8_t>(0x70U | (high & 15U));
        out[7] = static_cast<std::uint8_t>(high >> 8);
        out[8] = static_cast<std::uint8_t>(0x80U | (out[8] & 63U));
        return out;
    }

private:
    std::uint64_t state_ = 0;
};

/// FNV-1a: what a name counts as.
inline std::uint64_t number_of(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (char c : name)
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
    return hash;
}

} // namespace bw::year
