// The audit log's own thread: writes the events of deeds that have no transaction of their own (a
// sign-in, a refusal), in batches, and takes waiting events of all tenants into their trees. Nobody
// waits for it; a deed with a transaction calls audit::record in it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "audit/tree.hpp"
#include "tenancy/directory.hpp"

namespace bw::audit {

struct WriterOptions {
    std::size_t queue_items_limit = 50'000; // beyond it events are lost, counted and logged as such
    std::size_t batch_items_limit = 1'000;
    Duration interval = 1s; // between growths of the trees
    Duration deadline = 10s;
};

struct WriterStatus {
    std::size_t queued;
    std::uint64_t written, lost, grown;
    bool failing; // the last step
};

/// Thread-safe.
class Writer {
public:
    Writer(std::unique_ptr<tenancy::Database> database, const tenancy::TenantDirectory& directory,
           const SigningKey& key, const SubjectKeys& subject_keys, const Clock& clock, Rng& rng,
           WriterOptions options = {});
    ~Writer();

    void start();
    /// Writes what is queued, as far as one deadline goes, then joins.
    void stop();

    /// Never blocks. What does not fit any more is lost; the log then says how many were, in an
    /// event `audit.events_lost` of the tenant.
    void record(const tenancy::TenantScope& scope, const Event& event,
                std::optional<StoredEvent::Personal> personal = std::nullopt);

    /// One round of the thread: writes one batch, grows the trees. For tests without the thread.
    Result<void> step(Deadline deadline);
    WriterStatus status() const;

private:
    struct Item {
        tenancy::TenantScope scope;
        StoredEvent event;
    };
    using Batch = std::map<TenantId, std::vector<Item>>;
    /// Of whom the events say something personal about; nullopt: erased.
    using Keys = std::map<std::pair<TenantId, UserId>, std::optional<SecretKey>>;

    void run(const std::stop_token& stop);
    Batch take();
    void put_back(Batch batch);
    Result<void> write(Batch& batch, Deadline deadline);
    Result<Keys> keys_for(const Batch& batch, Deadline deadline);
    Result<void> write_each(Batch batch, Deadline deadline);
    Result<void> grow_trees(Deadline deadline);

    const std::unique_ptr<tenancy::Database> database_; // of the thread, or of who calls step()
    const tenancy::TenantDirectory& directory_;
    const SigningKey& key_;
    const SubjectKeys subject_keys_;
    const Clock& clock_;
    Rng& rng_;
    const WriterOptions options_;
    mutable std::mutex mutex_; // guards queue_ and missed_
    std::condition_variable_any wake_;
    std::deque<Item> queue_;
    struct Missed {
        tenancy::TenantScope scope;
        std::uint64_t events;
    };
    std::map<TenantId, Missed> missed_; // lost and not yet said so in the log
    std::atomic<std::uint64_t> written_ = 0, lost_ = 0, grown_ = 0;
    std::atomic<bool> failing_ = false;
    std::jthread thread_;
};

} // namespace bw::audit
