// What lies in a server's directory: data/, sock/, log, settings, the server's pid file. Which data
// are whose is cluster_data's. Private to pg.
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

/// The replica's slot at its primary, and the name that its walreceiver goes by there.
constexpr const char* replica_slot = "bw_replica";
/// How the replica, and a base backup for it, reach the server in `primary`: as a role that may do
/// nothing but replicate, by peer authentication.
std::string replication_conninfo(const std::filesystem::path& primary);

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

/// Of the server in `directory`; written anew at each start, so that they follow the options, the
/// directories and the user. `primary`: where the server is that this one replicates, or empty.
Result<void> write_settings(const std::filesystem::path& directory,
                            const PrivateClusterOptions& options, const Identity& user,
                            const std::filesystem::path& primary);

/// A new file under the old name, owned by the server's user, who could otherwise have put a link
/// there.
Result<void> write_owned(const std::filesystem::path& file, std::string_view text,
                         const Identity& user);

/// A directory of mode 0700 that belongs to the server's user.
Result<void> own_directory(const std::filesystem::path& path, const Identity& user);

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
