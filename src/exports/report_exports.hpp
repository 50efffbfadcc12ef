// Exports of reports: their rows, and the states that they go through (the table in README.md). In
// the caller's transaction. Who does the work is writing_job.hpp's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::exports {

struct ExportKind {
    static constexpr const char* prefix = "exp";
};
using ExportId = Id<ExportKind>;

enum class Form : std::uint8_t { csv, parquet, xlsx };
std::string_view wire_name(Form form);
std::optional<Form> form_from(std::string_view name);

enum class State : std::uint8_t { waiting, running, completed, failed, cancelled, expired };
std::string_view wire_name(State state);
constexpr bool ended(State state) {
    return state != State::waiting && state != State::running;
}

/// Whoever has so many that have not ended waits.
constexpr std::int64_t open_limit = 5;
constexpr Duration kept_for = std::chrono::hours(7 * 24);
/// A person's files, and the bytes of an institution's: the disk is that of what students hand in.
constexpr std::int64_t kept_limit = 50, tenant_kept_bytes_max = 10LL << 30;

struct Wanted {
    std::string report, arguments; // arguments: JSON, see reporting::arguments_json
    Form form = Form::csv;
    bool whole = false; // of the institution, or of the classes that they teach
    bool quiet = false; // when little else is expected
    bool operator==(const Wanted&) const = default;
};

struct ReportExport {
    ExportId id;
    UserId user;
    Wanted wanted;
    State state = State::waiting; // expired too once its time is over, swept or not
    std::optional<Instant> not_before = {};
    std::int64_t attempts = 0;
    std::optional<std::int64_t> rows_done = {}, rows_total = {}; // written; of so many
    std::optional<std::uint64_t> bytes = {};
    std::optional<Sha256> sha256 = {};
    std::optional<Instant> as_of = {};
    std::optional<Duration> lag = {};
    std::optional<bool> stale = {};
    std::string error_code = {}, error_detail = {};
    Instant created_at = {};
    std::optional<Instant> finished_at = {}, expires_at = {};
};

/// Made, with its job; or the one that the same request made before. quota_exceeded: open_limit,
/// kept_limit, tenant_kept_bytes_max; idempotency_key_reused.
struct Asked {
    ExportId id;
    bool again = false;
};
Result<Asked> ask(tenancy::TenantTx& tx, UserId user, const std::string& key, const Wanted& wanted,
                  std::optional<Instant> not_before, const Clock& clock, Rng& rng);

/// `of`: theirs alone. `now` says what has expired.
Result<std::optional<ReportExport>> find(tenancy::TenantTx& tx, ExportId id,
                                         std::optional<UserId> of, Instant now);
using Position = std::pair<Instant, ExportId>;
struct Page {
    std::vector<ReportExport> items; // the newest first
    std::optional<Position> next = {};
};
Result<Page> list(tenancy::TenantTx& tx, UserId of, const std::optional<Position>& after, int limit,
                  Instant now);

/// False: it has ended before.
Result<bool> cancel(tenancy::TenantTx& tx, ExportId id, UserId of, Instant now);
/// Nobody sees it any more; its bytes go soon. False: it has not ended.
Result<bool> remove(tenancy::TenantTx& tx, ExportId id, UserId of, const Clock& clock, Rng& rng);

/// The files of all, who may stand in them, and what was theirs: the bytes go soon. No file is made
/// any more of what was so until now.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user, const Clock& clock, Rng& rng);

// ---- what the work does ----

/// The number of the attempt; nullopt: it has ended.
Result<std::optional<std::int64_t>> begin_attempt(tenancy::TenantTx& tx, ExportId id);
/// False: it has ended, or another attempt has begun.
Result<bool> note_progress(tenancy::TenantTx& tx, ExportId id, std::int64_t attempt,
                           std::int64_t rows, std::optional<std::int64_t> of);
struct Made {
    std::int64_t rows = 0;
    std::uint64_t bytes = 0;
    Sha256 sha256 = {};
    Instant as_of = {};
    Duration lag = {};
    bool stale = false;
};
/// False: as above.
Result<bool> complete(tenancy::TenantTx& tx, ExportId id, std::int64_t attempt, const Made& made,
                      Instant now);
/// What was written is not to be had: another job does it anew, after `delay`. False: as above.
Result<bool> begin_again(tenancy::TenantTx& tx, ExportId id, std::int64_t attempt, Duration delay,
                         const Clock& clock, Rng& rng);
/// False: it has ended.
Result<bool> fail_export(tenancy::TenantTx& tx, ExportId id, const Error& error, Instant now);
/// When somebody was erased last, if ever. `held`: nobody is until the transaction ends.
Result<std::optional<Instant>> last_erasure(tenancy::TenantTx& tx);
Result<std::optional<Instant>> last_erasure_held(tenancy::TenantTx& tx);
/// What the user may do today: none unless active.
Result<tenancy::Roles> roles_of(tenancy::TenantTx& tx, UserId user);

/// Under which prefix the objects of its attempts lie: `prefix`/1 and so on.
std::string object_prefix(TenantId tenant, ExportId id);

} // namespace bw::exports
