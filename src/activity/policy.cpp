#include "activity/policy.hpp"

#include "activity/activity_sql.hpp"

namespace bw::activity {

Result<Policy> read_policy(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::read_policy));
    return rows.empty() ? Policy() : Policy{rows.int8(0, 0), rows.boolean(0, 1)};
}

Result<Policy> change_policy(tenancy::TenantTx& tx, const Policy& policy, Instant now) {
    pg::Params params;
    params.int8(policy.version).boolean(policy.kept).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_policy, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "the policy was changed meanwhile; read it again and decide anew", "If-Match");
    return Policy{rows.int8(0, 0), policy.kept};
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user) {
    TRY(tx.run(sql::wait_for_recorders));
    pg::Params params;
    params.id(user);
    TRY(tx.run(sql::forget_person, params));
    return {};
}

} // namespace bw::activity
