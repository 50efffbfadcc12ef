// Keeps the tenant directory fresh on a thread and connection of its own, and the file from which
// the next process starts when its database is away. The thread has room for a chore beside it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "app/installation.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

constexpr Duration database_wait_at_start = 30s;

class DirectoryRefresher {
public:
    /// All outlive it.
    DirectoryRefresher(tenancy::TenantDirectory& directory, const Installation& installation,
                       const std::string& conninfo, const Clock& clock);

    /// The check that row-level security binds us and the first look; where `file_will_do` and the
    /// database is away, the file instead: then the check comes before the first refresh.
    Result<void> begin(bool file_will_do);
    /// What else is to be done on this thread, with its connection, after each look, whether that
    /// reached the database or not; null: nothing.
    /// Returns when what was done before is not under way.
    void each_time(std::function<Result<void>(tenancy::Database&, Deadline)> chore);
    /// The database came back and row-level security would not bind us: the process must end.
    /// Thread-safe.
    bool refused() const { return refused_; }

private:
    Result<void> look(Deadline deadline);
    bool start_from_file();
    void run(const std::stop_token& stop);

    tenancy::TenantDirectory& directory_;
    const std::filesystem::path file_;
    const std::string origin_; // of the file: the database that it was read from
    tenancy::Database database_;
    const Clock& clock_;
    bool checked_ = false;
    Monotonic save_at_{};
    std::function<Result<void>(tenancy::Database&, Deadline)> chore_; // guarded by mutex_
    std::atomic<bool> refused_ = false;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::app
