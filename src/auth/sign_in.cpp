#include "auth/sign_in.hpp"

#include <sodium.h>

#include "auth/credentials.hpp"
#include "auth/passwords.hpp"

namespace bw::auth {

void PasswordSignIn::sign_in(const tenancy::TenantScope& scope, PasswordAttempt attempt,
                             Deadline deadline, Done done,
                             std::optional<telemetry::TraceContext> trace) {
    lane_.submit(
        scope.tenant(), deadline,
        [this, scope, attempt = std::move(attempt), deadline,
         done = std::move(done)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return done(std::move(turn).error());
            auto holder = verified(**turn, scope, attempt, deadline);
            sodium_memzero(attempt.password.data(), attempt.password.size());
            if (!holder)
                return done(std::move(holder).error());
            begin(scope, *holder, std::move(attempt.device), deadline, std::move(done));
        },
        trace);
}

Result<Holder> PasswordSignIn::verified(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, PasswordAttempt& attempt,
                                        Deadline deadline) const {
    const auto found =
        TRY(current_credential(database, scope, attempt.username, revocations_, clock_, deadline));
    const bool good =
        verify_password(found ? found->password_hash : nobody_hash(), attempt.password);
    if (!good || !found)
        return fail(Code::unauthenticated, "the user name or the password is wrong");
    return Holder{.user = found->user,
                  .roles = found->roles,
                  .session = issuer_.new_session(),
                  .epoch = found->epoch};
}

void PasswordSignIn::begin(const tenancy::TenantScope& scope, const Holder& holder,
                           std::string device, Deadline deadline, Done done) {
    RefreshToken first{.tenant = scope.tenant(),
                       .user = holder.user,
                       .session = holder.session,
                       .generation = 0,
                       .issued_at = clock_.now(),
                       .expires_at = clock_.now() + rules_.lifetime,
                       .epoch = holder.epoch,
                       .roles = holder.roles};
    sessions_.begin(
        scope, {holder.session, holder.user, std::move(device), first.expires_at}, deadline,
        [this, scope, holder, first, done = std::move(done)](Result<Instant> begun) mutable {
            if (begun)
                first.issued_at = *begun;
            IssuedToken issued = issuer_.issue(scope, holder);
            issued.refresh_token = tokens_.write(first);
            issued.refresh_expires_at = first.expires_at;
            done(std::move(issued));
        });
}

} // namespace bw::auth
