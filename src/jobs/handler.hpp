// What does a kind of job: slow work outside any transaction, then an effect inside the one that
// completes the job.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <variant>

#include "jobs/job.hpp"
#include "tenancy/database.hpp"
#include "tenancy/tenant.hpp"

namespace bw::jobs {

/// Done in the transaction that completes the job: it stands if and only if the job is completed.
/// Called again if that transaction did not stand. Null: the job has no effect.
using Effect = std::move_only_function<Result<void>(tenancy::TenantTx&)>;

/// Not now: due again after `delay`, and the attempt does not count.
struct Snooze {
    Duration delay;
};
using Outcome = std::variant<Effect, Snooze>;

struct Attempt {
    const Job& job;
    const tenancy::TenantInfo& tenant; // active, and the job's own: verified at the claim
    tenancy::Database& database;       // the thread's
    Deadline deadline;
    std::stop_token stop; // cancelled, or the process ends: return soon, whatever
};

/// On a worker thread; several at once. May run more than once for one job, so what it does outside
/// its effect must bear that. A permanent fault (bw::fault) discards the job at once, any other is
/// tried again. What it throws counts as a fault that may pass.
using Handler = std::function<Result<Outcome>(const Attempt&)>;

struct Kind {
    std::string name; // "submission.similarity"
    Handler handler;
    int batch = 1;              // how many a thread claims at once: many of what takes no time
    Duration time_limit = 1min; // of one attempt
    Duration backoff_min = 1s, backoff_max = 15min; // doubles from attempt to attempt
    /// Not zero: enqueued as often for each institution, with empty args.
    Duration every{};
};

} // namespace bw::jobs
