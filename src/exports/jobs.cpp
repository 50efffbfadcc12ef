#include "exports/jobs.hpp"

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "exports/exports_sql.hpp"
#include "exports/writing.hpp"

namespace bw::exports {

namespace {

constexpr Duration writing_limit = 30min;
constexpr int attempts_max = 4;
constexpr std::int64_t swept_at_once = 100;

Result<ExportId> export_of(const jobs::Job& job) {
    const auto args = TRY(JsonObject::parse(job.args, {"export_id"}));
    const auto id = ExportId::parse(TRY(args.string("export_id", 64)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", "export_id");
    return *id;
}

struct Left {
    ExportId id;
    std::int64_t attempts;
};

Result<std::vector<Left>> left_over(tenancy::TenantTx& tx, Instant now) {
    TRY(tx.run(sql::end_over, pg::Params().instant(now)));
    const auto rows = TRY(tx.run(sql::to_sweep, pg::Params().instant(now).int8(swept_at_once)));
    std::vector<Left> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({rows.id<ExportId>(row, 0), rows.int8(row, 1)});
    return out;
}

/// The objects go before the rows that know of them.
Result<jobs::Outcome> sweep(blob::Store& store, const Clock& clock, const jobs::Attempt& attempt) {
    const auto left = TRY(
        attempt.database.run(attempt.tenant.scope, attempt.deadline,
                             [&](tenancy::TenantTx& tx) { return left_over(tx, clock.now()); }));
    std::vector<Uuid> gone;
    for (const Left& one : left) {
        CHECK_OK(store.remove_series(object_prefix(attempt.tenant.scope.tenant(), one.id),
                                     one.attempts, {}, attempt.deadline));
        gone.push_back(one.id.uuid);
    }
    return jobs::Effect([gone, &clock](tenancy::TenantTx& tx) -> Result<void> {
        TRY(tx.run(sql::swept, pg::Params().uuids(gone).instant(clock.now())));
        TRY(tx.run(sql::forget_exports, pg::Params().instant(clock.now())));
        return {};
    });
}

} // namespace

jobs::NewJob writing_job(ExportId id, Duration delay) {
    JsonWriter args;
    args.object().member("export_id", id.text()).end();
    return {.kind = writing_kind_name,
            .args = args.take(),
            .delay = delay,
            .attempts_max = attempts_max};
}

jobs::NewJob sweep_job() {
    return {.kind = sweep_kind_name};
}

jobs::Kind writing_kind(const WritingWork& work) {
    std::error_code ignored; // writing says what is wrong with the directory
    std::filesystem::remove_all(work.directory, ignored);
    std::filesystem::create_directories(work.directory, ignored);
    std::filesystem::permissions(work.directory, std::filesystem::perms::owner_all, ignored);
    // Shared by the handler's copies: effects keep its address.
    const auto shared = std::make_shared<const WritingWork>(work);
    return {.name = writing_kind_name,
            .handler = [shared](const jobs::Attempt& attempt) -> Result<jobs::Outcome> {
                return Writing(*shared, attempt, TRY(export_of(attempt.job))).run();
            },
            .time_limit = writing_limit,
            .backoff_max = 5min};
}

jobs::Kind sweep_kind(blob::Store& store, const Clock& clock) {
    return {.name = sweep_kind_name,
            .handler = [&store, &clock](
                           const jobs::Attempt& attempt) { return sweep(store, clock, attempt); },
            .time_limit = 5min,
            .every = 1h};
}

} // namespace bw::exports
