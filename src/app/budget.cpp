#include "app/budget.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

#include "app/budget_sql.hpp"
#include "app/directory_refresher.hpp"
#include "app/reports.hpp"
#include "app/reports_elsewhere.hpp"
#include "net/server.hpp"
#include "pg/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr std::uint64_t mib = 1024 * 1024;
constexpr std::uint64_t hash_bytes = 20 * mib;           // argon2id in its arena, a thread
constexpr std::uint64_t journal_queue_bytes = 256 * mib; // journal::JournalOptions
constexpr std::uint64_t activity_queue_bytes = 16 * mib; // app/activity
constexpr std::uint64_t connection_bytes = 2 * 1024;     // without its buffers
constexpr std::uint64_t thread_bytes = 256 * 1024;       // its stack, as far as it is touched
constexpr std::uint64_t base_bytes = 128 * mib;          // program, directory, caches
// main, directory, revocations, failures, audit, mail, operator, recorder, archiver, journal,
// heads, proofs, admin, exporter, federation, keeper of the jobs, files sweep, notices, changes of
// packs, preparer, forecast, activity and its journal
constexpr std::uint64_t other_threads = 23;

std::optional<std::uint64_t> number_in(const char* path) {
    std::ifstream file(path);
    std::uint64_t number = 0;
    if (file >> number)
        return number;
    return std::nullopt; // absent, or "max"
}

std::optional<std::uint64_t> least(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
    if (!a || !b)
        return a ? a : b;
    return std::min(*a, *b);
}

std::optional<std::uint64_t> memory_total() {
    std::ifstream file("/proc/meminfo");
    std::string word;
    for (std::uint64_t kib = 0; file >> word;)
        if (word == "MemTotal:" && file >> kib)
            return kib * 1024;
    return std::nullopt;
}

struct Line {
    const char* what;
    const char* unit;
    std::uint64_t unit_size;
    std::uint64_t wanted;
    std::optional<std::uint64_t> available;
    const char* remedy;
};

std::string amount(const Line& line, std::uint64_t of) {
    return std::to_string((of + line.unit_size - 1) / line.unit_size) + " " + line.unit;
}

} // namespace

Demand demand_of(const ServeOptions& options) {
    auto count = [](int threads) { return static_cast<std::uint64_t>(threads); };
    auto one_if = [](bool wanted) -> std::uint64_t { return wanted ? 1 : 0; };
    const bool intake = options.roles.contains("intake"), auth = options.roles.contains("auth"),
               worker = options.roles.contains("worker"), report = options.roles.contains("report");
    Demand demand;
    demand.hashing_threads = auth ? count(options.auth_threads) : 0;
    const bool api = options.roles.contains("api");
    const std::uint64_t lanes =
        demand.hashing_threads + (auth ? count(options.session_threads) : 0) +
        count(options.api_threads) + (api ? count(options.file_threads) : 0) +
        (worker ? count(options.worker_threads) + 1 : 0); // recordings: one
    const bool live = options.roles.contains("live"), rooms = options.roles.contains("rooms");
    const bool audience = api || live || rooms || options.roles.contains("operator");
    const std::uint64_t
        live_threads = // audience, edges, the clients of origin and edges, the leader
        (audience ? 4 + options.live_edges.size() : 0) +
        (live ? 1 + count(options.live_threads) : 0) +
        (rooms ? 4 : 0); // keeper, teller, the line to Janus or LiveKit
    demand.threads = count(options.http_threads) + lanes + other_threads + live_threads +
                     one_if(!options.reports.empty()) + one_if(!options.reports_admin.empty()) +
                     one_if(api);           // attendance
    constexpr std::uint64_t everywhere = 4; // directory, revocations, audit, forecast
    demand.connections =
        lanes + everywhere + 2 * one_if(auth) + // failures, the sweep
        4 * one_if(api) + // files sweep, changes of packs, preparer, attendance
        one_if(audience) + one_if(live) + one_if(rooms) + // audience, leader, rooms
        one_if(report) * (report_threads + 4) + // projector's reader; exports: job, keeper, watch
        one_if(!options.smtp_url.empty()) + one_if(options.roles.contains("operator")) +
        2 * one_if(intake) + // recorder, activity
        one_if(intake && !options.archive.empty()) +
        3 * one_if(worker); // two keepers, progress of imports
    demand.memory_bytes =
        base_bytes + demand.hashing_threads * hash_bytes + demand.threads * thread_bytes +
        net::ServerOptions{}.connections_limit * connection_bytes +
        net::ServerOptions{}.buffered_bytes_limit +
        (intake ? journal_queue_bytes + activity_queue_bytes : 0) +
        (options.reports.empty() ? 0 : reports_asked_at_once * report_answer_bytes_max) +
        (api ? options.bell_packs_mib * mib : 0) + (report ? report_store_bytes + 250 * mib : 0);
    return demand;
}

