#include "auth/sign_in.hpp"

#include <sodium.h>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"

namespace bw::auth {

IssuedToken TokenIssuer::issue(const tenancy::TenantScope& scope, UserId user, tenancy::Roles roles,
                               Duration lifetime) const {
    const Instant now = clock_.now();
    const double share = 0.6 + 0.3 * rng_.unit();
    const auto renew_after = std::chrono::duration_cast<Duration>(lifetime * share);
    tenancy::Claims claims{
        options_.issuer, scope.tenant(),   user, AuthSessionId::make(now, rng_), roles, now,
        now + lifetime,  now + renew_after};
    return {tenancy::sign_token(claims, key_), claims, hints_.of(scope.tenant(), user)};
}

void PasswordSignIn::sign_in(const tenancy::TenantScope& scope, std::string username,
                             std::string password, Deadline deadline, Done done,
                             std::optional<telemetry::TraceContext> trace) {
    lane_.submit(
        scope.tenant(), deadline,
        [this, scope, username = std::move(username), password = std::move(password), deadline,
         done = std::move(done)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return done(std::move(turn).error());
            auto found = find_credential(**turn, scope, username, deadline);
            if (!found)
                return done(std::move(found).error());
            const bool good =
                verify_password(*found ? (*found)->password_hash : nobody_hash(), password);
            sodium_memzero(password.data(), password.size());
            if (!good || !*found)
                return done(fail(Code::unauthenticated, "the user name or the password is wrong"));
            done(issuer_.issue(scope, (*found)->user, (*found)->roles));
        },
        trace);
}

} // namespace bw::auth
