// What reports ask of the primary, under the tenant's scope: the store has no names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tenancy/database.hpp"

namespace bw::reporting {

/// By id; those that a person teaches today.
Result<std::vector<SectionId>> taught_sections(tenancy::TenantTx& tx, UserId teacher, Instant now);

/// The section itself, or that of the assignment; nullopt: the institution has none such.
Result<std::optional<SectionId>> known_section(tenancy::TenantTx& tx, SectionId section);
Result<std::optional<SectionId>> section_of(tenancy::TenantTx& tx, AssignmentId assignment);

struct PersonName {
    UserId user;
    std::string given, family;
};
/// Of those that are still known.
Result<std::vector<PersonName>> names_of(tenancy::TenantTx& tx, std::span<const Uuid> users);

} // namespace bw::reporting
