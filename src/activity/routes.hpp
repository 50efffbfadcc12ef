// The activity module's HTTP.
#pragma once

#include "activity/intake.hpp"
#include "net/http.hpp"
#include "tenancy/database.hpp"
#include "tenancy/gate.hpp"

namespace bw::activity {

constexpr std::string_view intake_path = "/v1/activity";

/// Where activities are taken in (role intake). Everything outlives the route table.
void add_intake_routes(net::RouteTable& routes, const tenancy::Gate& gate, Intake& intake);

/// An institution's policy (role api).
void add_policy_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                       tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng);

} // namespace bw::activity
