// The reporting module's HTTP: which reports there are, and what they say; and the same routes
// where another process has the reports.
#pragma once

#include "net/http.hpp"
#include "reporting/desk.hpp"
#include "tenancy/gate.hpp"

namespace bw::reporting {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // its threads wait for reports
    Desk& desk;
    const Clock& clock;
};

/// The tag of both routes.
constexpr std::string_view tag = "reports";

void add_routes(net::RouteTable& routes, const RouteParts& parts);

/// Documented as if they were here, and passed on for whoever may read a report.
void add_routes_elsewhere(net::RouteTable& routes, const tenancy::Gate& gate,
                          const net::Handler& pass_on);

/// What their answers' headers are besides those of every answer.
constexpr std::string_view as_of_header = "Report-As-Of", lag_header = "Report-Lag";

} // namespace bw::reporting
