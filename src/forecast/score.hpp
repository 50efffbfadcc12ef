// How good a forecast was: measures of error against what came, and against the naive forecast
// "as in the same minute a week before". Sums, so that days and institutions add up.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "forecast/kinds.hpp"

namespace bw::forecast {

/// The parts of one day (or another stretch) of one kind. All in events.
struct Errors {
    double minutes = 0, came = 0, expected = 0;
    double absolute = 0; // sum over minutes of |expected - came|
    double chance = 0;   // what `absolute` would be at the mean were the forecast exactly right
    double within = 0;   // minutes inside the band
    double days = 0;     // with a peak
    double peak = 0;     // sum over days of |expected peak - peak| / peak
    // The same minutes where the week before is known, so that both are compared on the same.
    double compared = 0, absolute_compared = 0, absolute_naive = 0;
    double peak_days_compared = 0, peak_compared = 0, peak_naive = 0;

    Errors& operator+=(const Errors& other);
};

/// All as long as the stretch. `week_before` empty: unknown. `known` empty: all minutes were
/// counted.
struct Compared {
    std::span<const std::int64_t> expected, doubt; // thousandths
    std::span<const std::uint32_t> came, week_before;
    const std::vector<bool>& known;
};
Errors errors_of(const Compared& compared);

/// For keeping, all kinds of a day. Little-endian.
Bytes to_bytes(const PerKind<Errors>& errors);
/// corrupt: not what to_bytes makes.
Result<PerKind<Errors>> errors_from(ByteView bytes);

/// nullopt: cannot be said, since nothing came or nothing was expected.
struct Score {
    std::optional<double> wape;   // sum of absolute errors over what came
    std::optional<double> chance; // the wape of a forecast that is exactly right: counts are whole
    std::optional<double> bias;   // what was expected too much, over what came
    std::optional<double> peak;   // mean over days of the busiest minute's relative error (MAPE)
    std::optional<double> peak_naive;
    std::optional<double> skill;   // 1 - absolute error / naive's; below 0: the naive one is better
    std::optional<double> covered; // share of minutes inside the band, 0.9 by design
};
Score score_of(const Errors& errors);

} // namespace bw::forecast
