// The federation module's HTTP: the way to a provider and back, /v1/identity-providers for
// administrators, /v1/me/identities for everybody.
#pragma once

#include "audit/writer.hpp"
#include "federation/sign_in.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::federation {

/// Everything outlives the route table.
struct RouteParts {
    const tenancy::Gate& gate;
    FederatedSignIn& sign_in;
    tenancy::DatabaseLane& lane;
    const tenancy::RevocationFeed& feed; // what changes who may come in waits until it is heard
    audit::Writer* audit = nullptr;      // sign-ins go there, if there is one
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::federation
