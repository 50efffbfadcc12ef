#include "storm/pacing.hpp"

#include <algorithm>
#include <cmath>

#include "base/ensure.hpp"

namespace bw::storm {

namespace {

constexpr double late_share = 0.03;
constexpr double rise = 4; // the density at the bell is e^4 = 55 times that at the start
constexpr double fall = 3; // and e^3 = 20 times that at the end

} // namespace

std::vector<Duration> draw_arrivals(std::size_t count, Duration over, Duration bell, Rng& rng) {
    ENSURE(over > Duration::zero() && bell >= Duration::zero() && bell <= over,
           "the bell rings inside the span");
    const double before = static_cast<double>(bell.count());
    const double after = static_cast<double>((over - bell).count());
    const double late = bell == Duration::zero() ? 1 : bell == over ? 0 : late_share;
    std::vector<Duration> arrivals(count);
    for (Duration& arrival : arrivals) {
        // Inverse of the distribution: F(x) = (e^(k x) - 1) / (e^k - 1) on [0, 1) for a density
        // rising as e^(k x), F(x) = (1 - e^(-k x)) / (1 - e^-k) for one falling as e^(-k x).
        const bool is_late = rng.unit() < late;
        const double u = rng.unit();
        double at = is_late ? before + after * (-std::log1p(-u * -std::expm1(-fall)) / fall)
                            : before * (std::log1p(u * std::expm1(rise)) / rise);
        // Rounding must not carry an arrival over the bell or the end.
        const Duration end = is_late ? over : bell;
        arrival = std::min(Duration(static_cast<std::int64_t>(at)), end - Duration(1));
    }
    std::ranges::sort(arrivals);
    return arrivals;
}

Duration backoff(int attempt, std::optional<Duration> retry_after, double unit) {
    ENSURE(attempt >= 2, "the first attempt does not wait");
    const Duration floor = std::max(retry_after.value_or(Duration::zero()), Duration::zero());
    Duration window = std::max(floor, backoff_window_first);
    for (int i = 2; i < attempt && window < backoff_window_max; ++i)
        window *= 2;
    window = std::min(window, backoff_window_max);
    return floor + Duration(static_cast<std::int64_t>(unit * static_cast<double>(window.count())));
}

std::vector<Duration> draw_steady_arrivals(std::size_t count, Duration over, Rng& rng) {
    std::vector<Duration> out(count);
    for (Duration& at : out)
        at = std::chrono::duration_cast<Duration>(over * rng.unit());
    std::ranges::sort(out);
    return out;
}

} // namespace bw::storm
