// The auth module's HTTP: POST /v1/sessions, GET /v1/sessions/current, GET /v1/me, GET
// /.well-known/jwks.json.
#pragma once

#include "audit/writer.hpp"
#include "auth/sign_in.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::auth {

/// Everything outlives the route table. Sign-ins go to `audit`, if there is one.
void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, PasswordSignIn& sign_in,
                tenancy::DatabaseLane& lane, const PublicKey& token_key,
                audit::Writer* audit = nullptr);

} // namespace bw::auth
