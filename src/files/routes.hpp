// Uploads by tus 1.0.0 and downloads by signed links, over HTTP.
#pragma once

#include "audit/audit.hpp"
#include "files/links.hpp"
#include "files/writer.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::files {

/// What routes need. Everything outlives them.
struct RouteParts {
    const tenancy::Gate& gate;
    tenancy::DatabaseLane& lane; // its threads write to the store and read from it
    Parts parts;
    LinkSigner links;
    std::size_t active_limit = 1'000; // uploads whose bytes come at the same time
    Duration link_for = std::chrono::minutes(15);
    Duration part_url_for = std::chrono::minutes(15);
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::files
