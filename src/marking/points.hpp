// Points: in hundredths, so that sums and comparisons are exact. On the wire a number with at most
// two decimals.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace bw::marking {

struct Points {
    std::int64_t hundredths = 0;

    auto operator<=>(const Points&) const = default;
    Points operator+(Points other) const { return {hundredths + other.hundredths}; }
    Points operator-(Points other) const { return {hundredths - other.hundredths}; }
};

constexpr Points points_limit{1'000'000}; // 10,000 points

/// nullopt: negative, over the limit, or finer than hundredths.
std::optional<Points> points_from(double number);
/// "12", "12.5", "12.25": as JSON too.
std::string to_text(Points points);
/// Between the two, half a hundredth up.
constexpr Points mean(Points a, Points b) {
    return {(a.hundredths + b.hundredths + 1) / 2};
}

} // namespace bw::marking
