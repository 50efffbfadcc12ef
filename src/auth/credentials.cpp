#include "auth/credentials.hpp"

#include "auth/auth_sql.hpp"
#include "roster/users.hpp"

namespace bw::auth {

Result<std::optional<Credential>> find_credential(tenancy::Database& database,
                                                  const tenancy::TenantScope& scope,
                                                  std::string_view username, Deadline deadline) {
    pg::Params params;
    params.text(roster::username_normal(username));
    pg::Rows rows = TRY(database.fetch(scope, deadline, sql::find_credential, params));
    if (rows.empty())
        return std::optional<Credential>();
    return std::optional(
        Credential{rows.id<UserId>(0, 0), std::string(rows.text(0, 1)),
                   roster::roles_from_names(rows.optional_text(0, 2).value_or(""))});
}

Result<UserId> set_password(tenancy::TenantTx& tx, std::string_view username,
                            std::string_view password_hash, Instant now) {
    pg::Params params;
    params.text(roster::username_normal(username)).text(password_hash).instant(now);
    pg::Rows rows = TRY(tx.run(sql::set_password, params));
    if (rows.empty())
        return fail(Code::not_found, "no user has this user name", "username");
    return rows.id<UserId>(0, 0);
}

Result<std::int64_t> set_password_for_all(tenancy::TenantTx& tx, std::string_view password_hash,
                                          Instant now) {
    pg::Params params;
    params.text(password_hash).instant(now);
    return TRY(tx.run(sql::set_password_for_all, params)).affected();
}

} // namespace bw::auth
