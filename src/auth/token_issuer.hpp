// What a session is given to show: access tokens, and the refresh tokens that renew them. To whom,
// sign_in.hpp and refresh.hpp decide.
#pragma once

#include <optional>
#include <string>

#include "auth/refresh_token.hpp"
#include "auth/routing_hint.hpp"
#include "base/rng.hpp"
#include "tenancy/token.hpp"

namespace bw::auth {

struct TokenOptions {
    std::string issuer;
    Duration lifetime = 1h;
    Duration outage_lifetime = 5min; // while the database cannot be asked
};

struct IssuedToken {
    std::string access_token;
    tenancy::Claims claims;
    std::string routing; // of the principal; see RoutingHints
    /// nullopt: the one that was shown still holds.
    std::optional<std::string> refresh_token = {};
    Instant refresh_expires_at = {};
};

/// Whose token it is.
struct Holder {
    UserId user;
    tenancy::Roles roles;
    AuthSessionId session;
    std::int64_t epoch = 0; // see tenancy::Revocation
    /// On a device that others use next: how long the session lives.
    std::optional<Duration> shared_for = {};
};

constexpr Duration shared_device_lifetime = 90min; // unless the institution says otherwise

/// Thread-safe.
class TokenIssuer {
public:
    /// All outlive it.
    TokenIssuer(TokenOptions options, const tenancy::KeyRing& keys, const RoutingHints& hints,
                const Clock& clock, Rng& rng);

    const TokenOptions& options() const { return options_; }
    /// `renew_at` falls at a random 60 to 90 % of the lifetime, so that those who signed in
    /// together do not come back together. unavailable: this process knows no key that signs.
    Result<IssuedToken> issue(const tenancy::TenantScope& scope, const Holder& holder,
                              Duration lifetime) const;
    Result<IssuedToken> issue(const tenancy::TenantScope& scope, const Holder& holder) const {
        return issue(scope, holder, options_.lifetime);
    }
    AuthSessionId new_session() const { return AuthSessionId::make(clock_.now(), rng_); }

private:
    const TokenOptions options_;
    const tenancy::KeyRing& keys_;
    const RoutingHints& hints_;
    const Clock& clock_;
    Rng& rng_;
};

} // namespace bw::auth
