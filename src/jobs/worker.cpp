#include "jobs/worker.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "jobs/jobs_sql.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::jobs {

namespace {

constexpr Duration handed_back_for = 2s; // what nobody here can do now
constexpr double smoothing = 0.2;
/// One claim in ten looks first for what lost a worker before; which of the ten moves on by one
/// each time, so that it falls on every kind in its turn, however many there are.
bool suspects_first(std::uint64_t claim) {
    return claim % 10 == claim / 10 % 10;
}

/// Longer than its attempts may take: it ends for those alone that are stuck.
Duration lease_of(const Kind& kind) {
    return kind.time_limit * kind.batch + 1min;
}

std::string first_line(const std::string& text) {
    constexpr std::size_t error_bytes_limit = 500;
    return text.substr(0, std::min(text.find('\n'), error_bytes_limit));
}

} // namespace

Worker::Worker(MakeDatabase make_database, const tenancy::TenantDirectory& directory,
               std::vector<Kind> kinds, const Clock& clock, Rng& rng, WorkerOptions options)
    : make_database_(std::move(make_database)), directory_(directory), kinds_(std::move(kinds)),
      clock_(clock), rng_(rng), options_(std::move(options)) {}

Worker::~Worker() {
    stop();
}

void Worker::start() {
    threads_.emplace_back([this](const std::stop_token& stop) { run_keeper(stop); });
    for (int i = 0; i < options_.threads; ++i)
        threads_.emplace_back([this, i](const std::stop_token& stop) { run(stop, i); });
}

void Worker::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        for (auto& [job, running] : running_)
            running.request_stop();
    }
    for (std::size_t i = 1; i < threads_.size(); ++i)
        threads_[i].request_stop();
    // The keeper, which is the first, lives until the others are done: their jobs stay theirs.
    while (!threads_.empty())
        threads_.pop_back();
}

WorkerStatus Worker::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

bool Worker::stopping() const {
    std::lock_guard lock(mutex_);
    return stopping_;
}

Pace Worker::pace_now() const {
    return pace({Duration(claim_ns_), options_.demand ? options_.demand() : 0}, options_.threads);
}

void Worker::pause(const std::stop_token& stop, Duration how_long) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, how_long, [] { return false; });
}

void Worker::run(const std::stop_token& stop, int index) {
    lane::name_this_thread("job-" + std::to_string(index));
    Thread thread{.database = make_database_()};
    while (!stop.stop_requested()) {
        const Pace allowed = pace_now();
        {
            std::lock_guard lock(mutex_);
            status_.pace = allowed;
        }
        Result<std::size_t> done = 0;
        if (index < allowed.threads) {
            done = step(thread);
            std::lock_guard lock(mutex_);
            status_.failing = !done;
        }
        if (!done)
            log::warn("job_claim_failed", {{"error", done.error().text()}});
        if (!done || *done == 0)
            pause(stop,
                  Duration(static_cast<std::int64_t>(
                      static_cast<double>(options_.interval.count()) * (0.75 + rng_.unit() / 2))));
    }
}

Result<std::size_t> Worker::step() {
    if (!own_.database)
        own_.database = make_database_();
    return step(own_);
}

Result<std::size_t> Worker::step(Thread& thread) {
    WorkerId worker;
    {
        std::lock_guard lock(mutex_);
        if (!known_)
            return 0; // the keeper has not reached the database yet
        worker = id_;
    }
    const Batch batch = TRY(claim(thread, worker));
    if (!batch.kind)
        return 0;
    const std::vector<Claimed> claimed = TRY(load(thread, worker, batch));
    std::vector<Finished> done;
    done.reserve(claimed.size());
    for (const Claimed& one : claimed)
        done.push_back(attempt(thread, one));
    finish(thread, worker, done);
    return claimed.size();
}

// ---- claiming ----

