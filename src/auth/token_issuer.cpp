#include "auth/token_issuer.hpp"

#include "base/ensure.hpp"

namespace bw::auth {

TokenIssuer::TokenIssuer(TokenOptions options, const tenancy::KeyRing& keys,
                         const RoutingHints& hints, const Clock& clock, Rng& rng)
    : options_(std::move(options)), keys_(keys), hints_(hints), clock_(clock), rng_(rng) {
    ENSURE(options_.lifetime <= tenancy::token_life_max,
           "a key verifies no longer than that after it has signed its last");
}

Result<IssuedToken> TokenIssuer::issue(const tenancy::TenantScope& scope, const Holder& holder,
                                       Duration lifetime) const {
    const Instant now = clock_.now();
    const auto key = keys_.signer(now);
    if (!key)
        return fail(Code::unavailable, "this server has no key to sign access tokens with");
    const double share = 0.6 + 0.3 * rng_.unit();
    const auto renew_after = std::chrono::duration_cast<Duration>(lifetime * share);
    tenancy::Claims claims{.issuer = options_.issuer,
                           .tenant = scope.tenant(),
                           .user = holder.user,
                           .session = holder.session,
                           .roles = holder.roles,
                           .issued_at = now,
                           .expires_at = now + lifetime,
                           .renew_at = now + renew_after,
                           .epoch = holder.epoch};
    return IssuedToken{.access_token = tenancy::sign_token(claims, *key),
                       .claims = claims,
                       .routing = hints_.of(scope.tenant(), holder.user)};
}

} // namespace bw::auth
