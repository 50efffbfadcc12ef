// Mails to students whose grade was released, where the institution wants them. They say that there
// is a result, never which.
#pragma once

#include <string>
#include <vector>

#include "audit/subject_keys.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/tenant.hpp"

namespace bw::marking {

struct Policy {
    std::int64_t version = 0; // 0: as at first
    bool grade_notices = false;
};
Result<Policy> read_policy(tenancy::TenantTx& tx);
/// After the one whose version `policy` has; precondition_failed if another stands.
Result<Policy> change_policy(tenancy::TenantTx& tx, const Policy& policy, Instant now);

/// Into the outbox, in the caller's transaction; how many. None unless the policy wants them;
/// nothing for whoever has no address.
Result<std::size_t> send_notices(tenancy::TenantTx& tx, const tenancy::TenantInfo& institution,
                                 const std::string& assignment_title,
                                 const std::vector<UserId>& users, const audit::SubjectKeys& keys,
                                 const Clock& clock, Rng& rng);

} // namespace bw::marking
