#include "app/operator_role.hpp"

#include "app/overview_routes.hpp"
#include "app/storm_report_routes.hpp"
#include "app/wall_routes.hpp"
#include "fairness/routes.hpp"
#include "forecast/routes.hpp"
#include "jobs/operator_routes.hpp"
#include "tenancy/key_routes.hpp"
#include "tenancy/routes.hpp"

namespace bw::app {

namespace {

constexpr std::size_t queue_limit = 256;

std::filesystem::path storm_reports(const CommonParts& common) {
    return common.options.storm_reports.empty()
               ? common.installation.storm_reports()
               : std::filesystem::path(common.options.storm_reports);
}

/// Of the process that has reports; nobody while it does not answer.
std::function<std::vector<std::string>()>
listeners_of(std::function<Result<ReportState>()> reports) {
    if (!reports)
        return {};
    return [reports = std::move(reports)] {
        const auto state = reports();
        return state ? state->hint_listeners : std::vector<std::string>();
    };
}

} // namespace

Result<std::unique_ptr<OperatorRole>> OperatorRole::open(CommonParts& common) {
    const std::string conninfo = TRY(common.installation.conninfo("bw_operator"));
    return std::unique_ptr<OperatorRole>(new OperatorRole(common, conninfo));
}

OperatorRole::OperatorRole(CommonParts& common, const std::string& conninfo)
    : common_(common), cluster_({.primary = conninfo}, common.clock, common.rng),
      lane_({.name = "operator",
             .threads = 1,
             .queue_items_limit = queue_limit,
             .spans = common.observation->spans()},
            common.clock,
            [this] { return std::make_unique<tenancy::Database>(cluster_, "operator"); }) {}

void OperatorRole::add_routes(net::RouteTable& routes, WallReadings& walls,
                              OverviewSources overview) {
    const tenancy::Gate& gate = common_.gate;
    const tenancy::TenantDirectory& directory = common_.directory;
    const Clock& clock = common_.clock;
    Rng& rng = common_.rng;
    tenancy::add_operator_routes(routes, gate, lane_, clock, rng);
    fairness::add_operator_routes(routes, {gate, lane_, clock, rng});
    forecast::add_operator_routes(routes, {.gate = gate,
                                           .lane = lane_,
                                           .directory = directory,
                                           .keeper = common_.load.keeper,
                                           .clock = clock,
                                           .listeners_elsewhere = listeners_of(overview.reports)});
    jobs::add_operator_routes(routes, {gate, lane_, directory});
    add_storm_report_routes(routes, {gate, lane_, storm_reports(common_)});
    add_overview_routes(
        routes, {.gate = gate, .lane = lane_, .clock = clock, .sources = std::move(overview)});
    add_wall_route(routes, gate, lane_, walls);
    tenancy::add_key_routes(routes, {.gate = gate,
                                     .lane = lane_,
                                     .feed = common_.feed,
                                     .master = common_.keys->master,
                                     .clock = clock,
                                     .rng = rng});
}

} // namespace bw::app
