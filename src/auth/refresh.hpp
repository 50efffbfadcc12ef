// Refresh: a new access token for a refresh token, without a password and without hashing.
#pragma once

#include <atomic>
#include <cstdint>

#include "auth/sessions.hpp"
#include "auth/token_issuer.hpp"
#include "tenancy/revocations.hpp"

namespace bw::auth {

/// Since the process began.
struct RefreshStatus {
    std::uint64_t rotated = 0, repeated = 0; // the latter within the grace
    std::uint64_t reused = 0, ended = 0;     // refused
    std::uint64_t outage = 0;                // short tokens, while the database was away
    std::uint64_t failed = 0; // the lane was full, or the database answered otherwise
};

/// Thread-safe.
class SessionRefresh {
public:
    /// All outlive it.
    SessionRefresh(RotationLane& rotations, const RefreshTokens& tokens, const TokenIssuer& issuer,
                   const tenancy::Revocations& revocations, const Clock& clock)
        : rotations_(rotations), tokens_(tokens), issuer_(issuer), revocations_(revocations),
          clock_(clock) {}

    using Done = std::move_only_function<void(Result<IssuedToken>)>;
    /// unauthenticated: no token of this institution's, or its session has ended (reuse ends it).
    /// While the database cannot be asked, the answer is a short access token and no new refresh
    /// token. overloaded: the lane is full, of people and not for want of a database.
    void refresh(const tenancy::TenantScope& scope, std::string_view refresh_token,
                 Deadline deadline, Done done);
    RefreshStatus status() const;

private:
    Result<IssuedToken> successor(const tenancy::TenantScope& scope, RefreshToken of,
                                  const Rotation& rotation) const;
    Result<IssuedToken> without_database(const tenancy::TenantScope& scope,
                                         const RefreshToken& shown, const Error& why);

    RotationLane& rotations_;
    const RefreshTokens& tokens_;
    const TokenIssuer& issuer_;
    const tenancy::Revocations& revocations_;
    const Clock& clock_;
    std::atomic<std::uint64_t> rotated_ = 0, repeated_ = 0, reused_ = 0, ended_ = 0, outage_ = 0,
                               failed_ = 0;
};

} // namespace bw::auth
