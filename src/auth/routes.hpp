// The auth module's HTTP: /v1/sessions and what is under it, GET /v1/me, second factors, the policy
// of sign-in, help for who cannot, the keys that tokens verify under.
#pragma once

#include "audit/writer.hpp"
#include "auth/refresh.hpp"
#include "auth/second_factor_sign_in.hpp"
#include "auth/sign_in.hpp"
#include "net/http.hpp"
#include "tenancy/gate.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::auth {

/// Everything outlives the route table.
struct RouteParts {
    const tenancy::Gate& gate;
    PasswordSignIn& sign_in;
    SessionRefresh& refresh;
    SignInGuards& guards;
    const SecondFactors& factors;
    SecondFactorSignIn& second_factor;
    tenancy::DatabaseLane& lane; // what else asks the database
    tenancy::RevocationFeed& feed;
    const Clock& clock;
    Rng& rng;
    const tenancy::KeyRing& keys;
    audit::Writer* audit = nullptr; // sign-ins go there, if there is one
};

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::auth
