// SignInPolicy: what an institution asks of its people when they sign in. Whoever enforces a rule
// reads it with the row that it looks at anyway.
#pragma once

#include "tenancy/database.hpp"

namespace bw::auth {

/// What holds where nobody has changed anything.
struct SignInPolicy {
    std::int64_t version = 0;
    bool staff_second_factor = false; // must teachers and administrators have one?
};

Result<SignInPolicy> read_policy(tenancy::TenantTx& tx);
/// `policy.version` is the one that was seen; returns the one that stands now. precondition_failed:
/// another was there.
Result<std::int64_t> change_policy(tenancy::TenantTx& tx, const SignInPolicy& policy, Instant now);

} // namespace bw::auth
