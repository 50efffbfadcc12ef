#include "exports/report_exports.hpp"

#include <algorithm>
#include <array>

#include "exports/exports_sql.hpp"
#include "exports/jobs.hpp"
#include "jobs/queue.hpp"
#include "roster/users.hpp"

namespace bw::exports {

namespace {

constexpr std::array form_names = {std::pair{Form::csv, std::string_view("csv")},
                                   std::pair{Form::parquet, std::string_view("parquet")},
                                   std::pair{Form::xlsx, std::string_view("xlsx")}};
constexpr std::array state_names = {std::pair{State::waiting, std::string_view("waiting")},
                                    std::pair{State::running, std::string_view("running")},
                                    std::pair{State::completed, std::string_view("completed")},
                                    std::pair{State::failed, std::string_view("failed")},
                                    std::pair{State::cancelled, std::string_view("cancelled")},
                                    std::pair{State::expired, std::string_view("expired")}};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
    return std::ranges::find(names, value, [](const auto& pair) { return pair.first; })->second;
}
template <class Names>
auto value_in(const Names& names, std::string_view name)
    -> std::optional<decltype(names[0].first)> {
    const auto* found =
        std::ranges::find(names, name, [](const auto& pair) { return pair.second; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

template <class Read>
auto optional_at(const pg::Rows& rows, int row, int column, Read&& read)
    -> std::optional<std::invoke_result_t<Read>> {
    if (rows.is_null(row, column))
        return std::nullopt;
    return read();
}

ReportExport export_in(const pg::Rows& rows, int row, Instant now) {
    const auto number = [&](int column) {
        return optional_at(rows, row, column, [&] { return rows.int8(row, column); });
    };
    const auto instant = [&](int column) {
        return optional_at(rows, row, column, [&] { return rows.instant(row, column); });
    };
    const auto text = [&](int column) {
        return rows.is_null(row, column) ? std::string() : std::string(rows.text(row, column));
    };
    ReportExport out{.id = rows.id<ExportId>(row, 0),
                     .user = rows.id<UserId>(row, 1),
                     .wanted = {.report = text(2),
                                .arguments = text(4),
                                .form = value_in(form_names, rows.text(row, 3)).value_or(Form::csv),
                                .whole = rows.boolean(row, 5),
                                .quiet = rows.boolean(row, 6)},
                     .state = value_in(state_names, rows.text(row, 7)).value_or(State::failed),
                     .not_before = instant(8),
                     .attempts = rows.int8(row, 9),
                     .rows_done = number(10),
                     .rows_total = number(11)};
    if (const auto bytes = number(12))
        out.bytes = static_cast<std::uint64_t>(*bytes);
    if (!rows.is_null(row, 13))
        out.sha256 = to_array<32>(rows.bytes(row, 13));
    out.as_of = instant(14);
    if (const auto lag = number(15))
        out.lag = std::chrono::milliseconds(*lag);
    out.stale = optional_at(rows, row, 16, [&] { return rows.boolean(row, 16); });
    out.error_code = text(17);
    out.error_detail = text(18);
    out.created_at = rows.instant(row, 19);
    out.finished_at = instant(20);
    out.expires_at = instant(21);
    if (out.state == State::completed && out.expires_at && *out.expires_at <= now)
        out.state = State::expired;
    return out;
}

/// Of one row or none: was there one?
Result<bool> one_row(Result<pg::Rows> rows) {
    if (!rows)
        return std::move(rows).error();
    return !rows->empty();
}

} // namespace

std::string_view wire_name(Form form) {
    return name_in(form_names, form);
}
std::optional<Form> form_from(std::string_view name) {
    return value_in(form_names, name);
}
std::string_view wire_name(State state) {
    return name_in(state_names, state);
}

Result<Asked> ask(tenancy::TenantTx& tx, UserId user, const std::string& key, const Wanted& wanted,
                  std::optional<Instant> not_before, const Clock& clock, Rng& rng) {
    TRY(tx.run(sql::lock_asker, pg::Params().id(user)));
    const auto before = TRY(tx.run(sql::export_of_request, pg::Params().id(user).text(key)));
    if (!before.empty()) {
        const Wanted then{.report = std::string(before.text(0, 1)),
                          .arguments = std::string(before.text(0, 3)),
                          .form = value_in(form_names, before.text(0, 2)).value_or(Form::csv),
                          .whole = before.boolean(0, 4),
                          .quiet = before.boolean(0, 5)};
        if (then != wanted)
            return fail(Code::idempotency_key_reused,
                        "another export was asked for under this key; make a key of its own for "
                        "each",
                        "Idempotency-Key");
        if (before.boolean(0, 6))
            return fail(Code::idempotency_key_reused,
                        "the export that was asked for under this key was removed, and its file "
                        "with it; take another key to have the report written again",
                        "Idempotency-Key");
        return Asked{before.id<ExportId>(0, 0), true};
    }
    if (TRY(tx.run(sql::count_open, pg::Params().id(user))).int8(0, 0) >= open_limit) {
        Error error = fail(Code::quota_exceeded,
                           "five exports of yours have not ended yet; wait for one, or cancel one");
        error.retry_after = std::chrono::seconds(30);
        return error;
    }
    const auto kept = TRY(tx.run(sql::count_kept, pg::Params().id(user)));
    if (kept.int8(0, 0) >= kept_limit)
        return fail(Code::quota_exceeded, "fifty files of yours are kept; remove some");
    if (kept.int8(0, 1) >= tenant_kept_bytes_max)
        return fail(Code::quota_exceeded,
                    "your institution's exports take all the room that they may; they are kept a "
                    "week: remove some, or wait");
    const Instant now = clock.now();
    const ExportId id = ExportId::make(now, rng);
    const Duration delay =
        not_before ? std::max(*not_before - now, Duration::zero()) : Duration::zero();
    const jobs::JobId job = TRY(jobs::enqueue(tx, writing_job(id, delay), clock, rng));
    pg::Params params;
    params.id(id)
        .id(user)
        .text(key)
        .text(wanted.report)
        .text(wire_name(wanted.form))
        .text(wanted.arguments)
        .boolean(wanted.whole)
        .boolean(wanted.quiet)
        .id(job);
    not_before ? params.instant(*not_before) : params.null();
    params.instant(now);
    TRY(tx.run(sql::make_export, params));
    return Asked{id, false};
}

Result<std::optional<ReportExport>> find(tenancy::TenantTx& tx, ExportId id,
                                         std::optional<UserId> of, Instant now) {
    pg::Params params;
    params.id(id);
    of ? params.id(*of) : params.null();
    const auto rows = TRY(tx.run(sql::find_export, params));
    return rows.empty() ? std::nullopt : std::optional(export_in(rows, 0, now));
}

Result<Page> list(tenancy::TenantTx& tx, UserId of, const std::optional<Position>& after, int limit,
                  Instant now) {
    pg::Params params;
    params.id(of);
    if (after)
        params.instant(after->first).id(after->second);
    else
        params.null().null();
    params.int8(limit + 1);
    const auto rows = TRY(tx.run(sql::list_exports, params));
    Page page;
    for (int row = 0; row < std::min(rows.count(), limit); ++row)
        page.items.push_back(export_in(rows, row, now));
    if (rows.count() > limit)
        page.next = Position{page.items.back().created_at, page.items.back().id};
    return page;
}

Result<bool> cancel(tenancy::TenantTx& tx, ExportId id, UserId of, Instant now) {
    return one_row(tx.run(sql::cancel, pg::Params().id(id).id(of).instant(now)));
}

Result<bool> remove(tenancy::TenantTx& tx, ExportId id, UserId of, const Clock& clock, Rng& rng) {
    if (!TRY(one_row(tx.run(sql::remove, pg::Params().id(id).id(of)))))
        return false;
    TRY(jobs::enqueue(tx, sweep_job(), clock, rng));
    return true;
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user, const Clock& clock, Rng& rng) {
    TRY(tx.run(sql::lock_erasures));
    const Instant now = clock.now();
    TRY(tx.run(sql::note_erasure, pg::Params().instant(now)));
    TRY(tx.run(sql::forget_files, pg::Params().id(user).instant(now)));
    TRY(jobs::enqueue(tx, sweep_job(), clock, rng));
    return {};
}

Result<std::optional<std::int64_t>> begin_attempt(tenancy::TenantTx& tx, ExportId id) {
    const auto rows = TRY(tx.run(sql::begin_attempt, pg::Params().id(id)));
    return rows.empty() ? std::nullopt : std::optional(rows.int8(0, 0));
}

Result<bool> note_progress(tenancy::TenantTx& tx, ExportId id, std::int64_t attempt,
                           std::int64_t rows, std::optional<std::int64_t> of) {
    pg::Params params;
    params.id(id).int8(attempt).int8(rows);
    of ? params.int8(*of) : params.null();
    return one_row(tx.run(sql::note_progress, params));
}

Result<bool> complete(tenancy::TenantTx& tx, ExportId id, std::int64_t attempt, const Made& made,
                      Instant now) {
    pg::Params params;
    params.id(id)
        .int8(attempt)
        .int8(made.rows)
        .int8(static_cast<std::int64_t>(made.bytes))
        .bytes(view(made.sha256))
        .instant(made.as_of)
        .int8(made.lag / 1ms)
        .boolean(made.stale)
        .instant(now)
        .instant(now + kept_for);
    return one_row(tx.run(sql::complete, params));
}

Result<bool> begin_again(tenancy::TenantTx& tx, ExportId id, std::int64_t attempt, Duration delay,
                         const Clock& clock, Rng& rng) {
    const jobs::JobId job = TRY(jobs::enqueue(tx, writing_job(id, delay), clock, rng));
    return one_row(tx.run(sql::begin_again, pg::Params().id(id).int8(attempt).id(job)));
}

Result<bool> fail_export(tenancy::TenantTx& tx, ExportId id, const Error& error, Instant now) {
    pg::Params params;
    params.id(id).text(bw::wire_name(error.code)).text(error.detail).instant(now);
    return one_row(tx.run(sql::fail_export, params));
}

Result<std::optional<Instant>> last_erasure(tenancy::TenantTx& tx) {
    const auto rows = TRY(tx.run(sql::last_erasure));
    return rows.empty() ? std::nullopt : std::optional(rows.instant(0, 0));
}

Result<std::optional<Instant>> last_erasure_held(tenancy::TenantTx& tx) {
    TRY(tx.run(sql::lock_erasures));
    return last_erasure(tx);
}

Result<tenancy::Roles> roles_of(tenancy::TenantTx& tx, UserId user) {
    const auto rows = TRY(tx.run(sql::asker, pg::Params().id(user)));
    return roster::roles_from_names(rows.text(0, 0));
}

std::string object_prefix(TenantId tenant, ExportId id) {
    return tenant.text() + "/" + id.text();
}

} // namespace bw::exports
