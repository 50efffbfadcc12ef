// Importing: makes a tenant's roster equal to a Package, all or nothing, writing only what really
// changed.
#pragma once

#include <cstdint>
#include <string>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "roster/oneroster.hpp"
#include "tenancy/database.hpp"

namespace bw::roster {

struct ImportOptions {
    /// Which system the package comes from. A source's import touches that source's rows alone.
    std::string source = "oneroster";
    /// For new ids.
    const Clock& clock;
    Rng& rng;
};

struct EntityCounts {
    std::int64_t added = 0;     // first seen
    std::int64_t changed = 0;   // some column differs, or the row came back
    std::int64_t unchanged = 0; // not written
    std::int64_t removed = 0;   // was active, is not in the package: made inactive, never deleted

    bool operator==(const EntityCounts&) const = default;
};

struct ImportReport {
    EntityCounts orgs, academic_sessions, courses, sections, section_terms, users, user_roles,
        enrollments, categories, line_items;

    bool nothing_written() const;
    /// A JSON object of objects, one an entity.
    std::string json() const;
    bool operator==(const ImportReport&) const = default;
};

/// Within the caller's transaction: an error means that the caller must roll back (returning it
/// from Database::run does). The key of a row is (tenant, source, sourcedId). Imports of one tenant
/// wait for each other. A username that another active user of the tenant has (without regard to
/// case) is `conflict`, and the detail names both.
Result<ImportReport> import(tenancy::TenantTx& tx, const Package& package,
                            const ImportOptions& options);

} // namespace bw::roster
