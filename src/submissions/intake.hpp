// Intake: accepts a submission by making it durable, and nothing else. It works while the database
// is down, decides neither lateness nor enrollment, and answers a retry with the receipt of the
// first. That it asks nobody whether a person may hand in is bounded by a quota for each person.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "journal/journal.hpp"
#include "submissions/receipt.hpp"
#include "submissions/record.hpp"
#include "tenancy/principal.hpp"
#include "tenancy/quota.hpp"

namespace bw::submissions {

/// Wall-clock time that never steps: an anchor taken once, plus the monotonic clock. Never before
/// `not_before`, the last moment that the journal already holds. Thread-safe.
class ReceiveClock {
public:
    ReceiveClock(const Clock& clock, Instant not_before)
        : clock_(clock), anchor_(std::max(clock.now(), not_before)),
          anchored_at_(clock.monotonic()) {}
    Instant at(Monotonic moment) const { return anchor_ + (moment - anchored_at_); }
    /// How far the wall clock is from at(): it was stepped since the anchor was taken, or the
    /// machine slept.
    Duration apart() const { return std::chrono::abs(clock_.now() - at(clock_.monotonic())); }

private:
    const Clock& clock_;
    const Instant anchor_;
    const Monotonic anchored_at_;
};

struct Offer {
    TenantId tenant;
    UserId user;
    AssignmentId assignment;
    std::string idempotency_key;
    Bytes content;
    Monotonic received; // when the last byte came
    ContentKind kind = ContentKind::text;
};

/// A submission that is durable.
struct Received {
    Bytes statement;
    journal::Committed commit;
    bool replayed = false; // the answer to a retry: nothing new was written
};

/// What one person may hand in in a minute, at once or spread out; retries of what is remembered do
/// not count. Each of them 1 to tenancy::rate_max. In this process's memory: N processes grant N
/// times it.
struct IntakeQuota {
    std::int32_t submissions_a_minute = 0;
    std::int32_t kib_a_minute = 0; // begun ones; below the largest content's, that is never taken
};

struct IntakeOptions {
    std::size_t index_items_limit =
        200'000; // submissions remembered for retries; beyond it the oldest are forgotten,
                 // and the recorder merges what comes again
    std::size_t waiters_limit = 16;        // retries that await one commit
    std::optional<IntakeQuota> quota = {}; // nullopt: none
};

/// Thread-safe.
class Intake {
public:
    using ClockErrorSource = std::function<ClockError()>;
    Intake(journal::Journal& journal, std::string kid, ReceiveClock receive_clock,
           ClockErrorSource clock_error, IntakeOptions options);

    using Done = std::move_only_function<void(Result<Received>)>;
    /// Calls `done` exactly once, mostly on the journal's writer thread: be quick there. Errors:
    /// idempotency_key_reused, quota_exceeded, and the journal's (overloaded, storage_full,
    /// outcome_unknown, unavailable).
    void accept(Offer offer, Done done);
    /// A submission that is durable and still remembered.
    std::optional<Received> find(SubmissionId submission) const;
    /// Puts what the journal holds beyond the recorder's cursor back into the index; before the
    /// first accept().
    void restore(const journal::Entry& entry);

    Receipt receipt(const Received& received) const;

private:
    struct Known {
        Sha256 content_sha256;
        std::optional<Received> received; // nullopt: its commit is under way
        std::vector<Done> waiters;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<SubmissionId, Known> known;
        std::deque<SubmissionId> oldest_first; // of those received
    };
    static constexpr std::size_t shard_count = 16;
    Shard& shard_of(SubmissionId id) {
        return shards_[std::hash<SubmissionId>{}(id) % shard_count];
    }
    const Shard& shard_of(SubmissionId id) const {
        return shards_[std::hash<SubmissionId>{}(id) % shard_count];
    }
    /// Counts the submission, or says why it is not taken.
    std::optional<Error> over_quota(const Statement& statement, Monotonic now);
    void uncount(const Statement& statement);
    void committed(const Statement& statement, Bytes encoded, Result<journal::Committed> outcome);
    void remember(Shard& shard, SubmissionId id);

    journal::Journal& journal_;
    const std::string kid_;
    const ReceiveClock receive_clock_;
    const ClockErrorSource clock_error_;
    const IntakeOptions options_;
    std::array<Shard, shard_count> shards_;
    tenancy::Buckets buckets_;
};

} // namespace bw::submissions
