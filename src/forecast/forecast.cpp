#include "forecast/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace bw::forecast {
namespace {

Basis basis_of(const School& school, const Learned& learned, Kind kind) {
    if (kind == Kind::live_join && !school.live)
        return Basis::unknown;
    if (!school.timetable)
        return learned.days >= days_without_timetable ? Basis::history : Basis::unknown;
    return learned.school_days >= school_days_of_history ? Basis::history : Basis::prior;
}

void add_thousandths(std::vector<std::int64_t>& to, const std::vector<float>& values, int sign) {
    for (std::size_t i = 0; i < values.size(); ++i)
        to[i] += sign * static_cast<std::int64_t>(values[i] * 1000.0F + 0.5F);
}

/// Of a Poisson variable. Of large rates by Anscombe's transformation (Biometrika 35, 1948).
double chance_above(std::int64_t count, double rate) {
    const auto next = static_cast<double>(count) + 1;
    if (rate > 30)
        return std::erfc((std::sqrt(next - 0.125) - std::sqrt(rate + 0.375)) *
                         std::numbers::sqrt2) /
               2;
    double term = std::exp(next * std::log(rate) - rate - std::lgamma(next + 1)), sum = 0;
    for (double n = next; term > 1e-9 || n < rate; term *= rate / ++n)
        sum += term;
    return sum;
}

} // namespace

std::string_view text(Basis basis) {
    switch (basis) {
    case Basis::unknown:
        return "unknown";
    case Basis::prior:
        return "prior";
    case Basis::history:
        return "history";
    }
    return "unknown";
}

Band band(std::int64_t expected, std::int64_t doubt) {
    constexpr double nine_in_ten = 1.645; // of a normal distribution, both sides
    const double rate = static_cast<double>(expected) / 1000,
                 sd = static_cast<double>(doubt) / 1000;
    const double reach = nine_in_ten * std::sqrt(rate + sd * sd);
    return {std::max(0.0, rate - reach), rate + reach};
}

PerKind<Basis> add_forecast(const School& school, const Learned& learned, const Window& window,
                            Rates& room, PerKind<Line>& lines, int sign) {
    const std::vector<LocalHour> hours = hours_of(school, window);
    room.clear(static_cast<std::size_t>(window.minutes));
    add_dues(room, school, learned, window, hours);
    add_hours(room, school, learned, hours);
    add_bells(room, school, learned, window);
    PerKind<Basis> basis;
    for (std::size_t k = 0; k < kinds; ++k) {
        basis[k] = basis_of(school, learned, static_cast<Kind>(k));
        const bool none = static_cast<Kind>(k) == Kind::provider && !school.providers;
        if (basis[k] == Basis::unknown || none)
            continue;
        add_thousandths(lines[k].expected, room.expected[k], sign);
        add_thousandths(lines[k].doubt, room.doubt[k], sign);
    }
    return basis;
}

Forecast forecast(const School& school, const Learned& learned, const Window& window, Rates& room) {
    Forecast made{.window = window, .lines = {}};
    for (Line& line : made.lines) {
        line.expected.assign(static_cast<std::size_t>(window.minutes), 0);
        line.doubt = line.expected;
    }
    const PerKind<Basis> basis = add_forecast(school, learned, window, room, made.lines, 1);
    for (std::size_t k = 0; k < kinds; ++k)
        made.lines[k].basis = basis[k];
    return made;
}

double likely_peak(std::span<const std::int64_t> expected) {
    const std::int64_t highest = expected.empty() ? 0 : *std::ranges::max_element(expected);
    std::vector<double> rates;
    for (const std::int64_t one : expected)
        if (one > 0 && one * 20 > highest) // others are hardly ever the busiest
            rates.push_back(static_cast<double>(one) / 1000);
    // The chance that all stay at or below it is less than a half.
    const auto too_low = [&](std::int64_t count) {
        double log_chance = 0;
        for (const double rate : rates)
            log_chance += std::log1p(-std::min(1.0, chance_above(count, rate)));
        return log_chance < -std::numbers::ln2;
    };
    std::int64_t low = -1, high = highest / 1000 + 1; // too low; not, once found
    while (too_low(high))
        low = std::exchange(high, high * 2);
    while (high - low > 1)
        (too_low(low + (high - low) / 2) ? low : high) = low + (high - low) / 2;
    return static_cast<double>(high);
}

Peak peak(const Line& line, const Window& window, std::int64_t from, std::int64_t until) {
    const auto low = std::clamp<std::int64_t>(from, 0, window.minutes),
               high = std::clamp<std::int64_t>(until, low, window.minutes);
    if (low == high)
        return {.at = window.from};
    const auto begin = line.expected.begin();
    const auto best = std::max_element(begin + low, begin + high) - begin;
    return {.at = window.from + std::chrono::minutes(best),
            .expected = line.expected[static_cast<std::size_t>(best)],
            .doubt = line.doubt[static_cast<std::size_t>(best)]};
}

} // namespace bw::forecast
