#include "app/observation.hpp"

#include <unistd.h>

namespace bw::app {

namespace {

constexpr std::size_t spans_limit = 16'384;
constexpr Duration journal_growth_window = 5min;

std::string instance_name() {
    char host[256] = "unknown";
    gethostname(host, sizeof host - 1);
    return std::string(host) + ":" + std::to_string(getpid());
}

} // namespace

Observation::Observation(const ServeOptions& options, const Clock& clock, Rng& rng)
    : options_(options), instance_(instance_name()), clock_(clock), rng_(rng),
      journal_growth_(journal_growth_window), spans_(spans_limit, clock, rng),
      log_({.sample_rate = options.log_requests_rate}, clock) {}

Result<std::unique_ptr<Observation>> Observation::start(const ServeOptions& options,
                                                        const Clock& clock, Rng& rng) {
    std::unique_ptr<Observation> made(new Observation(options, clock, rng));
    if (!options.otlp_endpoint.empty())
        made->exporter_ = std::make_unique<SpanExporter>(
            TRY(SpanExporter::parse(options.otlp_endpoint, "--otlp-endpoint")),
            telemetry::Resource{"bellwether", BW_VERSION, made->instance_}, made->spans_, clock);
    return made;
}

std::function<void(const net::Served&)> Observation::watch(const net::RouteTable& routes) {
    http_ = std::make_unique<HttpMetrics>(routes);
    return [this](const net::Served& served) {
        http_->add(served);
        log_.add(served);
        if (exporter_)
            record_span(spans_, served);
    };
}

Result<void> Observation::listen(const Installation& installation, HealthSources sources,
                                 const net::Server& server,
                                 const std::function<void(net::RouteTable&)>& more) {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    if (!options_.admin_listen.empty())
        std::tie(address, port) = TRY(parse_address(options_.admin_listen, "--admin-listen"));
    else if (TRY(parse_address(options_.listen, "--listen")).second != 0)
        port = static_cast<std::uint16_t>(server.port() + 1);
    sources = with_growth(std::move(sources));
    add_detailed_health_routes(admin_routes_, sources);
    add_metrics_route(admin_routes_, {.health = sources,
                                      .http = http_.get(),
                                      .server = &server,
                                      .spans = &spans_,
                                      .exporter = exporter_.get()});
    more(admin_routes_);
    admin_ = TRY(net::Server::start({.address = address, .port = port, .connections_limit = 64},
                                    admin_routes_, clock_, rng_));
    return Installation::write_file(installation.admin_address_file(),
                                    address + ":" + std::to_string(admin_->port()) + "\n", false);
}

} // namespace bw::app
