#include "auth/credentials.hpp"

#include <algorithm>

#include "auth/auth_sql.hpp"
#include "auth/second_factor_sql.hpp"
#include "auth/sessions.hpp"
#include "auth/token_issuer.hpp"
#include "roster/users.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::auth {

Result<std::optional<Credential>> find_credential(tenancy::Database& database,
                                                  const tenancy::TenantScope& scope,
                                                  std::string_view username, Deadline deadline,
                                                  tenancy::ReadFrom from) {
    pg::Params params;
    params.text(roster::username_normal(username));
    pg::Rows rows =
        TRY(database.fetch(scope, deadline, sql::find_credential, params, {.read_from = from}));
    if (rows.empty())
        return std::optional<Credential>();
    return std::optional(Credential{
        rows.id<UserId>(0, 0), std::string(rows.text(0, 1)),
        roster::roles_from_names(rows.optional_text(0, 2).value_or("")), rows.int8(0, 3),
        rows.is_null(0, 4) ? shared_device_lifetime : std::chrono::minutes(rows.int8(0, 4)),
        rows.boolean(0, 5), rows.boolean(0, 6)});
}

FactorNeed factor_need(const Credential& credential) {
    if (credential.second_factor)
        return FactorNeed::code;
    return credential.staff_second_factor && credential.roles.any_of(tenancy::staff)
               ? FactorNeed::enrolment
               : FactorNeed::none;
}

Result<std::optional<Credential>> current_credential(tenancy::Database& database,
                                                     const tenancy::TenantScope& scope,
                                                     std::string_view username,
                                                     const tenancy::Revocations& revocations,
                                                     const Clock& clock, Deadline deadline) {
    const bool silent = revocations.silent_for(clock.monotonic()) > silence_limit;
    auto found =
        TRY(find_credential(database, scope, username, deadline,
                            silent ? tenancy::ReadFrom::primary() : tenancy::ReadFrom::replica()));
    // Before the second look: what it then does not show, a failover has lost.
    const std::int64_t known = found ? revocations.epoch_of(scope.tenant(), found->user) : 0;
    const bool may_have_factor =
        !silent && found && found->roles.any_of(tenancy::staff) && !found->second_factor;
    if (!found || (found->epoch >= known && !may_have_factor))
        return found;
    found = TRY(find_credential(database, scope, username, deadline));
    if (found)
        found->epoch = std::max(found->epoch, known);
    return found;
}

Result<void> lock_person(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    TRY(tx.run(sql::lock_person, params));
    return {};
}

Result<UserId> lock_person(tenancy::TenantTx& tx, std::string_view username) {
    pg::Params params;
    params.text(roster::username_normal(username));
    const pg::Rows rows = TRY(tx.run(sql::lock_person_by_name, params));
    if (rows.empty())
        return fail(Code::not_found, "no user has this user name", "username");
    return rows.id<UserId>(0, 0);
}

Result<PasswordChange> set_password(tenancy::TenantTx& tx, std::string_view username,
                                    std::string_view password_hash, Instant now) {
    pg::Params params;
    params.text(roster::username_normal(username)).text(password_hash).instant(now);
    pg::Rows rows = TRY(tx.run(sql::set_password, params));
    if (rows.empty())
        return fail(Code::not_found, "no user has this user name", "username");
    const auto user = rows.id<UserId>(0, 0);
    TRY(end_sessions(tx, user));
    return PasswordChange{user, TRY(tenancy::revoke_user(tx, user, now))};
}

Result<PasswordChange> set_password(tenancy::TenantTx& tx, UserId user,
                                    std::string_view password_hash, Instant now) {
    pg::Params params;
    params.id(user).text(password_hash).instant(now);
    if (TRY(tx.run(sql::set_password_of, params)).empty())
        return fail(Code::not_found, "this person is no longer active in the roster");
    TRY(end_sessions(tx, user));
    return PasswordChange{user, TRY(tenancy::revoke_user(tx, user, now))};
}

Result<std::optional<OwnCredential>> credential_of(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    const pg::Rows rows = TRY(tx.run(sql::credential_of, params));
    if (rows.empty())
        return std::optional<OwnCredential>();
    return std::optional(OwnCredential{std::string(rows.text(0, 0)), rows.instant(0, 1)});
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user, Instant now) {
    pg::Params params;
    params.id(user);
    TRY(tx.run({{sql::forget_credential, params},
                {sql::forget_families, params},
                {sql::forget_factor, params}}));
    TRY(tenancy::revoke_user(tx, user, now));
    return {};
}

Result<std::vector<StormPerson>> storm_people(tenancy::TenantTx& tx, std::int32_t limit) {
    pg::Params params;
    params.int4(limit);
    const pg::Rows rows = TRY(tx.run(sql::storm_people, params));
    std::vector<StormPerson> people;
    for (int i = 0; i < rows.count(); ++i)
        people.push_back({rows.id<UserId>(i, 0), std::string(rows.text(i, 1)),
                          roster::roles_from_names(rows.optional_text(i, 2).value_or(""))});
    return people;
}

Result<std::int64_t> set_password_for_all(tenancy::TenantTx& tx, std::string_view password_hash,
                                          Instant now) {
    pg::Params params;
    params.text(password_hash).instant(now);
    return TRY(tx.run(sql::set_password_for_all, params)).affected();
}

} // namespace bw::auth
