// What operators see and do over all institutions. Every database here signs in as bw_operator;
// each deed stands in the book of operators' deeds, in the same transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/desk.hpp"
#include "jobs/worker.hpp"

namespace bw::jobs {

/// A part that is not named stays as it is.
struct Decision {
    std::string kind;
    std::optional<bool> paused{};                    // no more of this kind is claimed
    std::optional<std::optional<int>> concurrency{}; // only so many run at once; none: no limit
};
/// not_found: neither a job that waits nor a live worker knows the kind.
Result<void> decide(tenancy::Database& database, const Decision& decision, std::string_view actor,
                    Deadline deadline);

/// What there is of a kind, in all institutions.
struct KindOverview {
    Backlog backlog;
    std::int64_t dead = 0; // letters, counted up to 100,000
};
/// A live worker of any process.
struct LiveWorker {
    std::string name;
    std::int64_t running = 0;
};
struct Overview {
    std::vector<KindOverview> kinds;
    std::vector<LiveWorker> workers; // at most 200
};
Result<Overview> overview(tenancy::Database& database, Deadline deadline);

/// An institution's dead letters of one kind, for one reason.
struct TenantDeadLetters {
    TenantId tenant;
    DeadLetters letters;
};
struct DeadLetterReasons {
    std::vector<TenantDeadLetters> items;          // the most frequent first
    std::int64_t all_letters = 0, all_reasons = 0; // of the first 200,000 letters
};
Result<DeadLetterReasons> all_dead_letters(tenancy::Database& database,
                                           std::optional<TenantId> tenant,
                                           const std::optional<std::string>& kind, int limit,
                                           Deadline deadline);
/// As redrive() of the institution's own people.
Result<Redriven> redrive_of(tenancy::Database& database, TenantId tenant, const Redrive& wanted,
                            std::string_view actor, Deadline deadline);

} // namespace bw::jobs
