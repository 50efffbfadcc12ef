#include "app/storm_live_command.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>

#include "app/process_globals.hpp"
#include "app/storm_day_command.hpp" // seconds_of
#include "storm/live.hpp"

namespace bw::app {

namespace {

struct Arguments {
    storm::LiveOptions options;
    std::vector<std::string> edges; // "as-built=e1,here,1,http://127.0.0.1:8088"
    std::string secret_path, over = "5s", watch = "5s", delay = "0.1s", killed_pidfile;
    int token_seconds = 6;
    bool no_bars = false;
};

template <class Value>
Result<Value> first_in(const std::string& path, const char* option) {
    Value value{};
    if (std::ifstream file(path); !(file >> value))
        return fail(Code::invalid_field, "'" + path + "' cannot be read, or does not hold it",
                    option);
    return value;
}

Result<void> storm_live(Arguments& arguments) {
    storm::LiveOptions& options = arguments.options;
    for (const std::string& edge : arguments.edges) {
        const std::size_t equals = edge.find('=');
        if (equals == std::string::npos)
            return fail(Code::invalid_field, "expected WAY=NAME,REGION,WEIGHT,URL", "--edge");
        const std::string way = edge.substr(0, equals);
        auto at = std::ranges::find(options.edges, way,
                                    &std::pair<std::string, std::vector<std::string>>::first);
        if (at == options.edges.end())
            at = options.edges.insert(options.edges.end(), {way, {}});
        at->second.push_back(edge.substr(equals + 1));
    }
    options.over = TRY(seconds_of(arguments.over, "--over"));
    options.watch = TRY(seconds_of(arguments.watch, "--watch"));
    options.origin_delay = TRY(seconds_of(arguments.delay, "--origin-delay"));
    options.token_lifetime = std::chrono::seconds(arguments.token_seconds);
    options.latency_bars = !arguments.no_bars;
    options.secret = TRY(first_in<std::string>(arguments.secret_path, "--secret-file"));
    if (!arguments.killed_pidfile.empty())
        options.killed = TRY(first_in<pid_t>(arguments.killed_pidfile, "--killed-pidfile"));
    if (!TRY(storm::run_live(options, system_clock(), system_rng(), stdout)).ok())
        return fail(Code::corrupt, "a bar was missed; the report above says which");
    return {};
}

} // namespace

void add_storm_live(CLI::App& storms, std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    storm::LiveOptions& options = arguments.options;
    CLI::App* live = storms.add_subcommand(
        "live", "a class begins and everybody opens it, through video edges that are running");
    live->add_option("--edge", arguments.edges,
                     "WAY=NAME,REGION,WEIGHT,URL: an edge of one way to hold it; repeat it")
        ->required();
    live->add_option("--origin-port", options.origin_port,
                     "where those edges look for the origin, which this is")
        ->required();
    live->add_option("--origin-delay", arguments.delay, "before it answers")->capture_default_str();
    live->add_option("--secret-file", arguments.secret_path, "addresses are signed with it")
        ->required()
        ->check(CLI::ExistingFile);
    live->add_option("--killed-pidfile", arguments.killed_pidfile,
                     "of the first edge of the way edge-killed, which needs it");
    live->add_option("--viewers", options.viewers, "how many, each over a connection of its own")
        ->capture_default_str()
        ->check(CLI::Range(1, 20'000));
    live->add_option("--over", arguments.over, "they come within so many seconds")
        ->capture_default_str();
    live->add_option("--watch", arguments.watch, "and stay for so many more")
        ->capture_default_str();
    live->add_option("--recording-segments", options.recording_segments,
                     "so many does each take of a recording")
        ->capture_default_str()
        ->check(CLI::Range(1, 60));
    live->add_option("--token-seconds", arguments.token_seconds, "an address's life")
        ->capture_default_str()
        ->check(CLI::Range(2, 120));
    live->add_option("--seed", options.seed, "who comes when")->capture_default_str();
    live->add_option("--report", options.report_path, "write the report there as JSON");
    live->add_flag("--no-bars", arguments.no_bars, "waiting times are told, not judged");
    live->callback([&chosen] { chosen = [] { return storm_live(arguments); }; });
}

} // namespace bw::app
