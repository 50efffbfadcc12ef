#include "storm/html_report.hpp"

#include <fmt/format.h>

namespace bw::storm {

std::string html_report(const DeadlineReport& report) {
    const Marks marks = report.marks();
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>Deadline storm "
        "{}</title><style>{}</style></head>\n"
        "<body><h1>Deadline storm {}</h1>\n<p{}>{}</p>\n",
        report.run, report_style(), report.run, report.ok() ? "" : " class=\"bad\"",
        report.ok() ? "Every submission was acknowledged, and every receipt is recorded once."
                    : "Not everything is as it should be: see below.");
    out += drawn(report.plots(), marks);
    out += "<pre>" + html_escaped(report.text()) + "</pre>\n";
    if (!report.events.empty()) {
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
