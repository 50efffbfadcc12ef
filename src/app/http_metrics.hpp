// What became of requests, counted by route and class of status: the source of /metrics, and the
// request lines of the log. Called for every request, so lock-free and without allocation unless a
// line is written.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "net/server.hpp"
#include "telemetry/histogram.hpp"
#include "telemetry/span.hpp"

namespace bw::app {

/// Thread-safe. `routes` is complete and outlives it.
class HttpMetrics {
public:
    explicit HttpMetrics(const net::RouteTable& routes)
        : routes_(routes), durations_(std::make_unique<Classes[]>(routes.routes().size() + 1)) {}

    void add(const net::Served& served);

    struct Series {
        std::string_view method, route; // "unmatched": no route, and no method then
        int status_class;               // 2 is 2xx
        telemetry::HistogramSnapshot duration;
    };
    /// Those that occurred.
    std::vector<Series> series() const;

private:
    using Classes = std::array<telemetry::Histogram, 5>; // 1xx to 5xx
    const net::RouteTable& routes_;
    std::unique_ptr<Classes[]> durations_; // of each route, then of what matched none
};

/// Request lines: all that failed on our side or were slow, and a share of the rest; at most so
/// many a second, and how many were left out is in the next line. Thread-safe.
class RequestLog {
public:
    struct Options {
        double sample_rate = 0; // share of ordinary requests
        std::uint32_t lines_per_second_limit = 100;
        Duration slow = 1s;
    };
    RequestLog(Options options, const Clock& clock);
    void add(const net::Served& served);

private:
    bool wanted(const net::Served& served);
    bool within_limit(std::uint64_t& skipped);

    const Options options_;
    const std::uint64_t period_; // every so many; 0: none
    const Clock& clock_;
    std::atomic<std::uint64_t> ordinary_{0}, skipped_{0};
    std::atomic<std::int64_t> second_{-1};
    std::atomic<std::uint32_t> lines_{0};
};

/// The request's own span, if it is sampled.
void record_span(telemetry::SpanQueue& spans, const net::Served& served);

} // namespace bw::app
