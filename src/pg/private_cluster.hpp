// A private PostgreSQL cluster: made with initdb under our own data directory, started as our
// child, stopped with us. Debian's own cluster is never touched. Works as root (under a system user
// of its own) and as an ordinary user.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pg {

struct PrivateClusterOptions {
    std::filesystem::path directory; // holds data/, sock/ (0700), log; made if absent. Keep it
                                     // short: a socket path has 107 bytes at most
    int max_connections = 50;
    bool durable = true; // false: fsync off, for tests that do not test durability
    bool outlive_us =
        false; // true: neither our death nor the destructor stops it; stop_running() does
    std::function<void(std::string_view)> progress = [](std::string_view) {};
};

/// Conninfo of the cluster in `directory`, for whoever may enter its socket directory (its own user
/// and root). An empty password means peer authentication, which the superuser `bw` alone has.
std::string cluster_conninfo(const std::filesystem::path& directory, const std::string& database,
                             const std::string& role, const std::string& password);

/// Stops the cluster that some process runs in `directory` (fast: SIGINT) and waits for its end.
/// Not running: fine.
Result<void> stop_running(const std::filesystem::path& directory, const Clock& clock,
                          Deadline deadline);

/// Not thread-safe. The server ends when the thread that called start() ends (PR_SET_PDEATHSIG):
/// call it from a thread that lives as long as the process, such as main's.
class PrivateCluster {
public:
    /// Makes the cluster if `directory` holds none, starts it, waits until it answers. A stale pid
    /// file of a dead server is survived; a cluster that another live process runs is `conflict`.
    static Result<PrivateCluster> start(PrivateClusterOptions options, const Clock& clock,
                                        Deadline deadline);
    PrivateCluster(PrivateCluster&&) noexcept;
    PrivateCluster& operator=(PrivateCluster&&) noexcept;
    /// Fast stop (SIGINT), then waits; kills after 30 s. With `outlive_us` it does nothing.
    ~PrivateCluster();

    /// For the bootstrap superuser `bw` by peer authentication: migrations alone use it.
    std::string superuser_conninfo(const std::string& database) const;
    /// For another login role by SCRAM password over the socket; `password` from the role's
    /// password file.
    std::string conninfo(const std::string& database, const std::string& role,
                         const std::string& password) const;
    pid_t pid() const { return pid_; }
    const std::filesystem::path& directory() const { return options_.directory; }
    /// Did the server process end by itself? (Reaps it.)
    bool ended();
    Result<void> stop(Deadline deadline);

private:
    PrivateCluster(PrivateClusterOptions options, const Clock& clock);
    Result<void> launch(const std::filesystem::path& binaries, Deadline deadline);
    Result<bool> await_ready(Deadline deadline);
    Result<void> wait_for_end(Deadline deadline);
    void abandon();
    PrivateClusterOptions options_;
    const Clock* clock_;
    pid_t pid_ = -1;
};

} // namespace bw::pg
