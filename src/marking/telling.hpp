// Telling students that a result of theirs was released: it is said that there is one, never which.
#pragma once

#include <string>
#include <vector>

#include "audit/subject_keys.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/tenant.hpp"

namespace bw::marking {

/// By a notice to each, and by mail where the institution wants it; how many mails. The last deed
/// of a transaction (notices::tell_persons).
Result<std::size_t> tell_released(tenancy::TenantTx& tx, const tenancy::TenantInfo& institution,
                                  AssignmentId assignment, const std::string& title,
                                  const std::vector<UserId>& users, const audit::SubjectKeys& keys,
                                  const Clock& clock, Rng& rng);

} // namespace bw::marking
