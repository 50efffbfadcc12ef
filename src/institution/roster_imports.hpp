// Roster imports that administrators begin: their rows in the book of imports, and the states that
// they go through (the table in README.md). In the caller's transaction; who does the work is
// import_jobs.hpp's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "files/upload.hpp"
#include "roster/import.hpp"
#include "tenancy/database.hpp"

namespace bw::institution {

struct ImportKind {
    static constexpr const char* prefix = "imp";
};
using ImportId = Id<ImportKind>;

struct Progress {
    std::string step; // "reading users.csv"
    std::int64_t rows = 0;
    std::optional<std::int64_t> rows_total = {}; // once they have been counted
    std::int64_t bytes = 0, bytes_total = 0;     // of the package, unpacked
};

struct ImportRecord {
    ImportId id;
    std::string source;
    std::string outcome; // as the book has it; state_of() is what people are told
    std::optional<std::string> mode;
    std::int64_t version = 1;
    std::optional<files::UploadId> upload; // none: from the command line
    struct Maker {
        UserId id;
        std::string given_name, family_name;
    };
    std::optional<Maker> made_by;
    std::optional<UserId> applied_by;
    Instant started_at;
    std::optional<Instant> planned_at, finished_at;
    std::optional<Progress> progress; // of one that is worked on
    std::string counts;               // ImportReport::json(); "{}": not known
    std::string error_code, error_place;
    std::string fingerprint;
    std::optional<std::string> details; // JSON, see import_details.hpp
    bool loses = false;                 // more than is plausible
    bool accepted = false;              // that it does
};

/// "uploaded", "checking", "planned", "applying", "applied", "failed" or "cancelled".
std::string_view state_of(const ImportRecord& record);

/// conflict, with the id of the other: one is worked on already.
Result<void> begin_import(tenancy::TenantTx& tx, ImportId id, const std::string& source,
                          files::UploadId upload, UserId by, Instant now);

Result<std::optional<ImportRecord>> find_import(tenancy::TenantTx& tx, ImportId id);
/// The newest first.
using ImportPosition = std::pair<Instant, ImportId>;
Result<std::vector<ImportRecord>>
list_imports(tenancy::TenantTx& tx, const std::optional<ImportPosition>& before, int limit);

// Steps from one state to the next. False: it is in another state, and nothing was changed.

Result<bool> begin_checking(tenancy::TenantTx& tx, ImportId id);
struct Plan {
    std::string mode, counts, fingerprint, details;
    Sha256 digest; // of the package
    std::int64_t rows = 0;
    bool loses = false;
};
Result<bool> save_plan(tenancy::TenantTx& tx, ImportId id, const Plan& plan, Instant now);
/// Of the version that was looked at. conflict: another one is worked on.
Result<bool> begin_applying(tenancy::TenantTx& tx, ImportId id, std::int64_t version, bool accepted,
                            UserId by);
Result<bool> end_applying(tenancy::TenantTx& tx, ImportId id, const roster::ImportReport& report,
                          Instant now);
Result<bool> fail_import(tenancy::TenantTx& tx, ImportId id, const Error& error,
                         const std::optional<std::string>& details, Instant now);
Result<bool> cancel_import(tenancy::TenantTx& tx, ImportId id, Instant now);

/// False: it is not worked on any more.
Result<bool> note_progress(tenancy::TenantTx& tx, ImportId id, const Progress& progress);

/// What imports said of people: of one who is erased, nobody knows where.
Result<void> forget_person(tenancy::TenantTx& tx);

} // namespace bw::institution
