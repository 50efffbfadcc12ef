// A worker: threads that claim jobs of all institutions, fairly, and do them; and one that says the
// worker is alive, rescues what dead ones held, and enqueues what recurs. The rules: README.md.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "jobs/handler.hpp"
#include "jobs/holds.hpp"
#include "jobs/pace.hpp"
#include "tenancy/directory.hpp"

namespace bw::jobs {

struct WorkerOptions {
    std::string name = "worker"; // for people who look who has a job
    int threads = 2;
    int tenant_items_limit = 100; // of one claim
    Duration interval = 500ms;    // between looks while nothing is due
    Duration lease = 15s;         // after which a silent worker has lost its jobs
    Duration beat_interval = 3s;
    Duration keep_interval = 5s; // between rescues, and looks at the backlog and schedules
    /// Of uninterrupted beats before others are given up: when the primary was away, nobody could
    /// beat, and whoever is heard first must not take the others for dead.
    Duration rescue_after = 15s;
    Duration forget_interval = 1h;    // between looks for old history
    Duration deadline = 10s;          // of one database transaction
    std::function<double()> demand{}; // 0 to 1: what the forecast expects now; any thread
};

/// What waits of a kind.
struct Backlog {
    std::string kind;
    std::int64_t waiting = 0; // due by now, counted up to 100,000
    std::optional<Duration> oldest{};
    std::int64_t running = 0;
    double per_second = 0; // completed, by all workers
    bool paused = false;
    std::optional<int> concurrency{};
    /// Until the last that is due now will be done at this rate; nullopt: nothing is done.
    std::optional<Duration> estimate() const;
};
Result<std::vector<Backlog>> backlog(tenancy::Database& database, Deadline deadline);

struct WorkerStatus {
    std::uint64_t completed = 0, failed = 0, put_off = 0, lost = 0, rescued = 0;
    bool failing = false; // the last look into the database
    Pace pace;
    std::vector<Backlog> backlog; // as of the last keep_interval
};

class Worker {
public:
    using MakeDatabase = std::function<std::unique_ptr<tenancy::Database>()>;
    /// Everything given outlives it. Each thread makes a database of its own, and one more.
    Worker(MakeDatabase make_database, const tenancy::TenantDirectory& directory,
           std::vector<Kind> kinds, const Clock& clock, Rng& rng, WorkerOptions options = {});
    ~Worker();

    void start();
    /// Lets what runs end (and tells it to), hands back what has not begun. Idempotent.
    void stop();

    // For tests without the threads; one thread's.
    /// One claim and what it brings; how many jobs were claimed.
    Result<std::size_t> step();
    /// One round of the keeper: beat, cancels, rescue, schedules.
    Result<void> keep();

    WorkerStatus status() const; // any thread

private:
    struct Claimed {
        const Kind* kind;
        tenancy::TenantInfo tenant;
        Job job;
        bool whole; // its envelope fits
    };
    enum class End : std::uint8_t { by_outcome, released, cancelled };
    struct Finished {
        const Claimed* of;
        Result<Outcome> outcome;
        End end = End::by_outcome;
        bool threw = false;

        bool completes() const {
            return end == End::by_outcome && outcome && std::holds_alternative<Effect>(*outcome);
        }
        bool has_effect() const { return completes() && std::get<Effect>(*outcome) != nullptr; }
    };
    struct Thread {
        std::unique_ptr<tenancy::Database> database;
        std::size_t first_kind = 0;
        TenantId served_last{};
        std::uint64_t claims = 0;
    };
    /// What a claim brought, of one kind. This process has it as long as this object is there.
    struct Batch {
        explicit Batch(Worker& worker) : of(worker) {}
        Batch(Batch&& other) noexcept;
        ~Batch();

        Worker& of;
        const Kind* kind = nullptr; // null: nothing was due
        std::map<TenantId, std::vector<Uuid>> by_tenant = {};
        std::vector<JobId> jobs = {};
    };

    Result<Batch> claim(Thread& thread, WorkerId worker);
    Result<std::vector<Claimed>> load(Thread& thread, WorkerId worker, const Batch& batch);
    Result<void> release(tenancy::Database& database, WorkerId worker,
                         const std::vector<std::pair<TenantId, JobId>>& jobs, Duration delay);
    Finished attempt(Thread& thread, const Claimed& claimed);
    void finish(Thread& thread, WorkerId worker, std::vector<Finished>& done);
    Result<bool> finish_with_effect(Thread& thread, WorkerId worker, Finished& done);
    Result<std::vector<bool>> finish_plain(Thread& thread, WorkerId worker,
                                           std::span<Finished* const> done);
    tenancy::Step ending(const Finished& done, WorkerId worker);
    Result<std::size_t> step(Thread& thread);
    Pace pace_now() const;
    void run(const std::stop_token& stop, int index);
    void run_keeper(const std::stop_token& stop);
    Result<void> beat();
    Result<void> beat_if_due();
    Result<void> look_at_held(WorkerId id, const pg::Rows& held);
    Result<void> rescue();
    Result<void> run_schedules();
    void count(const Finished& done, bool stands);
    Duration backoff(const Kind& kind, int attempt);
    bool stopping() const;
    void pause(const std::stop_token& stop, Duration how_long);
    Deadline soon() const { return Deadline::in(clock_, options_.deadline); }

    const MakeDatabase make_database_;
    const tenancy::TenantDirectory& directory_;
    const std::vector<Kind> kinds_;
    const Clock& clock_;
    Rng& rng_;
    const WorkerOptions options_;
    Thread own_;                                  // who calls step()
    std::unique_ptr<tenancy::Database> database_; // the keeper's

    mutable std::mutex mutex_; // of what follows
    WorkerId id_{};
    bool known_ = false; // to the database, as far as we have heard
    bool stopping_ = false;
    Holds holds_;
    std::map<JobId, std::stop_source> running_;
    std::map<std::string, std::int64_t> done_; // since the last beat
    Monotonic beat_at_{}, kept_at_{}, forgot_at_{};
    std::optional<Monotonic> heard_since_; // none: the last beat failed
    WorkerStatus status_;
    std::atomic<std::int64_t> claim_ns_ = 0; // smoothed
    std::condition_variable_any wake_;
    std::vector<std::jthread> threads_;
};

} // namespace bw::jobs
