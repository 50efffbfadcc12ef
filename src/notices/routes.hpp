// The notices module's HTTP: a person's notices, the stream that brings new ones, and what the
// institution wants by mail.
#pragma once

#include "base/json.hpp"
#include "net/http.hpp"
#include "notices/hub.hpp"
#include "tenancy/gate.hpp"

namespace bw::notices {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane;
    Hub& hub;
    const Clock& clock;
    Rng& rng;
    Duration heartbeat = 20s; // proxies close what is silent for longer: see deploy/nginx
    std::size_t queued_bytes = 64 * 1024;
};

/// As GET /v1/notices answers: schema NoticePage.
void write_page(JsonWriter& json, const Page& page);

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::notices
