// People who are in no import: whom a provider that the institution trusts has sent. They are of a
// source of their own, which no import touches.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::roster {

constexpr std::string_view newcomers_source = "federation";

struct Newcomer {
    UserId id;
    std::string sourced_id; // within their source
    std::string username, given_name, family_name;
    std::optional<std::string> email;
    tenancy::Role role = tenancy::Role::student;
};

/// Writes the user, active, and their one role, at an org that stands for the institution.
/// conflict: the user name or the sourced id is taken.
Result<void> add_newcomer(tenancy::TenantTx& tx, const Newcomer& newcomer, const Clock& clock,
                          Rng& rng);

} // namespace bw::roster
