#include "app/up.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "app/database_setup.hpp"
#include "app/demo.hpp"
#include "app/replica_status.hpp"
#include "app/report_child.hpp"
#include "app/serve_child.hpp"
#include "app/serve_options.hpp"
#include "net/client.hpp"
#include "pg/private_cluster.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr Duration cluster_start_limit = 120s; // initdb on a slow disk
constexpr Duration setup_limit = 2h;           // migrations of a large database rewrite tables
constexpr Duration ready_limit = 60s;
constexpr Duration promotion_limit = 60s;
constexpr Duration restart_pause_min = 50ms, restart_pause_max = 5s;

void say(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

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

/// Null: none is wanted, or there cannot be one, which is no reason not to serve.
std::unique_ptr<ReportChild>
prepare_reports(const UpOptions& options, const pg::PrivateCluster& cluster, const Clock& clock) {
    const ServeOptions& serve = options.serve;
    if (!options.reports || !serve.reports.empty() || !serve.roles.contains("api") ||
        serve.roles.contains("report"))
        return nullptr;
    auto made = ReportChild::prepare(options.data, serve, cluster.replica_slot(), clock);
    if (!made)
        log::error("reports_not_prepared", {{"error", made.error().text()}});
    return made ? *std::move(made) : nullptr;
}

void promote(pg::PrivateCluster& cluster, ReportChild* reports, const Clock& clock) {
    if (auto done = cluster.promote(Deadline::in(clock, promotion_limit)); !done)
        log::error("promotion_failed", {{"error", done.error().text()}});
    // A replica that is none any more would be waited for until the next start.
    if (reports != nullptr && !cluster.replica_slot())
        reports->follow(std::nullopt);
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

    const std::unique_ptr<ReportChild> reports = prepare_reports(options, cluster, clock);
    ServeOptions serve = options.serve;
    if (reports) {
        serve.reports = reports->address();
        serve.reports_admin = reports->admin_address();
    }
    ServeChild child("serve", serve_arguments(options.data, serve), restart_pause_min,
                     restart_pause_max, clock);
    CHECK_OK(child.start());
    const std::string address =
        TRY(await_ready(installation, child, clock, Deadline::in(clock, ready_limit)));
    print_welcome(address, options.serve.base_host, demo);

    if (reports)
        reports->start();
    Monotonic database_due{}; // not started again before
    for (;;) {
        keep_replica(cluster, installation, clock);
        CHECK_OK(child.tend());
        if (reports)
            reports->tend();
        const int signal =
            await_signal(signals, std::min<Duration>(child.due_in().value_or(1s), 1s));
        if (signal == SIGTERM || signal == SIGINT)
            break;
        if (signal == SIGUSR1)
            promote(cluster, reports.get(), clock);
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
    }
    say("stopping ...");
    if (reports)
        reports->ask_to_stop();
    child.stop();
    if (reports)
        reports->stop();
    CHECK_OK(cluster.stop(Deadline::in(clock, 30s)));
    std::filesystem::remove(installation.replica_file());
    say("stopped");
    return {};
}

} // namespace bw::app
