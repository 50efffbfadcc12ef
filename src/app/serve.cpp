#include "app/serve.hpp"

#include <unistd.h>

#include "accounts/routes.hpp"
#include "activity/routes.hpp"
#include "app/activity.hpp"
#include "app/api_document.hpp"
#include "app/background.hpp"
#include "app/budget.hpp"
#include "app/directory_refresher.hpp"
#include "app/files.hpp"
#include "app/first_pages.hpp"
#include "app/health.hpp"
#include "app/intake.hpp"
#include "app/listening.hpp"
#include "app/long_work.hpp"
#include "app/observation.hpp"
#include "app/operator_side.hpp"
#include "app/peak_watch.hpp"
#include "app/preparing.hpp"
#include "app/process_end.hpp"
#include "app/replica_status.hpp"
#include "app/report_exports.hpp"
#include "app/reports.hpp"
#include "app/reports_elsewhere.hpp"
#include "app/service_watch.hpp"
#include "app/token_keys.hpp"
#include "app/wall_routes.hpp"
#include "app/web_app.hpp"
#include "app/web_page.hpp"
#include "auth/failure_exchange.hpp"
#include "auth/passwords.hpp"
#include "auth/routes.hpp"
#include "auth/session_sweep.hpp"
#include "content/routes.hpp"
#include "exports/routes.hpp"
#include "fairness/routes.hpp"
#include "federation/routes.hpp"
#include "forecast/routes.hpp"
#include "institution/routes.hpp"
#include "jobs/routes.hpp"
#include "lane/cores.hpp"
#include "marking/routes.hpp"
#include "net/server.hpp"
#include "notices/routes.hpp"
#include "packs/routes.hpp"
#include "pipeline/similarity_routes.hpp"
#include "submissions/routes.hpp"
#include "telemetry/log.hpp"
#include "tenancy/revocation_feed.hpp"
#include "tenancy/routes.hpp"
#include "timetable/routes.hpp"

