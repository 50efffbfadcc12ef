#include "storm/report_hour_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.hpp"

namespace bw::storm {

namespace {

double seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

Spread of_rounds(const ReportWay& way, auto&& value) {
    std::vector<double> values;
    for (const ReportPhase& round : way.rounds)
        values.push_back(value(round));
    return spread_of(std::move(values));
}

Spread students_ms(const ReportWay& way, double q) {
    return of_rounds(way, [q](const ReportPhase& round) { return quantile_ms(round.students, q); });
}

/// The reports of all rounds.
ReportsRead together(const ReportWay& way) {
    ReportsRead out;
    for (const ReportPhase& round : way.rounds) {
        out.latencies.add(round.reports.latencies);
        out.lines += round.reports.lines;
        out.failed += round.reports.failed;
        out.left_out += round.reports.left_out;
        out.given_up += round.reports.given_up;
        if (out.failure.empty())
            out.failure = round.reports.failure;
    }
    return out;
}

void write_spread(JsonWriter& json, const std::string& name, const Spread& spread) {
    json.key(name)
        .object()
        .member("median", spread.median)
        .member("low", spread.low)
        .member("high", spread.high)
        .end();
}

} // namespace

Spread spread_of(std::vector<double> values) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    if (values.empty())
        return {NAN, NAN, NAN};
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return {values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2,
            values.front(), values.back()};
}

Spread times_idle(const std::vector<ReportWay>& ways, std::size_t way, double quantile) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < ways[way].rounds.size(); ++round)
        ratios.push_back(quantile_ms(ways[way].rounds[round].students, quantile) /
                         quantile_ms(ways[ways[way].beside].rounds[round].students, quantile));
    return spread_of(std::move(ratios));
}

std::uint64_t ReportHourReport::students_failed() const {
    std::uint64_t failed = first.students_failed + last.students_failed + failed_between;
    for (const ReportWay& way : ways)
        for (const ReportPhase& round : way.rounds)
            failed += round.students_failed;
    return failed;
}

std::uint64_t ReportHourReport::reports_failed() const {
    std::uint64_t failed = 0;
    for (const ReportWay& way : ways)
        if (way.bar > 0) // ours; what becomes of them elsewhere is a finding
            failed += together(way).failed;
    return failed;
}

bool ReportHourReport::right() const {
    return students_failed() == 0 && reports_failed() == 0 && tally.failed == 0 &&
           tally.acknowledged == tally.sent && bad_receipts == 0 && listing_error.empty() &&
           reckoning.reconciled() && heads.ok() && counts.ok();
}

bool ReportHourReport::held(std::size_t way) const {
    return ways[way].bar <= 0 || times_idle(ways, way, 0.99).median <= ways[way].bar;
}

bool ReportHourReport::held() const {
    for (std::size_t way = 0; way < ways.size(); ++way)
        if (!held(way))
            return false;
    return true;
}

std::string ReportHourReport::verdict() const {
    if (students_failed() > 0)
        return fmt::format("WRONG: {} reads of students failed, such as {}\n", students_failed(),
                           failure);
    if (tally.failed > 0 || tally.acknowledged != tally.sent)
        return fmt::format("WRONG: {} hand-ins of {} were not acknowledged\n",
                           tally.sent - tally.acknowledged, tally.sent);
    if (!listing_error.empty())
        return "WRONG: what is recorded could not be listed: " + listing_error + "\n";
    if (bad_receipts > 0 || !heads.ok() || !reckoning.reconciled())
        return fmt::format("WRONG: {} lost, {} doubled, {} mismatched, {} unexpected, {} bad "
                           "receipts, heads {}\n",
                           reckoning.lost, reckoning.doubled, reckoning.mismatched,
                           reckoning.unexpected, bad_receipts, heads.ok() ? "good" : "NOT good");
    if (!counts.ok()) {
        std::string out = fmt::format("WRONG: reports do not say what receipts say: {} missing, "
                                      "{} counts wrong{}{}\n",
                                      counts.missing, counts.wrong,
                                      counts.error.empty() ? "" : "; ", counts.error);
        for (const std::string& example : counts.examples)
            out += "  " + example + "\n";
        return out;
    }
    if (reports_failed() > 0)
        return "WRONG: reports failed\n";
    return fmt::format("right: {} receipts, each in the reports once; {} submissions in {} "
                       "assignments counted as recorded; told {:.1f} s after the last (answers are "
                       "kept for up to 10 s)\n",
                       counts.receipts, counts.submissions, counts.assignments,
                       seconds(counts.caught_up));
}

