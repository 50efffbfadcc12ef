// How a session begins once it is known who signs in: by password here, at another's provider in
// `federation`.
#pragma once

#include <functional>
#include <string>

#include "auth/sessions.hpp"
#include "auth/token_issuer.hpp"

namespace bw::auth {

/// All outlive it.
struct SessionParts {
    RotationLane& sessions;
    const RefreshTokens& tokens;
    const TokenIssuer& issuer;
    const Clock& clock;
    RefreshRules rules = {};
};

/// Writes the holder's session down in a batch with others and answers, once, with its first
/// tokens. That it could not be written down is no reason to keep anybody out: the first refresh
/// does it. unavailable: this process knows no key that signs. `device` is what the session's owner
/// is shown. Thread-safe.
using Issued = std::move_only_function<void(Result<IssuedToken>)>;
void begin_session(const SessionParts& parts, const tenancy::TenantScope& scope,
                   const Holder& holder, std::string device, Deadline deadline, Issued done);

} // namespace bw::auth