namespace bw::app {

namespace {

constexpr Duration drain_limit = 10s;
constexpr std::size_t operator_queue_limit = 256;
constexpr std::size_t session_queue_limit = 16'384; // a second's worth at the bell
constexpr std::size_t session_batch_limit = 1'024;

/// Takes in what the last process knew of ended sessions; what writes down what this one knows.
std::function<void(const std::string&)> keep_revocations(const Installation& installation,
                                                         tenancy::Revocations& revocations) {
    const std::filesystem::path file = installation.revocations_file();
    if (auto text = Installation::read_file(file))
        if (auto taken = revocations.from_file(*text + "\n"); !taken)
            log::warn("revocations_file_refused", {{"error", taken.error().text()}});
    return [file](const std::string& text) {
        if (auto saved = Installation::write_file(file, text, false); !saved)
            log::warn("revocations_not_saved", {{"error", saved.error().text()}});
    };
}

/// What `up` last said of the replica that it keeps; nothing where none is configured.
std::function<std::optional<ReplicaStatus>()> replica_source(const Installation& installation,
                                                             const Clock& clock) {
    return [&installation, &clock]() -> std::optional<ReplicaStatus> {
        const pg::ReplicaStatus told = replica_status(installation, clock.now());
        if (told.state == pg::ReplicaState::absent)
            return std::nullopt;
        return ReplicaStatus{told.state == pg::ReplicaState::streaming, told.lag};
    };
}

} // namespace

Result<void> serve(const Installation& installation, const ServeOptions& options) {
    const auto [address, port] = TRY(parse_address(options.listen, "--listen"));
    net::ServerOptions http = TRY(http_options(options));
    // All threads have it from this one, the store's too.
    if (!options.cores.empty())
        CHECK_OK(lane::keep_thread_to(0, TRY(lane::parse_cores(options.cores, "--cores"))));
    if (options.nice > 0)
        CHECK_OK(lane::give_way(options.nice));
    block_stop_signals();
    static const SystemClock clock;
    static SystemRng rng;
    const Instant started_at = clock.now();
    const std::string conninfo =
        TRY(installation.conninfo("bw_app")); // first: a mistyped directory gets no keys
    const auth::RoutingHints hints(TRY(installation.routing_key(rng)));
    auto keys = TRY(TokenKeys::open(installation, options, clock, rng));
    const ReceiptKeys receipt_keys =
        TRY(options.roles.contains("intake") ? installation.next_receipt_keys(clock.now(), rng)
                                             : installation.receipt_keys(rng));
    const SigningKey audit_key = TRY(installation.key("audit", rng));

    auto observation = TRY(Observation::start(options, clock, rng));
    tenancy::ClusterOptions servers{.primary = conninfo};
    if (auto replica = installation.replica_conninfo("bw_app"))
        servers.replicas.push_back(*std::move(replica));
    tenancy::Cluster cluster(std::move(servers), clock, rng);
    tenancy::TenantDirectory directory;
    DirectoryRefresher refresher(directory, installation, conninfo, clock);
    // Intake must read in the database how far its journal is recorded, so it waits for it.
    CHECK_OK(refresher.begin(!options.roles.contains("intake")));
    CHECK_OK(check_budget(options, conninfo, clock));
    tenancy::Revocations revocations;
    tenancy::RevocationFeed feed(std::make_unique<tenancy::Database>(cluster, "revocations"),
                                 revocations, directory, clock, rng, {},
                                 keep_revocations(installation, revocations), &keys->feed);
    CHECK_OK(keys->begin(feed, Deadline::in(clock, database_wait_at_start)));
    feed.start();
    tenancy::TokenVerifier verifier(options.issuer, keys->ring, directory, revocations, clock, rng);
    tenancy::Gate gate(verifier, directory, options.base_host);

    timetable::Plans plans;
    LoadForecast load(directory, plans, clock, keeper_options(options));

    auto lane_of = [&](tenancy::Cluster& of, const std::string& name, int threads,
                       std::size_t limit) {
        return std::make_unique<tenancy::DatabaseLane>(
            lane::Budget{.name = name,
                         .threads = threads,
                         .queue_items_limit = limit,
                         .spans = observation->spans()},
            clock, [&of, name] { return std::make_unique<tenancy::Database>(of, name); });
    };
    auto lane = [&](const std::string& name, int threads, std::size_t limit) {
        return lane_of(cluster, name, threads, limit);
    };
    IntakeParts intake;
    if (options.roles.contains("intake"))
        intake = TRY(open_intake(installation, options, receipt_keys, cluster, directory,
                                 watch_peaks(load.hints, "recorder", clock), clock, rng));
    ActivityParts activity;
    if (options.roles.contains("intake"))
        activity = open_activity(installation, options, *intake.journal,
                                 watch_peaks(load.hints, "activity", clock), cluster, directory,
                                 clock, rng);
    fairness::Watch watch(services_of(options.roles, intake.journal.get()), directory, clock, rng);
    const std::shared_ptr<void> chore_ends(nullptr, [&](void*) { refresher.each_time({}); });
    auto api_lane = lane("api", options.api_threads, options.api_queue_limit);
    // Without their role these two have no threads, so no connections, and nobody gives them work.
    const bool signs_in = options.roles.contains("auth");
    auto auth_lane = std::make_unique<tenancy::DatabaseLane>(
        lane::Budget{.name = "auth",
                     .threads = signs_in ? options.auth_threads : 0,
                     .queue_items_limit = options.auth_queue_limit,
                     .keeps_places = true,
                     .spans = observation->spans()},
        clock, [&cluster] { return std::make_unique<tenancy::Database>(cluster, "auth"); });
    std::unique_ptr<tenancy::Cluster> as_operator; // the only way in that may provision
    std::unique_ptr<tenancy::DatabaseLane> operator_lane;
    if (options.roles.contains("operator")) {
        as_operator = std::make_unique<tenancy::Cluster>(
            tenancy::ClusterOptions{.primary = TRY(installation.conninfo("bw_operator"))}, clock,
            rng);
        operator_lane = lane_of(*as_operator, "operator", 1, operator_queue_limit);
    }
    const auth::TokenIssuer issuer(token_options(options, directory), keys->ring, hints, clock,
                                   rng);
    const auth::RefreshTokens refresh_tokens({TRY(installation.secret_key("refresh", rng))});
    auth::RotationLane rotations(
        {.budget = {.name = "sessions",
                    .threads = signs_in ? options.session_threads : 0,
                    .queue_items_limit = session_queue_limit,
                    .batch_items_limit = session_batch_limit},
         .on_reuse = auth::audited_reuse(clock, rng)},
        clock, [&cluster] { return std::make_unique<tenancy::Database>(cluster, "sessions"); });
    const SecretKey admission_key = TRY(installation.secret_key("admission", rng));
    auth::SignInGuards guards(admission_key);
    std::unique_ptr<auth::FailureExchange> failures;
    if (signs_in) {
        failures = std::make_unique<auth::FailureExchange>(
            std::make_unique<tenancy::Database>(cluster, "failures"), guards.guesses, clock);
        failures->start();
    }
    std::optional<auth::SessionSweep> sweep;
    if (signs_in)
        sweep
            .emplace([&cluster] { return std::make_unique<tenancy::Database>(cluster, "sweep"); },
                     directory)
            .start();
    auth::PasswordSignIn sign_in({.lane = *auth_lane,
                                  .sessions = rotations,
                                  .tokens = refresh_tokens,
                                  .issuer = issuer,
                                  .guards = guards,
                                  .revocations = revocations,
                                  .clock = clock,
                                  .key = admission_key},
                                 rng);
    auth::SessionRefresh refresh(rotations, refresh_tokens, issuer, revocations, clock);
    const auth::SecondFactors factors(TRY(subject_keys(installation, rng)),
                                      TRY(installation.secret_key("recovery", rng)), clock, rng);
    auth::SecondFactorSignIn second_factor({.lane = *api_lane,
                                            .sign_in = sign_in,
                                            .guards = guards,
                                            .factors = factors,
                                            .revocations = revocations,
                                            .issuer = issuer,
                                            .clock = clock,
                                            .rng = rng});
    if (signs_in)
        auth::nobody_hash(); // now, not during the first storm
    federation::Fetcher providers({.reach = options.federation_private
                                                ? federation::Reach::private_too
                                                : federation::Reach::public_only,
                                   .authorities_file = options.federation_authorities},
                                  clock, rng);
    federation::FederatedSignIn federated(
        {.lane = *api_lane,
         .sessions = {rotations, refresh_tokens, issuer, clock},
         .fetcher = providers,
         .clock = clock,
         .rng = rng,
         .flow_key = TRY(installation.secret_key("federation", rng)),
         .secret_key = TRY(installation.secret_key("providers", rng))});

    std::optional<accounts::BreachedList> breached;
    if (!options.breached_passwords.empty())
        breached.emplace(TRY(accounts::BreachedList::open(options.breached_passwords)));
    const accounts::PasswordDesk desk(
        {.macs = accounts::SecretMacs(TRY(installation.secret_key("vouchers", rng))),
         .letters = accounts::Letters(TRY(subject_keys(installation, rng)), clock, rng),
         .breached = breached ? &*breached : nullptr,
         .clock = clock,
         .rng = rng});
    const accounts::RouteParts account_parts{.gate = gate,
                                             .directory = directory,
                                             .desk = desk,
                                             .sessions = {rotations, refresh_tokens, issuer, clock},
                                             .hashing = *auth_lane,
                                             .lane = *api_lane,
                                             .feed = feed,
                                             .origins = origins_of(options, port)};
    const institution::RouteParts institution_parts{
        .gate = gate, .lane = *api_lane, .feed = feed, .clock = clock, .rng = rng};
    const marking::Pseudonyms pseudonyms(TRY(installation.key("pseudonyms", rng)).seed());
    const marking::RouteParts marking_parts{.gate = gate,
                                            .directory = directory,
                                            .lane = *api_lane,
                                            .pseudonyms = pseudonyms,
                                            .keys = TRY(subject_keys(installation, rng)),
                                            .clock = clock,
                                            .rng = rng};

    notices::Hub hub(*api_lane, verifier, directory, clock, rng,
                     {.listeners_limit = options.event_streams_limit});
    const auto news = feed.on_news([&hub](std::optional<TenantId> of) { hub.news(of); });
    const notices::RouteParts notice_parts{
        .gate = gate, .lane = *api_lane, .hub = hub, .clock = clock, .rng = rng};

    std::optional<FirstPages> first_pages;
    if (options.roles.contains("api"))
        first_pages.emplace(options, cluster, *api_lane, gate, directory, clock);

    std::unique_ptr<blob::Store> store; // of uploaded files
    if (options.roles.contains("api") || options.roles.contains("worker") ||
        options.roles.contains("report"))
        store = TRY(open_store(installation, options, clock, rng));
    FileParts files;
    if (options.roles.contains("api"))
        files = TRY(open_files(installation, options, *store, cluster, directory, gate,
                               observation->spans(), clock, rng));

    std::optional<content::RouteParts> content_parts;
    if (files.routes)
        content_parts.emplace(content::RouteParts{
            .gate = gate, .lane = *api_lane, .files = *files.routes, .clock = clock, .rng = rng});

    const timetable::RouteParts timetable_parts{.gate = gate,
                                                .lane = *api_lane,
                                                .directory = directory,
                                                .plans = plans,
                                                .clock = clock,
                                                .rng = rng};

    std::unique_ptr<Reports> reports;
    if (options.roles.contains("report"))
        reports = TRY(Reports::open(installation, options.report_standbys, cluster, gate,
                                    watch_quiet(load.hints, "reports", clock), clock, rng));
    const auto reports_elsewhere =
        TRY(ReportsElsewhere::at(options.reports, options.reports_admin, clock));
    std::function<ReportState()> reports_here;
    if (reports)
        reports_here = [&] { return reports->state(); };
    std::function<Result<ReportState>()> report_states = reports_here; // of here, or elsewhere
    if (!reports && reports_elsewhere->tells())
        report_states = [&] { return reports_elsewhere->state(); };

    std::optional<ReportExports> exports_work;
    if (reports)
        exports_work.emplace(installation, options, *reports, *store, cluster, directory,
                             load.hints, clock, rng);
    std::optional<exports::RouteParts> export_parts;
    if (files.routes)
        export_parts.emplace(exports::RouteParts{.gate = gate,
                                                 .directory = directory,
                                                 .lane = *api_lane,
                                                 .files = *files.routes,
                                                 .quiet = quiet_moments(load.keeper),
                                                 .clock = clock,
                                                 .rng = rng});

    net::RouteTable routes;
    Background background = TRY(start_background(installation, options, cluster, directory,
                                                 audit_key, store.get(), load, clock, rng));
    const std::filesystem::path journal_directory =
        options.journal_servers.empty() ? installation.journal() : std::filesystem::path();
    WallReadings walls(
        {.auth_lane = signs_in ? auth_lane.get() : nullptr,
         .api_lane = options.roles.contains("api") ? api_lane.get() : nullptr,
         .journal = intake.journal.get(),
         .recorder = intake.recorder.get(),
         .journal_directory = journal_directory,
         .keeper = &load.keeper,
         .reports = report_states,
         .book = options.has_reports_alone() ? std::filesystem::path() : installation.peaks_file()},
        clock);
    std::vector<const tenancy::DatabaseLane*> lanes{api_lane.get()};
    if (files.lane)
        lanes.push_back(files.lane.get());
    if (reports)
        lanes.push_back(&reports->lane());
    SessionSources sessions{.feed = &feed, .revocations = &revocations, .clock = &clock};
    if (signs_in) {
        lanes.push_back(auth_lane.get());
        sessions.sign_in = &sign_in;
        sessions.guards = &guards;
        sessions.refresh = &refresh;
        sessions.rotations = &rotations;
    }
    const HealthSources health{.journal = intake.journal.get(),
                               .recorder = intake.recorder.get(),
                               .lanes = std::move(lanes),
                               .directory = &directory,
                               .replica = replica_source(installation, clock),
                               .breakers = [&cluster] { return breakers_of(cluster); },
                               .heads = intake.heads.get(),
                               .archiver = intake.archiver.get(),
                               .providers = &providers,
                               .federation = &federated,
                               .audit = background.audit.get(),
                               .worker = background.worker.get(),
                               .mail = background.mail.get(),
                               .sessions = sessions,
                               .events = options.roles.contains("api") ? &hub : nullptr,
                               .first_pages = first_pages ? &*first_pages : nullptr,
                               .forecast = &load,
                               .activity = activity.intake ? &activity : nullptr,
                               .reports = reports_here};
    add_health_routes(routes, health);
    add_page_routes(routes, !options.web_app.empty());
    if (!options.web_app.empty())
        TRY(WebApp::read(options.web_app)).add_routes(routes);
    if (signs_in) {
        auth::add_routes(routes, {.gate = gate,
                                  .sign_in = sign_in,
                                  .refresh = refresh,
                                  .guards = guards,
                                  .factors = factors,
                                  .second_factor = second_factor,
                                  .lane = *api_lane,
                                  .feed = feed,
                                  .clock = clock,
                                  .rng = rng,
                                  .keys = keys->ring,
                                  .audit = background.audit.get()});
        federation::add_routes(routes, {.gate = gate,
                                        .sign_in = federated,
                                        .lane = *api_lane,
                                        .feed = feed,
                                        .audit = background.audit.get()});
        accounts::add_routes(routes, account_parts);
    }
    if (options.roles.contains("intake")) {
        submissions::add_intake_routes(routes, gate, *intake.intake);
        activity::add_intake_routes(routes, gate, *activity.intake);
        submissions::add_head_routes(routes, *intake.heads, intake.journal->status().epoch,
                                     *intake.proofs, receipt_keys.published());
    }
    if (options.roles.contains("api")) {
        submissions::add_api_routes(routes, gate, *api_lane, intake.intake.get(), clock, rng);
        activity::add_policy_routes(routes, gate, *api_lane, clock, rng);
        fairness::add_routes(routes, gate, *api_lane);
        forecast::add_routes(routes, {gate, *api_lane, directory, load.keeper, clock});
        jobs::add_routes(routes, {.gate = gate, .lane = *api_lane, .clock = clock, .rng = rng});
        files::add_routes(routes, *files.routes);
        institution::add_routes(routes, institution_parts);
        marking::add_routes(routes, marking_parts);
        notices::add_routes(routes, notice_parts);
        content::add_routes(routes, *content_parts);
        exports::add_routes(routes, *export_parts);
        packs::add_routes(routes, {gate, first_pages->reads()});
        first_pages->start();
        timetable::add_routes(routes, timetable_parts);
        hub.start();
        pipeline::add_routes(
            routes,
            {.gate = gate, .lane = *api_lane, .clock = clock, .rng = rng, .files = *files.routes});
    }
    if (reports) {
        reports->add_routes(routes);
        reports->start();
        exports_work->start();
    } else if (options.roles.contains("api")) {
        reports_elsewhere->add_routes(routes, gate);
    }
    if (operator_lane)
        add_operator_side(
            routes,
            {.gate = gate,
             .lane = *operator_lane,
             .directory = directory,
             .feed = feed,
             .master = keys->master,
             .keeper = load.keeper,
             .walls = walls,
             .storm_reports = options.storm_reports.empty()
                                  ? installation.storm_reports()
                                  : std::filesystem::path(options.storm_reports),
             .overview = {.health = observation->with_growth(health),
                          .instance = observation->instance(),
                          .roles = options.roles,
                          .started_at = started_at,
                          .cluster = &cluster,
                          .replica =
                              [&installation] { return replica_status(installation, clock.now()); },
                          .journal_directory = journal_directory,
                          .reports = report_states},
             .clock = clock,
             .rng = rng});
    net::RouteTable served = counted(with_document(std::move(routes)), load.counter,
                                     tenant_by_host(directory, options.base_host));
    if (options.roles.contains("api"))
        served = with_room_at_peaks(served, watch_peaks(load.hints, "long requests", clock),
                                    options.api_threads);

    http.address = address;
    http.port = port;
    if (!options.tls_certificate.empty())
        http.tls = net::TlsOptions{.certificate_file = options.tls_certificate,
                                   .key_file = options.tls_key,
                                   .ticket_secret_file =
                                       TRY(installation.ticket_secret_file(rng)).string()};
    http.trace_sample_rate = observation->trace_sample_rate();
    http.on_served = metered(observation->watch(served), watch);
    auto server = TRY(net::Server::start(std::move(http), served, clock, rng));
    refresher.each_time([&watch](tenancy::Database& database, Deadline deadline) {
        return watch.step(database, deadline);
    });
    CHECK_OK(observation->listen(installation, health, *server, [&](net::RouteTable& admin) {
        add_admin_wall_route(admin, operator_lane ? *operator_lane : *api_lane, walls);
    }));
    const std::string bound = address + ":" + std::to_string(server->port());
    CHECK_OK(
        Installation::write_file(installation.pid_file(), std::to_string(getpid()) + "\n", false));
    CHECK_OK(Installation::write_file(installation.address_file(), bound + "\n", false));
    log::info("listening", {{"address", bound}, {"tenants", directory.all().size()}});
    walls.start();

    Result<void> end = wait_for_end(intake.journal.get(), refresher, *server, [&] {
        if (intake.journal)
            observation->look_at(*intake.journal);
    });
    refresher.each_time({});
    observation->stop_listening();
    server->drain(Deadline::in(clock, drain_limit));
    // Who is still sending after the limit must not reach what ends below. An answer that comes
    // later is dropped.
    server.reset();
    providers.stop(); // its answers go to the lanes
    hub.stop();
    if (first_pages)
        first_pages->stop();
    if (reports) {
        exports_work->stop();
        reports->stop();
    }
    auth_lane->stop();
    rotations.stop();
    files.stop(clock);
    api_lane->stop();
    if (failures)
        failures->stop();
    if (sweep)
        sweep->stop();
    if (operator_lane)
        operator_lane->stop();
    feed.stop();
    background.stop();
    activity.stop();
    intake.stop();
    return end;
}

} // namespace bw::app
