// What a report shows over a storm's seconds: drawn on its page, kept in its JSON. Pure.
#pragma once

#include <span>

#include "base/json.hpp"
#include "storm/chart.hpp"
#include "storm/latencies.hpp"

namespace bw::storm {

/// Seconds from the start, and what happened then.
using Marks = std::vector<std::pair<double, std::string>>;

struct Plot {
    const char* title;
    const char* unit; // "": a number
    double floor;     // above 0: logarithmic from there upwards
    std::vector<ChartLine> lines;
};

/// In milliseconds; NaN: nothing was measured.
double quantile_ms(const Latencies& of, double q);

std::string drawn(std::span<const Plot> plots, const Marks& marks);
/// The members `plots` and `marks` of the object that is open.
void write_plots(JsonWriter& json, std::span<const Plot> plots, const Marks& marks);

} // namespace bw::storm
