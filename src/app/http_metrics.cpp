#include "app/http_metrics.hpp"

#include <algorithm>
#include <cmath>

#include "base/bytes.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

std::string_view route_of(const net::Served& served) {
    return served.route ? std::string_view(served.route->path) : "unmatched";
}

} // namespace

void HttpMetrics::add(const net::Served& served) {
    const std::vector<net::Route>& routes = routes_.routes();
    const std::size_t at =
        served.route ? static_cast<std::size_t>(served.route - routes.data()) : routes.size();
    const int status_class = std::clamp(served.status / 100, 1, 5);
    durations_[at][static_cast<std::size_t>(status_class - 1)].add(served.took);
}

std::vector<HttpMetrics::Series> HttpMetrics::series() const {
    const std::vector<net::Route>& routes = routes_.routes();
    std::vector<Series> out;
    for (std::size_t at = 0; at <= routes.size(); ++at)
        for (std::size_t i = 0; i < 5; ++i) {
            Series series{"", "unmatched", static_cast<int>(i) + 1, durations_[at][i].snapshot()};
            if (at < routes.size()) {
                series.method = net::to_text(routes[at].method);
                series.route = routes[at].path;
            }
            if (series.duration.count() > 0)
                out.push_back(series);
        }
    return out;
}

RequestLog::RequestLog(Options options, const Clock& clock)
    : options_(options),
      period_(options.sample_rate > 0
                  ? static_cast<std::uint64_t>(std::max(1.0, std::round(1 / options.sample_rate)))
                  : 0),
      clock_(clock) {}

bool RequestLog::wanted(const net::Served& served) {
    return served.status >= 500 || served.took >= options_.slow ||
           (period_ > 0 && ordinary_.fetch_add(1, std::memory_order_relaxed) % period_ == 0);
}

bool RequestLog::within_limit(std::uint64_t& skipped) {
    const std::int64_t second = clock_.monotonic().ns / 1'000'000'000;
    if (second_.exchange(second, std::memory_order_relaxed) != second)
        lines_.store(0, std::memory_order_relaxed);
    if (lines_.fetch_add(1, std::memory_order_relaxed) < options_.lines_per_second_limit) {
        skipped = skipped_.exchange(0, std::memory_order_relaxed);
        return true;
    }
    skipped_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void RequestLog::add(const net::Served& served) {
    std::uint64_t skipped = 0;
    if (!wanted(served) || !within_limit(skipped))
        return;
    const bool noteworthy = served.status >= 500 || served.took >= options_.slow;
    const auto took_us =
        static_cast<double>(std::chrono::floor<std::chrono::microseconds>(served.took).count());
    log::write(noteworthy ? log::Level::warn : log::Level::info, "request",
               {{"request_id", served.request_id},
                {"trace_id", served.trace ? to_hex(view(served.trace->trace_id)) : std::string()},
                {"method", net::to_text(served.method)},
                {"route", route_of(served)},
                {"status", served.status},
                {"took_ms", took_us / 1000},
                {"bytes_in", served.body_in},
                {"bytes_out", served.body_out},
                {"skipped", skipped}});
}

void record_span(telemetry::SpanQueue& spans, const net::Served& served) {
    if (!served.trace || !served.trace->sampled)
        return;
    const std::string method(net::to_text(served.method));
    telemetry::Span span{.context = *served.trace,
                         .name = method + " " + std::string(route_of(served)),
                         .kind = telemetry::Span::Kind::server,
                         .began = served.began,
                         .took = served.took,
                         .failed = served.status >= 500,
                         .attributes = {{"http.request.method", method},
                                        {"http.response.status_code", served.status},
                                        {"bellwether.request_id", std::string(served.request_id)}}};
    if (served.caller)
        span.parent = served.caller->span_id;
    if (served.route)
        span.attributes.emplace_back("http.route", served.route->path);
    spans.record(std::move(span));
}

} // namespace bw::app
