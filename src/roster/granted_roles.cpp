#include "roster/granted_roles.hpp"

#include "roster/granted_roles_sql.hpp"
#include "roster/users.hpp"

namespace bw::roster {

Result<void> lock_granted_roles(tenancy::TenantTx& tx) {
    TRY(tx.run(sql::lock_granted_roles));
    return {};
}

Result<void> grant_administration(tenancy::TenantTx& tx, UserId user, const Clock& clock,
                                  Rng& rng) {
    const Instant now = clock.now();
    pg::Params org, role;
    org.uuid(make_uuid_v7(now, rng));
    role.uuid(make_uuid_v7(now, rng))
        .text(granted_source)
        .text(user.text())
        .id(user)
        .text(tenancy::wire_name(tenancy::Role::administrator));
    TRY(tx.run({{sql::make_granting_org, org}, {sql::grant_role, role}}));
    return {};
}

Result<bool> withdraw_administration(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.text(granted_source).id(user);
    return !TRY(tx.run(sql::withdraw_role, params)).empty();
}

Result<bool> others_administer(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user).texts(names_of(tenancy::Role::administrator));
    return TRY(tx.run(sql::others_have_role, params)).boolean(0, 0);
}

} // namespace bw::roster
