// Kept reports of storms, for operators over HTTP.
#pragma once

#include <filesystem>

#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::app {

/// What is here by reference outlives the routes.
struct StormReportRouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // a file is read on its thread
    std::filesystem::path directory;
};
void add_storm_report_routes(net::RouteTable& routes, const StormReportRouteParts& parts);

} // namespace bw::app
