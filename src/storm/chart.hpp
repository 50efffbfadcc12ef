// A chart over a storm's seconds as SVG, and the style of the page that it stands on. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bw::storm {

std::string html_escaped(std::string_view text);
/// Of a report's page: the content of its style element.
std::string_view report_style();

/// One line of a chart: a value a second; NaN where there is none.
struct ChartLine {
    const char* name;
    const char* style; // a, b or c
    std::vector<double> values;
};

/// Logarithmic from `floor` upwards if that is above 0.
class Chart {
public:
    Chart(std::size_t seconds, double largest, double floor);
    /// `marks` are seconds and what happened then.
    std::string draw(std::string_view title, std::string_view unit,
                     const std::vector<ChartLine>& lines,
                     const std::vector<std::pair<double, std::string>>& marks) const;

private:
    double x(double second) const;
    double y(double value) const;
    std::vector<double> ticks() const;
    double seconds_, largest_, floor_;
};

} // namespace bw::storm
