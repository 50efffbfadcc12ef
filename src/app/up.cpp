#include "app/up.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "app/database_setup.hpp"
#include "app/demo.hpp"
#include "app/replica_status.hpp"
#include "app/serve_options.hpp"
#include "net/client.hpp"
#include "pg/private_cluster.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr Duration cluster_start_limit = 120s; // initdb on a slow disk
constexpr Duration setup_limit = 2h;           // migrations of a large database rewrite tables
constexpr Duration ready_limit = 60s;
constexpr Duration stop_limit = 20s;
constexpr Duration promotion_limit = 60s;
constexpr Duration restart_pause_max = 5s;

void say(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

/// `serve` as our child: it ends when we do, and is started again when it ends by itself.
class ServeChild {
public:
    ServeChild(std::vector<std::string> arguments, const Clock& clock)
        : arguments_(std::move(arguments)), clock_(clock) {}
    ~ServeChild() { stop(); }

    Result<void> start() {
        std::vector<char*> argv; // made before the fork: after it only async-signal-safe calls
        for (std::string& argument : arguments_)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ < 0)
            return fail(Code::unavailable, "cannot start a process");
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() != parent)
                _exit(1); // it died before the line above
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
            execv("/proc/self/exe", argv.data());
            _exit(127);
        }
        started_at_ = clock_.monotonic();
        return {};
    }

    /// How it ended, if it did.
    std::optional<int> ended() {
        int status = 0;
        if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) != pid_)
            return std::nullopt;
        pid_ = -1;
        return status;
    }

    /// Longer after each early death, so that a broken installation does not spin.
    Duration restart_pause() {
        const bool lived = clock_.monotonic() - started_at_ > 10s;
        pause_ = lived ? Duration(50ms) : std::min<Duration>(pause_ * 2, restart_pause_max);
        return pause_;
    }

    void stop() {
        if (pid_ <= 0)
            return;
        kill(pid_, SIGTERM);
        const Deadline deadline = Deadline::in(clock_, stop_limit);
        while (!ended()) {
            if (deadline.expired(clock_))
                kill(pid_, SIGKILL);
            const timespec nap{0, 20'000'000};
            nanosleep(&nap, nullptr);
        }
    }

private:
    std::vector<std::string> arguments_;
    const Clock& clock_;
    pid_t pid_ = -1;
    Monotonic started_at_{};
    Duration pause_ = 50ms;
};

/// Waits for one of `signals`, at most `limit`; 0 if none came.
int await_signal(const sigset_t& signals, Duration limit) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
    const timespec timeout{seconds.count(), (limit - seconds).count()};
    const int signal = sigtimedwait(&signals, nullptr, &timeout);
    return signal > 0 ? signal : 0;
}

Result<std::string> await_ready(const Installation& installation, ServeChild& child,
                                const Clock& clock, Deadline deadline) {
    for (;;) {
        if (auto status = child.ended())
            return fail(Code::unavailable,
                        "the server ended while starting; its last log lines say why");
        if (auto address = Installation::read_file(installation.address_file())) {
            const std::size_t colon = address->rfind(':');
            auto client = net::Client::make(
                {.address = address->substr(0, colon),
                 .port = static_cast<std::uint16_t>(std::stoi(address->substr(colon + 1))),
                 .connections_limit = 1},
                clock);
            // Not /readyz: when the journal is full it says no, and signing in and reading must go
            // on all the same.
            auto answer = client->fetch({.target = "/livez"}, Deadline::in(clock, 1s));
            if (answer && answer->status == 200)
                return *address;
        }
        if (deadline.expired(clock))
            return fail(Code::deadline_exceeded, "the server was not ready in time");
        const timespec nap{0, 50'000'000};
        nanosleep(&nap, nullptr);
    }
}

/// One step for the replica, and its report for /readyz.
void keep_replica(pg::PrivateCluster& cluster, const Installation& installation,
                  const Clock& clock) {
    cluster.tend();
    if (auto told = report_replica(installation, cluster.replica_status(), clock.now()); !told)
        log::warn("replica_not_reported", {{"error", told.error().text()}});
}

