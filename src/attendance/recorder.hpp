// Recorder: writes what the book has, every few seconds, in batches; and forgets what is old. Any
// number of processes have one each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "attendance/store.hpp"
#include "base/rng.hpp"
#include "tenancy/directory.hpp"

namespace bw::attendance {

struct RecorderOptions {
    std::vector<std::string> edges = {}; // as heartbeats are read with
    Duration every = 3s;                 // more or less, so that processes do not write at once
    Duration pause_limit = 60s;          // doubled up to it while the database is away
    std::size_t batch_rows = 2'000;
    Duration deadline = 10s;
    Duration drain = 5s; // what is left is written, when it stops
    Duration keep = 400 * 24h;
    Duration forget_interval = 1h;
    std::int64_t forget_rows = 1'000; // of one statement: its locks are short
};

struct RecorderStatus {
    std::uint64_t recorded = 0;  // people's tallies that were written
    std::uint64_t left_out = 0;  // of institutions that are gone
    std::uint64_t forgotten = 0; // rows, by age
    bool failing = false;
};

class Recorder {
public:
    Recorder(Book& book, std::unique_ptr<tenancy::Database> database,
             const tenancy::TenantDirectory& directory, const Clock& clock, Rng& rng,
             RecorderOptions options);
    ~Recorder() { stop(); }

    // Of one thread, and not after start().
    /// One batch: how many tallies were taken. After an error those that were not written wait
    /// again.
    Result<std::size_t> step(Deadline deadline);
    void forget_some();
    void start();
    /// Writes what waits, as long as `drain` allows. Idempotent.
    void stop();
    RecorderStatus status() const;

private:
    void run(const std::stop_token& stop);
    Result<void> record_all(Deadline until, const std::stop_token* stop);

    Book& book_;
    const std::unique_ptr<tenancy::Database> database_;
    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    Rng& rng_;
    const RecorderOptions options_;
    Monotonic forget_at_{};
    std::vector<tenancy::TenantScope> forget_in_; // what is left of the round under way
    std::atomic<std::uint64_t> recorded_ = 0, left_out_ = 0, forgotten_ = 0;
    std::atomic<bool> failing_ = false;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::attendance
