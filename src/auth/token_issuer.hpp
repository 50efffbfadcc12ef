// What a session is given to show: access tokens, and the refresh tokens that renew them. To whom,
// sign_in.hpp and refresh.hpp decide.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/refresh_token.hpp"
#include "auth/routing_hint.hpp"
#include "auth/steering.hpp"
#include "base/rng.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/token.hpp"

namespace bw::auth {

/// Whose token it is.
struct Holder {
    UserId user;
    tenancy::Roles roles;
    AuthSessionId session;
    std::int64_t epoch = 0; // see tenancy::Revocation
    /// On a device that others use next: how long the session lives.
    std::optional<Duration> shared_for = {};
};

/// Shared with whoever replaces them meanwhile; null: none.
using Bells = std::shared_ptr<const std::vector<tenancy::Bell>>;

struct TokenOptions {
    std::string issuer;
    Duration lifetime = 1h;
    Duration outage_lifetime = 5min; // while the database cannot be asked
    /// The bells of the cohort that this person belongs to, in their order; none: nothing steers.
    std::function<Bells(const tenancy::TenantScope&, const Holder&)> bells = nullptr;
};

/// Everybody at an institution is one cohort.
inline auto bells_of_institution(const tenancy::TenantDirectory& directory) {
    return [&directory](const tenancy::TenantScope& scope, const Holder&) -> Bells {
        auto info = directory.by_id(scope.tenant());
        return info ? Bells(info, &info->bells) : nullptr;
    };
}

struct IssuedToken {
    std::string access_token;
    tenancy::Claims claims;
    std::string routing; // of the principal; see RoutingHints
    /// nullopt: the one that was shown still holds.
    std::optional<std::string> refresh_token = {};
    Instant refresh_expires_at = {};
    std::string device_token = {}; // of a sign-in; see DeviceTokens
};

constexpr Duration shared_device_lifetime = 90min; // unless the institution says otherwise

/// Thread-safe.
class TokenIssuer {
public:
    /// All outlive it.
    TokenIssuer(TokenOptions options, const tenancy::KeyRing& keys, const RoutingHints& hints,
                const Clock& clock, Rng& rng);

    const TokenOptions& options() const { return options_; }
    /// `renew_at` is a random one (steering.hpp), so that those who signed in together do not come
    /// back together. No token outlives its session. unavailable: this process knows no key that
    /// signs.
    Result<IssuedToken> issue(const tenancy::TenantScope& scope, const Holder& holder,
                              std::optional<Instant> session_ends = {}) const;
    /// A short one, whatever the hour, for the length of an outage.
    Result<IssuedToken> issue_for_outage(const tenancy::TenantScope& scope, const Holder& holder,
                                         std::optional<Instant> session_ends = {}) const;
    AuthSessionId new_session() const { return AuthSessionId::make(clock_.now(), rng_); }

private:
    Result<IssuedToken> signed_token(const tenancy::TenantScope& scope, const Holder& holder,
                                     Duration lifetime, std::optional<Instant> session_ends,
                                     std::span<const tenancy::Bell> bells) const;

    const TokenOptions options_;
    const tenancy::KeyRing& keys_;
    const RoutingHints& hints_;
    const Clock& clock_;
    Rng& rng_;
};

} // namespace bw::auth
