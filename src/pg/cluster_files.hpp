// What lies in a private cluster's directory: data/, sock/, log, settings, the server's pid file.
// Private to pg.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pg/private_cluster.hpp"
#include "pg/process.hpp"

namespace bw::pg {

inline std::filesystem::path data_of(const std::filesystem::path& directory) {
    return directory / "data";
}
inline std::filesystem::path log_of(const std::filesystem::path& directory) {
    return directory / "log";
}

/// Too long a path would fail later with a riddle.
Result<void> check_socket_path(const std::filesystem::path& directory);

/// Who runs the server: we, or as root the system user `bellwether-pg`, which is made if absent.
Result<Identity> cluster_user(const Clock& clock, Deadline deadline);

/// The newest supported PostgreSQL that is installed, or the one that the data in `directory`
/// needs.
Result<std::filesystem::path> find_binaries(const std::filesystem::path& directory);

Result<void> prepare_directories(const std::filesystem::path& directory, const Identity& user);

/// initdb in data.new, then a rename: what is called data is whole.
Result<void> make_data(const PrivateClusterOptions& options, const std::filesystem::path& binaries,
                       const Identity& user, const Clock& clock, Deadline deadline);

/// Written anew at each start, so that they follow the options, the directory and the user.
Result<void> write_settings(const PrivateClusterOptions& options, const Identity& user);

struct RunningServer {
    pid_t pid;
    std::string state; // "starting", "ready", "standby", "stopping", or empty early on
};
/// The live server of this directory, by its pid file. A pid that now belongs to some other program
/// is none.
std::optional<RunningServer> running_server(const std::filesystem::path& directory);

/// PostgreSQL refuses to start if the pid in a stale file lives, whosever it is now. Only when no
/// server runs.
void disarm_stale_pid_file(const std::filesystem::path& directory);

/// The last lines of the log.
std::string log_tail(const std::filesystem::path& directory);

} // namespace bw::pg
