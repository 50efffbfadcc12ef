// Importing: stages a package, plans the difference to a tenant's roster and applies it, all or
// nothing, writing only what really changed. A dry run ends with the plan.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "roster/oneroster.hpp"
#include "roster/oneroster_files.hpp"
#include "tenancy/database.hpp"

namespace bw::roster {

/// A package that lost its half is refused. An entity of the source trips the guard when at least
/// `rows` of its active rows, and more than `percent` of all of them, would be removed or (users)
/// disabled. A first import has nothing to lose.
struct RemovalGuard {
    int percent = 20; // 100: no guard
    std::int64_t rows = 50;
};

struct ImportOptions {
    /// Which system the package comes from. A source's import touches that source's rows alone.
    std::string source = "oneroster";
    /// For new ids, and for telling the server how long it may work.
    const Clock& clock;
    Rng& rng;
    std::chrono::days shift = {}; // moves every date but birthdays
    RemovalGuard guard = {};
    bool dry_run = false;
    std::size_t examples = 0; // rows for each entity and kind of change, in the report
    /// What the guard would refuse is told in the report instead: of a dry run.
    bool tell_losses = false;
    /// The fingerprint of the plan that somebody looked at: another one is refused
    /// (precondition_failed).
    std::string planned = {};
    std::size_t errors_limit = 100;
    ProgressFn progress = {};
    std::stop_token stop = {}; // unavailable, and the caller rolls back
    /// A run of import_runs.hpp that ends with this import; one whose package is the last that was
    /// applied is over at once, unless `recheck`.
    std::optional<Uuid> run = {};
    bool recheck = false;
};

/// Rows of one entity.
struct EntityCounts {
    std::int64_t added = 0;       // first seen
    std::int64_t changed = 0;     // some column differs
    std::int64_t reactivated = 0; // was inactive; its other columns may differ too
    std::int64_t disabled = 0;    // users alone: still listed, no longer enabled
    std::int64_t unchanged = 0;   // not written
    std::int64_t removed = 0;     // was active, now inactive (links and demographics: deleted)
    std::int64_t ignored = 0;     // of a delta: older than what is known, or removes the unknown

    std::int64_t written() const { return added + changed + reactivated + disabled + removed; }
    bool operator==(const EntityCounts&) const = default;
};

struct ImportReport {
    std::array<EntityCounts, entity_count> counts{};
    struct Example {
        Entity entity;
        std::string change; // "added", as in EntityCounts
        std::vector<std::string> sourced_ids;
        std::vector<std::string> labels; // of each: a name or a title, for people to read
        bool operator==(const Example&) const = default;
    };
    std::vector<Example> examples;
    /// An entity that trips the guard: so many of its active rows would be removed or disabled.
    struct Loss {
        Entity entity;
        std::int64_t lost = 0, of = 0;
        std::int64_t percent() const { return (lost * 100 + of - 1) / of; }
        bool operator==(const Loss&) const = default;
    };
    std::vector<Loss> losses;
    /// Of a dry run's plan, and of one that has to be a certain one: which rows it writes, and how.
    std::string fingerprint;
    bool identical = false; // the very package that was applied last: not even compared

    EntityCounts& operator[](Entity e) { return counts[static_cast<std::size_t>(e)]; }
    const EntityCounts& operator[](Entity e) const { return counts[static_cast<std::size_t>(e)]; }
    bool nothing_written() const;
    /// A JSON object: each entity's counts under its name; if there are any, `examples`.
    std::string json() const;
    bool operator==(const ImportReport&) const = default;
};

/// Within the caller's transaction: an error means that the caller must roll back (returning it
/// from Database::run does). A dry run writes to temporary tables alone. The key of a row is
/// (tenant, source, sourcedId). Imports of one tenant wait for each other.
/// Fails with invalid_field and "file:line:column" in `field` for the first problem in the package
/// (`errors` receives all, up to the limit), conflict when the guard against mass removal trips,
/// bad_request or payload_too_large for the archive.
Result<ImportReport> import(tenancy::TenantTx& tx, const Package& package,
                            const ImportOptions& options, ImportErrors* errors = nullptr);

/// Says what a failed import met in words for an operator: a full disk is `storage_full`.
/// `sqlstate` is Database::last_sqlstate() after the failure.
Error import_error(Error error, std::string_view sqlstate);

} // namespace bw::roster
