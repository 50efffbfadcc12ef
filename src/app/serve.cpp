#include "app/serve.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <condition_variable>

#include "app/budget.hpp"
#include "app/health.hpp"
#include "app/observation.hpp"
#include "app/web_page.hpp"
#include "auth/passwords.hpp"
#include "auth/routes.hpp"
#include "journal/journal.hpp"
#include "net/server.hpp"
#include "submissions/recorder.hpp"
#include "submissions/routes.hpp"
#include "telemetry/log.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::app {

namespace {

constexpr Duration directory_refresh_interval = 1s;
constexpr Duration database_wait_at_start = 30s;
constexpr Duration drain_limit = 10s;

/// Keeps the tenant directory fresh on a thread and connection of its own.
class DirectoryRefresher {
public:
    DirectoryRefresher(tenancy::TenantDirectory& directory, std::string conninfo,
                       const Clock& clock)
        : directory_(directory), database_(std::move(conninfo), "bellwether directory", clock),
          clock_(clock) {}

    /// The first look, which must succeed, and the check that row-level security binds us.
    Result<void> begin() {
        const Deadline deadline = Deadline::in(clock_, database_wait_at_start);
        for (;;) {
            auto checked = tenancy::Provisioning::check_isolation(database_, deadline);
            if (checked)
                checked = directory_.refresh(database_, deadline);
            if (checked) {
                thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
                return {};
            }
            if (fault(checked.error().code) == Fault::permanent || deadline.expired(clock_))
                return checked;
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, 200ms);
        }
    }

private:
    void run(const std::stop_token& stop) {
        lane::name_this_thread("directory");
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, stop, directory_refresh_interval,
                               [&] { return stop.stop_requested(); }))
            if (auto done = directory_.refresh(database_, Deadline::in(clock_, 5s)); !done)
                log::warn("directory_refresh_failed", {{"error", done.error().text()}});
    }

    tenancy::TenantDirectory& directory_;
    tenancy::Database database_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

/// Everything of role intake. Destroyed upwards: the journal's last commits still answer through
/// intake.
struct IntakeParts {
    std::unique_ptr<submissions::Intake> intake;
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<submissions::Recorder> recorder;
};

Result<IntakeParts> open_intake(const Installation& installation, const ServeOptions& options,
                                const SigningKey& receipt_key, const std::string& conninfo,
                                const tenancy::TenantDirectory& directory, const Clock& clock,
                                Rng& rng) {
    IntakeParts parts;
    parts.journal = TRY(journal::Journal::open(
        {.directory = installation.journal(), .total_bytes_limit = options.journal_bytes_limit},
        [&receipt_key](ByteView bytes) { return receipt_key.sign(bytes); }, clock, rng));
    parts.recorder = std::make_unique<submissions::Recorder>(
        *parts.journal, std::make_unique<tenancy::Database>(conninfo, "bellwether recorder", clock),
        directory, receipt_key.kid(), clock);
    // What is durable but not recorded yet must be known to retries before the first of them comes.
    // Read twice, for it may be as large as the journal and does not fit memory: first for the last
    // moment, then into the index.
    const std::uint64_t recorded =
        TRY(parts.recorder->cursor(Deadline::in(clock, database_wait_at_start)));
    Instant last_received{0};
    auto remember = [&](const journal::Entry& entry) {
        if (auto record = submissions::decode_record(entry.record))
            last_received = std::max(last_received, record->statement.received_at);
    };
    auto read_after = [&](std::uint64_t seq, auto&& take) -> Result<void> {
        for (;;) {
            std::vector<journal::Entry> more = TRY(parts.journal->read(seq, 1024, 16 << 20));
            if (more.empty())
                return {};
            seq = more.back().position.seq;
            for (const journal::Entry& entry : more)
                take(entry);
        }
    };
    CHECK_OK(read_after(recorded - (recorded > 0 ? 1 : 0),
                        remember)); // the last recorded one too, for its time alone
    parts.intake = std::make_unique<submissions::Intake>(
        *parts.journal, receipt_key.kid(), submissions::ReceiveClock(clock, last_received),
        [] { return submissions::ClockError{system_clock_error_ms()}; },
        submissions::IntakeOptions{});
    CHECK_OK(
        read_after(recorded, [&](const journal::Entry& entry) { parts.intake->restore(entry); }));
    parts.recorder->start();
    return parts;
}

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void block_stop_signals() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// Ends well with a stop signal; ends with an error when the journal was sealed, because only a new
/// process, after its recovery, may take submissions in again. Whoever supervises us starts it.
Result<void> wait_for_end(const journal::Journal* journal, Observation& observation) {
    const sigset_t signals = stop_signals();
    const timespec look_again{1, 0};
    for (;;) {
        const int signal = sigtimedwait(&signals, nullptr, &look_again);
        if (signal > 0) {
            log::info("stopping", {{"signal", signal}});
            return {};
        }
        if (!journal)
            continue;
        observation.look_at(*journal);
        if (journal->status().sealed)
            return fail(Code::unavailable, "the journal was sealed after a failed write or sync; a "
                                           "new process must recover it");
    }
}

