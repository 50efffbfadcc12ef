// How numbers and scores of a forecast are told as JSON, wherever they are.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "forecast/score.hpp"
#include "lane/demand.hpp"

namespace bw::forecast {

inline double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

/// The member "hints": what is told now, and to whom, here and `elsewhere`.
void write_hints(JsonWriter& json, const lane::DemandHints& hints,
                 const std::vector<std::string>& elsewhere, Instant now);

/// The member "score".
void write_score(JsonWriter& json, const Errors& errors, std::int32_t days);

} // namespace bw::forecast
