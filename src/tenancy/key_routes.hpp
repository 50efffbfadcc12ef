// The operator API's signing keys: list, rotate, revoke.
#pragma once

#include "net/http.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::tenancy {

/// Everything outlives the route table.
struct KeyRouteParts {
    const Gate& gate;
    DatabaseLane& lane; // signs in as bw_operator
    RevocationFeed& feed;
    const SecretKey& master;
    const Clock& clock;
    Rng& rng;
};

void add_key_routes(net::RouteTable& routes, const KeyRouteParts& parts);

} // namespace bw::tenancy
