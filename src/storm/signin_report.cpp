// The sign-in storm's report as a table, as JSON and as a page with plots.
#include <algorithm>

#include <fmt/format.h>

#include "base/json.hpp"
#include "storm/signin.hpp"

namespace bw::storm {

namespace {

double ms(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}

std::string latencies_line(const char* what, const Latencies& of) {
    return fmt::format("  {:<34} {:>8}  p50 {:>8.1f} ms  p99 {:>9.1f} ms  worst {:>9.1f} ms\n",
                       what, of.count(), ms(of.quantile(0.5)), ms(of.quantile(0.99)), ms(of.max()));
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

Plot sso_in(const std::vector<SignInSecond>& seconds) {
    ChartLine came_in{"signed in", "b", {}};
    for (const SignInSecond& second : seconds)
        came_in.values.push_back(second.sso_in);
    return {"By single sign-on, people a second", "", 0, {came_in}};
}

Plot sso_latencies(const std::vector<SignInSecond>& seconds) {
    ChartLine p50{"median", "a", {}}, p99{"99th percentile", "b", {}};
    for (const SignInSecond& second : seconds) {
        p50.values.push_back(quantile_ms(second.sso, 0.5));
        p99.values.push_back(quantile_ms(second.sso, 0.99));
    }
    return {"By single sign-on, milliseconds from the intended arrival to being in",
            "ms",
            1,
            {p50, p99}};
}

std::string text_of(const OutageReport& outage) {
    if (!outage.error.empty())
        return fmt::format("  the provider was to stand still, but: {}\n", outage.error);
    return fmt::format(
               "  the provider stood still from {:.1f} s to {:.1f} s; meant for that time:\n",
               ms(outage.from) / 1e3, ms(outage.to) / 1e3) +
           latencies_line("refreshed", outage.refresh) +
           latencies_line("by password", outage.password) +
           latencies_line("by single sign-on", outage.sso) + latencies_line("reads", outage.reads);
}

void write_outage(JsonWriter& json, const OutageReport& outage) {
    json.key("outage")
        .object()
        .member("from_ms", outage.from.count() / 1'000'000)
        .member("to_ms", outage.to.count() / 1'000'000)
        .member("error", outage.error);
    write_latencies(json, "refresh", outage.refresh);
    write_latencies(json, "password", outage.password);
    write_latencies(json, "sso", outage.sso);
    write_latencies(json, "reads", outage.reads);
    json.end();
}

} // namespace

std::uint32_t SignInReport::busiest_second() const {
    std::uint32_t most = 0;
    for (const SignInSecond& second : seconds)
        most = std::max(most, second.arrivals);
    return most;
}

std::string SignInReport::text() const {
    std::string out =
        fmt::format("sign-in storm ({}): {} people over {:.0f} s, {} with a refresh token, {} by "
                    "single sign-on\n"
                    "  in {}, failed {}; {} refusals honoured, {} clicks of the impatient\n"
                    "  all in after {:.1f} s; the generator was at worst {:.1f} ms late\n",
                    shape, people, ms(over) / 1e3, with_refresh, with_sso, in, failed, refusals,
                    doubled, ms(all_in) / 1e3, ms(lag_max));
    if (steered > 0)
        out +=
            fmt::format("  {} of them renewed in the {:.0f} s before\n", steered, ms(lead) / 1e3);
    out +=
        fmt::format("  in the busiest second {} came to sign in or to refresh\n", busiest_second());
    out += latencies_line("refreshed, from the arrival", refresh);
    if (steered > 0)
        out += latencies_line("came with what they had renewed", presented);
    out += latencies_line("by password, from the arrival", password);
    if (with_sso > 0) {
        out += latencies_line("by single sign-on, from the arrival", sso);
        out += fmt::format("  {:>8}  of them refused for now, with Retry-After\n", sso_refusals);
        for (const auto& [why, count] : sso_again)
            out += fmt::format("  {:>8}  tried again after {}\n", count, why);
    }
    out += latencies_line("reads before the storm", reads_idle);
    out += latencies_line("reads during it", reads_storm);
    out += fmt::format("  overtaken within an institution by more than {:.0f} s: {}, at worst by "
                       "{:.1f} s\n",
                       ms(overtaken_by) / 1e3, overtaken, ms(overtaken_worst) / 1e3);
    if (outage)
        out += text_of(*outage);
    for (const auto& [why, count] : failures)
        out += fmt::format("  {:>8}  {}\n", count, why);
    return out + (ok() ? "everybody is in\n" : "NOT everybody is in, or a read failed\n");
}

std::string SignInReport::json() const {
    JsonWriter json;
    json.object()
        .member("storm", "signin")
        .member("started_at", to_rfc3339(started_at))
        .member("users", people)
        .member("shape", shape)
        .member("ok", ok())
        .member("people", people)
        .member("with_refresh", with_refresh)
        .member("with_sso", with_sso)
        .member("in", in)
        .member("failed", failed)
        .member("refusals", refusals)
        .member("sso_refusals", sso_refusals)
        .member("doubled", doubled)
        .member("reads", reads)
        .member("steered", steered)
        .member("busiest_second", busiest_second())
        .member("reads_failed", reads_failed)
        .member("over_ms", over.count() / 1'000'000)
        .member("all_in_ms", all_in.count() / 1'000'000)
        .member("lag_max_us", lag_max.count() / 1000)
        .member("overtaken", overtaken)
        .member("overtaken_worst_ms", overtaken_worst.count() / 1'000'000);
    write_latencies(json, "refresh", refresh);
    write_latencies(json, "password", password);
    write_latencies(json, "sso", sso);
    write_latencies(json, "presented", presented);
    write_latencies(json, "reads_idle", reads_idle);
    write_latencies(json, "reads_storm", reads_storm);
    if (outage)
        write_outage(json, *outage);
    json.key("sso_again").object();
    for (const auto& [why, count] : sso_again)
        json.member(why, count);
    json.end().key("failures").object();
    for (const auto& [why, count] : failures)
        json.member(why, count);
    json.end();
    write_plots(json, plots(), marks());
    json.end();
    return json.take() + "\n";
}

std::vector<Plot> SignInReport::plots() const {
    ChartLine arrivals{"come to sign in or refresh", "a", {}}, came_in{"signed in", "b", {}},
        turned_away{"refused for now", "c", {}}, p50{"median", "a", {}},
        p99{"99th percentile", "b", {}}, read{"reads, 99th percentile", "c", {}};
    for (const SignInSecond& second : seconds) {
        arrivals.values.push_back(second.arrivals);
        came_in.values.push_back(second.in);
        turned_away.values.push_back(second.refused);
        p50.values.push_back(quantile_ms(second.latencies, 0.5));
        p99.values.push_back(quantile_ms(second.latencies, 0.99));
        read.values.push_back(quantile_ms(second.reads, 0.99));
    }
    std::vector<Plot> out{
        {"People a second", "", 0, {arrivals, came_in, turned_away}},
        {"Milliseconds from the intended arrival to being in, and of others' reads",
         "ms",
         1,
         {p50, p99, read}}};
    if (with_sso > 0) {
        out.push_back(sso_in(seconds));
        out.push_back(sso_latencies(seconds));
    }
    return out;
}

Marks SignInReport::marks() const {
    Marks out{{ms(lead + over) / 1e3, "the bell"}};
    if (outage && outage->error.empty()) {
        out.emplace_back(ms(outage->from) / 1e3, "the provider stops");
        out.emplace_back(ms(outage->to) / 1e3, "it goes on");
        std::ranges::sort(out);
    }
    return out;
}

std::string SignInReport::html() const {
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>Sign-in storm</title>"
        "<style>{}</style></head>\n<body><h1>Sign-in storm</h1>\n<p{}>{}</p>\n",
        report_style(), ok() ? "" : " class=\"bad\"",
        ok() ? "Everybody is in, and nobody else's reading failed."
             : "Not everything is as it should be: see below.");
    out += drawn(plots(), marks());
    return out + "<pre>" + html_escaped(text()) + "</pre>\n</body></html>\n";
}

} // namespace bw::storm
