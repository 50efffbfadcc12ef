#include "storm/chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bw::storm {

namespace {

constexpr double width = 960, height = 240, left = 72, right = 20, top = 12, bottom = 40;

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1b1f23; --dim: #57606a; --paper: #fff; --grid: #d8dee4; --a: #0a6b66; --b: #b4540a; --c: #7a3ea8; --mark: #c62828; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa5b1; --paper: #0d1117; --grid: #30363d; --a: #4fd1c5; --b: #f6ad55; --c: #c9a0f5; --mark: #ff7b72; } }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
pre { overflow-x: auto; font-size: 13px; } figure { margin: 1.5rem 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--dim); } .grid { stroke: var(--grid); } .mark { stroke: var(--mark); stroke-width: 1.5; stroke-dasharray: 3 3; }
polyline { fill: none; } .a { stroke: var(--a); stroke-width: 1.5; } .b { stroke: var(--b); stroke-width: 1.5; } .c { stroke: var(--c); stroke-width: 1; }
table { border-collapse: collapse; } caption { text-align: left; font-weight: 600; white-space: nowrap; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; font-variant-numeric: tabular-nums; } .bad { color: var(--mark); })";

} // namespace

std::string html_escaped(std::string_view text) {
    std::string out;
    for (char c : text)
        switch (c) {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    return out;
}

std::string_view report_style() {
    return style;
}

Chart::Chart(std::size_t seconds, double largest, double floor)
    : seconds_(std::max<double>(1, static_cast<double>(seconds))),
      largest_(std::max(largest, floor > 0 ? floor * 10 : 1.0)), floor_(floor) {}

double Chart::x(double second) const {
    return left + second / seconds_ * (width - left - right);
}

double Chart::y(double value) const {
    const double share =
        floor_ > 0 ? std::log(std::max(value, floor_) / floor_) / std::log(largest_ / floor_)
                   : value / largest_;
    return height - bottom - std::min(1.0, share) * (height - bottom - top);
}

std::string Chart::draw(std::string_view title, std::string_view unit,
                        const std::vector<ChartLine>& lines,
                        const std::vector<std::pair<double, std::string>>& marks) const {
    std::string out =
        fmt::format("<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" "
                    "aria-label=\"{}\">",
                    html_escaped(title), width, height, html_escaped(title));
    for (double tick : ticks())
        out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
                           "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:g} {}</text>",
                           left, width - right, y(tick), y(tick), left - 6, y(tick) + 4, tick,
                           html_escaped(unit));
    for (int i = 0; i <= 6; ++i)
        out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.0f} s</text>",
                           x(seconds_ * i / 6), height - bottom + 16, seconds_ * i / 6);
    for (const auto& [second, what] : marks)
        out += fmt::format("<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" "
                           "y2=\"{2}\"><title>{3}</title></line>",
                           x(second), top, height - bottom, html_escaped(what));
    double key = left;
    for (const ChartLine& line : lines) {
        out += fmt::format("<polyline class=\"{}\" points=\"", line.style);
        for (std::size_t i = 0; i < line.values.size(); ++i)
            if (!std::isnan(line.values[i]))
                out += fmt::format("{:.1f},{:.1f} ", x(static_cast<double>(i) + 0.5),
                                   y(line.values[i]));
        out += fmt::format("\"/><line class=\"{0}\" x1=\"{1}\" x2=\"{2}\" y1=\"{3}\" "
                           "y2=\"{3}\"/><text x=\"{4}\" y=\"{5}\">{6}</text>",
                           line.style, key, key + 24, height - 10, key + 30, height - 6,
                           html_escaped(line.name));
        key += 60 + 6.5 * static_cast<double>(std::string_view(line.name).size());
    }
    return out + "</svg></figure>\n";
}

std::vector<double> Chart::ticks() const {
    std::vector<double> out;
    if (floor_ > 0) {
        for (double tick = floor_; tick <= largest_ * 1.001; tick *= 10)
            out.push_back(tick);
        return out;
    }
    const double rough = largest_ / 4, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = rough / power < 2 ? 2 * power : rough / power < 5 ? 5 * power : 10 * power;
    for (double tick = 0; tick <= largest_; tick += step)
        out.push_back(tick);
    return out;
}

} // namespace bw::storm
