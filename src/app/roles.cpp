#include "app/roles.hpp"

#include "app/api_document.hpp"
#include "app/listening.hpp"
#include "app/long_work.hpp"
#include "app/peak_watch.hpp"
#include "app/replica_status.hpp"
#include "app/web_app.hpp"
#include "app/web_page.hpp"

namespace bw::app {

namespace {

lane::Budget lane_budget(const CommonParts& common) {
    return {.name = "api",
            .threads = common.options.api_threads,
            .queue_items_limit = common.options.api_queue_limit,
            .spans = common.observation->spans()};
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

OverviewSources overview_of(const Roles& roles, const HealthSources& health, Instant started_at) {
    CommonParts& common = roles.common;
    return {
        .health = common.observation->with_growth(health),
        .instance = common.observation->instance(),
        .roles = common.options.roles,
        .started_at = started_at,
        .cluster = &common.cluster,
        .replica = [&common] { return replica_status(common.installation, common.clock.now()); },
        .journal_directory = journal_directory(common),
        .reports = report_states(roles)};
}

} // namespace

Roles::Roles(CommonParts& of, std::unique_ptr<IntakeRole> first)
    : common(of), intake(std::move(first)),
      lane(lane_budget(common), common.clock, common.connects("api")) {}

Result<std::unique_ptr<Roles>> Roles::open(CommonParts& common, std::uint16_t port) {
    const ServeOptions& options = common.options;
    std::unique_ptr<IntakeRole> intake;
    if (common.has("intake"))
        intake = TRY(IntakeRole::open(common));
    std::unique_ptr<Roles> made(new Roles(common, std::move(intake)));
    if (common.has("operator"))
        made->operators = TRY(OperatorRole::open(common));
    if (common.has("auth"))
        made->auth = TRY(AuthRole::open(common, made->lane, origins_of(options, port)));
    if (common.has("live") || common.has("rooms") || common.has("api") || common.has("operator"))
        made->live = TRY(LiveClasses::open(common, made->lane));
    if (common.has("rooms"))
        made->rooms = TRY(RoomsRole::open(common, *made->live));
    if (common.has("api")) {
        made->api = TRY(ApiRole::open(common, made->lane));
        made->api->changes().also_tell(
            [&live = *made->live](std::span<const packs::Change> changes) { live.hear(changes); },
            [&live = *made->live] { live.hear_everything(); });
        made->recordings = TRY(Recordings::open(
            common, made->lane, made->api->files_lane(),
            [&live = *made->live](std::string_view ref) { return live.edge_of(ref); }));
    }
    if (common.has("report"))
        made->report = TRY(ReportRole::open(common));
    made->reports_elsewhere =
        TRY(ReportsElsewhere::at(options.reports, options.reports_admin, common.clock));
    made->background = TRY(start_background(common.installation, options, common.cluster,
                                            common.directory, common.audit_key, common.store.get(),
                                            common.load, common.clock, common.rng));
    return made;
}

void Roles::start() {
    if (api)
        api->start();
    if (live)
        live->start();
    if (rooms)
        rooms->start();
    if (report)
        report->start();
}

void Roles::send_away() {
    if (rooms)
        rooms->send_away();
}

void Roles::stop() {
    if (auth)
        auth->stop_fetching(); // its answers go to the lanes
    if (api)
        api->stop_asking();
    if (rooms)
        rooms->stop();
    if (live)
        live->stop();
    if (report)
        report->stop();
    if (auth)
        auth->stop_hashing();
    if (api)
        api->stop_files();
    lane.stop();
    if (auth)
        auth->stop();
    if (operators)
        operators->stop();
    common.feed.stop();
    background.stop();
    if (intake)
        intake->stop();
}

HealthSources health_of(const Roles& roles) {
    CommonParts& common = roles.common;
    HealthSources health{.lanes = {&roles.lane},
                         .directory = &common.directory,
                         .replica = replica_source(common.installation, common.clock),
                         .breakers = [&common] { return breakers_of(common.cluster); },
                         .audit = roles.background.audit.get(),
                         .worker = roles.background.worker.get(),
                         .mail = roles.background.mail.get(),
                         .sessions = {.feed = &common.feed,
                                      .revocations = &common.revocations,
                                      .clock = &common.clock},
                         .forecast = &common.load};
    if (roles.intake)
        roles.intake->tell(health);
    if (roles.api)
        roles.api->tell(health);
    health.live = roles.live.get();
    health.rooms = roles.rooms.get();
    if (roles.report)
        roles.report->tell(health);
    if (roles.auth)
        roles.auth->tell(health);
    return health;
}

std::function<Result<ReportState>()> report_states(const Roles& roles) {
    if (roles.report)
        return [&here = *roles.report] { return here.state(); };
    if (roles.reports_elsewhere->tells())
        return [&there = *roles.reports_elsewhere] { return there.state(); };
    return {};
}

std::filesystem::path journal_directory(const CommonParts& common) {
    return common.options.journal_servers.empty() ? common.installation.journal()
                                                  : std::filesystem::path();
}

WallSources walls_of(const Roles& roles) {
    const CommonParts& common = roles.common;
    return {.auth_lane = roles.auth ? &roles.auth->hashing() : nullptr,
            .api_lane = roles.api ? &roles.lane : nullptr,
            .journal = roles.intake ? roles.intake->journal() : nullptr,
            .recorder = roles.intake ? roles.intake->recorder() : nullptr,
            .journal_directory = journal_directory(common),
            .keeper = &common.load.keeper,
            .reports = report_states(roles),
            .book = common.options.has_reports_alone() ? std::filesystem::path()
                                                       : common.installation.peaks_file()};
}

Result<net::RouteTable> routes_of(Roles& roles, const HealthSources& health, WallReadings& walls,
                                  Instant started_at) {
    CommonParts& common = roles.common;
    const ServeOptions& options = common.options;
    net::RouteTable routes;
    add_health_routes(routes, health);
    add_page_routes(routes, !options.web_app.empty());
    if (!options.web_app.empty())
        TRY(WebApp::read(options.web_app, TRY(live_hosts(options)))).add_routes(routes);
    if (roles.auth)
        roles.auth->add_routes(routes, roles.background.audit.get());
    if (roles.intake)
        roles.intake->add_routes(routes);
    if (roles.api) {
        roles.api->add_routes(routes, roles.intake ? roles.intake->intake() : nullptr);
        roles.live->add_routes(routes);
        roles.recordings->add_routes(routes);
    }
    if (roles.rooms)
        roles.rooms->add_routes(routes);
    if (roles.report)
        roles.report->add_routes(routes);
    else if (roles.api)
        roles.reports_elsewhere->add_routes(routes, common.gate);
    if (roles.operators) {
        roles.operators->add_routes(routes, walls, overview_of(roles, health, started_at));
        roles.live->add_operator_routes(routes);
    }
    net::RouteTable served = counted(with_document(std::move(routes)), common.load.counter,
                                     tenant_by_host(common.directory, options.base_host));
    if (!roles.api)
        return served;
    return with_room_at_peaks(served, watch_peaks(common.load.hints, "long requests", common.clock),
                              options.api_threads);
}

} // namespace bw::app
