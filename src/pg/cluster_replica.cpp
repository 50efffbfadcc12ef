#include "pg/cluster_replica.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg/cluster_data.hpp"
#include "pg/cluster_files.hpp"
#include "pg/cluster_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::pg {

namespace fs = std::filesystem;

namespace {

constexpr Duration answer_limit = 2s;
constexpr Duration backup_limit = 1h;
constexpr Duration first_pause = 1s, longest_pause = 5min;
constexpr int failed_starts_max = 3;
// The primary answers, and our walreceiver is not connected: whatever the reason (another timeline,
// WAL that is gone), it will not go away by itself.
constexpr Duration unconnected_max = 60s;

} // namespace

Replica::Replica(fs::path directory, const PrivateClusterOptions& options,
                 const ClusterServer& primary, const Clock& clock)
    : directory_(std::move(directory)), options_(options), primary_(primary), clock_(clock),
      pause_(first_pause) {}

Replica::~Replica() {
    stop_backup();
}

void Replica::tend() {
    Result<void> done;
    switch (stage_) {
    case Stage::idle:
        if (clock_.monotonic() >= next_try_)
            done = begin();
        break;
    case Stage::backing_up:
        done = look_at_backup();
        break;
    case Stage::starting:
        done = look_at_start();
        break;
    case Stage::following:
        done = look_at_progress();
        break;
    case Stage::released:
        break;
    }
    if (!done)
        give_up(done.error());
}

Result<void> Replica::begin() {
    if (running_server(directory_))
        return fail(Code::conflict, "another process still runs the replica", directory_);
    std::error_code ec;
    fs::create_directories(directory_, ec);
    const Identity user = TRY(cluster_user(clock_, brief()));
    CHECK_OK(prepare_directories(directory_, user));
    remove_leftovers(directory_);
    if (!data_version(directory_).empty() && !is_standby(directory_)) {
        log::warn("former_primary_set_aside", {{"directory", directory_.string()}});
        CHECK_OK(set_former_aside(directory_));
    }
    return TRY(usable()) ? launch() : start_backup();
}

/// Are there data that can go on following this primary?
Result<bool> Replica::usable() {
    if (data_are_useless_ || data_version(directory_).empty() ||
        data_version(directory_) != data_version(primary_.directory()))
        return false;
    if (system_identifier(directory_) != TRY(ask(sql::system_identifier)).int8(0, 0))
        return false;
    const Rows slot = TRY(ask(sql::slot_of_replica));
    return slot.count() == 1 && !slot.boolean(0, 0);
}

Result<void> Replica::start_backup() {
    options_.progress("making a replica");
    TRY(ask(sql::make_replication_role));
    TRY(ask(sql::free_slot));
    TRY(ask(sql::drop_slot)); // it would keep what the replica before had not read
    const Identity user = TRY(cluster_user(clock_, brief()));
    const fs::path fresh = TRY(fresh_data(directory_, user));
    Command backup;
    backup.arguments = {(TRY(find_binaries(primary_.directory())) / "pg_basebackup").string(),
                        "-d",
                        replication_conninfo(primary_.directory()),
                        "-D",
                        fresh.string(),
                        "-X",
                        "stream",
                        "-C",
                        "-S",
                        replica_slot,
                        "-c",
                        "fast",
                        "--no-password"};
    if (!options_.durable)
        backup.arguments.push_back("--no-sync");
    if (::geteuid() == 0)
        backup.run_as = user;
    backup.log = log_of(directory_);
    backup.signal_when_we_die = SIGTERM;
    backup_ = TRY(spawn(backup));
    backup_due_ = clock_.monotonic() + backup_limit;
    stage_ = Stage::backing_up;
    status_ = {.state = ReplicaState::building};
    return {};
}

Result<void> Replica::look_at_backup() {
    int status = 0;
    if (::waitpid(backup_, &status, WNOHANG) == 0) {
        if (clock_.monotonic() < backup_due_)
            return {};
        return fail(Code::deadline_exceeded, "the base backup took too long", directory_);
    }
    backup_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(Code::unavailable,
                    "the base backup failed; its log ends with: " + log_tail(directory_),
                    log_of(directory_));
    CHECK_OK(make_standby(directory_ / "data.new", TRY(cluster_user(clock_, brief()))));
    CHECK_OK(adopt_fresh_data(directory_));
    data_are_useless_ = false;
    failed_starts_ = 0;
    return launch();
}

