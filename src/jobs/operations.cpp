#include "jobs/operations.hpp"

#include "jobs/backlog_rows.hpp"
#include "jobs/operations_sql.hpp"

namespace bw::jobs {

namespace {

constexpr std::int32_t workers_limit = 200;

} // namespace

Result<void> decide(tenancy::Database& database, const Decision& decision, std::string_view actor,
                    Deadline deadline) {
    pg::Params params;
    params.text(decision.kind);
    decision.paused ? params.boolean(*decision.paused) : params.null();
    params.boolean(decision.concurrency.has_value());
    const auto at_once = decision.concurrency.value_or(std::nullopt);
    at_once ? params.int4(*at_once) : params.null();
    params.text(actor);
    const auto answers = TRY(database.run_batch({}, {{sql::decide, std::move(params)}}, deadline));
    if (!answers.front().boolean(0, 0))
        return fail(Code::not_found,
                    "no job that waits is of this kind, and no worker does it; 'bellwether jobs "
                    "backlog' shows which there are",
                    "kind");
    return {};
}

Result<Overview> overview(tenancy::Database& database, Deadline deadline) {
    pg::Params params;
    params.int4(workers_limit);
    const auto answers = TRY(
        database.run_batch({}, {{sql::overview, {}}, {sql::workers, std::move(params)}}, deadline));
    const pg::Rows &kinds = answers[0], &workers = answers[1];
    Overview out;
    for (int row = 0; row < kinds.count(); ++row)
        out.kinds.push_back({backlog_in(kinds, row), kinds.int8(row, 8)});
    for (int row = 0; row < workers.count(); ++row)
        out.workers.push_back({std::string(workers.text(row, 0)), workers.int8(row, 1)});
    return out;
}

Result<DeadLetterReasons> all_dead_letters(tenancy::Database& database,
                                           std::optional<TenantId> tenant,
                                           const std::optional<std::string>& kind, int limit,
                                           Deadline deadline) {
    pg::Params params;
    tenant ? params.id(*tenant) : params.null();
    params.optional_text(kind).int4(limit);
    const auto answers =
        TRY(database.run_batch({}, {{sql::all_dead_letters, std::move(params)}}, deadline));
    const pg::Rows& rows = answers.front();
    DeadLetterReasons out;
    for (int row = 0; row < rows.count(); ++row) {
        out.items.push_back({rows.id<TenantId>(row, 0),
                             {.kind = std::string(rows.text(row, 1)),
                              .error = std::string(rows.text(row, 2)),
                              .count = rows.int8(row, 3),
                              .oldest = rows.instant(row, 4)}});
        out.all_letters = rows.int8(row, 5);
        out.all_reasons = rows.int8(row, 6);
    }
    return out;
}

Result<Redriven> redrive_of(tenancy::Database& database, TenantId tenant, const Redrive& wanted,
                            std::string_view actor, Deadline deadline) {
    const auto apart =
        wanted.per_second > 0 ? static_cast<std::int64_t>(1e6 / wanted.per_second) : 0;
    pg::Params params;
    params.id(tenant)
        .optional_text(wanted.kind)
        .optional_text(wanted.error_begins_with)
        .int4(wanted.limit)
        .int8(apart)
        .boolean(wanted.dry_run)
        .text(actor);
    const auto answers =
        TRY(database.run_batch({}, {{sql::redrive_all, std::move(params)}}, deadline));
    const pg::Rows& rows = answers.front();
    Redriven out;
    for (int row = 0; row < rows.count(); ++row)
        out.jobs.push_back(rows.id<JobId>(row, 1));
    if (!rows.empty()) {
        out.left = rows.int8(0, 0) - rows.count();
        out.over = std::chrono::microseconds(apart * (rows.count() - 1));
    }
    return out;
}

} // namespace bw::jobs
