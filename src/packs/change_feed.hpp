// ChangeFeed: one thread and connection by which a process hears, a few times a second, what was
// written that first pages may say otherwise (pack_changes). Without word from it no pack is
// served.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "packs/bell_packs.hpp"
#include "tenancy/database.hpp"

namespace bw::packs {

struct FeedOptions {
    Duration interval = 250ms, deadline = 1s;
    std::int64_t rows_limit = 10'000; // of one answer; with more, all packs go
    /// What everybody has seen is forgotten after so long. Who has not looked for half of it knows
    /// nothing any more.
    Duration retention = 1min;
};

/// Thread-safe but for step().
class ChangeFeed {
public:
    /// `packs` outlives it.
    ChangeFeed(std::unique_ptr<tenancy::Database> database, BellPacks& packs, const Clock& clock,
               FeedOptions options = {});
    ~ChangeFeed() { stop(); }
    /// Somebody else who hears the same, on its thread; `missed`: they may not have heard all.
    /// Before start().
    void also_tell(std::function<void(std::span<const Change>)> hear,
                   std::function<void()> missed) {
        tell_ = std::move(hear);
        tell_missed_ = std::move(missed);
    }
    void start();
    void stop();
    /// Asks once. For tests without the thread.
    Result<void> step();

private:
    /// What a snapshot's text says last: which transactions are to come.
    static std::uint64_t end_of(std::string_view snapshot);
    void run(const std::stop_token& stop);
    bool missed(const pg::Rows& rows, Monotonic asked, Instant asked_at) const;
    void forget(Monotonic asked);

    const std::unique_ptr<tenancy::Database> database_; // of the thread, or of who calls step()
    BellPacks& packs_;
    const Clock& clock_;
    const FeedOptions options_;
    // Of the thread, or of who calls step():
    std::string snapshot_;      // the last answer's; empty: none
    std::int64_t timeline_ = 0; // of it; 0: none, which no server is on
    Monotonic seen_{};
    Instant seen_at_{};                                       // the same by the wall clock
    std::deque<std::pair<Monotonic, std::string>> snapshots_; // of the time of retention, some
    std::string forgotten_before_; // what this snapshot had seen goes; empty: nothing yet
    std::function<void(std::span<const Change>)> tell_;
    std::function<void()> tell_missed_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::packs
