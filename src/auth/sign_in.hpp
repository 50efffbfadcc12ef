// Sign-in by password. After it no request needs the database to know its caller.
#pragma once

#include <functional>
#include <string>

#include "auth/sessions.hpp"
#include "auth/token_issuer.hpp"
#include "tenancy/database.hpp"
#include "tenancy/revocations.hpp"

namespace bw::auth {

struct PasswordAttempt {
    std::string username, password;
    std::string device; // what the session's owner is shown; at most 200 characters
};

/// Thread-safe. Hashing runs on `lane`: its threads are the budget of cores and memory (19 MiB
/// each) for passwords.
class PasswordSignIn {
public:
    /// All outlive it.
    PasswordSignIn(tenancy::DatabaseLane& lane, RotationLane& sessions, const RefreshTokens& tokens,
                   const TokenIssuer& issuer, const tenancy::Revocations& revocations,
                   const Clock& clock, RefreshRules rules = {})
        : lane_(lane), sessions_(sessions), tokens_(tokens), issuer_(issuer),
          revocations_(revocations), clock_(clock), rules_(rules) {}

    using Done = std::move_only_function<void(Result<IssuedToken>)>;
    /// unauthenticated for an unknown user, a wrong password, a user without one and an inactive
    /// user alike, after the same work; the lane's refusals otherwise. That the session could not
    /// be written down is no reason to keep anybody out: the first refresh does it.
    void sign_in(const tenancy::TenantScope& scope, PasswordAttempt attempt, Deadline deadline,
                 Done done, std::optional<telemetry::TraceContext> trace = {});

private:
    Result<Holder> verified(tenancy::Database& database, const tenancy::TenantScope& scope,
                            PasswordAttempt& attempt, Deadline deadline) const;
    void begin(const tenancy::TenantScope& scope, const Holder& holder, std::string device,
               Deadline deadline, Done done);

    tenancy::DatabaseLane& lane_;
    RotationLane& sessions_;
    const RefreshTokens& tokens_;
    const TokenIssuer& issuer_;
    const tenancy::Revocations& revocations_;
    const Clock& clock_;
    const RefreshRules rules_;
};

} // namespace bw::auth
