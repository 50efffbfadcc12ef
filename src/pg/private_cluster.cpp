// A cluster as a whole: one start at a time, the primary first, the replica stopped first, and the
// change of roles between the two.
#include "pg/private_cluster.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>
#include <utility>

#include "base/ensure.hpp"
#include "pg/cluster_data.hpp"
#include "pg/cluster_files.hpp"
#include "pg/cluster_replica.hpp"
#include "pg/cluster_server.hpp"
#include "pg/cluster_sql.hpp"
#include "pg/connection.hpp"
#include "telemetry/log.hpp"

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

/// Also ends a promotion that was recorded and then cut short.
Result<void> make_primary(const ClusterServer& server, const Clock& clock, Deadline deadline) {
    auto connection =
        TRY(Connection::open({.conninfo = server.superuser_conninfo("postgres")}, clock, deadline));
    if (!TRY(connection->run(sql::is_standby, {}, deadline)).boolean(0, 0))
        return {};
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(deadline.remaining(clock)).count();
    Params limit;
    limit.int4(static_cast<std::int32_t>(std::min<std::int64_t>(seconds, 3600)));
    if (!TRY(connection->run(sql::promote, limit, deadline)).boolean(0, 0))
        return fail(Code::deadline_exceeded, "the promotion did not end in time",
                    server.directory());
    return {};
}

/// Without a replica, its slot would only keep WAL.
Result<void> drop_slot(const ClusterServer& primary, const Clock& clock, Deadline deadline) {
    auto connection = TRY(
        Connection::open({.conninfo = primary.superuser_conninfo("postgres")}, clock, deadline));
    TRY(connection->run(sql::free_slot, {}, deadline));
    TRY(connection->run(sql::drop_slot, {}, deadline));
    return {};
}

/// Both servers, the one of the cluster's own directory first: libpq tries them in this order.
std::string conninfo_of_both(const fs::path& cluster, std::string one_server,
                             std::string_view wanted) {
    const std::string first = "host='" + (cluster / "sock").string();
    ENSURE(one_server.starts_with(first), "cluster_conninfo() puts the host first");
    one_server.insert(first.size(), "," + (second_of(cluster) / "sock").string());
    return one_server + "target_session_attrs=" + std::string(wanted);
}

} // namespace

std::string_view wire_name(ReplicaState state) {
    switch (state) {
    case ReplicaState::absent:
        return "absent";
    case ReplicaState::building:
        return "building";
    case ReplicaState::catching_up:
        return "catching_up";
    case ReplicaState::streaming:
        return "streaming";
    case ReplicaState::broken:
        return "broken";
    }
    ensure_failed("wire_name", "a state without a name");
}

Result<PrivateCluster> PrivateCluster::start(PrivateClusterOptions options, const Clock& clock,
                                             Deadline deadline) {
    std::error_code ec;
    options.directory = fs::absolute(options.directory, ec).lexically_normal();
    CHECK_OK(check_socket_path(options.replica ? second_of(options.directory) : options.directory));
    fs::create_directories(options.directory, ec);
    if (ec)
        return fail(Code::unavailable, "the cluster's directory cannot be made: " + ec.message(),
                    options.directory);
    PrivateCluster cluster(std::move(options), clock);
    CHECK_OK(cluster.start_primary(deadline));
    return cluster;
}

Result<void> PrivateCluster::start_primary(Deadline deadline) {
    const fs::path& whole = options_.directory;
    StartLock lock = TRY(StartLock::take(whole, *clock_, deadline));
    const fs::path directory = TRY(primary_directory(whole));
    for (const fs::path& each : {whole, second_of(whole)})
        if (!replica_ || each != replica_->directory()) // ours may go on
            CHECK_OK(check_not_running(each, *clock_, deadline));
    const Identity user = TRY(cluster_user(*clock_, deadline));
    const fs::path binaries = TRY(find_binaries(directory));
    CHECK_OK(prepare_directories(directory, user));
    if (data_version(directory).empty())
        CHECK_OK(make_data(options_, binaries, user, *clock_, deadline));
    CHECK_OK(write_settings(directory, options_, user, {}));

    if (!primary_)
        primary_ = std::make_unique<ClusterServer>(directory, options_.outlive_us, *clock_);
    options_.progress("starting PostgreSQL");
    CHECK_OK(primary_->start(deadline));
    // Ready for others means: somebody was let in, and may write.
    auto ready = make_primary(*primary_, *clock_, deadline);
    std::error_code ec;
    if (ready && !options_.replica && fs::exists(second_of(whole), ec))
        ready = drop_slot(*primary_, *clock_, deadline);
    if (!ready) {
        primary_->abandon();
        return ready;
    }
    if (options_.replica && !replica_)
        replica_ = std::make_unique<Replica>(directory == whole ? second_of(whole) : whole,
                                             options_, *primary_, *clock_);
    return {};
}

