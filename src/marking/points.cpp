#include "marking/points.hpp"

#include <cmath>

#include <fmt/format.h>

namespace bw::marking {

std::optional<Points> points_from(double number) {
    // What JSON calls 0.07 is no multiple of a hundredth in binary: near is exact.
    constexpr double nearness = 1e-6;
    const double hundredths = number * 100;
    if (!(hundredths >= 0 && hundredths <= static_cast<double>(points_limit.hundredths)))
        return std::nullopt;
    const double whole = std::round(hundredths);
    if (std::abs(hundredths - whole) > nearness)
        return std::nullopt;
    return Points{static_cast<std::int64_t>(whole)};
}

std::string to_text(Points points) {
    const std::int64_t whole = points.hundredths / 100, rest = points.hundredths % 100;
    if (rest == 0)
        return fmt::format("{}", whole);
    return rest % 10 == 0 ? fmt::format("{}.{}", whole, rest / 10)
                          : fmt::format("{}.{:02}", whole, rest);
}

} // namespace bw::marking
