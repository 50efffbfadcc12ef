#include "auth/policy.hpp"

#include "auth/policy_sql.hpp"

namespace bw::auth {

Result<SignInPolicy> read_policy(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::read_policy));
    if (rows.empty())
        return SignInPolicy();
    return SignInPolicy{.version = rows.int8(0, 0), .staff_second_factor = rows.boolean(0, 1)};
}

Result<std::int64_t> change_policy(tenancy::TenantTx& tx, const SignInPolicy& policy, Instant now) {
    pg::Params params;
    params.int8(policy.version).boolean(policy.staff_second_factor).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_policy, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "somebody else changed the policy in the meantime; read it again", "If-Match");
    return rows.int8(0, 0);
}

} // namespace bw::auth