Result<void> PrivateCluster::restart_primary(Deadline deadline) {
    ENSURE(ended(), "restart_primary: the primary has not ended");
    return start_primary(deadline);
}

PrivateCluster::PrivateCluster(PrivateClusterOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(&clock) {}

PrivateCluster::PrivateCluster(PrivateCluster&&) noexcept = default;

PrivateCluster& PrivateCluster::operator=(PrivateCluster&& other) noexcept {
    if (this != &other) {
        replica_.reset(); // before its primary
        primary_.reset();
        options_ = std::move(other.options_);
        clock_ = other.clock_;
        primary_ = std::move(other.primary_);
        replica_ = std::move(other.replica_);
    }
    return *this;
}

PrivateCluster::~PrivateCluster() = default;

std::string PrivateCluster::superuser_conninfo(const std::string& database) const {
    return primary_->superuser_conninfo(database);
}

std::string PrivateCluster::conninfo(const std::string& database, const std::string& role,
                                     const std::string& password) const {
    if (!options_.replica)
        return cluster_conninfo(primary_->directory(), database, role, password);
    return conninfo_of_both(options_.directory,
                            cluster_conninfo(options_.directory, database, role, password),
                            "read-write");
}

std::optional<std::string> PrivateCluster::replica_conninfo(const std::string& database,
                                                            const std::string& role,
                                                            const std::string& password) const {
    if (!options_.replica)
        return std::nullopt;
    return conninfo_of_both(options_.directory,
                            cluster_conninfo(options_.directory, database, role, password),
                            "standby");
}

std::optional<std::string> PrivateCluster::replica_slot() const {
    return replica_ ? std::optional<std::string>(pg::replica_slot) : std::nullopt;
}

pid_t PrivateCluster::pid() const {
    return primary_ ? primary_->pid() : -1;
}

bool PrivateCluster::ended() {
    return !primary_ || primary_->ended();
}

void PrivateCluster::tend() {
    if (replica_)
        replica_->tend();
}

ReplicaStatus PrivateCluster::replica_status() const {
    return replica_ ? replica_->status() : ReplicaStatus();
}

Result<void> PrivateCluster::promote(Deadline deadline) {
    tend(); // for a status of this moment
    if (!replica_ || !replica_->answers())
        return fail(Code::conflict, "there is no replica that could be promoted");
    if (!ended() && replica_status().state != ReplicaState::streaming)
        return fail(Code::conflict,
                    "the primary lives and the replica does not stream: commits would be lost");
    // A stopping primary sends all that it has to a replica that streams, and only then ends.
    CHECK_OK(primary_->stop(deadline));
    // From here on the other one is the primary, even if we end before it knows: the next start
    // sees to it.
    CHECK_OK(record_primary(options_.directory, replica_->directory()));
    const fs::path former = primary_->directory();
    std::unique_ptr<ClusterServer> next = replica_->release();
    replica_.reset();
    primary_ = std::move(next);
    log::warn("replica_promoted", {{"directory", primary_->directory().string()}});
    CHECK_OK(make_primary(*primary_, *clock_, deadline));
    return set_former_aside(former);
}

Result<void> PrivateCluster::stop(Deadline deadline) {
    Result<void> replica;
    if (replica_)
        replica = replica_->stop(deadline);
    if (primary_)
        CHECK_OK(primary_->stop(deadline));
    return replica;
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
    const fs::path whole = fs::absolute(directory).lexically_normal();
    // A standby is stopped first: a primary waits for those that follow it.
    std::vector<fs::path> order{second_of(whole), whole};
    if (is_standby(whole))
        std::swap(order[0], order[1]);
    for (const fs::path& where : order) {
        auto server = running_server(where);
        if (!server)
            continue;
        ::kill(server->pid, SIGINT);
        for (;;) {
            auto now = running_server(where);
            if (!now || now->pid != server->pid)
                break;
            if (deadline.expired(clock))
                return fail(Code::deadline_exceeded, "PostgreSQL did not stop in time", where);
            std::this_thread::sleep_for(5ms);
        }
    }
    return {};
}

} // namespace bw::pg
