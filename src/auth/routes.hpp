// The auth module's HTTP: POST /v1/sessions, GET /v1/sessions/current, GET /v1/me, GET
// /.well-known/jwks.json.
#pragma once

#include "auth/sign_in.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"

namespace bw::auth {

/// Everything outlives the route table.
void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, PasswordSignIn& sign_in,
                tenancy::DatabaseLane& lane, const PublicKey& token_key);

} // namespace bw::auth
