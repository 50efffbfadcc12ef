// What people do with an institution's jobs: look, retry, cancel, and bring dead letters back. Each
// deed is audited, in the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "jobs/job.hpp"
#include "tenancy/database.hpp"

namespace bw::jobs {

/// A job as it stands, or as it ended.
struct JobRecord {
    JobId id;
    std::string kind;
    State state = State::available; // what waits and is due is available
    Priority priority = Priority::normal;
    Instant due_at, created_at;
    std::optional<Instant> ended_at{};
    int attempt = 0, attempts_max = 0, crashes = 0;
    bool cancel_asked = false;
    std::string args, error; // args: JSON, empty once it has ended; error: the last one, or empty
};

struct Wanted {
    std::optional<State> state{};
    std::optional<std::string> kind{};
};
struct JobPage {
    std::vector<JobRecord> items;
    std::optional<JobId> next{}; // pass it on as `after`
};
/// Those that have not ended, in the order they were made; with an ended state: history, the newest
/// first.
Result<JobPage> list_jobs(tenancy::TenantTx& tx, const Wanted& wanted, std::optional<JobId> after,
                          int limit);
/// not_found: there is none, or it ended too long ago.
Result<JobRecord> get_job(tenancy::TenantTx& tx, JobId job);

/// Who does it, for the audit log.
struct Actor {
    std::string name;
    const Clock& clock;
    Rng& rng;
};
/// Due now; a dead letter too, with as many attempts more as it had, ten at most. conflict: it runs
/// or has ended, or another job has its unique key.
Result<void> retry_job(tenancy::TenantTx& tx, JobId job, const Actor& actor);
/// Ended, or its worker is told. True: it has ended already. conflict: it had ended before.
Result<bool> cancel_job(tenancy::TenantTx& tx, JobId job, const Actor& actor);

/// Dead letters of one kind, for one reason.
struct DeadLetters {
    std::string kind, error;
    std::int64_t count = 0;
    Instant oldest;
};
Result<std::vector<DeadLetters>> dead_letters(tenancy::TenantTx& tx,
                                              const std::optional<std::string>& kind);

struct Redrive {
    std::optional<std::string> kind{};
    std::optional<std::string> error_begins_with{};
    bool dry_run = true;   // say what would be done
    int limit = 1000;      // at most so many
    double per_second = 0; // spread so; 0: all at once
};
struct Redriven {
    std::vector<JobId> jobs; // the oldest first
    std::int64_t left = 0;   // that match and were not taken: over the limit, or their key is taken
    Duration over{};         // until the last one is due
};
Result<Redriven> redrive(tenancy::TenantTx& tx, const Redrive& wanted, const Actor& actor);

/// How many of the institution's own jobs of its kind go before one that waits, up to 10,000.
Result<std::int64_t> ahead_of(tenancy::TenantTx& tx, const JobRecord& job);

/// What the institution has of a kind.
struct OwnBacklog {
    std::string kind;
    std::int64_t waiting = 0, later = 0, running = 0, discarded = 0;
    std::optional<Duration> oldest{}; // since when the first that is due waits
};
Result<std::vector<OwnBacklog>> own_backlog(tenancy::TenantTx& tx);

} // namespace bw::jobs
