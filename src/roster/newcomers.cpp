#include "roster/newcomers.hpp"

#include "roster/newcomers_sql.hpp"
#include "roster/users.hpp"

namespace bw::roster {

Result<void> add_newcomer(tenancy::TenantTx& tx, const Newcomer& newcomer, const Clock& clock,
                          Rng& rng) {
    const Instant now = clock.now();
    pg::Params org, user, role;
    org.uuid(make_uuid_v7(now, rng));
    user.id(newcomer.id)
        .text(newcomer.sourced_id)
        .text(newcomer.username)
        .text(username_normal(newcomer.username))
        .text(newcomer.given_name)
        .text(newcomer.family_name)
        .optional_text(newcomer.email);
    role.uuid(make_uuid_v7(now, rng))
        .text(newcomer.sourced_id)
        .id(newcomer.id)
        .text(tenancy::wire_name(newcomer.role));
    TRY(tx.run({{sql::make_newcomers_org, org},
                {sql::add_newcomer, user},
                {sql::add_newcomers_role, role}}));
    return {};
}

} // namespace bw::roster
