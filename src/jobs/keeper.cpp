// The worker's other thread: that it lives, what dead ones left, what recurs, what waits.
#include "jobs/backlog_rows.hpp"
#include "jobs/jobs_sql.hpp"
#include "jobs/queue.hpp"
#include "jobs/worker.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::jobs {

void Worker::run_keeper(const std::stop_token& stop) {
    lane::name_this_thread("job-keeper");
    while (!stop.stop_requested()) {
        if (auto kept = keep(); !kept)
            log::warn("job_keeper_failed", {{"error", kept.error().text()}});
        pause(stop, options_.beat_interval);
    }
}

Result<void> Worker::keep() {
    if (!database_)
        database_ = make_database_();
    const Monotonic now = clock_.monotonic();
    if (auto heard = beat(); !heard) {
        heard_since_.reset();
        return heard;
    }
    if (!heard_since_)
        heard_since_ = now;
    // Each chore may take as long as a transaction may; between them it is said that the worker
    // lives.
    if (now - kept_at_ >= options_.keep_interval || kept_at_ == Monotonic{}) {
        kept_at_ = now;
        if (now - *heard_since_ >= options_.rescue_after)
            CHECK_OK(rescue());
        CHECK_OK(beat_if_due());
        CHECK_OK(run_schedules());
        CHECK_OK(beat_if_due());
        auto waits = TRY(backlog(*database_, soon()));
        CHECK_OK(beat_if_due());
        std::lock_guard lock(mutex_);
        status_.backlog = std::move(waits);
    }
    if (now - forgot_at_ >= options_.forget_interval || forgot_at_ == Monotonic{}) {
        forgot_at_ = now;
        CHECK_OK(database_->run_batch({}, {{sql::forget, {}}}, soon()));
    }
    return {};
}

Result<void> Worker::beat_if_due() {
    return clock_.monotonic() - beat_at_ < options_.beat_interval ? Result<void>() : beat();
}

/// Says that the worker lives; begins it anew if it was given up.
Result<void> Worker::beat() {
    const Monotonic now = clock_.monotonic();
    WorkerId id;
    bool begins = false;
    std::vector<std::string> kinds;
    std::vector<std::int64_t> done;
    {
        std::lock_guard lock(mutex_);
        begins = !known_;
        if (begins)
            id_ = WorkerId::make(clock_.now(), rng_);
        id = id_;
        for (const Kind& kind : kinds_) {
            kinds.push_back(kind.name);
            done.push_back(std::exchange(done_[kind.name], 0));
        }
    }
    const std::int64_t since = std::max<std::int64_t>(1, (now - beat_at_) / 1ms);
    beat_at_ = now;
    pg::Params params, whose;
    params.id(id)
        .text(options_.name)
        .int8(options_.lease / 1ms)
        .boolean(begins)
        .texts(kinds)
        .int8s(done)
        .int8(since);
    whose.id(id);
    const auto answers = TRY(database_->run_batch(
        {}, {{sql::beat, std::move(params)}, {sql::held, std::move(whose)}}, soon()));
    {
        std::lock_guard lock(mutex_);
        known_ = answers[0].boolean(0, 0);
    }
    if (answers[0].boolean(0, 0))
        return look_at_held(id, answers[1]);
    log::warn("job_worker_was_given_up", {{"worker", id.text()}});
    return {};
}

/// Tells what is cancelled, and hands back what no thread has.
Result<void> Worker::look_at_held(WorkerId id, const pg::Rows& held) {
    std::vector<Holds::Seen> seen, left;
    {
        std::lock_guard lock(mutex_);
        for (int row = 0; row < held.count(); ++row) {
            seen.push_back(
                {held.id<TenantId>(row, 0), held.id<JobId>(row, 1), held.instant(row, 2)});
            const auto found = running_.find(seen.back().job);
            if (held.boolean(row, 3) && found != running_.end())
                found->second.request_stop();
        }
        left = holds_.left_behind(seen);
    }
    if (left.empty())
        return {};
    std::vector<std::pair<TenantId, JobId>> jobs;
    for (const Holds::Seen& one : left) {
        log::warn("job_left_behind", {{"job", one.job.text()}, {"tenant", one.tenant.text()}});
        jobs.emplace_back(one.tenant, one.job);
    }
    return release(*database_, id, jobs, Duration{});
}

Result<void> Worker::rescue() {
    pg::Params params;
    params.int4(crashes_max);
    const auto answers = TRY(database_->run_batch({}, {{sql::rescue, std::move(params)}}, soon()));
    const pg::Rows& rows = answers.front();
    for (int row = 0; row < rows.count(); ++row)
        log::warn("job_rescued", {{"job", rows.id<JobId>(row, 1).text()},
                                  {"tenant", rows.id<TenantId>(row, 0).text()},
                                  {"kind", rows.text(row, 2)},
                                  {"state", rows.text(row, 3)}});
    std::lock_guard lock(mutex_);
    status_.rescued += static_cast<std::uint64_t>(rows.count());
    return {};
}

/// Whose turn it is gets one job of the kind, unless the one before has not ended.
Result<void> Worker::run_schedules() {
    constexpr std::int32_t institutions_at_once = 200;
    std::map<std::string, Duration> recurring;
    std::vector<std::string> names;
    for (const Kind& kind : kinds_)
        if (kind.every > Duration{}) {
            recurring[kind.name] = kind.every;
            names.push_back(kind.name);
        }
    if (names.empty())
        return {};
    pg::Params params;
    params.texts(names).int4(institutions_at_once);
    const auto due =
        TRY(database_->run_batch({}, {{sql::schedules_due, std::move(params)}}, soon()));
    for (int row = 0; row < due.front().count(); ++row) {
        const auto tenant = directory_.by_id(due.front().id<TenantId>(row, 0));
        if (!tenant)
            continue; // newer than our directory
        CHECK_OK(beat_if_due());
        const std::string kind(due.front().text(row, 1));
        CHECK_OK(database_->run(tenant->scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            pg::Params next;
            next.text(kind).int8(recurring[kind] / 1ms);
            if (TRY(tx.run(sql::begin_schedule, next)).empty())
                return {}; // another worker was first
            const NewJob job{.kind = kind, .priority = Priority::low, .unique_key = "every"};
            CHECK_OK(enqueue_all(tx, {&job, 1}, clock_, rng_));
            return {};
        }));
    }
    return {};
}

std::optional<Duration> Backlog::estimate() const {
    if (waiting == 0)
        return Duration{};
    if (per_second <= 0)
        return std::nullopt;
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(waiting) / per_second));
}

Result<std::vector<Backlog>> backlog(tenancy::Database& database, Deadline deadline) {
    const auto answers = TRY(database.run_batch({}, {{sql::backlog, {}}}, deadline));
    const pg::Rows& rows = answers.front();
    std::vector<Backlog> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(backlog_in(rows, row));
    return out;
}

} // namespace bw::jobs
