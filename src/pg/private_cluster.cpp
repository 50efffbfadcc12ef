// Makes, starts and stops a private cluster. The files inside it are written by cluster_files.cpp.
#include "pg/private_cluster.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/ensure.hpp"
#include "pg/cluster_files.hpp"
#include "pg/connection.hpp"
#include "pg/process.hpp"

namespace bw::pg {

namespace fs = std::filesystem;

namespace {

constexpr Duration poll_every = 20ms;

/// Held while a cluster is made and started, so that two starters cannot run initdb in each other's
/// way.
class StartLock {
public:
    static Result<StartLock> take(const fs::path& directory, const Clock& clock,
                                  Deadline deadline) {
        StartLock lock(
            ::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (lock.fd_ < 0)
            return fail(Code::unavailable, "the cluster's directory cannot be written", directory);
        while (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
            if (deadline.expired(clock))
                return fail(Code::conflict, "another process is starting this cluster: wait for it",
                            directory);
            std::this_thread::sleep_for(poll_every);
        }
        return lock;
    }
    StartLock(StartLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    StartLock& operator=(StartLock&&) = delete;
    ~StartLock() {
        if (fd_ >= 0)
            ::close(fd_);
    }

private:
    explicit StartLock(int fd) : fd_(fd) {}
    int fd_;
};

/// A server that is on its way out is waited for; one that stays is a conflict.
Result<void> check_not_running(const fs::path& directory, const Clock& clock, Deadline deadline) {
    for (;;) {
        auto server = running_server(directory);
        if (!server)
            return {};
        if (server->state != "stopping" || deadline.expired(clock))
            return fail(Code::conflict,
                        "this cluster is already run by process " + std::to_string(server->pid) +
                            ": stop that process, or use its cluster, or choose another directory",
                        directory);
        std::this_thread::sleep_for(poll_every);
    }
}

} // namespace

Result<PrivateCluster> PrivateCluster::start(PrivateClusterOptions options, const Clock& clock,
                                             Deadline deadline) {
    std::error_code ec;
    options.directory = fs::absolute(options.directory, ec).lexically_normal();
    CHECK_OK(check_socket_path(options.directory));
    fs::create_directories(options.directory, ec);
    if (ec)
        return fail(Code::unavailable, "the cluster's directory cannot be made: " + ec.message(),
                    options.directory);
    StartLock lock = TRY(StartLock::take(options.directory, clock, deadline));
    CHECK_OK(check_not_running(options.directory, clock, deadline));
    const auto user = TRY(cluster_user(clock, deadline));
    fs::path binaries = TRY(find_binaries(options.directory));
    CHECK_OK(prepare_directories(options.directory, user));
    if (!fs::exists(data_of(options.directory) / "PG_VERSION", ec))
        CHECK_OK(make_data(options, binaries, user, clock, deadline));
    CHECK_OK(write_settings(options, user));
    disarm_stale_pid_file(options.directory);

    PrivateCluster cluster(std::move(options), clock);
    cluster.options_.progress("starting PostgreSQL");
    for (;;) {
        CHECK_OK(cluster.launch(binaries, deadline));
        bool up = TRY(cluster.await_ready(deadline));
        if (up)
            break;
        std::this_thread::sleep_for(
            poll_every); // an orphan of the server before still holds its memory
    }
    // Ready for others means: somebody was let in.
    ConnectOptions probe{.conninfo = cluster.superuser_conninfo("postgres")};
    if (auto connection = Connection::open(probe, clock, deadline); !connection) {
        cluster.abandon();
        return std::move(connection).error();
    }
    return cluster;
}

PrivateCluster::PrivateCluster(PrivateClusterOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(&clock) {}

PrivateCluster::PrivateCluster(PrivateCluster&& other) noexcept
    : options_(std::move(other.options_)), clock_(other.clock_),
      pid_(std::exchange(other.pid_, -1)) {}

PrivateCluster& PrivateCluster::operator=(PrivateCluster&& other) noexcept {
    if (this != &other) {
        if (pid_ > 0 && !options_.outlive_us)
            abandon();
        options_ = std::move(other.options_);
        clock_ = other.clock_;
        pid_ = std::exchange(other.pid_, -1);
    }
    return *this;
}

PrivateCluster::~PrivateCluster() {
    if (pid_ > 0 && !options_.outlive_us)
        abandon();
}

std::string PrivateCluster::superuser_conninfo(const std::string& database) const {
    return cluster_conninfo(options_.directory, database, "bw", "");
}

std::string PrivateCluster::conninfo(const std::string& database, const std::string& role,
                                     const std::string& password) const {
    return cluster_conninfo(options_.directory, database, role, password);
}

bool PrivateCluster::ended() {
    if (pid_ <= 0)
        return true;
    if (::waitpid(pid_, nullptr, WNOHANG) == 0)
        return false;
    pid_ = -1;
    return true;
}

Result<void> PrivateCluster::stop(Deadline deadline) {
    if (ended())
        return {};
    ::kill(pid_, SIGINT);
    return wait_for_end(deadline);
}

Result<void> PrivateCluster::launch(const fs::path& binaries, Deadline deadline) {
    Command postgres;
    postgres.arguments = {(binaries / "postgres").string(), "-D",
                          data_of(options_.directory).string()};
    auto user = TRY(cluster_user(*clock_, deadline));
    if (::geteuid() == 0)
        postgres.run_as = user;
    postgres.log = log_of(options_.directory);
    postgres.signal_when_we_die = options_.outlive_us ? 0 : SIGINT;
    pid_ = TRY(spawn(postgres));
    return {};
}

/// True: up. False: it died of memory that the server before still holds, so try again.
Result<bool> PrivateCluster::await_ready(Deadline deadline) {
    for (;;) {
        auto server = running_server(options_.directory);
        if (server && server->pid == pid_ &&
            (server->state == "ready" || server->state == "standby"))
            return true;
        if (ended()) {
            std::string tail = log_tail(options_.directory);
            // The program's own words, in English because LANG is C.UTF-8.
            if (tail.find("pre-existing shared memory block") != std::string::npos &&
                !deadline.expired(*clock_))
                return false;
            return fail(Code::unavailable,
                        "PostgreSQL ended while it started; its log ends with: " + tail,
                        log_of(options_.directory));
        }
        if (deadline.expired(*clock_)) {
            abandon();
            return fail(Code::deadline_exceeded,
                        "PostgreSQL did not start in time; its log ends with: " +
                            log_tail(options_.directory),
                        log_of(options_.directory));
        }
        std::this_thread::sleep_for(poll_every);
    }
}

Result<void> PrivateCluster::wait_for_end(Deadline deadline) {
    while (!ended()) {
        if (deadline.expired(*clock_))
            return fail(Code::deadline_exceeded, "PostgreSQL did not stop in time",
                        options_.directory);
        std::this_thread::sleep_for(5ms);
    }
    return {};
}

/// Fast stop, then an immediate one (the next start replays the log), then the axe.
void PrivateCluster::abandon() {
    if (stop(Deadline::in(*clock_, 30s)))
        return;
    ::kill(pid_, SIGQUIT);
    if (wait_for_end(Deadline::in(*clock_, 5s)))
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::string cluster_conninfo(const fs::path& directory, const std::string& database,
                             const std::string& role, const std::string& password) {
    std::string out;
    auto add = [&](std::string_view name, std::string_view value) {
        out += name;
        out += "='";
        for (char c : value) {
            if (c == '\'' || c == '\\')
                out += '\\';
            out += c;
        }
        out += "' ";
    };
    add("host", (directory / "sock").string());
    add("port", "5432");
    add("dbname", database);
    add("user", role);
    if (!password.empty())
        add("password", password);
    return out;
}

Result<void> stop_running(const fs::path& directory, const Clock& clock, Deadline deadline) {
    fs::path where = fs::absolute(directory).lexically_normal();
    auto server = running_server(where);
    if (!server)
        return {};
    ::kill(server->pid, SIGINT);
    for (;;) {
        auto now = running_server(where);
        if (!now || now->pid != server->pid)
            return {};
        if (deadline.expired(clock))
            return fail(Code::deadline_exceeded, "PostgreSQL did not stop in time", where);
        std::this_thread::sleep_for(5ms);
    }
}

} // namespace bw::pg
