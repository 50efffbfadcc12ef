#include "jobs/desk.hpp"

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "jobs/jobs_sql.hpp"

namespace bw::jobs {

namespace {

JobRecord record_in(const pg::Rows& rows, int row) {
    JobRecord job{.id = rows.id<JobId>(row, 0),
                  .kind = std::string(rows.text(row, 1)),
                  .state = *state_from(rows.text(row, 2)),
                  .priority = static_cast<Priority>(rows.int8(row, 3)),
                  .due_at = rows.instant(row, 4),
                  .created_at = rows.instant(row, 10),
                  .attempt = static_cast<int>(rows.int8(row, 5)),
                  .attempts_max = static_cast<int>(rows.int8(row, 6)),
                  .crashes = static_cast<int>(rows.int8(row, 7)),
                  .cancel_asked = rows.boolean(row, 8),
                  .args = std::string(rows.text(row, 9)),
                  .error = std::string(rows.optional_text(row, 11).value_or(""))};
    if (waiting(job.state) && rows.boolean(row, 12))
        job.state = State::available;
    return job;
}

JobRecord history_in(const pg::Rows& rows, int row) {
    return {.id = rows.id<JobId>(row, 0),
            .kind = std::string(rows.text(row, 1)),
            .state = *state_from(rows.text(row, 2)),
            .due_at = rows.instant(row, 4),
            .created_at = rows.instant(row, 4),
            .ended_at = rows.instant(row, 5),
            .attempt = static_cast<int>(rows.int8(row, 3)),
            .error = std::string(rows.optional_text(row, 6).value_or(""))};
}

std::vector<std::string> others_than(const std::optional<State>& state) {
    std::vector<std::string> out;
    for (State other : states)
        if (state && other != *state)
            out.emplace_back(wire_name(other));
    return out;
}

constexpr Uuid first_uuid{};
constexpr Uuid last_uuid = [] {
    Uuid all{};
    all.fill(0xff);
    return all;
}();

Result<void> audited(tenancy::TenantTx& tx, const Actor& actor, std::string_view action,
                     const std::string& subject, const std::string& details) {
    return audit::record(tx, {actor.name, action, subject, details}, actor.clock, actor.rng);
}

Error gone() {
    return fail(Code::not_found, "there is no such job, or it ended more than 14 days ago");
}

} // namespace

Result<JobPage> list_jobs(tenancy::TenantTx& tx, const Wanted& wanted, std::optional<JobId> after,
                          int limit) {
    const bool history = wanted.state && ended(*wanted.state);
    pg::Params params;
    params.texts(others_than(wanted.state)).optional_text(wanted.kind);
    params.uuid(after ? after->uuid : history ? last_uuid : first_uuid).int8(limit + 1);
    if (!history)
        params.boolean(wanted.state == State::available)
            .boolean(wanted.state == State::scheduled || wanted.state == State::retryable);
    const pg::Rows rows = TRY(tx.run(history ? sql::list_history : sql::list_jobs, params));
    JobPage page;
    for (int row = 0; row < std::min(rows.count(), limit); ++row)
        page.items.push_back(history ? history_in(rows, row) : record_in(rows, row));
    if (rows.count() > limit)
        page.next = page.items.back().id;
    return page;
}

Result<JobRecord> get_job(tenancy::TenantTx& tx, JobId job) {
    pg::Params params;
    params.id(job);
    const auto answers = TRY(tx.run({{sql::get_job, params}, {sql::get_history, params}}));
    if (!answers[0].empty())
        return record_in(answers[0], 0);
    if (!answers[1].empty())
        return history_in(answers[1], 0);
    return gone();
}

Result<void> retry_job(tenancy::TenantTx& tx, JobId job, const Actor& actor) {
    const std::int64_t at_once = 0;
    pg::Params params;
    params.uuids({&job.uuid, 1}).int8s({&at_once, 1});
    if (!TRY(tx.run(sql::retry_jobs, params)).empty())
        return audited(tx, actor, "job.retried", job.text(), "{}");
    const JobRecord now = TRY(get_job(tx, job));
    if (now.state == State::discarded)
        return fail(Code::conflict, "another job has its unique key; cancel one of them");
    return fail(Code::conflict, fmt::format("the job is {}", wire_name(now.state)));
}

Result<bool> cancel_job(tenancy::TenantTx& tx, JobId job, const Actor& actor) {
    pg::Params params;
    params.id(job);
    const auto answers = TRY(tx.run({{sql::cancel_waiting, params}, {sql::ask_cancel, params}}));
    const bool ended = !answers[0].empty();
    if (!ended && answers[1].empty()) {
        const JobRecord now = TRY(get_job(tx, job));
        return fail(Code::conflict, fmt::format("the job is {}", wire_name(now.state)));
    }
    CHECK_OK(audited(tx, actor, "job.cancelled", job.text(), "{}"));
    return ended;
}

Result<std::vector<DeadLetters>> dead_letters(tenancy::TenantTx& tx,
                                              const std::optional<std::string>& kind) {
    pg::Params params;
    params.optional_text(kind);
    const pg::Rows rows = TRY(tx.run(sql::dead_letter_reasons, params));
    std::vector<DeadLetters> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({std::string(rows.text(row, 0)), std::string(rows.text(row, 1)),
                       rows.int8(row, 2), rows.instant(row, 3)});
    return out;
}

Result<Redriven> redrive(tenancy::TenantTx& tx, const Redrive& wanted, const Actor& actor) {
    pg::Params params;
    params.optional_text(wanted.kind).optional_text(wanted.error_begins_with).int8(wanted.limit);
    const pg::Rows rows = TRY(tx.run(sql::dead_letters, params));
    const int taken = rows.count();
    Redriven out;
    out.left = taken == 0 ? 0 : rows.int8(0, 1) - taken;
    std::vector<Uuid> ids;
    std::vector<std::int64_t> delays;
    for (int row = 0; row < taken; ++row) {
        ids.push_back(rows.uuid(row, 0));
        delays.push_back(wanted.per_second > 0
                             ? static_cast<std::int64_t>(1000.0 * row / wanted.per_second)
                             : 0);
        out.jobs.push_back(rows.id<JobId>(row, 0));
    }
    if (!delays.empty())
        out.over = std::chrono::milliseconds(delays.back());
    if (wanted.dry_run || ids.empty())
        return out;
    pg::Params all;
    all.uuids(ids).int8s(delays);
    const pg::Rows made = TRY(tx.run(sql::retry_jobs, all));
    out.jobs.clear();
    for (int row = 0; row < made.count(); ++row)
        out.jobs.push_back(made.id<JobId>(row, 0));
    out.left = rows.int8(0, 1) - made.count();
    JsonWriter details;
    details.object()
        .member("jobs", static_cast<std::int64_t>(out.jobs.size()))
        .member("kind", wanted.kind.value_or(""))
        .end();
    CHECK_OK(audited(tx, actor, "jobs.redriven", "", details.take()));
    return out;
}

Result<std::int64_t> ahead_of(tenancy::TenantTx& tx, const JobRecord& job) {
    pg::Params params;
    params.text(job.kind).int8(static_cast<std::int64_t>(job.priority)).instant(job.due_at);
    return TRY(tx.run(sql::ahead, params)).int8(0, 0);
}

Result<std::vector<OwnBacklog>> own_backlog(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::backlog_here));
    std::vector<OwnBacklog> out;
    for (int row = 0; row < rows.count(); ++row) {
        OwnBacklog one{.kind = std::string(rows.text(row, 0)),
                       .waiting = rows.int8(row, 1),
                       .later = rows.int8(row, 4),
                       .running = rows.int8(row, 5),
                       .discarded = rows.int8(row, 6)};
        if (!rows.is_null(row, 2))
            one.oldest = rows.instant(row, 3) - rows.instant(row, 2);
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace bw::jobs
