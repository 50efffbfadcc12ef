#include "pg/cluster_server.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "pg/cluster_files.hpp"
#include "pg/private_cluster.hpp"
#include "pg/process.hpp"

namespace bw::pg {

namespace fs = std::filesystem;

namespace {

constexpr Duration poll_every = 20ms;

} // namespace

ClusterServer::ClusterServer(fs::path directory, bool outlive_us, const Clock& clock)
    : directory_(std::move(directory)), outlive_us_(outlive_us), clock_(clock) {}

ClusterServer::~ClusterServer() {
    if (pid_ > 0 && !outlive_us_)
        abandon();
}

Result<void> ClusterServer::start(Deadline deadline) {
    for (;;) {
        CHECK_OK(launch(deadline));
        if (TRY(await_answer(deadline)))
            return {};
        std::this_thread::sleep_for(poll_every);
    }
}

Result<void> ClusterServer::launch(Deadline deadline) {
    const fs::path binaries = TRY(find_binaries(directory_));
    const Identity user = TRY(cluster_user(clock_, deadline));
    disarm_stale_pid_file(directory_);
    Command postgres;
    postgres.arguments = {(binaries / "postgres").string(), "-D", data_of(directory_).string()};
    if (::geteuid() == 0)
        postgres.run_as = user;
    postgres.log = log_of(directory_);
    postgres.signal_when_we_die = outlive_us_ ? 0 : SIGINT;
    pid_ = TRY(spawn(postgres));
    return {};
}

bool ClusterServer::answers() const {
    auto server = running_server(directory_);
    return server && server->pid == pid_ &&
           (server->state == "ready" || server->state == "standby");
}

bool ClusterServer::ended() {
    if (pid_ <= 0)
        return true;
    if (::waitpid(pid_, nullptr, WNOHANG) == 0)
        return false;
    pid_ = -1;
    return true;
}

Result<void> ClusterServer::stop(Deadline deadline) {
    if (ended())
        return {};
    ::kill(pid_, SIGINT);
    return wait_for_end(deadline);
}

/// True: up. False: it died of memory that the server before still holds, so try again.
Result<bool> ClusterServer::await_answer(Deadline deadline) {
    for (;;) {
        if (answers())
            return true;
        if (ended()) {
            std::string tail = log_tail(directory_);
            // The program's own words, in English because LANG is C.UTF-8.
            if (tail.find("pre-existing shared memory block") != std::string::npos &&
                !deadline.expired(clock_))
                return false;
            return fail(Code::unavailable,
                        "PostgreSQL ended while it started; its log ends with: " + tail,
                        log_of(directory_));
        }
        if (deadline.expired(clock_)) {
            abandon();
            return fail(Code::deadline_exceeded,
                        "PostgreSQL did not start in time; its log ends with: " +
                            log_tail(directory_),
                        log_of(directory_));
        }
        std::this_thread::sleep_for(poll_every);
    }
}

Result<void> ClusterServer::wait_for_end(Deadline deadline) {
    while (!ended()) {
        if (deadline.expired(clock_))
            return fail(Code::deadline_exceeded, "PostgreSQL did not stop in time", directory_);
        std::this_thread::sleep_for(5ms);
    }
    return {};
}

void ClusterServer::abandon() {
    if (stop(Deadline::in(clock_, 30s)))
        return;
    ::kill(pid_, SIGQUIT);
    if (wait_for_end(Deadline::in(clock_, 5s)))
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::string ClusterServer::superuser_conninfo(const std::string& database) const {
    return cluster_conninfo(directory_, database, "bw", "");
}

} // namespace bw::pg
