// The book of imports: what was imported from where, when, and what became of it. A run begins in a
// transaction of its own, so that one that is cut off stays visible as `running`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "roster/import.hpp"
#include "tenancy/database.hpp"

namespace bw::roster {

struct ImportRun {
    Uuid id{};
    std::string source, mode; // "bulk", "delta", "mixed"; empty: its package was never opened
    std::optional<Sha256> digest = {}; // none: its package was never opened
    Instant started_at;
    std::optional<Instant> finished_at;
    /// "running", "applied", "unchanged", "failed"; of one that an administrator began
    /// (institution), also "uploaded", "checking", "planned", "applying", "cancelled".
    std::string outcome;
    std::string counts; // ImportReport::json()
    std::string error_code, error_place;
};

/// Of the package and of what is asked of it: the same digest means the same rows.
Result<Sha256> import_digest(const Package& package, const ImportOptions& options);

Result<Uuid> begin_run(tenancy::TenantTx& tx, const Package& package, const ImportOptions& options);
/// In the import's own transaction.
Result<void> end_run(tenancy::TenantTx& tx, const Uuid& run, const ImportReport& report,
                     const Clock& clock);
Result<void> fail_run(tenancy::TenantTx& tx, const Uuid& run, const Error& error,
                      const Clock& clock);
/// Did the source's last applied import have the same digest?
Result<bool> is_last_applied(tenancy::TenantTx& tx, const Package& package,
                             const ImportOptions& options);
/// The newest first.
Result<std::vector<ImportRun>> import_runs(tenancy::TenantTx& tx, std::int32_t limit);

} // namespace bw::roster
