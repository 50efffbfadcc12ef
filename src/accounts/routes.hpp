// The accounts module's HTTP: passwords changed, reset and chosen, invitations, what teachers do
// for their classes.
#pragma once

#include "accounts/letters.hpp"
#include "accounts/password_desk.hpp"
#include "auth/begin_session.hpp"
#include "net/http.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::accounts {

/// Outlives the route table, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    const tenancy::TenantDirectory& directory;
    const PasswordDesk& desk;
    auth::SessionParts sessions;    // of the session that follows a change
    tenancy::DatabaseLane& hashing; // the sign-ins' lane
    tenancy::DatabaseLane& lane;    // what needs no hash
    tenancy::RevocationFeed& feed;
    Origins origins;
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::accounts
