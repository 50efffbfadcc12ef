// /metrics: the state of every part in Prometheus' text format. The parts' own statuses are the
// sources; nothing is counted twice. No tenant is a label: there may be thousands.
#pragma once

#include <functional>
#include <string>

#include "app/health.hpp"
#include "app/http_metrics.hpp"
#include "app/span_exporter.hpp"
#include "net/server.hpp"

namespace bw::app {

struct MetricSources {
    HealthSources health;
    const HttpMetrics* http = nullptr;
    const net::Server* server = nullptr;
    const telemetry::SpanQueue* spans = nullptr;
    const SpanExporter* exporter = nullptr; // null: spans are not exported
};

/// The whole page; thread-safe, as its sources are.
std::string metrics_page(const MetricSources& sources);

void add_metrics_route(net::RouteTable& routes, MetricSources sources);

} // namespace bw::app
