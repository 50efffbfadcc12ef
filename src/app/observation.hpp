// What operators see of a process: who watches its requests, and the admin listener that shows it
// (/metrics, /livez, the detailed /readyz). Wiring alone.
#pragma once

#include <functional>
#include <memory>

#include "app/http_metrics.hpp"
#include "app/installation.hpp"
#include "app/metrics.hpp"
#include "app/serve.hpp"
#include "app/span_exporter.hpp"

namespace bw::app {

class Observation {
public:
    /// Starts the exporter, if `options` name a collector. `clock` and `rng` outlive it.
    static Result<std::unique_ptr<Observation>> start(const ServeOptions& options,
                                                      const Clock& clock, Rng& rng);

    /// Null without a collector: nothing is traced then.
    telemetry::SpanQueue* spans() { return exporter_ ? &spans_ : nullptr; }
    double trace_sample_rate() const { return exporter_ ? options_.trace_sample_rate : 0; }
    /// For ServerOptions::on_served; `routes` is complete, and this object outlives the server.
    std::function<void(const net::Served&)> watch(const net::RouteTable& routes);
    /// Opens the admin listener and writes its address file. `sources` and `server` are there until
    /// stop_listening(). `more` adds what else stands there.
    Result<void> listen(const Installation& installation, HealthSources sources,
                        const net::Server& server,
                        const std::function<void(net::RouteTable&)>& more);
    void stop_listening() { admin_.reset(); }
    /// The same sources, and how fast the journal grows.
    HealthSources with_growth(HealthSources sources) const {
        sources.journal_growth = &journal_growth_;
        return sources;
    }
    /// Host and process.
    const std::string& instance() const { return instance_; }
    /// About once a second.
    void look_at(const journal::Journal& journal) {
        journal_growth_.add(clock_.monotonic(), journal.status().bytes_used);
    }

private:
    Observation(const ServeOptions& options, const Clock& clock, Rng& rng);

    const ServeOptions options_;
    const std::string instance_;
    const Clock& clock_;
    Rng& rng_;
    RateEstimator journal_growth_;
    telemetry::SpanQueue spans_;
    std::unique_ptr<SpanExporter> exporter_; // before spans_ goes
    RequestLog log_;
    std::unique_ptr<HttpMetrics> http_;
    net::RouteTable admin_routes_;
    std::unique_ptr<net::Server> admin_;
};

} // namespace bw::app
