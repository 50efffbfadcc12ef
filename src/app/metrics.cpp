#include "app/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/metrics_page.hpp"

namespace bw::app {

namespace {

void write_http(MetricsPage& page, const MetricSources& sources) {
    if (sources.http) {
        auto durations =
            page.histogram("bellwether_http_request_duration_seconds",
                           "From the head's first byte until the answer stood in line.");
        for (const HttpMetrics::Series& series : sources.http->series())
            durations.add(series.duration,
                          {{"method", std::string(series.method)},
                           {"route", std::string(series.route)},
                           {"status", std::to_string(series.status_class) + "xx"}});
    }
    if (!sources.server)
        return;
    const net::ServerStatus server = sources.server->status();
    page.gauge("bellwether_http_connections", "Open connections of clients.")
        .add(static_cast<double>(server.connections));
    page.counter("bellwether_http_refused_connections_total", "Over the connection limit.")
        .add(static_cast<double>(server.refused_connections));
    page.gauge("bellwether_http_buffered_bytes", "Bytes of requests and answers in memory.")
        .add(static_cast<double>(server.buffered_bytes));
}

void write_lanes(MetricsPage& page, const std::vector<lane::LaneStatus>& lanes) {
    auto each = [&](MetricsPage::Family family, auto&& value) {
        for (const lane::LaneStatus& lane : lanes)
            family.add(static_cast<double>(value(lane)), {{"lane", lane.name}});
    };
    using Status = lane::LaneStatus;
    each(page.gauge("bellwether_lane_threads", "Threads, each with its database connection."),
         [](const Status& lane) { return lane.threads; });
    each(page.gauge("bellwether_lane_running_items", "In work now."),
         [](const Status& lane) { return lane.running; });
    each(page.gauge("bellwether_lane_queued_items", "Waiting now."),
         [](const Status& lane) { return lane.queued; });
    each(page.gauge("bellwether_lane_oldest_seconds", "How long the oldest has waited."),
         [](const Status& lane) { return seconds(lane.oldest); });
    each(page.gauge("bellwether_lane_queue_items_limit", "How many may wait."),
         [](const Status& lane) { return lane.queue_items_limit; });
    each(page.counter("bellwether_lane_started_items_total", "Taken by a thread."),
         [](const Status& lane) { return lane.started; });
    each(page.counter("bellwether_lane_expired_items_total", "Their deadline passed in the queue."),
         [](const Status& lane) { return lane.expired; });
    auto refused = page.counter("bellwether_lane_refused_items_total", "Never started, by reason.");
    for (const Status& lane : lanes)
        for (const auto& [reason, count] : {std::pair{"queue_full", lane.refusals.queue_full},
                                            std::pair{"displaced", lane.refusals.displaced},
                                            std::pair{"too_slow", lane.refusals.too_slow},
                                            std::pair{"too_late", lane.refusals.too_late},
                                            std::pair{"stopping", lane.refusals.stopping}})
            refused.add(static_cast<double>(count), {{"lane", lane.name}, {"reason", reason}});
    auto waiting = page.histogram("bellwether_lane_waiting_seconds", "Of items, in the queue.");
    for (const Status& lane : lanes)
        waiting.add(lane.waiting, {{"lane", lane.name}});
    auto service = page.histogram("bellwether_lane_service_seconds",
                                  "Of turns; the sum's rate over the threads is utilisation.");
    for (const Status& lane : lanes)
        service.add(lane.service, {{"lane", lane.name}});
}

void write_surroundings(MetricsPage& page, const HealthSources& sources) {
    const auto clock_error = system_clock_error_ms();
    page.gauge("bellwether_clock_synchronised", "1: the kernel says so.")
        .add(clock_error.has_value());
    if (clock_error)
        page.gauge("bellwether_clock_error_seconds", "How far off it may be.")
            .add(*clock_error / 1000.0);
    if (const auto replica = sources.replica ? sources.replica() : std::nullopt) {
        page.gauge("bellwether_replica_streaming", "1: it follows the primary.")
            .add(replica->streaming);
        if (replica->lag)
            page.gauge("bellwether_replica_lag_seconds", "Behind the primary.")
                .add(seconds(*replica->lag));
    }
    auto open = page.gauge("bellwether_breaker_open", "1: work fails at once.");
    auto opened = page.counter("bellwether_breaker_opened_total",
                               "Times that it was left alone: it failed, or lagged.");
    auto refused = page.counter("bellwether_breaker_refused_total", "Calls while it was open.");
    auto lag = page.gauge("bellwether_replica_read_lag_seconds", "When it was last asked.");
    if (sources.breakers)
        for (const BreakerStatus& breaker : sources.breakers()) {
            open.add(breaker.open, {{"breaker", breaker.name}});
            opened.add(static_cast<double>(breaker.opened), {{"breaker", breaker.name}});
            refused.add(static_cast<double>(breaker.refused), {{"breaker", breaker.name}});
            if (breaker.lag)
                lag.add(seconds(*breaker.lag), {{"breaker", breaker.name}});
        }
    if (sources.directory)
        page.gauge("bellwether_tenants", "Institutions known to this process.")
            .add(static_cast<double>(sources.directory->all().size()));
}

void write_spans(MetricsPage& page, const MetricSources& sources) {
    if (!sources.spans || !sources.exporter)
        return;
    const telemetry::SpanQueue::Status spans = sources.spans->status();
    const SpanExporter::Status exporter = sources.exporter->status();
    page.counter("bellwether_spans_recorded_total", "Sampled and queued.")
        .add(static_cast<double>(spans.recorded));
    page.counter("bellwether_spans_dropped_total", "The queue was full.")
        .add(static_cast<double>(spans.dropped));
    page.counter("bellwether_spans_exported_total", "Taken by the collector.")
        .add(static_cast<double>(exporter.exported));
    page.counter("bellwether_spans_refused_total", "Called wrong by the collector.")
        .add(static_cast<double>(exporter.refused));
    page.counter("bellwether_span_export_failures_total", "Attempts that came to nothing.")
        .add(static_cast<double>(exporter.failures));
}

/// proc(5): the fields of /proc/self/stat after the name, which may hold blanks.
void write_process(MetricsPage& page) {
    std::ifstream stat("/proc/self/stat");
    std::string line;
    std::getline(stat, line);
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::vector<std::string> field{"", "", ""}; // numbered as in proc(5), from 1
    for (std::string text; fields >> text;)
        field.push_back(text);
    const double tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
    if (field.size() > 24) {
        page.counter("process_cpu_seconds_total", "User and system time.")
            .add((std::stod(field[14]) + std::stod(field[15])) * tick);
        page.gauge("process_threads", "Threads of the process.").add(std::stod(field[20]));
        page.gauge("process_virtual_memory_bytes", "Virtual memory.").add(std::stod(field[23]));
        page.gauge("process_resident_memory_bytes", "Resident memory.")
            .add(std::stod(field[24]) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    }
    std::error_code error;
    double open = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
         at.increment(error))
        ++open;
    page.gauge("process_open_fds", "Open file descriptors.").add(open);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        page.gauge("process_max_fds", "How many may be open.")
            .add(static_cast<double>(limit.rlim_cur));
}

} // namespace

std::string metrics_page(const MetricSources& sources) {
    MetricsPage page;
    page.gauge("bellwether_build_info", "Always 1.").add(1, {{"version", BW_VERSION}});
    write_http(page, sources);
    write_lanes(page, sources.health.all_lanes());
    write_sessions(page, sources.health);
    write_mail(page, sources.health);
    write_events(page, sources.health);
    write_first_pages(page, sources.health);
    write_journal(page, sources.health);
    write_activity(page, sources.health);
    write_heads(page, sources.health);
    write_jobs(page, sources.health);
    write_forecast(page, sources.health);
    write_reports(page, sources.health);
    write_live(page, sources.health);
    write_rooms(page, sources.health);
    write_surroundings(page, sources.health);
    write_federation(page, sources.health);
    write_spans(page, sources);
    write_process(page);
    return page.text();
}

void add_metrics_route(net::RouteTable& routes, MetricSources sources) {
    routes.add(
        {.method = net::Method::get,
         .path = "/metrics",
         .operation = "get_metrics",
         .summary = "The state of every part in Prometheus' text format.",
         .handler =
             [sources = std::move(sources)](const net::Request&, net::Responder respond) {
                 respond(net::Response{
                     200, "text/plain; version=0.0.4; charset=utf-8", metrics_page(sources), {}});
             },
         .tag = "operation",
         .answers = {{200, "The page.", "", "text/plain; version=0.0.4; charset=utf-8"}}});
}

} // namespace bw::app
