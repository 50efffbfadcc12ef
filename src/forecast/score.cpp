#include "forecast/score.hpp"

#include <algorithm>
#include <array>
#include <bit>
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

constexpr std::size_t sums = sizeof(Errors) / sizeof(double);

/// All of them, in their order.
template <class Fn>
void each(auto& errors, Fn fn) {
    for (auto* sum : {&errors.minutes, &errors.came, &errors.expected, &errors.absolute,
                      &errors.chance, &errors.within, &errors.days, &errors.peak, &errors.compared,
                      &errors.absolute_compared, &errors.absolute_naive, &errors.peak_days_compared,
                      &errors.peak_compared, &errors.peak_naive})
        fn(*sum);
}

} // namespace

Errors& Errors::operator+=(const Errors& o) {
    std::array<double, sums> others{};
    std::size_t i = 0;
    each(o, [&](double sum) { others[i++] = sum; });
    i = 0;
    each(*this, [&](double& sum) { sum += others[i++]; });
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

Bytes to_bytes(const PerKind<Errors>& errors) {
    Bytes out;
    for (const Errors& kind : errors)
        each(kind, [&](double sum) { put_le(out, std::bit_cast<std::uint64_t>(sum)); });
    return out;
}

Result<PerKind<Errors>> errors_from(ByteView bytes) {
    PerKind<Errors> out{};
    bool good = bytes.size() == kinds * sizeof(Errors);
    for (std::size_t k = 0; good && k < kinds; ++k)
        each(out[k], [&](double& sum) {
            sum = std::bit_cast<double>(get_le<std::uint64_t>(bytes));
            bytes.remove_prefix(sizeof(double));
            good = good && std::isfinite(sum);
        });
    if (!good)
        return fail(Code::corrupt, "a forecast's errors do not read");
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
