#include "storm/report.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/json.hpp"

namespace bw::storm {

namespace {

double ms_of(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}
double s_of(Duration d) {
    return static_cast<double>(d.count()) / 1e9;
}

std::string latency_row(std::string_view name, const Latencies& l) {
    return fmt::format("  {:<34}{:>10.1f}{:>10.1f}{:>10.1f}{:>10.1f}   of {}\n", name,
                       ms_of(l.quantile(0.5)), ms_of(l.quantile(0.9)), ms_of(l.quantile(0.99)),
                       ms_of(l.max()), l.count());
}

void write_latencies(JsonWriter& json, std::string_view name, const Latencies& l) {
    json.key(name)
        .object()
        .member("count", l.count())
        .member("p50", ms_of(l.quantile(0.5)))
        .member("p90", ms_of(l.quantile(0.9)))
        .member("p99", ms_of(l.quantile(0.99)))
        .member("max", ms_of(l.max()))
        .end();
}

} // namespace

std::string DeadlineReport::text() const {
    std::string out = fmt::format(
        "\nDeadline storm {} (seed {}): {} submissions by {} students for {} assignments of {} "
        "institutions\nin {:.1f} s, bell after {:.1f} s at {}\n\n",
        run, seed, submissions, students, assignments, tenants, s_of(over), s_of(bell_after_start),
        to_rfc3339(bell_at));
    auto row = [&](std::string_view name, std::uint64_t n, std::string_view note = "") {
        out += fmt::format("  {:<34}{:>10}{}{}\n", name, n, note.empty() ? "" : "   ", note);
    };
    row("sent", tally.sent);
    row("acknowledged", tally.acknowledged,
        fmt::format("{} receipts verified offline", receipts - bad_receipts));
    row("failed", tally.failed);
    for (const auto& [kind, count] : tally.failures)
        out += fmt::format("    {:>8} x {}\n", count, kind);
    row("retried", tally.retried, fmt::format("{} further attempts", tally.retries));
    row("clicked again", tally.clicks_sent - tally.sent);
    row("answered as replays", tally.replays);
    if (tally.key_refused + tally.key_taken > 0)
        row("keys used for another content", tally.key_refused,
            fmt::format("refused at once, {} left to the recorder", tally.key_taken));
    if (uploads) {
        row("files uploaded", uploads->done,
            fmt::format("of {} declared, {} further attempts", uploads->wanted, uploads->retries));
        for (const auto& [kind, count] : uploads->failures)
            out += fmt::format("    {:>8} x {}\n", count, kind);
    }
    if (nuisances > 0)
        row("slow or cut connections", nuisances, fmt::format("{} shown out", shown_out));
    if (killed)
        out += tally.downtime
                   ? fmt::format("  {:<34}{:>10.2f} s, first failure to first success\n",
                                 "server killed (SIGKILL), down for", s_of(*tally.downtime))
                   : fmt::format("  {:<34}{:>10}\n", "server killed (SIGKILL), down for",
                                 "nobody saw");
    if (!kill_error.empty())
        out += fmt::format("  the server was NOT killed: {}\n", kill_error);
    out += fmt::format("\n  {:<34}{:>10}{:>10}{:>10}{:>10}\n", "ms, from the intended arrival",
                       "p50", "p90", "p99", "max");
    out += latency_row("acknowledged at once", tally.untroubled);
    out += latency_row("all", tally.all);
    if (uploads)
        out += latency_row("uploaded, from the receipt", uploads->took);
    out +=
        fmt::format("  the sender itself was late by at most {:.1f} ms\n\n", ms_of(tally.lag_max));

    const Reckoning& r = reckoning;
    row("recorded as acknowledged", r.matched,
        fmt::format("all listed {:.1f} s after the last answer", s_of(listed_after)));
    row("late", r.late);
    row("lost", r.lost);
    row("doubled", r.doubled);
    row("mismatched", r.mismatched);
    row("unexpected", r.unexpected);
    if (r.others > 0)
        row("of others, as said", r.others);
    row("bad receipts", bad_receipts, bad_receipt_example);
    row("heads of receipts", heads.heads,
        fmt::format("{} proven consistent with the latest, {} not, {} forked", heads.proven,
                    heads.refused, heads.forked));
    if (!heads.example.empty())
        out += "    " + heads.example + "\n";
    row("unacknowledged but recorded", r.unacknowledged);
    row("recorded by an unanswered attempt", r.received_before);
    row("earlier rows", r.earlier);
    for (const std::string& example : r.examples)
        out += "    " + example + "\n";
    out += "\n";
    if (reconciled())
        return out + fmt::format("reconciled: {} lost, {} doubled\n", r.lost, r.doubled);
    if (!listing_error.empty())
        return out + "NOT RECONCILED: the submissions could not be listed: " + listing_error + "\n";
    if (!heads.ok())
        return out + "NOT RECONCILED: the journal's heads do not fit each other\n";
    return out + fmt::format("NOT RECONCILED: {} lost, {} doubled, {} mismatched, {} unexpected, "
                             "{} bad receipts\n",
                             r.lost, r.doubled, r.mismatched, r.unexpected, bad_receipts);
}

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

std::vector<Plot> DeadlineReport::plots() const {
    ChartLine clicks{"clicks", "a", {}}, acknowledged{"acknowledged", "b", {}},
        troubled{"attempts in trouble", "c", {}}, p50{"median", "a", {}},
        p99{"99th percentile", "b", {}}, worst{"worst", "c", {}};
    for (const Second& second : seconds) {
        clicks.values.push_back(second.clicks);
        acknowledged.values.push_back(second.acknowledged);
        troubled.values.push_back(second.troubled);
        p50.values.push_back(quantile_ms(second.latencies, 0.5));
        p99.values.push_back(quantile_ms(second.latencies, 0.99));
        worst.values.push_back(quantile_ms(second.latencies, 1));
    }
    return {{"A second, by intended arrival", "", 0, {clicks, acknowledged, troubled}},
            {"Milliseconds from the intended arrival to the receipt", "ms", 1, {p50, p99, worst}}};
}

Marks DeadlineReport::marks() const {
    Marks out{{s_of(bell_after_start), "the bell"}};
    for (const Event& event : events)
        out.emplace_back(static_cast<double>(event.at.ms - started_at.ms) / 1e3, event.what);
    std::ranges::sort(out);
    std::erase_if(out, [&](const auto& mark) {
        return mark.first < 0 || mark.first > static_cast<double>(seconds.size());
    });
    return out;
}

std::string DeadlineReport::json() const {
    JsonWriter json;
    json.object()
        .member("storm", "deadline")
        .member("run", run)
        .member("seed", seed)
        .member("submissions", submissions)
        .member("students", students)
        .member("users", students)
        .member("assignments", assignments)
        .member("tenants", tenants)
        .member("started_at", to_rfc3339(started_at))
        .member("bell_at", to_rfc3339(bell_at))
        .member("over_s", s_of(over))
        .member("sent", tally.sent)
        .member("acknowledged", tally.acknowledged)
        .member("failed", tally.failed)
        .member("retried", tally.retried)
        .member("retries", tally.retries)
        .member("further_clicks", tally.clicks_sent - tally.sent)
        .member("replays", tally.replays)
        .member("killed", killed);
    if (!kill_error.empty())
        json.member("kill_error", kill_error);
    json.key("downtime_s");
    tally.downtime ? json.value(s_of(*tally.downtime)) : json.null();
    json.key("failures").object();
    for (const auto& [kind, count] : tally.failures)
        json.member(kind, count);
    json.end().key("latency_ms").object();
    write_latencies(json, "untroubled", tally.untroubled);
    write_latencies(json, "all", tally.all);
    if (uploads)
        write_latencies(json, "uploaded", uploads->took);
    json.end();
    if (uploads)
        json.member("files_wanted", uploads->wanted).member("files_uploaded", uploads->done);
    json.member("sender_lag_max_ms", ms_of(tally.lag_max))
        .member("receipts", receipts)
        .member("bad_receipts", bad_receipts)
        .member("listed_after_s", s_of(listed_after));
    if (!listing_error.empty())
        json.member("listing_error", listing_error);
    json.member("matched", reckoning.matched)
        .member("late", reckoning.late)
        .member("lost", reckoning.lost)
        .member("doubled", reckoning.doubled)
        .member("mismatched", reckoning.mismatched)
        .member("unexpected", reckoning.unexpected)
        .member("others", reckoning.others)
        .member("unacknowledged_recorded", reckoning.unacknowledged)
        .member("received_before_receipt", reckoning.received_before)
        .member("earlier", reckoning.earlier)
        .member("heads", heads.heads)
        .member("heads_proven", heads.proven)
        .member("heads_refused", heads.refused)
        .member("heads_forked", heads.forked)
        .member("key_refused", tally.key_refused)
        .member("key_taken", tally.key_taken)
        .member("nuisances", nuisances)
        .member("shown_out", shown_out)
        .key("examples")
        .array();
    for (const std::string& example : reckoning.examples)
        json.value(example);
    json.end().member("reconciled", reconciled()).member("ok", ok());
    write_plots(json, plots(), marks());
    json.end();
    return json.take();
}

std::string progress_line(const Tally& t, Duration elapsed, Duration to_bell) {
    std::string bell =
        to_bell > Duration::zero() ? fmt::format("bell in {:.0f} s", s_of(to_bell)) : "bell rang";
    return fmt::format("{:6.1f} s  sent {}  acknowledged {}  in flight {}  retrying {}  failed {}  "
                       "p50/p99 {:.1f}/{:.1f} ms  {}",
                       s_of(elapsed), t.sent, t.acknowledged, t.in_flight, t.retrying, t.failed,
                       ms_of(t.all.quantile(0.5)), ms_of(t.all.quantile(0.99)), bell);
}

} // namespace bw::storm
