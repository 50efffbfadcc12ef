// What an institution wants: are its people's activities kept at all? And a person who is erased.
#pragma once

#include "tenancy/database.hpp"

namespace bw::activity {

struct Policy {
    std::int64_t version = 0; // 0: nobody has decided
    bool kept = true;
};
Result<Policy> read_policy(tenancy::TenantTx& tx);
/// precondition_failed if another version than `policy.version` stands. What is kept already stays
/// until it is old.
Result<Policy> change_policy(tenancy::TenantTx& tx, const Policy& policy, Instant now);

/// Their activities go. Waits until no recorder is in the middle of a batch: one that took them for
/// there would add rows afterwards. After their key was erased, in the same transaction.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user);

} // namespace bw::activity
