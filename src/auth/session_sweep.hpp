// SessionSweep: a thread that forgets the families which nobody can show any more, away from the
// lanes on which people wait.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::auth {

struct SweepOptions {
    Duration first_after = 5min, interval = 1h; // of a round
    Duration deadline = 5s;                     // of one statement
    std::int32_t rows_limit = 1'000;            // of one statement: its locks are short
};

/// Thread-safe but for step().
class SessionSweep {
public:
    using MakeDatabase = std::function<std::unique_ptr<tenancy::Database>()>;
    /// `make_database` for each round, so that there is no connection in between. `directory`
    /// outlives it.
    SessionSweep(MakeDatabase make_database, const tenancy::TenantDirectory& directory,
                 SweepOptions options = {});
    ~SessionSweep() { stop(); }

    void start();
    void stop();
    /// One round: all of all institutions, suspended ones too; how many went. For tests without the
    /// thread.
    std::int64_t step(const std::stop_token& stop = {});

private:
    void run(const std::stop_token& stop);

    const MakeDatabase make_database_;
    const tenancy::TenantDirectory& directory_;
    const SweepOptions options_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::auth
