// The live module's HTTP: which lessons are live, one's classes, joining, who is put out, and the
// operators' board.
#pragma once

#include "live/join.hpp"
#include "live/leader.hpp"
#include "live/publishing.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::live {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    Audience& audience;
    const JoinParts& joining;
    SecretKey ingest_key;
    KeyReader read_key; // of our own ingest's streams
    const Clock& clock;
    Rng& rng;
};
void add_routes(net::RouteTable& routes, const RouteParts& parts);

/// `leader` null: of another process. All outlive the routes.
void add_operator_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                         const Audience& audience, const Leader* leader, const Clock& clock);

} // namespace bw::live
