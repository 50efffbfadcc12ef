// Everything under the operator API of one process, put together.
#pragma once

#include <filesystem>

#include "app/overview.hpp"
#include "app/wall_readings.hpp"
#include "forecast/keeper.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::app {

/// Everything outlives the routes.
struct OperatorSide {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // that signs in as bw_operator
    const tenancy::TenantDirectory& directory;
    tenancy::RevocationFeed& feed;
    const SecretKey& master;
    const forecast::Keeper& keeper;
    WallReadings& walls;
    std::filesystem::path storm_reports;
    OverviewSources overview;
    const Clock& clock;
    Rng& rng;
};

void add_operator_side(net::RouteTable& routes, OperatorSide parts);

} // namespace bw::app
