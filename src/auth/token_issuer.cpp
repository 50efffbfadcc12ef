#include "auth/token_issuer.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace bw::auth {

TokenIssuer::TokenIssuer(TokenOptions options, const tenancy::KeyRing& keys,
                         const RoutingHints& hints, const Clock& clock, Rng& rng)
    : options_(std::move(options)), keys_(keys), hints_(hints), clock_(clock), rng_(rng) {
    const Duration longest =
        options_.lifetime + (options_.bells ? steered_extension_limit : Duration::zero());
    ENSURE(longest <= tenancy::token_life_max,
           "a key verifies no longer than that after it has signed its last");
}

Result<IssuedToken> TokenIssuer::issue(const tenancy::TenantScope& scope, const Holder& holder,
                                       std::optional<Instant> session_ends) const {
    const Bells bells = options_.bells ? options_.bells(scope, holder) : nullptr;
    return signed_token(scope, holder, options_.lifetime, session_ends,
                        bells ? std::span(*bells) : std::span<const tenancy::Bell>());
}

Result<IssuedToken> TokenIssuer::issue_for_outage(const tenancy::TenantScope& scope,
                                                  const Holder& holder,
                                                  std::optional<Instant> session_ends) const {
    return signed_token(scope, holder, options_.outage_lifetime, session_ends, {});
}

Result<IssuedToken> TokenIssuer::signed_token(const tenancy::TenantScope& scope,
                                              const Holder& holder, Duration lifetime,
                                              std::optional<Instant> session_ends,
                                              std::span<const tenancy::Bell> bells) const {
    const Instant now = clock_.now();
    const auto key = keys_.signer(now);
    if (!key)
        return fail(Code::unavailable, "this server has no key to sign access tokens with");
    if (session_ends)
        lifetime = std::min(lifetime, *session_ends - now);
    TokenTimes times = steered_times(now, lifetime, bells, rng_);
    if (session_ends)
        times.expires_at = std::min(times.expires_at, *session_ends);
    tenancy::Claims claims{.issuer = options_.issuer,
                           .tenant = scope.tenant(),
                           .user = holder.user,
                           .session = holder.session,
                           .roles = holder.roles,
                           .issued_at = now,
                           .expires_at = times.expires_at,
                           .renew_at = times.renew_at,
                           .epoch = holder.epoch};
    return IssuedToken{.access_token = tenancy::sign_token(claims, *key),
                       .claims = claims,
                       .routing = hints_.of(scope.tenant(), holder.user)};
}

} // namespace bw::auth
