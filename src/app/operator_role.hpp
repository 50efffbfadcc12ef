// Role operator put together: the only way into the database that may provision, and what operators
// are told.
#pragma once

#include <memory>

#include "app/common_parts.hpp"
#include "app/overview.hpp"
#include "app/wall_readings.hpp"

namespace bw::app {

class OperatorRole {
public:
    /// `common` outlives it.
    static Result<std::unique_ptr<OperatorRole>> open(CommonParts& common);
    /// `walls` and what `overview` names outlive the routes.
    void add_routes(net::RouteTable& routes, WallReadings& walls, OverviewSources overview);
    tenancy::DatabaseLane& lane() { return lane_; }
    void stop() { lane_.stop(); }

private:
    OperatorRole(CommonParts& common, const std::string& conninfo);

    CommonParts& common_;
    tenancy::Cluster cluster_;
    tenancy::DatabaseLane lane_;
};

} // namespace bw::app