Result<Worker::Batch> Worker::claim(Thread& thread, WorkerId worker) {
    std::vector<std::string> names;
    std::vector<std::int64_t> batches, leases;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        const Kind& kind = kinds_[(thread.first_kind + i) % kinds_.size()];
        names.push_back(kind.name);
        batches.push_back(kind.batch);
        leases.push_back(lease_of(kind) / 1ms);
    }
    if (kinds_.empty())
        return Batch(*this);
    pg::Params params;
    params.id(worker)
        .texts(names)
        .int8s(batches)
        .int8s(leases)
        .int4(options_.tenant_items_limit)
        .id(thread.served_last)
        .int4(static_cast<std::int32_t>(pace_now().least_urgent))
        .boolean(suspects_first(thread.claims++));
    const Monotonic began = clock_.monotonic();
    Holds::Claim claim = 0;
    {
        std::lock_guard lock(mutex_);
        claim = holds_.begin();
    }
    auto answers = thread.database->run_batch({}, {{sql::claim, std::move(params)}}, soon());
    const auto took = static_cast<double>((clock_.monotonic() - began).count());
    if (answers)
        claim_ns_ = static_cast<std::int64_t>(static_cast<double>(claim_ns_) * (1 - smoothing) +
                                              took * smoothing);
    Batch batch(*this);
    if (answers && !answers->front().empty()) {
        const pg::Rows& rows = answers->front();
        const auto kind = std::ranges::find(kinds_, rows.text(0, 2), &Kind::name);
        batch.kind = &*kind;
        thread.first_kind = static_cast<std::size_t>(kind - kinds_.begin()) + 1; // each its turn
        for (int row = 0; row < rows.count(); ++row) {
            thread.served_last = rows.id<TenantId>(row, 0);
            batch.by_tenant[thread.served_last].push_back(rows.uuid(row, 1));
            batch.jobs.push_back(rows.id<JobId>(row, 1));
        }
    }
    {
        std::lock_guard lock(mutex_);
        holds_.claimed(claim, batch.jobs);
    }
    if (!answers)
        return std::move(answers).error();
    return batch;
}

Worker::Batch::Batch(Batch&& other) noexcept
    : of(other.of), kind(other.kind), by_tenant(std::move(other.by_tenant)),
      jobs(std::exchange(other.jobs, {})) {}

Worker::Batch::~Batch() {
    std::lock_guard lock(of.mutex_);
    of.holds_.let_go(jobs);
}

/// What was claimed, as its institutions' scopes show it.
Result<std::vector<Worker::Claimed>> Worker::load(Thread& thread, WorkerId worker,
                                                  const Batch& batch) {
    const auto& jobs = batch.by_tenant;
    std::vector<tenancy::ScopedSteps> groups;
    std::vector<tenancy::TenantInfo> tenants;
    std::vector<std::pair<TenantId, JobId>> not_here;
    for (const auto& [id, of_tenant] : jobs) {
        const auto tenant = directory_.by_id(id);
        if (!tenant) { // newer than our directory
            for (const Uuid& job : of_tenant)
                not_here.emplace_back(id, JobId{job});
            continue;
        }
        pg::Params params;
        params.uuids(of_tenant).id(worker);
        groups.push_back({tenant->scope, {{sql::claimed, std::move(params)}}});
        tenants.push_back(*tenant);
    }
    auto answers = thread.database->run_each(groups, soon());
    std::vector<Claimed> claimed;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const TenantId tenant = tenants[i].scope.tenant();
        if (!answers[i]) { // its placement has moved on, or it was suspended just now
            for (const Uuid& job : jobs.at(tenant))
                not_here.emplace_back(tenant, JobId{job});
            continue;
        }
        const pg::Rows& rows = answers[i]->front();
        for (int row = 0; row < rows.count(); ++row) {
            Job job{.id = rows.id<JobId>(row, 0),
                    .kind = std::string(rows.text(row, 1)),
                    .args = std::string(rows.text(row, 2)),
                    .attempt = static_cast<int>(rows.int8(row, 4)),
                    .attempts_max = static_cast<int>(rows.int8(row, 5)),
                    .cancel_asked = rows.boolean(row, 6),
                    .created_at = rows.instant(row, 7)};
            const Bytes fits = envelope(tenant, job.id, job.kind, job.args);
            const bool whole = rows.bytes(row, 3) == fits;
            if (!whole)
                log::error("job_of_another_institution",
                           {{"job", job.id.text()}, {"tenant", tenant.text()}});
            claimed.push_back({batch.kind, tenants[i], std::move(job), whole});
        }
    }
    if (!not_here.empty())
        CHECK_OK(release(*thread.database, worker, not_here, handed_back_for));
    return claimed;
}

