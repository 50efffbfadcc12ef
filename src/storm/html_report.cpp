#include "storm/html_report.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace bw::storm {

namespace {

constexpr double width = 960, height = 240, left = 64, right = 12, top = 12, bottom = 40;

std::string escaped(std::string_view text) {
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

struct Line {
    const char* name;
    const char* style; // class of the stroke
    std::vector<double> values;
};

/// One chart over the storm's seconds. Logarithmic from `floor` upwards if that is above 0.
class Chart {
public:
    Chart(std::size_t seconds, double largest, double floor)
        : seconds_(std::max<double>(1, static_cast<double>(seconds))),
          largest_(std::max(largest, floor > 0 ? floor * 10 : 1.0)), floor_(floor) {}

    double x(double second) const { return left + second / seconds_ * (width - left - right); }
    double y(double value) const {
        const double share =
            floor_ > 0 ? std::log(std::max(value, floor_) / floor_) / std::log(largest_ / floor_)
                       : value / largest_;
        return height - bottom - std::min(1.0, share) * (height - bottom - top);
    }
    std::string draw(std::string_view title, std::string_view unit, const std::vector<Line>& lines,
                     const std::vector<std::pair<double, std::string>>& marks) const {
        std::string out = fmt::format(
            "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" "
            "aria-label=\"{}\">",
            escaped(title), width, height, escaped(title));
        for (double tick : ticks())
            out += fmt::format(
                "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
                "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:g} {}</text>",
                left, width - right, y(tick), y(tick), left - 6, y(tick) + 4, tick, escaped(unit));
        for (int i = 0; i <= 6; ++i)
            out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.0f} s</text>",
                               x(seconds_ * i / 6), height - bottom + 16, seconds_ * i / 6);
        for (const auto& [second, what] : marks)
            out += fmt::format("<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" "
                               "y2=\"{2}\"><title>{3}</title></line>",
                               x(second), top, height - bottom, escaped(what));
        double key = left;
        for (const Line& line : lines) {
            out += fmt::format("<polyline class=\"{}\" points=\"", line.style);
            for (std::size_t i = 0; i < line.values.size(); ++i)
                if (!std::isnan(line.values[i]))
                    out += fmt::format("{:.1f},{:.1f} ", x(static_cast<double>(i) + 0.5),
                                       y(line.values[i]));
            out += fmt::format("\"/><line class=\"{0}\" x1=\"{1}\" x2=\"{2}\" y1=\"{3}\" "
                               "y2=\"{3}\"/><text x=\"{4}\" y=\"{5}\">{6}</text>",
                               line.style, key, key + 24, height - 10, key + 30, height - 6,
                               escaped(line.name));
            key += 160;
        }
        return out + "</svg></figure>\n";
    }

private:
    std::vector<double> ticks() const {
        std::vector<double> out;
        if (floor_ > 0) {
            for (double tick = floor_; tick <= largest_ * 1.001; tick *= 10)
                out.push_back(tick);
            return out;
        }
        const double rough = largest_ / 4, power = std::pow(10, std::floor(std::log10(rough)));
        const double step = rough / power < 2   ? 2 * power
                            : rough / power < 5 ? 5 * power
                                                : 10 * power;
        for (double tick = 0; tick <= largest_; tick += step)
            out.push_back(tick);
        return out;
    }
    double seconds_, largest_, floor_;
};

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1b1f23; --dim: #57606a; --paper: #fff; --grid: #d8dee4; --a: #0a6b66; --b: #b4540a; --c: #7a3ea8; --mark: #c62828; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa5b1; --paper: #0d1117; --grid: #30363d; --a: #4fd1c5; --b: #f6ad55; --c: #c9a0f5; --mark: #ff7b72; } }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
pre { overflow-x: auto; font-size: 13px; } figure { margin: 1.5rem 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--dim); } .grid { stroke: var(--grid); } .mark { stroke: var(--mark); stroke-width: 1.5; stroke-dasharray: 3 3; }
polyline { fill: none; } .a { stroke: var(--a); stroke-width: 1.5; } .b { stroke: var(--b); stroke-width: 1.5; } .c { stroke: var(--c); stroke-width: 1; }
table { border-collapse: collapse; } caption { text-align: left; font-weight: 600; white-space: nowrap; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; font-variant-numeric: tabular-nums; } .bad { color: var(--mark); })";

} // namespace

std::vector<Event> read_events(std::string_view text) {
    std::vector<Event> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::int64_t ms = 0;
        auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), ms);
        if (error == std::errc() && after != line.data() + line.size() && *after == ' ')
            out.push_back({Instant{ms}, std::string(after + 1, line.data() + line.size())});
    }
    return out;
}

std::string html_report(const DeadlineReport& report, const std::vector<Second>& seconds,
                        const std::vector<Event>& events) {
    auto ms = [](Duration d) { return static_cast<double>(d.count()) / 1e6; };
    Line clicks{"clicks", "a", {}}, acknowledged{"acknowledged", "b", {}},
        troubled{"attempts in trouble", "c", {}}, p50{"median", "a", {}},
        p99{"99th percentile", "b", {}}, worst{"worst", "c", {}};
    double most = 0, longest = 0;
    for (const Second& second : seconds) {
        clicks.values.push_back(second.clicks);
        acknowledged.values.push_back(second.acknowledged);
        troubled.values.push_back(second.troubled);
        const bool any = second.latencies.count() > 0;
        p50.values.push_back(any ? ms(second.latencies.quantile(0.5)) : NAN);
        p99.values.push_back(any ? ms(second.latencies.quantile(0.99)) : NAN);
        worst.values.push_back(any ? ms(second.latencies.max()) : NAN);
        most = std::max({most, clicks.values.back(), troubled.values.back()});
        longest = std::max(longest, ms(second.latencies.max()));
    }
    std::vector<std::pair<double, std::string>> marks{
        {static_cast<double>(report.bell_after_start.count()) / 1e9, "the bell"}};
    for (const Event& event : events)
        marks.emplace_back(static_cast<double>(event.at.ms - report.started_at.ms) / 1e3,
                           event.what);
    std::ranges::sort(marks);
    std::erase_if(marks, [&](const auto& mark) {
        return mark.first < 0 || mark.first > static_cast<double>(seconds.size());
    });

    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>Deadline storm "
        "{}</title><style>{}</style></head>\n"
        "<body><h1>Deadline storm {}</h1>\n<p{}>{}</p>\n",
        report.run, style, report.run, report.ok() ? "" : " class=\"bad\"",
        report.ok() ? "Every submission was acknowledged, and every receipt is recorded once."
                    : "Not everything is as it should be: see below.");
    out += Chart(seconds.size(), most, 0)
               .draw("A second, by intended arrival", "", {clicks, acknowledged, troubled}, marks);
    out += Chart(seconds.size(), longest, 1)
               .draw("Milliseconds from the intended arrival to the receipt", "ms",
                     {p50, p99, worst}, marks);
    out += "<pre>" + escaped(report.text()) + "</pre>\n";
    if (!events.empty()) {
        out += "<table><caption>What was done to the installation</caption><tr><th "
               "scope=\"col\">second</th>"
               "<th scope=\"col\">what</th></tr>\n";
        for (const auto& [second, what] : marks)
            out += fmt::format("<tr><td>{:.1f}</td><td>{}</td></tr>\n", second, escaped(what));
        out += "</table>\n";
    }
    return out + "</body></html>\n";
}

} // namespace bw::storm