Result<void> Replica::launch() {
    const Identity user = TRY(cluster_user(clock_, brief()));
    CHECK_OK(write_settings(directory_, options_, user, primary_.directory()));
    server_ = std::make_unique<ClusterServer>(directory_, options_.outlive_us, clock_);
    CHECK_OK(server_->launch(brief()));
    stage_ = Stage::starting;
    status_ = {.state = ReplicaState::catching_up};
    return {};
}

Result<void> Replica::look_at_start() {
    if (server_->ended()) {
        if (++failed_starts_ >= failed_starts_max)
            data_are_useless_ = true;
        return fail(Code::unavailable,
                    "the replica ended while it started; its log ends with: " +
                        log_tail(directory_),
                    log_of(directory_));
    }
    if (server_->answers()) {
        stage_ = Stage::following;
        failed_starts_ = 0;
        unconnected_since_.reset();
        return look_at_progress();
    }
    return {};
}

Result<void> Replica::look_at_progress() {
    if (server_->ended())
        return fail(Code::unavailable,
                    "the replica ended; its log ends with: " + log_tail(directory_),
                    log_of(directory_));
    auto answer = ask(sql::replica_progress);
    if (!answer) { // the primary's trouble: ours is over when its is
        unconnected_since_.reset();
        status_ = {.state = ReplicaState::catching_up};
        return {};
    }
    const bool connected = answer->boolean(0, 0), streams = answer->boolean(0, 1);
    if (answer->boolean(0, 4))
        return make_anew("its slot is gone, or has lost WAL that it needs");
    if (connected)
        unconnected_since_.reset();
    else if (!unconnected_since_)
        unconnected_since_ = clock_.monotonic();
    else if (clock_.monotonic() - *unconnected_since_ > unconnected_max)
        return make_anew("it does not find its way back to the primary");
    if (!streams) {
        status_ = {.state = ReplicaState::catching_up};
        return {};
    }
    if (status_.state != ReplicaState::streaming) {
        options_.progress("the replica follows");
        remove_former(directory_);
        pause_ = first_pause;
    }
    status_ = {.state = ReplicaState::streaming,
               .lag_bytes = answer->int8(0, 2),
               .lag = std::chrono::milliseconds(answer->int8(0, 3))};
    return {};
}

Result<void> Replica::make_anew(const char* why) {
    log::warn("replica_made_anew", {{"reason", why}});
    server_.reset();
    data_are_useless_ = true;
    stage_ = Stage::idle;
    return begin();
}

/// Until the next attempt; longer after each failure in a row.
void Replica::give_up(const Error& error) {
    log::warn("replica_broken", {{"error", error.text()}});
    stop_backup();
    server_.reset();
    stage_ = Stage::idle;
    status_ = {.state = ReplicaState::broken, .reason = error.text()};
    next_try_ = clock_.monotonic() + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
}

void Replica::stop_backup() {
    if (backup_ <= 0)
        return;
    ::kill(-backup_, SIGKILL); // its session: it has a child that receives WAL
    ::waitpid(backup_, nullptr, 0);
    backup_ = -1;
}

std::unique_ptr<ClusterServer> Replica::release() {
    stage_ = Stage::released;
    status_ = {};
    return std::move(server_);
}

Result<void> Replica::stop(Deadline deadline) {
    stop_backup();
    connection_.reset();
    stage_ = Stage::released;
    status_ = {};
    return server_ ? server_->stop(deadline) : Result<void>();
}

Result<Rows> Replica::ask(const Statement& statement) {
    if (!connection_ || !connection_->usable()) {
        connection_.reset();
        connection_ = TRY(Connection::open({.conninfo = primary_.superuser_conninfo("postgres"),
                                            .application_name = "bellwether replica"},
                                           clock_, brief()));
    }
    return connection_->run(statement, {}, brief());
}

Deadline Replica::brief() const {
    return Deadline::in(clock_, answer_limit);
}

} // namespace bw::pg
