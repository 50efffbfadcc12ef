// One PostgreSQL server of a private cluster: a child process over the data/ of one directory.
// Which role it plays is its owner's affair. Private to pg.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pg {

/// Not thread-safe. Without `outlive_us` the server ends with this object, and with the thread that
/// started it.
class ClusterServer {
public:
    ClusterServer(std::filesystem::path directory, bool outlive_us, const Clock& clock);
    ~ClusterServer();
    ClusterServer(const ClusterServer&) = delete;
    ClusterServer& operator=(const ClusterServer&) = delete;

    /// Starts it and waits until it answers; tries again while orphans of the server before hold
    /// its memory.
    Result<void> start(Deadline deadline);
    /// Starts it and does not wait: ask answers().
    Result<void> launch(Deadline deadline);
    /// False: not yet, or not any more (ended() tells).
    bool answers() const;
    /// Did the process end by itself, or was none started? (Reaps it.)
    bool ended();
    /// Fast stop (SIGINT), then waits.
    Result<void> stop(Deadline deadline);
    /// Fast stop, then an immediate one (the next start replays the log), then the axe.
    void abandon();

    /// For the superuser `bw` by peer authentication.
    std::string superuser_conninfo(const std::string& database) const;
    pid_t pid() const { return pid_; }
    const std::filesystem::path& directory() const { return directory_; }

private:
    Result<bool> await_answer(Deadline deadline);
    Result<void> wait_for_end(Deadline deadline);

    const std::filesystem::path directory_;
    const bool outlive_us_;
    const Clock& clock_;
    pid_t pid_ = -1;
};

} // namespace bw::pg
