#include "app/serve.hpp"

#include <unistd.h>

#include "app/listening.hpp"
#include "app/process_end.hpp"
#include "app/roles.hpp"
#include "app/service_watch.hpp"
#include "app/wall_readings.hpp"
#include "app/wall_routes.hpp"
#include "lane/cores.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr Duration drain_limit = 10s;

/// All threads have it from this one, the reports' store's too.
Result<void> keep_to_share(const ServeOptions& options) {
    if (!options.cores.empty())
        CHECK_OK(lane::keep_thread_to(0, TRY(lane::parse_cores(options.cores, "--cores"))));
    if (options.nice > 0)
        CHECK_OK(lane::give_way(options.nice));
    return {};
}

Result<std::optional<net::TlsOptions>> tls_options(const CommonParts& common) {
    const ServeOptions& options = common.options;
    if (options.tls_certificate.empty())
        return std::nullopt;
    return net::TlsOptions{.certificate_file = options.tls_certificate,
                           .key_file = options.tls_key,
                           .ticket_secret_file =
                               TRY(common.installation.ticket_secret_file(common.rng)).string()};
}

/// Who supervises this process, and whoever asks it on this machine, reads where it is.
Result<void> say_where(const CommonParts& common, const std::string& address,
                       const net::Server& server) {
    const Installation& installation = common.installation;
    const std::string bound = address + ":" + std::to_string(server.port());
    CHECK_OK(
        Installation::write_file(installation.pid_file(), std::to_string(getpid()) + "\n", false));
    CHECK_OK(Installation::write_file(installation.address_file(), bound + "\n", false));
    log::info("listening", {{"address", bound}, {"tenants", common.directory.all().size()}});
    return {};
}

} // namespace

Result<void> serve(const Installation& installation, const ServeOptions& options) {
    const auto [address, port] = TRY(parse_address(options.listen, "--listen"));
    net::ServerOptions http = TRY(http_options(options));
    CHECK_OK(keep_to_share(options));
    block_stop_signals();
    static const SystemClock clock;
    static SystemRng rng;
    const Instant started_at = clock.now();

    const auto common = TRY(CommonParts::open(installation, options, clock, rng));
    const auto roles = TRY(Roles::open(*common, port));
    const journal::Journal* journal = roles->intake ? roles->intake->journal() : nullptr;
    fairness::Watch watch(services_of(options.roles, journal), common->directory, clock, rng);
    const std::shared_ptr<void> chore_ends(nullptr,
                                           [&](void*) { common->refresher.each_time({}); });
    WallReadings walls(walls_of(*roles), clock);
    const HealthSources health = health_of(*roles);
    const net::RouteTable routes = TRY(routes_of(*roles, health, walls, started_at));
    roles->start();

    http.address = address;
    http.port = port;
    http.tls = TRY(tls_options(*common));
    http.trace_sample_rate = common->observation->trace_sample_rate();
    http.on_served = metered(common->observation->watch(routes), watch);
    auto server = TRY(net::Server::start(std::move(http), routes, clock, rng));
    common->refresher.each_time([&watch](tenancy::Database& database, Deadline deadline) {
        return watch.step(database, deadline);
    });
    CHECK_OK(
        common->observation->listen(installation, health, *server, [&](net::RouteTable& admin) {
            add_admin_wall_route(admin, roles->operators ? roles->operators->lane() : roles->lane,
                                 walls);
        }));
    CHECK_OK(say_where(*common, address, *server));
    walls.start();

    Result<void> end = wait_for_end(journal, common->refresher, *server, [&] {
        if (journal != nullptr)
            common->observation->look_at(*journal);
    });
    common->refresher.each_time({});
    common->observation->stop_listening();
    roles->send_away();
    server->drain(Deadline::in(clock, drain_limit));
    // Who is still sending after the limit must not reach what ends below. An answer that comes
    // later is dropped.
    server.reset();
    roles->stop();
    return end;
}

} // namespace bw::app