Supply look_at_machine() {
    Supply supply;
    supply.cores = std::max(1u, std::thread::hardware_concurrency());
    const auto threads_max = number_in("/sys/fs/cgroup/pids.max");
    const auto threads_now = number_in("/sys/fs/cgroup/pids.current");
    if (threads_max && threads_now)
        supply.threads = *threads_max - std::min(*threads_max, *threads_now);
    supply.memory_bytes = least(least(number_in("/sys/fs/cgroup/memory.max"),
                                      number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes")),
                                memory_total());
    return supply;
}

Result<std::uint64_t> look_at_database(const std::string& conninfo, const Clock& clock,
                                       Deadline deadline) {
    auto connection = TRY(pg::Connection::open(
        {.conninfo = conninfo, .application_name = "bellwether budget"}, clock, deadline));
    const pg::Rows rows = TRY(connection->run(sql::connections, {}, deadline));
    const std::int64_t left = rows.int8(0, 0) - rows.int8(0, 1);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, left));
}

Result<std::vector<std::string>> check_budget(const Demand& demand, const Supply& supply) {
    const Line lines[] = {
        {"threads", "threads", 1, demand.threads, supply.threads,
         "lower --http-threads, --auth-threads or --api-threads, or raise pids.max of the control "
         "group"},
        {"database connections", "connections", 1, demand.connections, supply.connections,
         "lower --auth-threads or --api-threads, or raise max_connections of the server"},
        {"memory", "MiB", mib, demand.memory_bytes, supply.memory_bytes,
         "lower --auth-threads (20 MiB each), or give the process more memory"},
    };
    std::vector<std::string> close;
    for (const Line& line : lines) {
        if (!line.available)
            continue;
        const std::string figures = std::string(line.what) + ": up to " +
                                    amount(line, line.wanted) + " wanted, " +
                                    amount(line, *line.available) + " available";
        if (line.wanted > *line.available)
            return fail(Code::unavailable, "the budget does not hold for " + figures + ", " +
                                               amount(line, line.wanted - *line.available) +
                                               " short: " + line.remedy);
        if (line.wanted * 10 > *line.available * 8)
            close.push_back(figures);
    }
    if (demand.hashing_threads > supply.cores)
        close.push_back("hashing threads: " + std::to_string(demand.hashing_threads) + " on " +
                        std::to_string(supply.cores) +
                        " cores hash no faster, and leave none for anything else");
    return close;
}

Result<void> check_budget(const ServeOptions& options, const std::string& conninfo,
                          const Clock& clock) {
    Supply supply = look_at_machine();
    auto connections =
        look_at_database(conninfo, clock, Deadline::in(clock, database_wait_at_start));
    if (!connections && fault(connections.error().code) == Fault::permanent)
        return std::move(connections).error();
    if (connections) // away: whoever may start without the database starts unchecked
        supply.connections = *connections;
    const Demand demand = demand_of(options);
    for (const std::string& figures : TRY(check_budget(demand, supply)))
        log::warn("budget_close", {{"figures", figures}});
    log::info("budget", {{"connections", demand.connections},
                         {"threads", demand.threads},
                         {"hashing_threads", demand.hashing_threads},
                         {"memory_mib", demand.memory_bytes >> 20}});
    return {};
}

} // namespace bw::app
