// Sign-in by password, and the access token that comes of it. After it no request needs the
// database to know its caller.
#pragma once

#include <functional>
#include <string>

#include "auth/routing_hint.hpp"
#include "base/crypto.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/token.hpp"

namespace bw::auth {

struct TokenOptions {
    std::string issuer;
    Duration lifetime = 1h;
};

struct IssuedToken {
    std::string access_token;
    tenancy::Claims claims;
    std::string routing; // of the principal; see RoutingHints
};

/// Thread-safe.
class TokenIssuer {
public:
    TokenIssuer(TokenOptions options, const SigningKey& key, const Clock& clock, Rng& rng)
        : options_(std::move(options)), key_(key), hints_(key), clock_(clock), rng_(rng) {}
    /// A new auth session. `renew_at` falls at a random 60 to 90 % of the lifetime, so that those
    /// who signed in together do not come back together.
    IssuedToken issue(const tenancy::TenantScope& scope, UserId user, tenancy::Roles roles,
                      Duration lifetime) const;
    IssuedToken issue(const tenancy::TenantScope& scope, UserId user, tenancy::Roles roles) const {
        return issue(scope, user, roles, options_.lifetime);
    }

private:
    const TokenOptions options_;
    const SigningKey& key_;
    const RoutingHints hints_;
    const Clock& clock_;
    Rng& rng_;
};

/// Thread-safe. Hashing runs on `lane`: its threads are the budget of cores and memory (19 MiB
/// each) for passwords.
class PasswordSignIn {
public:
    PasswordSignIn(tenancy::DatabaseLane& lane, const TokenIssuer& issuer)
        : lane_(lane), issuer_(issuer) {}

    using Done = std::move_only_function<void(Result<IssuedToken>)>;
    /// unauthenticated for an unknown user, a wrong password, a user without one and an inactive
    /// user alike, after the same work; the lane's refusals otherwise.
    void sign_in(const tenancy::TenantScope& scope, std::string username, std::string password,
                 Deadline deadline, Done done, std::optional<telemetry::TraceContext> trace = {});

private:
    tenancy::DatabaseLane& lane_;
    const TokenIssuer& issuer_;
};

} // namespace bw::auth
