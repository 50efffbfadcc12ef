// See cluster_files.hpp. The recipe behind the settings: peer authentication for the superuser,
// SCRAM for everyone else, no TCP, data checksums, a log without row data.
#include "pg/cluster_files.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>

namespace bw::pg {

namespace fs = std::filesystem;

namespace {

constexpr const char* system_user = "bellwether-pg";
constexpr int oldest_version = 15, newest_version = 17;
constexpr std::uintmax_t log_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t socket_path_bytes_max = 107;

std::optional<Identity> find_user(const char* name) {
    std::array<char, 4096> buffer;
    passwd entry{};
    passwd* found = nullptr;
    int error = name != nullptr
                    ? ::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found)
                    : ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
    if (error != 0 || found == nullptr)
        return std::nullopt;
    return Identity{entry.pw_uid, entry.pw_gid, entry.pw_name};
}

std::string read_whole(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Error no_access(const fs::path& path, const std::string& why) {
    return fail(Code::unavailable, "the cluster's directory cannot be used: " + why, path);
}

/// Is this process a server of that data directory? Its command line is ours, or it works there;
/// the second alone needs rights that root lacks in some containers.
bool serves(pid_t pid, const fs::path& data) {
    fs::path process = "/proc/" + std::to_string(pid);
    std::string command = read_whole(process / "cmdline");
    std::string wanted = std::string(1, '\0') + data.string() + std::string(1, '\0');
    if (command.find("postgres") != std::string::npos && command.find(wanted) != std::string::npos)
        return true;
    std::error_code ec;
    return fs::read_symlink(process / "cwd", ec) == data && !ec;
}

std::vector<std::string> pid_file_lines(const fs::path& directory) {
    std::ifstream in(data_of(directory) / "postmaster.pid");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

/// As postgresql.conf wants a string.
std::string setting(std::string_view name, std::string_view value) {
    std::string out(name);
    out += " = '";
    for (char c : value) {
        if (c == '\'' || c == '\\')
            out += c;
        out += c;
    }
    return out + "'\n";
}

} // namespace

Result<void> write_owned(const fs::path& file, std::string_view text, const Identity& user) {
    fs::path fresh = file.string() + ".new";
    ::unlink(fresh.c_str());
    int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return no_access(fresh, std::strerror(errno));
    bool ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
              (::geteuid() != 0 || ::fchown(fd, user.uid, user.gid) == 0) && ::fsync(fd) == 0;
    ok = ::close(fd) == 0 && ok && ::rename(fresh.c_str(), file.c_str()) == 0;
    if (!ok)
        return no_access(file, std::strerror(errno));
    return {};
}

Result<void> own_directory(const fs::path& path, const Identity& user) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return no_access(path, std::strerror(errno));
    int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return no_access(path, std::strerror(errno));
    bool ok =
        ::fchmod(fd, 0700) == 0 && (::geteuid() != 0 || ::fchown(fd, user.uid, user.gid) == 0);
    int reason = errno;
    ::close(fd);
    if (!ok)
        return no_access(path, std::strerror(reason));
    return {};
}

std::string replication_conninfo(const fs::path& primary) {
    return cluster_conninfo(primary, "postgres", "bw_replication", "") +
           "application_name=" + replica_slot;
}

Result<void> check_socket_path(const fs::path& directory) {
    std::string socket = (directory / "sock" / ".s.PGSQL.5432").string();
    if (socket.size() > socket_path_bytes_max)
        return fail(
            Code::invalid_field,
            "the cluster's directory is too deep: a socket path has 107 bytes at most, this one " +
                std::to_string(socket.size()),
            directory);
    return {};
}

Result<Identity> cluster_user(const Clock& clock, Deadline deadline) {
    const bool root = ::geteuid() == 0;
    const char* name = root ? system_user : nullptr;
    auto user = find_user(name);
    if (!user && root) {
        Command add;
        add.arguments = {"/usr/sbin/useradd", "--system",          "--no-create-home",
                         "--shell",           "/usr/sbin/nologin", system_user};
        CHECK_OK(
            run_to_end(add, clock,
                       deadline)); // its status tells nothing: another process may have been faster
        user = find_user(name);
    }
    if (!user)
        return fail(
            Code::unavailable,
            root
                ? "the system user bellwether-pg cannot be made: run useradd --system bellwether-pg"
                : "this process's user has no passwd entry, which PostgreSQL needs");
    return *user;
}

Result<fs::path> find_binaries(const fs::path& directory) {
    std::string made_by = read_whole(data_of(directory) / "PG_VERSION");
    int needed = 0;
    std::from_chars(made_by.data(), made_by.data() + made_by.size(), needed);
    for (int version = newest_version; version >= oldest_version; --version) {
        fs::path bin = "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
        if ((needed == 0 || needed == version) && ::access((bin / "postgres").c_str(), X_OK) == 0 &&
            ::access((bin / "initdb").c_str(), X_OK) == 0)
            return bin;
    }
    std::string package = "postgresql-" + std::to_string(needed == 0 ? oldest_version : needed);
    return fail(Code::unavailable,
                needed == 0
                    ? "PostgreSQL is not installed: install the package " + package
                    : "the data was made by another PostgreSQL: install the package " + package);
}

Result<void> prepare_directories(const fs::path& directory, const Identity& user) {
    // The directory stays whose it is; the server's user only passes through.
    struct stat status = {};
    if (::stat(directory.c_str(), &status) != 0)
        return no_access(directory, std::strerror(errno));
    if ((status.st_mode & 0111) != 0111 &&
        ::chmod(directory.c_str(), (status.st_mode | 0111) & 07777) != 0)
        return no_access(directory, std::strerror(errno));
    if (::geteuid() == 0)
        for (fs::path up = directory.parent_path();; up = up.parent_path()) {
            if (::stat(up.c_str(), &status) != 0 ||
                ((status.st_mode & S_IXOTH) == 0 && status.st_uid != user.uid))
                return no_access(up, "the user " + user.name +
                                         " may not pass through it: chmod o+x, or choose another");
            if (up == up.parent_path())
                break;
        }
    CHECK_OK(own_directory(directory / "sock", user));
    std::error_code ec;
    if (fs::file_size(log_of(directory), ec) > log_bytes_max && !ec)
        fs::rename(log_of(directory), directory / "log.1", ec); // one generation is kept
    return {};
}

Result<void> make_data(const PrivateClusterOptions& options, const fs::path& binaries,
                       const Identity& user, const Clock& clock, Deadline deadline) {
    options.progress("making a PostgreSQL cluster");
    const fs::path data = data_of(options.directory), fresh = options.directory / "data.new";
    std::error_code ec;
    if (fs::exists(data, ec) && !fs::is_empty(data, ec))
        return fail(Code::conflict,
                    "this holds something that is no PostgreSQL cluster: move it away", data);
    fs::remove_all(fresh, ec);
    CHECK_OK(own_directory(fresh, user));
    Command initdb;
    initdb.arguments = {(binaries / "initdb").string(),
                        "-D",
                        fresh.string(),
                        "-U",
                        "bw",
                        "--auth-local=peer",
                        "--auth-host=scram-sha-256",
                        "-E",
                        "UTF8",
                        "--locale=C.UTF-8",
                        "--data-checksums"};
    if (!options.durable)
        initdb.arguments.push_back("--no-sync");
    if (::geteuid() == 0)
        initdb.run_as = user;
    initdb.log = log_of(options.directory);
    initdb.signal_when_we_die = SIGTERM;
    int status = TRY(run_to_end(initdb, clock, deadline));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(Code::unavailable,
                    "initdb failed; its log ends with: " + log_tail(options.directory),
                    log_of(options.directory));
    std::string settings = read_whole(fresh / "postgresql.conf");
    settings += "\ninclude_if_exists = 'bellwether.conf'\n";
    CHECK_OK(write_owned(fresh / "postgresql.conf", settings, user));
    fs::rename(fresh, data, ec);
    if (ec)
        return no_access(data, ec.message());
    return {};
}

Result<void> write_settings(const fs::path& directory, const PrivateClusterOptions& options,
                            const Identity& user, const fs::path& primary) {
    std::string settings =
        "# Written by bellwether at each start: settings of your own go into postgresql.conf, "
        "after the\n"
        "# line that includes this file.\n"
        "listen_addresses = ''\n"
        "port = 5432\n";
    settings += setting("unix_socket_directories", "\"" + (directory / "sock").string() + "\"");
    settings += "unix_socket_permissions = 0700\n"
                "max_connections = " +
                std::to_string(options.max_connections) +
                "\n"
                "password_encryption = scram-sha-256\n"
                "wal_level = logical\n"
                "max_wal_senders = 10\n"
                "max_replication_slots = 10\n"
                "hot_standby = on\n"
                "logging_collector = off\n"
                "log_destination = stderr\n"
                // A refused statement is told to its client; in the log it would leave row data.
                "log_min_messages = log\n"
                "log_error_verbosity = terse\n"
                "log_statement = none\n"
                "timezone = UTC\n"
                "log_timezone = UTC\n";
    settings += options.durable ? "shared_buffers = 128MB\n"
                                  "max_slot_wal_keep_size = 1GB\n"
                                : "shared_buffers = 32MB\n"
                                  "max_slot_wal_keep_size = 64MB\n"
                                  "min_wal_size = 32MB\n"
                                  "max_wal_size = 64MB\n"
                                  "fsync = off\n"
                                  "full_page_writes = off\n"
                                  "synchronous_commit = off\n";
    if (!primary.empty()) {
        settings += setting("primary_conninfo", replication_conninfo(primary));
        settings += setting("primary_slot_name", replica_slot);
        // The primary keeps rows that a query here may still need; and it learns each second how
        // far we are.
        settings += "hot_standby_feedback = on\n"
                    "wal_receiver_status_interval = 1s\n";
    }
    const fs::path data = data_of(directory);
    CHECK_OK(write_owned(data / "bellwether.conf", settings, user));
    CHECK_OK(write_owned(data / "pg_hba.conf",
                         "local all         bw             peer map=own\n"
                         "local replication bw             peer map=own\n"
                         "local replication bw_replication peer map=own\n"
                         // Whoever copies the cluster has all of it, hashes of passwords included.
                         // The change stream is read by the line below, which is a database's.
                         "local replication bw_stream      reject\n"
                         "local all         all            scram-sha-256\n"
                         "local replication all            scram-sha-256\n",
                         user));
    return write_owned(data / "pg_ident.conf",
                       "own \"" + user.name + "\" bw\n" + "own \"" + user.name +
                           "\" bw_replication\n" + "own root bw\n",
                       user);
}

std::optional<RunningServer> running_server(const fs::path& directory) {
    auto lines = pid_file_lines(directory);
    if (lines.empty())
        return std::nullopt;
    pid_t pid = 0;
    std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), pid);
    if (pid <= 0 || !serves(pid, data_of(directory)))
        return std::nullopt;
    std::string state = lines.size() > 7 ? lines[7] : ""; // padded with blanks
    while (!state.empty() && state.back() == ' ')
        state.pop_back();
    return RunningServer{pid, state};
}

void disarm_stale_pid_file(const fs::path& directory) {
    auto lines = pid_file_lines(directory);
    if (lines.empty())
        return;
    // The rest of the file says which shared memory the dead server used; PostgreSQL must see that.
    // Our own pid in the first line counts as stale for it: it is the parent's.
    std::string text = std::to_string(::getpid()) + "\n";
    for (std::size_t i = 1; i < lines.size(); ++i)
        text += lines[i] + "\n";
    std::fstream file(data_of(directory) / "postmaster.pid",
                      std::ios::in | std::ios::out | std::ios::trunc);
    file << text;
}

std::string log_tail(const fs::path& directory) {
    constexpr std::size_t bytes = 1000;
    std::string log = read_whole(log_of(directory));
    if (log.size() > bytes) {
        std::size_t line = log.find('\n', log.size() - bytes);
        log.erase(0, line == std::string::npos ? log.size() - bytes : line + 1);
    }
    return log;
}

} // namespace bw::pg
