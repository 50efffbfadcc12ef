// Credentials at rest: which user has which password hash.
#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::auth {

struct Credential {
    UserId user;
    std::string password_hash;
    tenancy::Roles roles;
};

/// Of an active user who has a password, in one round trip. Case does not count in the name.
Result<std::optional<Credential>> find_credential(tenancy::Database& database,
                                                  const tenancy::TenantScope& scope,
                                                  std::string_view username, Deadline deadline);

/// not_found if there is no such user.
Result<UserId> set_password(tenancy::TenantTx& tx, std::string_view username,
                            std::string_view password_hash, Instant now);

/// Gives every user of the tenant who has no password this hash; for demos, tests and storms.
/// Returns how many.
Result<std::int64_t> set_password_for_all(tenancy::TenantTx& tx, std::string_view password_hash,
                                          Instant now);

} // namespace bw::auth