Result<void> Worker::release(tenancy::Database& database, WorkerId worker,
                             const std::vector<std::pair<TenantId, JobId>>& jobs, Duration delay) {
    std::vector<Uuid> tenants, ids;
    for (const auto& [tenant, job] : jobs) {
        tenants.push_back(tenant.uuid);
        ids.push_back(job.uuid);
    }
    pg::Params params;
    params.id(worker).uuids(tenants).uuids(ids).int8(delay / 1ms);
    auto released = database.run_batch({}, {{sql::release, std::move(params)}}, soon());
    if (!released)
        return std::move(released).error();
    return {};
}

// ---- doing ----

Worker::Finished Worker::attempt(Thread& thread, const Claimed& claimed) {
    if (!claimed.whole)
        return {&claimed, fail(Code::corrupt, "its envelope is another institution's or kind's")};
    if (claimed.job.cancel_asked)
        return {&claimed, fail(Code::conflict, "cancelled"), End::cancelled};
    std::stop_source stop;
    {
        std::lock_guard lock(mutex_);
        if (stopping_)
            return {&claimed, Outcome(), End::released};
        running_.insert_or_assign(claimed.job.id, stop);
    }
    const Attempt with{claimed.job, claimed.tenant, *thread.database,
                       Deadline::in(clock_, claimed.kind->time_limit), stop.get_token()};
    Finished done{&claimed, Outcome()};
    try {
        done.outcome = claimed.kind->handler(with);
    } catch (const std::exception& thrown) {
        done.outcome = fail(Code::internal, std::string("threw: ") + thrown.what());
        done.threw = true;
    }
    std::lock_guard lock(mutex_);
    running_.erase(claimed.job.id);
    if (!done.outcome && stop.stop_requested())
        done.end = stopping_ ? End::released : End::cancelled;
    return done;
}

/// Doubles from attempt to attempt; jittered by a quarter either way, so that what failed together
/// does not come back together.
Duration Worker::backoff(const Kind& kind, int attempt) {
    const int doublings = std::clamp(attempt - 1, 0, 20);
    const Duration plain =
        std::min(kind.backoff_min * (std::int64_t{1} << doublings), kind.backoff_max);
    return Duration(
        static_cast<std::int64_t>(static_cast<double>(plain.count()) * (0.75 + rng_.unit() / 2)));
}

// ---- finishing ----

/// The statement that ends the attempt; its row says that the attempt was still ours.
tenancy::Step Worker::ending(const Finished& done, WorkerId worker) {
    const Job& job = done.of->job;
    pg::Params params;
    auto ended = [&](bool cancelled) -> tenancy::Step {
        const std::int64_t attempt = job.attempt;
        params.uuids({&job.id.uuid, 1}).int8s({&attempt, 1}).id(worker).boolean(cancelled);
        return {sql::end_jobs, std::move(params)};
    };
    auto put_off = [&](bool for_good, Duration delay,
                       const std::optional<std::string>& error) -> tenancy::Step {
        params.id(job.id).int8(job.attempt).id(worker).boolean(for_good).int8(delay / 1ms);
        params.optional_text(error);
        return {sql::put_off, std::move(params)};
    };
    switch (done.end) {
    case End::released:
        return put_off(false, Duration{}, std::nullopt);
    case End::cancelled:
        return ended(true);
    case End::by_outcome:
        break;
    }
    if (done.outcome) {
        if (const auto* snooze = std::get_if<Snooze>(&*done.outcome))
            return put_off(false, snooze->delay, std::nullopt);
        return ended(false);
    }
    const Error& error = done.outcome.error();
    const bool hopeless = fault(error.code) == Fault::permanent && !done.threw;
    const Event event = hopeless ? Event::give_up : Event::fail;
    const Standing after = *next({State::running, job.attempt, job.attempts_max, 0, false}, event);
    const bool for_good = after.state == State::discarded;
    const Duration delay = for_good ? Duration{}
                                    : std::max<Duration>(backoff(*done.of->kind, job.attempt),
                                                         error.retry_after.value_or(0ms));
    return put_off(for_good, delay, first_line(error.text()));
}

/// The effect and the end of the attempt in one transaction. False: the attempt was no longer ours,
/// and the effect is undone.
Result<bool> Worker::finish_with_effect(Thread& thread, WorkerId worker, Finished& done) {
    const tenancy::Step step = ending(done, worker);
    auto stands = thread.database->run(done.of->tenant.scope, soon(),
                                       [&](tenancy::TenantTx& tx) -> Result<bool> {
                                           if (TRY(tx.run(step.statement, step.params)).empty())
                                               return false;
                                           CHECK_OK(std::get<Effect>(*done.outcome)(tx));
                                           return true;
                                       });
    return stands;
}

