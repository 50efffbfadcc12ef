// Enqueueing, in the caller's transaction: the job is there if and only if the deed stands. What
// becomes of it: worker.hpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "jobs/job.hpp"
#include "tenancy/database.hpp"

namespace bw::jobs {

struct NewJob {
    std::string kind;
    std::string args = "{}"; // a JSON object of ids, at most args_bytes_limit; nothing personal
    Priority priority = Priority::normal;
    Duration delay{}; // until it is due
    int attempts_max = 10;
    /// While a job of this kind and key has not ended, another is not made.
    std::optional<std::string> unique_key = {};
};
constexpr std::size_t args_bytes_limit = 64 * 1024;

/// Its id; or the one that has its unique key.
Result<JobId> enqueue(tenancy::TenantTx& tx, const NewJob& job, const Clock& clock, Rng& rng);
/// The same for many, in one statement; how many were made.
Result<std::size_t> enqueue_all(tenancy::TenantTx& tx, std::span<const NewJob> jobs,
                                const Clock& clock, Rng& rng);
/// That statement, for whoever sends several at once.
tenancy::Step enqueue_step(TenantId tenant, std::span<const NewJob> jobs, const Clock& clock,
                           Rng& rng);

} // namespace bw::jobs
