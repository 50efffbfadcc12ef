// Roles that the institution gives by itself, beside those of its roster. They are of a source of
// their own, which no import touches.
#pragma once

#include <string_view>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"

namespace bw::roster {

constexpr std::string_view granted_source = "granted";

/// From here on until the transaction ends nobody else changes who administers; imports do.
Result<void> lock_granted_roles(tenancy::TenantTx& tx);

/// Makes somebody an administrator of the institution. Again: changes nothing.
Result<void> grant_administration(tenancy::TenantTx& tx, UserId user, const Clock& clock, Rng& rng);
/// False: it was not given here.
Result<bool> withdraw_administration(tenancy::TenantTx& tx, UserId user);
/// Is anybody else an administrator, and active?
Result<bool> others_administer(tenancy::TenantTx& tx, UserId user);

} // namespace bw::roster
