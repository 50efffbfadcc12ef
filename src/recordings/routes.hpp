// Recordings over HTTP: what a section has, for its people; and the bytes, for our own edges.
#pragma once

#include <functional>

#include "base/secret_text.hpp"
#include "net/http.hpp"
#include "recordings/shelf.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/gate.hpp"
#include "video/provider.hpp"

namespace bw::recordings {

/// Outlives the routes, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    const tenancy::TenantDirectory& directory;
    tenancy::DatabaseLane& lane;
    tenancy::DatabaseLane& bytes_lane; // its threads read from the store
    Shelf& shelf;
    const video::Provider& video; // our own: signs addresses
    /// What comes before an address: "https://edge.example".
    std::function<std::string(std::string_view ref)> edge_of = {};
    SecretText edge_secret; // what our origin shows; whoever does not gets nothing
    std::chrono::seconds url_lifetime{120};
    std::optional<Duration> keep = {};
    const Clock& clock;
    Rng& rng;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);
/// What edges ask for by our origin. Part of the above.
void add_bytes_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::recordings
