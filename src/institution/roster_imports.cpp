#include "institution/roster_imports.hpp"

#include "institution/roster_imports_sql.hpp"

namespace bw::institution {

namespace {

std::optional<std::string> optional_text(const pg::Rows& rows, int row, int column) {
    const auto text = rows.optional_text(row, column);
    return text ? std::optional(std::string(*text)) : std::nullopt;
}
std::optional<Instant> optional_instant(const pg::Rows& rows, int row, int column) {
    return rows.is_null(row, column) ? std::nullopt : std::optional(rows.instant(row, column));
}
std::int64_t number(const pg::Rows& rows, int row, int column) {
    return rows.is_null(row, column) ? 0 : rows.int8(row, column);
}

bool at_work(std::string_view outcome) {
    return outcome == "uploaded" || outcome == "checking" || outcome == "applying";
}

ImportRecord record_in(const pg::Rows& rows, int row) {
    ImportRecord out{.id = rows.id<ImportId>(row, 0),
                     .source = std::string(rows.text(row, 1)),
                     .outcome = std::string(rows.text(row, 2)),
                     .mode = optional_text(rows, row, 3),
                     .version = rows.int8(row, 4),
                     .upload = {},
                     .made_by = {},
                     .applied_by = {},
                     .started_at = rows.instant(row, 10),
                     .planned_at = optional_instant(rows, row, 11),
                     .finished_at = optional_instant(rows, row, 12),
                     .progress = {},
                     .counts = std::string(rows.json(row, 18)),
                     .error_code = optional_text(rows, row, 19).value_or(""),
                     .error_place = optional_text(rows, row, 20).value_or(""),
                     .fingerprint = optional_text(rows, row, 21).value_or(""),
                     .details = {},
                     .loses = rows.boolean(row, 24),
                     .accepted = rows.boolean(row, 23)};
    if (!rows.is_null(row, 5))
        out.upload = rows.id<files::UploadId>(row, 5);
    if (!rows.is_null(row, 6))
        out.made_by = ImportRecord::Maker{rows.id<UserId>(row, 6), std::string(rows.text(row, 7)),
                                          std::string(rows.text(row, 8))};
    if (!rows.is_null(row, 9))
        out.applied_by = rows.id<UserId>(row, 9);
    if (at_work(out.outcome))
        out.progress = Progress{
            .step = optional_text(rows, row, 13).value_or(""),
            .rows = number(rows, row, 14),
            .rows_total = rows.is_null(row, 15) ? std::nullopt : std::optional(rows.int8(row, 15)),
            .bytes = number(rows, row, 16),
            .bytes_total = number(rows, row, 17)};
    if (!rows.is_null(row, 22))
        out.details = std::string(rows.json(row, 22));
    return out;
}

Result<bool> moved(tenancy::TenantTx& tx, const pg::Statement& statement,
                   const pg::Params& params) {
    return !TRY(tx.run(statement, params)).empty();
}

pg::Params with_id(ImportId id) {
    return std::move(pg::Params().id(id));
}

/// Of whichever is worked on.
Result<void> check_idle(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::import_at_work));
    if (rows.empty())
        return {};
    return fail(Code::conflict, "the import " + rows.id<ImportId>(0, 0).text() +
                                    " is being worked on; wait until it has ended, or cancel it");
}

} // namespace

std::string_view state_of(const ImportRecord& record) {
    if (record.outcome == "running")
        return "applying";
    if (record.outcome == "unchanged")
        return "applied";
    return record.outcome;
}

Result<void> begin_import(tenancy::TenantTx& tx, ImportId id, const std::string& source,
                          files::UploadId upload, UserId by, Instant now) {
    pg::Params params = with_id(id);
    params.text(source).id(upload).id(by).instant(now);
    if (TRY(moved(tx, sql::begin_import, params)))
        return {};
    CHECK_OK(check_idle(tx)); // the other, which may have ended meanwhile
    return fail(Code::conflict, "another import was being worked on; try again");
}

Result<std::optional<ImportRecord>> find_import(tenancy::TenantTx& tx, ImportId id) {
    const pg::Rows rows = TRY(tx.run(sql::find_import, with_id(id)));
    return rows.empty() ? std::nullopt : std::optional(record_in(rows, 0));
}

Result<std::vector<ImportRecord>>
list_imports(tenancy::TenantTx& tx, const std::optional<ImportPosition>& before, int limit) {
    pg::Params params;
    if (before)
        params.instant(before->first).id(before->second);
    else
        params.null().null();
    params.int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::list_imports, params));
    std::vector<ImportRecord> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(record_in(rows, row));
    return out;
}

Result<bool> begin_checking(tenancy::TenantTx& tx, ImportId id) {
    return moved(tx, sql::begin_checking, with_id(id));
}

Result<bool> save_plan(tenancy::TenantTx& tx, ImportId id, const Plan& plan, Instant now) {
    pg::Params params = with_id(id);
    params.text(plan.mode)
        .json(plan.counts)
        .text(plan.fingerprint)
        .json(plan.details)
        .bytes(view(plan.digest))
        .int8(plan.rows)
        .instant(now)
        .boolean(plan.loses);
    return moved(tx, sql::save_plan, params);
}

Result<bool> begin_applying(tenancy::TenantTx& tx, ImportId id, std::int64_t version, bool accepted,
                            UserId by) {
    CHECK_OK(check_idle(tx));
    pg::Params params = with_id(id);
    params.int8(version).boolean(accepted).id(by);
    return moved(tx, sql::begin_applying, params);
}

Result<bool> end_applying(tenancy::TenantTx& tx, ImportId id, const roster::ImportReport& report,
                          Instant now) {
    pg::Params params = with_id(id);
    params.boolean(!report.nothing_written()).json(report.json()).instant(now);
    return moved(tx, sql::end_applying, params);
}

Result<bool> fail_import(tenancy::TenantTx& tx, ImportId id, const Error& error,
                         const std::optional<std::string>& details, Instant now) {
    pg::Params params = with_id(id);
    params.text(wire_name(error.code)).text(is_utf8(error.field) ? error.field : "");
    details ? params.json(*details) : params.null();
    params.instant(now);
    return moved(tx, sql::fail_import, params);
}

Result<bool> cancel_import(tenancy::TenantTx& tx, ImportId id, Instant now) {
    pg::Params params = with_id(id);
    params.instant(now);
    return moved(tx, sql::cancel_import, params);
}

Result<bool> note_progress(tenancy::TenantTx& tx, ImportId id, const Progress& progress) {
    pg::Params params = with_id(id);
    params.text(progress.step).int8(progress.rows).int8(progress.bytes).int8(progress.bytes_total);
    return moved(tx, sql::note_progress, params);
}

Result<void> forget_person(tenancy::TenantTx& tx) {
    TRY(tx.run(sql::forget_details));
    return {};
}

} // namespace bw::institution
