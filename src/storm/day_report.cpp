#include "storm/day_report.hpp"

#include <fmt/format.h>

#include "base/json.hpp"

namespace bw::storm {

namespace {

double ms_of(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}

void write_latencies(JsonWriter& json, const char* name, const Latencies& of) {
    auto us = [](Duration d) { return d.count() / 1000; };
    json.key(name)
        .object()
        .member("count", of.count())
        .member("p50_us", us(of.quantile(0.5)))
        .member("p99_us", us(of.quantile(0.99)))
        .member("max_us", us(of.max()))
        .end();
}

void write_came(JsonWriter& json, const char* name, const Came& came) {
    json.key(name)
        .object()
        .member("passwords", came.password)
        .member("refreshes", came.refresh)
        .member("page_reads", came.page_read)
        .member("handed_in", came.submission)
        .end();
}

std::string said(const Came& came) {
    return fmt::format("{} passwords, {} refreshes, {} reads, {} submissions", came.password,
                       came.refresh, came.page_read, came.submission);
}

/// The server may have counted what it could not answer any more.
bool fits(const Came& counted, const Came& came, std::uint64_t unanswered) {
    auto near = [&](std::uint64_t server, std::uint64_t here) {
        return server >= here && server - here <= unanswered;
    };
    return near(counted.password, came.password) && near(counted.refresh, came.refresh) &&
           near(counted.page_read, came.page_read) && near(counted.submission, came.submission);
}

} // namespace

std::vector<std::string> DayReport::faults() const {
    std::vector<std::string> out;
    auto fault = [&](bool is, const std::string& what) {
        if (is)
            out.push_back(what);
    };
    for (std::size_t i = 0; i < bells.size(); ++i)
        fault(bells[i].in != people || bells[i].arrivals != people,
              fmt::format("to bell {} {} of {} came in", i + 1, bells[i].in, people));
    fault(failed > 0, fmt::format("{} requests came to nothing", failed));
    for (const auto& [what, count] : page_faults)
        out.push_back(fmt::format("{} first pages: {}", count, what));
    fault(pages == 0 || pages_afterwards < reckoning.matched,
          fmt::format("{} first pages were looked at, and {} afterwards", pages, pages_afterwards));
    for (const auto& [what, count] : join_faults)
        out.push_back(fmt::format("{} joins were answered {}", count, what));
    fault(live_wanted && joins() == 0, "nobody joined a live class");
    for (const auto& [what, count] : answers.dishonest)
        out.push_back(fmt::format("{} answers: {}", count, what));
    fault(tally.failed > 0 || tally.acknowledged != submissions,
          fmt::format("{} of {} submissions were acknowledged", tally.acknowledged, submissions));
    fault(!reckoning.reconciled() || bad_receipts > 0 || reckoning.matched != submissions,
          fmt::format("not reconciled: {} lost, {} doubled, {} mismatched, {} unexpected, {} bad "
                      "receipts, {} of {} as they should be",
                      reckoning.lost, reckoning.doubled, reckoning.mismatched, reckoning.unexpected,
                      bad_receipts, reckoning.matched, submissions));
    fault(!listing_error.empty(), "the submissions could not be listed: " + listing_error);
    fault(reports_wanted && (reports.failed > 0 || reports.latencies.count() == 0),
          fmt::format("{} of {} reports could not be read: {}", reports.failed,
                      reports.latencies.count(), reports.failure));
    fault(reports_wanted && !report_counts.ok(),
          fmt::format("reports do not say what receipts say: {} missing, {} wrong counts {}",
                      report_counts.missing, report_counts.wrong, report_counts.error));
    fault(!heads.ok(), "the journal's heads do not fit each other: " + heads.example);
    fault(counts_wanted && !counted, "the server's own counts are not known");
    fault(counted && !fits(*counted, answers.came, answers.unanswered),
          counted ? fmt::format("the server counted {}; there came {}", said(*counted),
                                said(answers.came))
                  : "");
    return out;
}

std::string DayReport::text() const {
    std::string out = fmt::format(
        "\nschool day {} (seed {}{}): {} people of {} institutions, {} bells {:.0f} s apart, "
        "arrivals over {:.0f} s\n\n  {:<8}{:>8}{:>8}{:>8}{:>16}{:>16}{:>16}{:>16}{:>16}\n",
        run, seed, label.empty() ? "" : ", " + label, people, institutions, bells.size(),
        ms_of(lesson) / 1e3, ms_of(over) / 1e3, "p99, ms", "came", "in", "held", "password",
        "refresh", "first page", "reads", "joins");
    for (std::size_t i = 0; i < bells.size(); ++i) {
        const BellReport& bell = bells[i];
        auto p99 = [](const Latencies& of) {
            return of.count() == 0 ? std::string("-")
                                   : fmt::format("{:.1f}", ms_of(of.quantile(0.99)));
        };
        out += fmt::format("  bell {:<3}{:>8}{:>8}{:>8}{:>16}{:>16}{:>16}{:>16}{:>16}\n", i + 1,
                           bell.arrivals, bell.in, bell.held, p99(bell.password), p99(bell.refresh),
                           p99(bell.first_page), p99(bell.reads), p99(bell.joins));
    }
    out += fmt::format("\n  {} renewals in lessons; {} requests, {} refused for now; {} titles "
                       "changed\n  {} first pages looked at, {} afterwards\n  {} of {} submissions "
                       "acknowledged, {} recorded as they should be, {} late, p99 {:.1f} ms\n",
                       renewals, answers.requests, answers.refused, changes, pages,
                       pages_afterwards, tally.acknowledged, submissions, reckoning.matched,
                       reckoning.late, ms_of(tally.all.quantile(0.99)));
    if (live_wanted)
        out += fmt::format("  {} joins of live classes\n", joins());
    if (reports_wanted)
        out += fmt::format("  {} reports read by teachers, p99 {:.1f} ms; {} receipts and the "
                           "counts of {} assignments stand in reports {:.1f} s after they were "
                           "recorded\n",
                           reports.latencies.count(), ms_of(reports.latencies.quantile(0.99)),
                           report_counts.receipts, report_counts.assignments,
                           ms_of(report_counts.caught_up) / 1e3);
    out += fmt::format("  there came {}\n", said(answers.came));
    if (counted)
        out += fmt::format("  counted    {}\n", said(*counted));
    out += fmt::format("  the generator was at worst {:.1f} ms late\n\n", ms_of(lag_max));
    for (const Figure& figure : figures)
        out += fmt::format("  {:<50}{:>14.1f} {}\n", figure.name, figure.value, figure.unit);
    out += "\n";
    for (const auto& [what, count] : failures)
        out += fmt::format("  {:>8}  {}\n", count, what);
    for (const auto& [what, count] : tally.failures)
        out += fmt::format("  {:>8}  {}\n", count, what);
    for (const auto* examples : {&reckoning.examples, &report_counts.examples})
        for (const std::string& example : *examples)
            out += "    " + example + "\n";
    const auto wrong = faults();
    for (const std::string& what : wrong)
        out += "  WRONG: " + what + "\n";
    return out + (wrong.empty() ? "the day was as it should be\n" : "NOT as it should be\n");
}

std::string DayReport::json() const {
    JsonWriter json;
    json.object()
        .member("storm", "day")
        .member("run", run)
        .member("label", label)
        .member("seed", seed)
        .member("started_at", to_rfc3339(started_at))
        .member("users", people)
        .member("tenants", institutions)
        .member("ok", ok())
        .member("lesson_ms", lesson.count() / 1'000'000)
        .member("over_ms", over.count() / 1'000'000)
        .member("renewals", renewals)
        .member("requests", answers.requests)
        .member("unanswered", answers.unanswered)
        .member("refusals", answers.refused)
        .member("failed", failed)
        .member("pages", pages)
        .member("pages_afterwards", pages_afterwards)
        .member("changes", changes)
        .member("submissions", submissions)
        .member("acknowledged", tally.acknowledged)
        .member("matched", reckoning.matched)
        .member("late", reckoning.late)
        .member("lost", reckoning.lost)
        .member("doubled", reckoning.doubled)
        .member("mismatched", reckoning.mismatched)
        .member("unexpected", reckoning.unexpected)
        .member("receipts", receipts)
        .member("bad_receipts", bad_receipts)
        .member("lag_max_us", lag_max.count() / 1000);
    write_came(json, "came", answers.came);
    if (counted)
        write_came(json, "counted", *counted);
    write_latencies(json, "receipt", tally.all);
    if (reports_wanted)
        write_latencies(json, "reports", reports.latencies);
    json.key("bells").array();
    for (const BellReport& bell : bells) {
        json.object().member("arrivals", bell.arrivals).member("in", bell.in);
        json.member("held", bell.held);
        write_latencies(json, "password", bell.password);
        write_latencies(json, "refresh", bell.refresh);
        write_latencies(json, "first_page", bell.first_page);
        write_latencies(json, "reads", bell.reads);
        if (live_wanted)
            write_latencies(json, "joins", bell.joins);
        json.end();
    }
    json.end().key("figures").object();
    for (const Figure& figure : figures)
        json.member(figure.name + (figure.unit.empty() ? "" : ", " + figure.unit), figure.value);
    json.end().key("failures").object();
    for (const auto& [what, count] : failures)
        json.member(what, count);
    json.end().key("faults").array();
    for (const std::string& what : faults())
        json.value(what);
    json.end();
    write_plots(json, plots(), marks());
    json.end();
    return json.take();
}

std::uint64_t DayReport::joins() const {
    std::uint64_t out = 0;
    for (const BellReport& bell : bells)
        out += bell.joins.count();
    return out;
}

std::vector<Plot> DayReport::plots() const {
    ChartLine came{"come to a bell", "a", {}}, in{"in", "b", {}}, refreshes{"refreshed", "c", {}},
        coming{"coming in, 99th percentile", "a", {}}, page{"first page, 99th percentile", "b", {}};
    for (const DaySecond& second : seconds) {
        came.values.push_back(second.arrivals);
        in.values.push_back(second.in);
        refreshes.values.push_back(second.refreshes);
        coming.values.push_back(quantile_ms(second.coming, 0.99));
        page.values.push_back(quantile_ms(second.first_page, 0.99));
    }
    return {{"People a second", "", 0, {came, in, refreshes}},
            {"Milliseconds from the intended moment", "ms", 1, {coming, page}}};
}

Marks DayReport::marks() const {
    Marks out;
    for (std::size_t i = 0; i < bells.size(); ++i)
        out.emplace_back(ms_of(begins + lesson * static_cast<std::int64_t>(i)) / 1e3,
                         fmt::format("bell {}", i + 1));
    return out;
}

std::string DayReport::html() const {
    return fmt::format(
               "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
               "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>School "
               "day {0}</title><style>{1}</style></head>\n<body><h1>School day "
               "{0}</h1>\n<p{2}>{3}</p>\n",
               run, report_style(), ok() ? "" : " class=\"bad\"",
               ok() ? "Everybody came in, everything that was handed in is recorded, and every "
                      "page said what was true."
                    : "Not everything is as it should be: see below.") +
           drawn(plots(), marks()) + "<pre>" + html_escaped(text()) + "</pre>\n</body></html>\n";
}

} // namespace bw::storm
