#include "app/operator_side.hpp"

#include "app/overview_routes.hpp"
#include "app/storm_report_routes.hpp"
#include "app/wall_routes.hpp"
#include "fairness/routes.hpp"
#include "forecast/routes.hpp"
#include "jobs/operator_routes.hpp"
#include "tenancy/key_routes.hpp"
#include "tenancy/routes.hpp"

namespace bw::app {

void add_operator_side(net::RouteTable& routes, OperatorSide parts) {
    auto& [gate, lane, directory, feed, master, keeper, walls, reports, overview, clock, rng] =
        parts;
    tenancy::add_operator_routes(routes, gate, lane, clock, rng);
    fairness::add_operator_routes(routes, {gate, lane, clock, rng});
    forecast::add_operator_routes(routes, {gate, lane, directory, keeper, clock});
    jobs::add_operator_routes(routes, {gate, lane, directory});
    add_storm_report_routes(routes, {gate, lane, std::move(reports)});
    add_overview_routes(
        routes, {.gate = gate, .lane = lane, .clock = clock, .sources = std::move(overview)});
    add_wall_route(routes, gate, lane, walls);
    tenancy::add_key_routes(
        routes,
        {.gate = gate, .lane = lane, .feed = feed, .master = master, .clock = clock, .rng = rng});
}

} // namespace bw::app
