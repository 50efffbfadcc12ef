#include "auth/token_issuer.hpp"

namespace bw::auth {

IssuedToken TokenIssuer::issue(const tenancy::TenantScope& scope, const Holder& holder,
                               Duration lifetime) const {
    const Instant now = clock_.now();
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
    return {.access_token = tenancy::sign_token(claims, key_),
            .claims = claims,
            .routing = hints_.of(scope.tenant(), holder.user)};
}

} // namespace bw::auth
