#include "storm/plots.hpp"

#include <algorithm>
#include <cmath>

namespace bw::storm {

double quantile_ms(const Latencies& of, double q) {
    return of.count() > 0 ? static_cast<double>(of.quantile(q).count()) / 1e6 : NAN;
}

std::string drawn(std::span<const Plot> plots, const Marks& marks) {
    std::string out;
    for (const Plot& plot : plots) {
        double largest = 0;
        std::size_t seconds = 0;
        for (const ChartLine& line : plot.lines) {
            seconds = std::max(seconds, line.values.size());
            for (const double value : line.values)
                if (!std::isnan(value))
                    largest = std::max(largest, value);
        }
        out += Chart(seconds, largest, plot.floor).draw(plot.title, plot.unit, plot.lines, marks);
    }
    return out;
}

void write_plots(JsonWriter& json, std::span<const Plot> plots, const Marks& marks) {
    json.key("plots").array();
    for (const Plot& plot : plots) {
        json.object()
            .member("title", plot.title)
            .member("unit", plot.unit)
            .member("logarithmic", plot.floor > 0)
            .key("lines")
            .array();
        for (const ChartLine& line : plot.lines) {
            json.object().member("name", line.name).key("values").array();
            for (const double value : line.values)
                json.value(value); // null: nothing was measured
            json.end().end();
        }
        json.end().end();
    }
    json.end().key("marks").array();
    for (const auto& [second, what] : marks)
        json.object().member("second", second).member("what", what).end();
    json.end();
}

} // namespace bw::storm
