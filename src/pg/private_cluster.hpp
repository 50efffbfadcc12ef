// A private PostgreSQL cluster: made with initdb under our own data directory, started as our
// child, stopped with us; a primary and, if wanted, its streaming replica. Debian's own cluster is
// never touched. Works as root (under a system user of its own) and as an ordinary user.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pg {

struct PrivateClusterOptions {
    std::filesystem::path directory; // holds data/, sock/ (0700), log; made if absent. Keep it
                                     // short: a socket path has 107 bytes at most
    int max_connections = 50;
    bool durable = true;  // false: fsync off, for tests that do not test durability
    bool replica = false; // made and kept by tend() in replica/, with files of the same names
    bool outlive_us =
        false; // true: neither our death nor the destructor stops it; stop_running() does
    std::function<void(std::string_view)> progress = [](std::string_view) {};
};

enum class ReplicaState : std::uint8_t {
    absent,      // none is wanted, or not looked at yet
    building,    // a base backup runs
    catching_up, // its server runs, or starts, and is not up to date
    streaming,   // it follows the primary
    broken       // the last attempt failed; it is tried again by itself
};
std::string_view wire_name(ReplicaState state);

struct ReplicaStatus {
    ReplicaState state = ReplicaState::absent;
    std::optional<std::int64_t> lag_bytes = {}; // not replayed yet; known while streaming
    std::optional<Duration> lag = {};           // the same as time
    std::string reason = {};                    // of `broken`, for operators
};

/// Conninfo of the server in `directory`, for whoever may enter its socket directory (its own user
/// and root). An empty password means peer authentication, which the superuser `bw` alone has.
std::string cluster_conninfo(const std::filesystem::path& directory, const std::string& database,
                             const std::string& role, const std::string& password);

/// Stops the cluster that some process runs in `directory` (fast: SIGINT), the replica first, and
/// waits for its end. Not running: fine.
Result<void> stop_running(const std::filesystem::path& directory, const Clock& clock,
                          Deadline deadline);

class ClusterServer;
class Replica;

/// Not thread-safe. The servers end when the thread that called start() or tend() ends
/// (PR_SET_PDEATHSIG): call them from a thread that lives as long as the process, such as main's.
class PrivateCluster {
public:
    /// Makes the cluster if `directory` holds none, starts its primary, waits until it answers. A
    /// stale pid file of a dead server is survived; a cluster that another live process runs is
    /// `conflict`. The replica is left to tend().
    static Result<PrivateCluster> start(PrivateClusterOptions options, const Clock& clock,
                                        Deadline deadline);
    PrivateCluster(PrivateCluster&&) noexcept;
    PrivateCluster& operator=(PrivateCluster&&) noexcept;
    /// Fast stop (SIGINT), then waits; kills after 30 s. With `outlive_us` it does nothing.
    ~PrivateCluster();

    /// The bootstrap superuser `bw` at the primary by peer authentication: migrations alone use it.
    std::string superuser_conninfo(const std::string& database) const;
    /// Another login role by SCRAM password over the socket; `password` from the role's password
    /// file. With a replica it names both servers and takes the one that accepts writes, so it
    /// holds beyond a promotion.
    std::string conninfo(const std::string& database, const std::string& role,
                         const std::string& password) const;
    /// The same for reading from whichever server is the standby; nullopt without a replica.
    std::optional<std::string> replica_conninfo(const std::string& database,
                                                const std::string& role,
                                                const std::string& password) const;
    /// By which the primary keeps its log for the replica; nullopt while none is kept: none is
    /// wanted, or it was promoted.
    std::optional<std::string> replica_slot() const;
    /// Of the primary.
    pid_t pid() const;
    /// Did the primary end by itself? (Reaps it.)
    bool ended();
    /// After ended(): the same server once more; the replica stays and finds it again.
    Result<void> restart_primary(Deadline deadline);

    /// Takes the replica one step further (README.md has its states): call it about once a second,
    /// and when a child ended. Waits two seconds at most for a primary that does not answer, and
    /// for the fast stop of a replica that is made anew.
    void tend();
    /// As the last tend() saw it.
    ReplicaStatus replica_status() const;
    /// For drills and for a primary that will not come back: stops the primary if it lives,
    /// records the change, and makes the replica the primary. `conflict` if the primary lives and
    /// the replica does not stream, because commits would be lost; of a dead primary's commits
    /// those are kept that the replica has received. The other data are kept aside, and made anew
    /// as a replica at the next start().
    Result<void> promote(Deadline deadline);
    Result<void> stop(Deadline deadline);

private:
    PrivateCluster(PrivateClusterOptions options, const Clock& clock);
    Result<void> start_primary(Deadline deadline);
    PrivateClusterOptions options_;
    const Clock* clock_;
    std::unique_ptr<ClusterServer> primary_;
    std::unique_ptr<Replica> replica_; // looks at *primary_
};

} // namespace bw::pg
