// SecondFactorSignIn: the second half of a sign-in whose password was right. What it knows of the
// first half stands in the challenge.
#pragma once

#include "auth/second_factor.hpp"
#include "auth/sign_in.hpp"

namespace bw::auth {

/// All outlive it.
struct SecondFactorParts {
    tenancy::DatabaseLane& lane;
    PasswordSignIn& sign_in;
    SignInGuards& guards;
    const SecondFactors& factors;
    const tenancy::Revocations& revocations;
    const TokenIssuer& issuer;
    const Clock& clock;
    Rng& rng;
};

struct SecondFactorAttempt {
    std::string challenge;
    SecretText code;
    std::string device; // what the session's owner is shown
};

/// Who is in; if the code confirmed a new second factor, with its recovery codes.
struct SecondFactorPassed {
    IssuedToken issued;
    std::vector<std::string> recovery_codes = {};
};

/// Thread-safe.
class SecondFactorSignIn {
public:
    explicit SecondFactorSignIn(const SecondFactorParts& parts) : parts_(parts) {}

    using Done = std::move_only_function<void(Result<SecondFactorPassed>)>;
    /// unauthenticated: the challenge does not count any more, or the code is wrong or used up;
    /// sign_in_delayed: too many were wrong. conflict: there is nothing to show a code of.
    /// outcome_unknown: the code may be used up; the next one is good.
    void finish(const tenancy::TenantScope& scope, SecondFactorAttempt attempt, Deadline deadline,
                Done done, std::optional<telemetry::TraceContext> trace = {});

    /// For a challenge that asks for enrolment: the secret that finish() then wants a code of.
    /// forbidden with any other. In a turn of the lane.
    Result<Enrolment> enrol(tenancy::Database& database, const tenancy::TenantScope& scope,
                            const std::string& challenge, std::string_view issuer,
                            Deadline deadline) const;

private:
    struct Outcome;
    Result<Challenge> read(const tenancy::TenantScope& scope, const std::string& challenge) const;
    Result<Outcome> look(tenancy::TenantTx& tx, const Challenge& challenge,
                         const std::string& code) const;

    const SecondFactorParts parts_;
};

} // namespace bw::auth
