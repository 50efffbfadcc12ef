#include "storm/html_report.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "storm/chart.hpp"

namespace bw::storm {

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
    ChartLine clicks{"clicks", "a", {}}, acknowledged{"acknowledged", "b", {}},
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
        report.run, report_style(), report.run, report.ok() ? "" : " class=\"bad\"",
        report.ok() ? "Every submission was acknowledged, and every receipt is recorded once."
                    : "Not everything is as it should be: see below.");
    out += Chart(seconds.size(), most, 0)
               .draw("A second, by intended arrival", "", {clicks, acknowledged, troubled}, marks);
    out += Chart(seconds.size(), longest, 1)
               .draw("Milliseconds from the intended arrival to the receipt", "ms",
                     {p50, p99, worst}, marks);
    out += "<pre>" + html_escaped(report.text()) + "</pre>\n";
    if (!events.empty()) {
        out += "<table><caption>What was done to the installation</caption><tr><th "
               "scope=\"col\">second</th>"
               "<th scope=\"col\">what</th></tr>\n";
        for (const auto& [second, what] : marks)
            out += fmt::format("<tr><td>{:.1f}</td><td>{}</td></tr>\n", second, html_escaped(what));
        out += "</table>\n";
    }
    return out + "</body></html>\n";
}

} // namespace bw::storm
