// The replica of a private cluster: made by a base backup, kept following its primary, made anew
// when it cannot follow any more. A state machine that its owner ticks; no threads. Private to pg.
#pragma once

#include <memory>

#include "pg/cluster_server.hpp"
#include "pg/connection.hpp"
#include "pg/private_cluster.hpp"
#include "pg/process.hpp"

namespace bw::pg {

/// Not thread-safe. `primary` outlives it.
class Replica {
public:
    Replica(std::filesystem::path directory, const PrivateClusterOptions& options,
            const ClusterServer& primary, const Clock& clock);
    ~Replica();
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    void tend();
    const ReplicaStatus& status() const { return status_; }
    const std::filesystem::path& directory() const { return directory_; }
    bool answers() const { return server_ && server_->answers(); }
    /// Its server, to become a primary; this object then does nothing more.
    std::unique_ptr<ClusterServer> release();
    Result<void> stop(Deadline deadline);

private:
    enum class Stage : std::uint8_t { idle, backing_up, starting, following, released };

    Result<void> begin();
    Result<bool> usable();
    Result<void> start_backup();
    Result<void> look_at_backup();
    Result<void> launch();
    Result<void> look_at_start();
    Result<void> look_at_progress();
    Result<void> make_anew(const char* why);
    void stop_backup();
    void give_up(const Error& error);
    Result<Rows> ask(const Statement& statement);
    Deadline brief() const;

    const std::filesystem::path directory_;
    const PrivateClusterOptions options_;
    const ClusterServer& primary_;
    const Clock& clock_;

    Stage stage_ = Stage::idle;
    ReplicaStatus status_;
    std::unique_ptr<ClusterServer> server_;
    std::unique_ptr<Connection> connection_; // to the primary, as the superuser
    pid_t backup_ = -1;
    Monotonic backup_due_{}; // a base backup that is not done by then is killed
    Monotonic next_try_{};
    Duration pause_;
    int failed_starts_ = 0; // of the same data
    std::optional<Monotonic> unconnected_since_;
    bool data_are_useless_ = false;
};

} // namespace bw::pg