/// All in one transaction; for each: was the attempt still ours?
Result<std::vector<bool>> Worker::finish_plain(Thread& thread, WorkerId worker,
                                               std::span<Finished* const> done) {
    std::map<TenantId, std::vector<std::size_t>> by_tenant;
    for (std::size_t i = 0; i < done.size(); ++i)
        by_tenant[done[i]->of->tenant.scope.tenant()].push_back(i);
    std::vector<tenancy::ScopedSteps> groups;
    std::vector<std::vector<std::size_t>> of_step; // which jobs each statement is about
    for (const auto& [tenant, items] : by_tenant) {
        tenancy::ScopedSteps group{done[items.front()]->of->tenant.scope, {}};
        std::vector<Uuid> ids;
        std::vector<std::int64_t> attempts;
        std::vector<std::size_t> completed;
        for (std::size_t i : items)
            if (done[i]->completes()) {
                ids.push_back(done[i]->of->job.id.uuid);
                attempts.push_back(done[i]->of->job.attempt);
                completed.push_back(i);
            } else {
                group.steps.push_back(ending(*done[i], worker));
                of_step.push_back({i});
            }
        if (!completed.empty()) {
            pg::Params params;
            params.uuids(ids).int8s(attempts).id(worker).boolean(false);
            group.steps.push_back({sql::end_jobs, std::move(params)});
            of_step.push_back(std::move(completed));
        }
        groups.push_back(std::move(group));
    }
    const auto answers = TRY(thread.database->run_batch(groups, {}, soon(), tenancy::Plans::kept));
    std::vector<bool> stands(done.size());
    for (std::size_t step = 0; step < of_step.size(); ++step) {
        std::set<Uuid> ours;
        for (int row = 0; row < answers[step].count(); ++row)
            ours.insert(answers[step].uuid(row, 0));
        for (std::size_t i : of_step[step])
            stands[i] = ours.contains(done[i]->of->job.id.uuid);
    }
    return stands;
}

void Worker::finish(Thread& thread, WorkerId worker, std::vector<Finished>& done) {
    std::vector<Finished*> plain, with_effect;
    for (Finished& one : done)
        (one.has_effect() ? with_effect : plain).push_back(&one);
    // What is done is not done again because the primary was away for a moment.
    const Deadline patience = Deadline::in(clock_, 1min);
    auto persist = [&](auto&& try_once) {
        for (Duration wait = 50ms;; wait = std::min<Duration>(wait * 2, 2s)) {
            auto tried = try_once();
            if (tried || fault(tried.error().code) == Fault::permanent ||
                patience.expired(clock_) || stopping())
                return tried;
            log::warn("job_end_failed", {{"error", tried.error().text()}});
            pause({}, wait);
        }
    };
    auto finish_these = [&](std::span<Finished* const> these) -> bool {
        auto stands = persist([&] { return finish_plain(thread, worker, these); });
        for (std::size_t i = 0; stands && i < these.size(); ++i)
            count(*these[i], (*stands)[i]);
        return stands.has_value();
    };
    if (!plain.empty() && !finish_these(plain))
        for (Finished* one : plain) // an institution that was suspended holds up no other
            finish_these({&one, 1});
    for (Finished* one : with_effect) {
        auto stands = persist([&] { return finish_with_effect(thread, worker, *one); });
        if (!stands) { // the effect itself fails
            one->outcome = std::move(stands).error();
            finish_these({&one, 1});
        } else {
            count(*one, *stands);
        }
    }
}

void Worker::count(const Finished& done, bool stands) {
    const Job& job = done.of->job;
    std::lock_guard lock(mutex_);
    if (!stands) {
        ++status_.lost;
        log::warn("job_was_lost", {{"job", job.id.text()}, {"kind", job.kind}});
    } else if (done.completes()) {
        ++status_.completed;
        ++done_[job.kind];
    } else if (done.end != End::by_outcome || done.outcome) {
        ++status_.put_off;
    } else {
        ++status_.failed;
        log::warn("job_failed", {{"job", job.id.text()},
                                 {"kind", job.kind},
                                 {"tenant", done.of->tenant.scope.tenant().text()},
                                 {"attempt", job.attempt},
                                 {"error", first_line(done.outcome.error().text())}});
    }
}

} // namespace bw::jobs
