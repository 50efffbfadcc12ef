// Taking in what people did: durable in a journal of its own, and nothing else is asked. It gives
// way to submissions: refused while those wait, or while the disk is short, and nobody's page
// depends on it.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "activity/record.hpp"
#include "journal/journal.hpp"
#include "tenancy/quota.hpp"

namespace bw::activity {

struct IntakeOptions {
    std::int32_t activities_a_minute = 1'200; // of one person, at once or spread out; 200 at least
    std::filesystem::path disk = {};          // where the journal lies; empty: never short
    std::uint64_t bytes_kept_free = 0;        // of that disk, for submissions and others
    /// Have others the journal's disk more urgently now? Any thread, quick. Null: never.
    std::function<bool()> yields = {};
    /// How long it is believed that an institution wants nothing kept.
    Duration off_for = std::chrono::minutes(1);
};

struct Taken {
    std::size_t activities = 0; // durable; 0 where none are kept
    bool kept = true;           // does the institution want them, as far as is known here?
};

/// Of this process, since it began; numbers of activities.
struct IntakeStatus {
    std::uint64_t taken = 0, over_quota = 0, shed = 0, failed = 0, not_wanted = 0;
};

/// Thread-safe.
class Intake {
public:
    /// `journal` null: it could not be opened, and everything is refused as unavailable.
    Intake(journal::Journal* journal, const Clock& clock, IntakeOptions options);

    using Done = std::move_only_function<void(Result<Taken>)>;
    /// Calls `done` exactly once, mostly on the journal's writer thread: be quick there. Errors:
    /// quota_exceeded, and before anything is written overloaded, storage_full or unavailable;
    /// outcome_unknown: send the same again.
    void accept(TenantId tenant, UserId user, std::vector<Activity> activities, Monotonic received,
                Done done);
    /// What the recorder has seen of an institution's policy.
    void heard(TenantId tenant, bool kept);
    IntakeStatus status() const;

private:
    bool is_off(TenantId tenant, Monotonic now);
    std::optional<Error> refusal() const;

    journal::Journal* const journal_;
    const Clock& clock_;
    const IntakeOptions options_;
    tenancy::Buckets buckets_;
    std::atomic<std::uint64_t> taken_ = 0, over_quota_ = 0, shed_ = 0, failed_ = 0, not_wanted_ = 0;
    std::mutex mutex_;
    std::unordered_map<TenantId, Monotonic> off_until_;
};

} // namespace bw::activity
