#include "storm/day_figures.hpp"

#include <simdjson.h>

#include <algorithm>

#include <fmt/format.h>

namespace bw::storm {

namespace {

constexpr Duration rush_after = 5s; // of a bell's arrivals: until the last have read

double ms_of(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}

/// At the deadline's bell alone, or at all the others together.
Latencies joined(const DayReport& report, std::int64_t deadline_bell, bool at_deadline,
                 Latencies BellReport::* of) {
    Latencies out;
    for (std::size_t i = 0; i < report.bells.size(); ++i)
        if ((static_cast<std::int64_t>(i) == deadline_bell) == at_deadline)
            out.add(report.bells[i].*of);
    return out;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

} // namespace

std::optional<Came> counted_in(const Samples& samples) {
    bool known = false;
    auto since_first = [&](std::string_view name) -> std::uint64_t {
        std::optional<double> first, last;
        for (const Sample& sample : samples)
            if (const auto found = sample.values.find(name); found != sample.values.end()) {
                first = first.value_or(found->second);
                last = found->second;
            }
        known = known || first;
        return first ? static_cast<std::uint64_t>(*last - *first) : 0;
    };
    const Came came{.password = since_first("counted_password"),
                    .refresh = since_first("counted_refresh"),
                    .page_read = since_first("counted_page_read"),
                    .submission = since_first("counted_submission")};
    return known ? std::optional(came) : std::nullopt;
}

void add_figures(DayReport& report, const Samples& samples, Instant first_bell, Instant deadline) {
    auto add = [&](const std::string& name, const char* unit, double value) {
        report.figures.push_back({name, unit, value});
    };
    auto p99 = [&](const std::string& name, const Latencies& of) {
        add(name, "ms", ms_of(of.quantile(0.99)));
    };
    // People's pages are made anew when they hand in: that bell is another matter.
    const std::int64_t deadline_bell = (deadline - first_bell) / report.lesson;
    for (const bool at : {false, true}) {
        auto both = [&](const char* what, Latencies BellReport::* of) {
            const std::string name =
                std::string(what) + ", p99, " + (at ? "deadline's bell" : "other bells");
            if (const Latencies all = joined(report, deadline_bell, at, of); all.count() > 0)
                p99(name, all);
        };
        both("sign-in by password", &BellReport::password);
        both("refresh", &BellReport::refresh);
        both("first page", &BellReport::first_page);
        both("other reads", &BellReport::reads);
        both("joining a live class", &BellReport::joins);
    }
    p99("receipt, p99", report.tally.all);
    double held = 0;
    for (const BellReport& bell : report.bells)
        held += static_cast<double>(bell.held);
    add("came with a token that still held", "", held);

    // The rush of each bell: from the first arrival to a moment after the last.
    double queue = 0, wait = 0, jobs = 0, threads = 0, cpu = 0, requests = 0, primary = 0,
           replica = 0, refreshes = 0;
    const Instant over =
        first_bell + report.lesson * static_cast<std::int64_t>(report.bells.size());
    for (std::size_t i = 0; i < report.bells.size(); ++i) {
        const Instant bell = first_bell + report.lesson * static_cast<std::int64_t>(i);
        const Instant from = bell - report.over, until = bell + rush_after;
        queue = std::max(queue, peak(samples, "hash_queue", from, until));
        wait = std::max(wait, peak(samples, "hash_wait_s", from, until));
        jobs = std::max(jobs, peak(samples, "jobs_running", from, until));
        threads = std::max(threads, peak(samples, "job_threads", from, until));
        cpu += grown(samples, "cpu_s", from, until);
        requests += grown(samples, "requests", from, until);
        primary += grown(samples, "primary_transactions", from, until);
        replica += grown(samples, "replica_transactions", from, until);
        for (Instant at = from; at < until; at = at + 1s)
            if (const auto second = static_cast<std::size_t>((at - report.started_at) / 1s);
                at >= report.started_at && second < report.seconds.size())
                refreshes += report.seconds[second].refreshes;
    }
    add("refreshes in the rushes", "", refreshes);
    if (samples.empty())
        return;
    add("hash queue, most waiting", "", queue);
    add("hash queue, longest wait", "s", wait);
    add("first pages from memory", "", grown(samples, "pages_memory", report.started_at, over));
    add("first pages from the database", "",
        grown(samples, "pages_database", report.started_at, over));
    add("transactions at the primary, rushes", "", primary);
    add("transactions at the primary, deadline's rush", "",
        grown(samples, "primary_transactions", deadline - report.over, deadline + rush_after));
    add("transactions at the primary, whole day", "",
        grown(samples, "primary_transactions", report.started_at, over));
    if (replica > 0)
        add("transactions at the replica, rushes", "", replica);
    add("jobs running, most in a rush", "", jobs);
    add("threads that may take jobs, most in a rush", "", threads);
    add("CPU a request, rushes", "us", requests > 0 ? cpu / requests * 1e6 : 0);
    add("first pages in memory, most", "", peak(samples, "packs", report.started_at, over));
}

Result<std::vector<LabelledDays>>
labelled(const std::vector<std::pair<std::string, std::string>>& reports) {
    std::vector<LabelledDays> out;
    for (const auto& [name, text] : reports) {
        simdjson::dom::parser parser;
        simdjson::dom::element json;
        std::string_view label, storm;
        simdjson::dom::object figures;
        if (parser.parse(text).get(json) != simdjson::SUCCESS ||
            json["storm"].get(storm) != simdjson::SUCCESS || storm != "day" ||
            json["label"].get(label) != simdjson::SUCCESS ||
            json["figures"].get(figures) != simdjson::SUCCESS)
            return fail(Code::corrupt, "this is no report of a school day", name);
        auto at = std::ranges::find(out, label, &LabelledDays::label);
        if (at == out.end())
            at = out.insert(out.end(), LabelledDays{std::string(label), {}});
        auto& day = at->days.emplace_back();
        for (const auto& [what, figure] : figures) {
            double value = 0;
            if (figure.get(value) != simdjson::SUCCESS)
                return fail(Code::corrupt, "a figure of the report is none", name);
            day.push_back({std::string(what), "", value});
        }
    }
    return out;
}

std::string comparison(const std::vector<LabelledDays>& days) {
    std::string out = fmt::format("{:<46}", "");
    for (const LabelledDays& one : days)
        out += fmt::format("{:>30}", fmt::format("{} (n={})", one.label, one.days.size()));
    out += days.size() > 1 ? fmt::format("{:>10}\n", "ratio") : "\n";
    if (days.empty() || days.front().days.empty())
        return out;
    for (const Figure& figure : days.front().days.front()) {
        std::vector<double> middles;
        out += fmt::format("{:<46}", figure.name);
        for (const LabelledDays& one : days) {
            std::vector<double> values;
            for (const std::vector<Figure>& day : one.days)
                if (const auto found = std::ranges::find(day, figure.name, &Figure::name);
                    found != day.end())
                    values.push_back(found->value);
            if (values.empty()) {
                out += fmt::format("{:>30}", "-");
                continue;
            }
            middles.push_back(median(values));
            const auto [least, most] = std::ranges::minmax(values);
            auto said = [](double value) {
                return value >= 100 ||
                               value == static_cast<double>(static_cast<std::int64_t>(value))
                           ? fmt::format("{:.0f}", value)
                           : fmt::format("{:.2f}", value);
            };
            out += fmt::format("{:>30}", fmt::format("{} ({}..{})", said(middles.back()),
                                                     said(least), said(most)));
        }
        if (days.size() > 1 && middles.size() == days.size() && middles.back() != 0)
            out += fmt::format("{:>10.2f}", middles.front() / middles.back());
        out += "\n";
    }
    return out;
}

} // namespace bw::storm
