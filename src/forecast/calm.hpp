// When little is expected: for work that can wait for it.
#pragma once

#include <optional>

#include "forecast/forecast.hpp"

namespace bw::forecast {

/// When, of all that begin in [from, from + within), the `lasting` begins in which people do least;
/// of several the first. Whole minutes, not before `from`. nullopt: the forecast does not reach so
/// far, or what people do is not known.
std::optional<Instant> calmest(const Forecast& forecast, Instant from, Duration within,
                               Duration lasting);

} // namespace bw::forecast
