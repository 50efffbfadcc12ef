#include "roster/import_runs.hpp"

#include "base/ensure.hpp"
#include "roster/import_runs_sql.hpp"

namespace bw::roster {

namespace {

std::string text_or_empty(const pg::Rows& rows, int row, int column) {
    return std::string(rows.optional_text(row, column).value_or(""));
}

Sha256 digest_at(const pg::Rows& rows, int row, int column) {
    auto digest = to_array<32>(rows.bytes(row, column));
    ENSURE(digest, "a digest has 32 bytes");
    return *digest;
}

} // namespace

Result<Sha256> import_digest(const Package& package, const ImportOptions& options) {
    const Sha256 archive = TRY(package.archive().digest());
    return sha256({view(archive), std::to_string(options.shift.count())});
}

Result<Uuid> begin_run(tenancy::TenantTx& tx, const Package& package,
                       const ImportOptions& options) {
    const Sha256 digest = TRY(import_digest(package, options));
    const Instant now = options.clock.now();
    const Uuid id = make_uuid_v7(now, options.rng);
    pg::Params params;
    params.uuid(id).text(options.source).text(package.mode()).bytes(view(digest)).instant(now);
    TRY(tx.run(sql::begin_run, params));
    return id;
}

Result<void> end_run(tenancy::TenantTx& tx, const Uuid& run, const ImportReport& report,
                     const Clock& clock) {
    pg::Params params;
    params.uuid(run)
        .instant(clock.now())
        .text(report.nothing_written() ? "unchanged" : "applied")
        .json(report.json())
        .null()
        .null();
    TRY(tx.run(sql::finish_run, params));
    return {};
}

Result<void> fail_run(tenancy::TenantTx& tx, const Uuid& run, const Error& error,
                      const Clock& clock) {
    pg::Params params;
    params.uuid(run)
        .instant(clock.now())
        .text("failed")
        .json("{}")
        .text(wire_name(error.code))
        .text(is_utf8(error.field) ? error.field : "");
    TRY(tx.run(sql::finish_run, params));
    return {};
}

Result<bool> is_last_applied(tenancy::TenantTx& tx, const Package& package,
                             const ImportOptions& options) {
    pg::Params params;
    params.text(options.source);
    const pg::Rows last = TRY(tx.run(sql::last_applied, params));
    return !last.empty() && digest_at(last, 0, 2) == TRY(import_digest(package, options));
}

Result<std::vector<ImportRun>> import_runs(tenancy::TenantTx& tx, std::int32_t limit) {
    pg::Params params;
    params.int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::list_runs, params));
    std::vector<ImportRun> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(
            {.id = rows.uuid(row, 0),
             .source = std::string(rows.text(row, 1)),
             .mode = text_or_empty(rows, row, 2),
             .digest = rows.is_null(row, 3) ? std::nullopt : std::optional(digest_at(rows, row, 3)),
             .started_at = rows.instant(row, 4),
             .finished_at =
                 rows.is_null(row, 5) ? std::nullopt : std::optional(rows.instant(row, 5)),
             .outcome = std::string(rows.text(row, 6)),
             .counts = std::string(rows.json(row, 7)),
             .error_code = text_or_empty(rows, row, 8),
             .error_place = text_or_empty(rows, row, 9)});
    return out;
}

} // namespace bw::roster