/// Refuses to start with what cannot hold.
Result<void> check_budget(const ServeOptions& options, const std::string& conninfo,
                          const Clock& clock) {
    Supply supply = look_at_machine();
    supply.connections =
        TRY(look_at_database(conninfo, clock, Deadline::in(clock, database_wait_at_start)));
    for (const std::string& figures : TRY(check_budget(demand_of(options), supply)))
        log::warn("budget_close", {{"figures", figures}});
    return {};
}

} // namespace

Result<std::pair<std::string, std::uint16_t>> parse_address(const std::string& text,
                                                            const char* option) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos) {
        const char* end = text.data() + text.size();
        auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
        if (error == std::errc() && at == end)
            return std::pair{text.substr(0, colon), port};
    }
    return fail(Code::invalid_field,
                "expected ADDRESS:PORT such as 127.0.0.1:8480, not '" + text + "'", option);
}

Result<void> serve(const Installation& installation, const ServeOptions& options) {
    const auto [address, port] = TRY(parse_address(options.listen, "--listen"));
    block_stop_signals(); // every thread made from here on inherits it; wait_for_end() takes them
    static const SystemClock clock;
    static SystemRng rng;
    const std::string conninfo =
        TRY(installation.conninfo("bw_app")); // first: a mistyped directory gets no keys
    const SigningKey token_key = TRY(installation.key("token", rng));
    const SigningKey receipt_key = TRY(installation.key("receipt", rng));

    auto observation = TRY(Observation::start(options, clock, rng));
    tenancy::TenantDirectory directory;
    DirectoryRefresher refresher(directory, conninfo, clock);
    CHECK_OK(refresher.begin());
    CHECK_OK(check_budget(options, conninfo, clock));
    tenancy::TokenVerifier verifier(options.issuer, {token_key.public_key()}, directory, clock,
                                    rng);
    tenancy::Gate gate(verifier, directory, options.base_host);

    auto lane = [&](const std::string& name, int threads, std::size_t limit) {
        return std::make_unique<tenancy::DatabaseLane>(
            lane::Budget{.name = name,
                         .threads = threads,
                         .queue_items_limit = limit,
                         .spans = observation->spans()},
            clock, [&conninfo, name] {
                return std::make_unique<tenancy::Database>(conninfo, "bellwether " + name, clock);
            });
    };
    IntakeParts intake;
    if (options.roles.contains("intake"))
        intake =
            TRY(open_intake(installation, options, receipt_key, conninfo, directory, clock, rng));
    auto api_lane = lane("api", options.api_threads, options.api_queue_limit);
    auto auth_lane = lane("auth", options.auth_threads, options.auth_queue_limit);
    const auth::TokenIssuer issuer({.issuer = options.issuer}, token_key, clock, rng);
    auth::PasswordSignIn sign_in(*auth_lane, issuer);
    auth::nobody_hash(); // now, not during the first storm

    net::RouteTable routes;
    const HealthSources health{
        intake.journal.get(), intake.recorder.get(), {api_lane.get(), auth_lane.get()}, &directory};
    add_health_routes(routes, health);
    add_page_routes(routes);
    if (options.roles.contains("auth"))
        auth::add_routes(routes, gate, sign_in, *api_lane, token_key.public_key());
    if (options.roles.contains("intake"))
        submissions::add_intake_routes(routes, gate, *intake.intake, receipt_key.public_key());
    if (options.roles.contains("api"))
        submissions::add_api_routes(routes, gate, *api_lane, intake.intake.get());

    auto server = TRY(net::Server::start({.address = address,
                                          .port = port,
                                          .threads = options.http_threads,
                                          .trace_sample_rate = observation->trace_sample_rate(),
                                          .on_served = observation->watch(routes)},
                                         routes, clock, rng));
    CHECK_OK(observation->listen(installation, health, *server));
    const std::string bound = address + ":" + std::to_string(server->port());
    CHECK_OK(
        Installation::write_file(installation.pid_file(), std::to_string(getpid()) + "\n", false));
    CHECK_OK(Installation::write_file(installation.address_file(), bound + "\n", false));
    log::info("listening", {{"address", bound}, {"tenants", directory.all().size()}});

    Result<void> end = wait_for_end(intake.journal.get(), *observation);
    observation->stop_listening();
    server->drain(Deadline::in(clock, drain_limit));
    // Who is still sending after the limit must not reach what ends below. An answer that comes
    // later is dropped.
    server.reset();
    auth_lane->stop();
    api_lane->stop();
    intake.recorder.reset();
    intake.journal.reset();
    return end;
}

} // namespace bw::app