std::string ReportHourReport::text() const {
    const std::size_t rounds = ways.front().rounds.size();
    std::string out = fmt::format(
        "reports beside {} students of {} institutions: {} rounds of {:.0f} s each, a report every "
        "{:.1f} s,\n{:.0f} reads and {:.0f} hand-ins a second; medians of the rounds, times the "
        "reads of the same round without reports (lowest..highest)\n\n"
        "{:<31}{:>24}{:>44}{:>26}{:>7}{:>16}{:>9}\n{:<31}{:>8}{:>8}{:>8}{:>10}{:>10}{:>24}{:>8}{:>"
        "9}"
        "{:>9}{:>7}{:>8}{:>8}{:>9}\n",
        students, institutions, rounds, seconds(phase), seconds(every), reads_a_second,
        hand_ins_a_second, "", "students' reads, ms", "times idle", "reports, ms", "not", "CPU, %",
        "commits", "reports at", "p50", "p95", "p99", "p50", "p95", "p99", "read", "p50", "worst",
        "read", "primary", "reports", "a second");
    for (std::size_t i = 0; i < ways.size(); ++i) {
        const ReportWay& way = ways[i];
        const auto share = [&](Duration ReportPhase::* took) {
            return of_rounds(way,
                             [&](const ReportPhase& round) {
                                 return 100 * seconds(round.*took) / seconds(phase);
                             })
                .median;
        };
        out += fmt::format("{:<31}{:>8.1f}{:>8.1f}{:>8.1f}", way.name, students_ms(way, 0.5).median,
                           students_ms(way, 0.95).median, students_ms(way, 0.99).median);
        if (way.beside == i) {
            out += fmt::format("{:>44}{:>33}", "", "");
        } else {
            const Spread p99 = times_idle(ways, i, 0.99);
            const ReportsRead read = together(way);
            out += fmt::format(
                "{:>10.2f}{:>10.2f}{:>24}{:>8}{:>9.1f}{:>9.1f}{:>7}",
                times_idle(ways, i, 0.5).median, times_idle(ways, i, 0.95).median,
                fmt::format("{:.2f} ({:.2f}..{:.2f})", p99.median, p99.low, p99.high),
                read.latencies.count(), quantile_ms(read.latencies, 0.5),
                seconds(read.latencies.max()) * 1e3, read.failed + read.left_out + read.given_up);
        }
        out += fmt::format("{:>8.0f}{:>8.0f}{:>9.0f}\n", share(&ReportPhase::primary_took),
                           share(&ReportPhase::reports_took),
                           of_rounds(way, [&](const ReportPhase& round) {
                               return round.transactions / seconds(phase);
                           }).median);
    }
    out += fmt::format("\nwithout reports at the beginning and at the end: p99 {:.1f} and {:.1f} "
                       "ms, a drift of {:.2f}\nthe reading itself was at worst {:.1f} ms late\n",
                       quantile_ms(first.students, 0.99), quantile_ms(last.students, 0.99),
                       quantile_ms(last.students, 0.99) / quantile_ms(first.students, 0.99),
                       seconds(lag_max) * 1e3);
    if (refused > 0)
        out += fmt::format("{} reads of students were refused for now: the machine had too much to "
                           "do\n",
                           refused);
    for (const ReportWay& way : ways)
        if (const ReportsRead read = together(way); !read.failure.empty())
            out += fmt::format("{}: a report failed: {}\n", way.name, read.failure);
    for (std::size_t i = 0; i < ways.size(); ++i)
        if (ways[i].bar > 0)
            out += fmt::format("{}: students' p99 {:.2f} times idle, the bar is {:.1f}: {}\n",
                               ways[i].name, times_idle(ways, i, 0.99).median, ways[i].bar,
                               held(i) ? "held" : "MISSED");
    return out + verdict();
}

