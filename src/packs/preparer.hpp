// Preparer: one thread and connection that reads the first pages of those who are expected at a
// bell, minutes before it, as slowly as its budget says, and not while others need the database.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "packs/page_reads.hpp"
#include "tenancy/directory.hpp"

namespace bw::packs {

struct PreparerOptions {
    Duration lead = 5min;            // before the bell
    int statements_per_second = 500; // of its own; 0: nothing is prepared
    int batch = 50;                  // students, of one institution at a time
    Duration batch_time = 1s;        // no page of it is begun later
    /// Pages that take longer, or fail, say that the primary is slow: everybody rests for
    /// pause_min, and that institution for twice as long each time.
    Duration slow = 50ms;
    Duration pause_min = 500ms, pause_max = 30s;
    Duration again_after = 15s; // what was dropped meanwhile is prepared again
    Duration page_deadline = 2s;
};

struct PreparerStatus {
    std::uint64_t prepared = 0;
    std::uint64_t paused = 0; // for others, or since the primary was slow
    bool failing = false;
};

/// Thread-safe but for step().
class Preparer {
public:
    /// All outlive it. `busy`: others wait for the database.
    Preparer(std::unique_ptr<tenancy::Database> database, BellPacks& packs, ReadPage read,
             const tenancy::TenantDirectory& directory, std::function<bool()> busy,
             const Clock& clock, PreparerOptions options = {});
    ~Preparer() { stop(); }
    void start();
    void stop();
    /// A batch at most; how long to rest then. For tests without the thread.
    Duration step();
    PreparerStatus status() const;

private:
    struct Progress {
        Instant bell;
        UserId after{};              // the last of them that was looked at
        Monotonic next_at{};         // all were, or it was slow: when to look again
        Duration pause{};            // after the last time that it was; 0: it was not
        std::uint64_t last_turn = 0; // 0: it had none yet
    };
    /// The institution whose turn it is: who waits longest for one, and of those the nearest bell;
    /// null: nobody is expected.
    std::shared_ptr<const tenancy::TenantInfo> next_institution();
    Result<int> prepare(const tenancy::TenantInfo& at, Progress& progress);
    Duration rest(int statements) const;
    Duration step_back(Progress& progress);
    void run(const std::stop_token& stop);

    const std::unique_ptr<tenancy::Database> database_; // of the thread, or of who calls step()
    BellPacks& packs_;
    const ReadPage read_;
    const tenancy::TenantDirectory& directory_;
    const std::function<bool()> busy_;
    const Clock& clock_;
    const PreparerOptions options_;
    std::unordered_map<TenantId, Progress> progress_; // those with a bell ahead; the thread's
    std::uint64_t turns_ = 0;                         // the thread's
    mutable std::mutex mutex_;
    PreparerStatus status_; // guarded by mutex_
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::packs
