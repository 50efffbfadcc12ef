// The timetable module's HTTP: the calendar and lessons for administrators, everybody's day, and
// calendars that other programs subscribe to.
#pragma once

#include "net/http.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/gate.hpp"
#include "timetable/plans.hpp"

namespace bw::timetable {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    const tenancy::TenantDirectory& directory;
    Plans& plans;
    const Clock& clock;
    Rng& rng;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::timetable