std::string ReportHourReport::json() const {
    JsonWriter json;
    json.object()
        .member("storm", "report")
        .member("started_at", to_rfc3339(started_at))
        .member("users", static_cast<std::uint64_t>(students))
        .member("ok", right())
        .member("held", held())
        .member("run", run)
        .member("seed", seed)
        .member("institutions", static_cast<std::uint64_t>(institutions))
        .member("phase_ms", phase.count() / 1'000'000)
        .member("every_ms", every.count() / 1'000'000)
        .member("reads_a_second", reads_a_second)
        .member("hand_ins_a_second", hand_ins_a_second)
        .member("hand_ins", tally.sent)
        .member("receipts", receipts)
        .member("refused", refused)
        .member("idle_first_p99_ms", quantile_ms(first.students, 0.99))
        .member("idle_last_p99_ms", quantile_ms(last.students, 0.99))
        .member("verdict", verdict())
        .key("ways")
        .array();
    for (std::size_t i = 0; i < ways.size(); ++i) {
        const ReportsRead read = together(ways[i]);
        json.object()
            .member("name", ways[i].name)
            .member("beside", ways[ways[i].beside].name)
            .member("rounds", static_cast<std::uint64_t>(ways[i].rounds.size()));
        for (const auto& [name, q] : {std::pair("p50", 0.5), {"p95", 0.95}, {"p99", 0.99}}) {
            write_spread(json, std::string(name) + "_ms", students_ms(ways[i], q));
            write_spread(json, std::string(name) + "_times_idle", times_idle(ways, i, q));
        }
        write_spread(json, "primary_cpu_s", of_rounds(ways[i], [](const ReportPhase& round) {
                         return seconds(round.primary_took);
                     }));
        write_spread(json, "transactions", of_rounds(ways[i], [](const ReportPhase& round) {
                         return round.transactions;
                     }));
        json.member("reports", read.latencies.count())
            .member("reports_p50_ms", quantile_ms(read.latencies, 0.5))
            .member("reports_max_ms", seconds(read.latencies.max()) * 1e3)
            .member("report_lines", read.lines)
            .member("reports_failed", read.failed)
            .member("reports_given_up", read.given_up)
            .member("reports_left_out", read.left_out);
        if (ways[i].bar > 0)
            json.member("bar", ways[i].bar).member("held", held(i));
        json.end();
    }
    json.end();
    write_plots(json, plots(), marks);
    json.end();
    return json.take() + "\n";
}

std::vector<Plot> ReportHourReport::plots() const {
    ChartLine p50{"median", "a", {}}, p99{"99th percentile", "b", {}};
    for (const Latencies& second : seconds_of_reads) {
        p50.values.push_back(quantile_ms(second, 0.5));
        p99.values.push_back(quantile_ms(second, 0.99));
    }
    return {{"Students' reads, milliseconds", "ms", 1, {p50, p99}}};
}

std::string ReportHourReport::html() const {
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>Reports beside students</title>"
        "<style>{}</style></head>\n<body><h1>Reports beside students</h1>\n<p{}>{}</p>\n",
        report_style(), right() && held() ? "" : " class=\"bad\"",
        !right() ? "Not everything is as it should be: see below."
        : held() ? "Reports say what receipts say, and took no more from students than they may."
                 : "Reports say what receipts say, but students waited longer than they should.");
    out += drawn(plots(), marks);
    return out + "<pre>" + html_escaped(text()) + "</pre>\n</body></html>\n";
}

} // namespace bw::storm
