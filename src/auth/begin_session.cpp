#include "auth/begin_session.hpp"

namespace bw::auth {

void begin_session(const SessionParts& parts, const tenancy::TenantScope& scope,
                   const Holder& holder, std::string device, Deadline deadline, Issued done) {
    const Instant now = parts.clock.now();
    const Duration lifetime = holder.shared_for.value_or(parts.rules.lifetime);
    RefreshToken first{.tenant = scope.tenant(),
                       .user = holder.user,
                       .session = holder.session,
                       .generation = 0,
                       .issued_at = now,
                       .expires_at = now + lifetime,
                       .epoch = holder.epoch,
                       .roles = holder.roles,
                       .shared_device = holder.shared_for.has_value()};
    parts.sessions.begin(
        scope,
        {holder.session, holder.user, std::move(device), first.expires_at, first.shared_device},
        deadline,
        [parts, scope, holder, first, done = std::move(done)](Result<Instant> begun) mutable {
            if (begun)
                first.issued_at = *begun;
            auto issued = parts.issuer.issue(scope, holder, first.expires_at);
            if (issued) {
                issued->refresh_token = parts.tokens.write(first);
                issued->refresh_expires_at = first.expires_at;
            }
            done(std::move(issued));
        });
}

} // namespace bw::auth
