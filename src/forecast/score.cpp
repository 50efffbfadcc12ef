#include "forecast/score.hpp"

#include <algorithm>
#include <cmath>

#include "forecast/forecast.hpp"

namespace bw::forecast {
namespace {

/// E|X - rate| of a Poisson variable: 2 rate^(n + 1) e^-rate / n! with n the whole part (de
/// Moivre).
double mean_deviation(double rate) {
    if (rate <= 0)
        return 0;
    const double n = std::floor(rate);
    return 2 * std::exp((n + 1) * std::log(rate) - rate - std::lgamma(n + 1));
}

} // namespace

Errors& Errors::operator+=(const Errors& o) {
    minutes += o.minutes;
    came += o.came;
    expected += o.expected;
    absolute += o.absolute;
    chance += o.chance;
    within += o.within;
    days += o.days;
    peak += o.peak;
    compared += o.compared;
    absolute_compared += o.absolute_compared;
    absolute_naive += o.absolute_naive;
    peak_days_compared += o.peak_days_compared;
    peak_compared += o.peak_compared;
    peak_naive += o.peak_naive;
    return *this;
}

Errors errors_of(const Compared& c) {
    Errors out;
    double peak = 0, peak_naive = 0;
    const bool naive = !c.week_before.empty();
    for (std::size_t m = 0; m < c.came.size(); ++m) {
        if (!c.known.empty() && !c.known[m])
            continue;
        const double came = c.came[m], expected = static_cast<double>(c.expected[m]) / 1000;
        const double error = std::abs(expected - came);
        const Band reach = band(c.expected[m], c.doubt[m]);
        out.minutes += 1;
        out.came += came;
        out.expected += expected;
        out.absolute += error;
        out.chance += mean_deviation(expected);
        // A whole number can only be inside what whole numbers there are.
        out.within += came >= std::floor(reach.low) && came <= std::ceil(reach.high) ? 1 : 0;
        peak = std::max(peak, came);
        if (!naive)
            continue;
        out.compared += 1;
        out.absolute_compared += error;
        out.absolute_naive += std::abs(c.week_before[m] - came);
        peak_naive = std::max<double>(peak_naive, c.week_before[m]);
    }
    if (peak > 0) {
        const double peak_expected = likely_peak(c.expected);
        out.days = 1;
        out.peak = std::abs(peak_expected - peak) / peak;
        if (naive) {
            out.peak_days_compared = 1;
            out.peak_compared = out.peak;
            out.peak_naive = std::abs(peak_naive - peak) / peak;
        }
    }
    return out;
}

Score score_of(const Errors& e) {
    const auto over = [](double part, double whole) {
        return whole > 0 ? std::optional(part / whole) : std::nullopt;
    };
    Score out{.wape = over(e.absolute, e.came),
              .chance = over(e.chance, e.came),
              .bias = over(e.expected - e.came, e.came),
              .peak = over(e.peak, e.days),
              .peak_naive = over(e.peak_naive, e.peak_days_compared),
              .skill = over(e.absolute_naive - e.absolute_compared, e.absolute_naive),
              .covered = over(e.within, e.minutes)};
    return out;
}

} // namespace bw::forecast