void print_welcome(const std::string& address, const std::string& base_host,
                   const std::optional<DemoSummary>& demo) {
    const std::string port = address.substr(address.rfind(':'));
    say("");
    say("Bellwether is up at http://" + address + "  (stop with Ctrl-C)");
    if (demo) {
        say("");
        say("  Institutions   http://" + demo->institutions[0].slug + "." + base_host + port + "/");
        for (std::size_t i = 1; i < demo->institutions.size(); ++i)
            say("                 http://" + demo->institutions[i].slug + "." + base_host + port +
                "/");
        say("  Student        " + demo->student + " / " + demo->password);
        say("  Teacher        " + demo->teacher + " / " + demo->password);
        say("  Administrator  admin / " + demo->password);
        say("  Next bell      " + to_rfc3339(demo->bell) + "  (due then: assignments ending in \"" +
            demo->due_title_end.substr(2) + "\")");
        say("");
        say("Open the first address in a browser, sign in as the student and hand something in;");
        say("or try the curl lines on the README's first page.");
    }
    say("");
    say("Operators: 'bellwether operator-token create --name YOU' makes a token for "
        "/app/operator and /v1/operator/...");
    say("");
}

} // namespace

Result<void> up(const UpOptions& options) {
    static const SystemClock clock;
    static SystemRng rng;
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGCHLD, SIGUSR1})
        sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    CHECK_OK(parse_address(options.serve.listen, "--listen")); // before a cluster is made
    const Installation installation = TRY(Installation::open(options.data));
    std::filesystem::remove(installation.address_file());
    say("data directory  " + options.data.string());
    pg::PrivateCluster cluster = TRY(pg::PrivateCluster::start(
        {.directory = installation.cluster(),
         .replica = options.replica,
         .progress = [](std::string_view step) { say("database        " + std::string(step)); }},
        clock, Deadline::in(clock, cluster_start_limit)));
    const int applied =
        TRY(set_up_database(installation, cluster, clock, rng, Deadline::in(clock, setup_limit)));
    say("database        ready, " + std::to_string(applied) + " migrations applied");
    std::optional<DemoSummary> demo;
    if (options.demo) {
        demo = TRY(load_demo(installation, options.demo_timetable, clock, rng));
        say(std::string("demo            ") + (demo->loaded ? "loaded" : "is there already"));
    }

    ServeChild child(serve_arguments(options.data, options.serve), clock);
    CHECK_OK(child.start());
    const std::string address =
        TRY(await_ready(installation, child, clock, Deadline::in(clock, ready_limit)));
    print_welcome(address, options.serve.base_host, demo);

    Duration pause = 1s;
    bool restart_due = false;
    Monotonic database_due{}; // not started again before
    for (;;) {
        keep_replica(cluster, installation, clock);
        const int signal = await_signal(signals, pause);
        if (signal == SIGTERM || signal == SIGINT)
            break;
        pause = 1s;
        if (signal == SIGUSR1)
            if (auto done = cluster.promote(Deadline::in(clock, promotion_limit)); !done)
                log::error("promotion_failed", {{"error", done.error().text()}});
        if (cluster.ended() && clock.monotonic() >= database_due) {
            // Intake accepts without it, so a database that does not come back (a full disk) is no
            // reason to end.
            log::error("database_ended", {{"next", "starting it again"}});
            if (auto again = cluster.restart_primary(Deadline::in(clock, cluster_start_limit));
                !again)
                log::error("database_start_failed", {{"error", again.error().text()}});
            database_due =
                clock.monotonic() +
                restart_pause_max; // a failed start's SIGCHLD would have it tried again at once
        }
        if (auto status = child.ended()) {
            pause = child.restart_pause();
            restart_due = true;
            log::error("serve_ended",
                       {{"wait_status", *status}, {"restart_in_ms", pause.count() / 1'000'000}});
        } else if (restart_due && signal == 0) {
            restart_due = false;
            CHECK_OK(child.start());
        }
    }
    say("stopping ...");
    child.stop();
    CHECK_OK(cluster.stop(Deadline::in(clock, 30s)));
    std::filesystem::remove(installation.replica_file());
    say("stopped");
    return {};
}

} // namespace bw::app
