#include "app/storm_day_command.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/process_globals.hpp"
#include "app/serve.hpp"
#include "storm/day.hpp"
#include "storm/day_figures.hpp"

namespace bw::app {

namespace {

struct Arguments {
    storm::DayOptions options;
    std::string target = "127.0.0.1:8480", admin, over = "20s", lead = "60s", retry_for = "600s",
                list_for = "60s", last_lesson;
    int lesson_minutes = 1;
    bool quiet = false;
};

Result<void> storm_day(Arguments& arguments) {
    storm::DayOptions& options = arguments.options;
    std::tie(options.address, options.port) = TRY(parse_address(arguments.target, "--target"));
    if (!arguments.admin.empty())
        options.admin = TRY(parse_address(arguments.admin, "--admin"));
    options.lesson = std::chrono::minutes(arguments.lesson_minutes);
    if (!arguments.last_lesson.empty())
        options.last_lesson = TRY(seconds_of(arguments.last_lesson, "--last-lesson"));
    options.over = TRY(seconds_of(arguments.over, "--over"));
    options.lead = TRY(seconds_of(arguments.lead, "--lead"));
    options.retry_for = TRY(seconds_of(arguments.retry_for, "--retry-for"));
    options.list_for = TRY(seconds_of(arguments.list_for, "--list-for"));
    options.progress = !arguments.quiet;
    if (!TRY(storm::run_day(options, system_clock(), system_rng(), stdout)).ok())
        return fail(Code::corrupt, "the day was not as it should be; the report above says why");
    return {};
}

Result<void> compare(const std::vector<std::string>& files) {
    std::vector<std::pair<std::string, std::string>> reports;
    for (const std::string& file : files) {
        std::ifstream in(file);
        reports.emplace_back(file, std::string(std::istreambuf_iterator<char>(in), {}));
    }
    std::fputs(storm::comparison(TRY(storm::labelled(reports))).c_str(), stdout);
    return {};
}

void add_who(CLI::App& day, Arguments& arguments) {
    storm::DayOptions& options = arguments.options;
    day.add_option("--plan", options.people_path,
                   "written by storm-people --refresh-share 1: who comes")
        ->required()
        ->check(CLI::ExistingFile);
    day.add_option("--seats", options.seats_path, "written by storm-tokens: who hands in what")
        ->required()
        ->check(CLI::ExistingFile);
    day.add_option("--administrators", options.administrators_path,
                   "file with a host and the user name of an administrator a line, one of each "
                   "institution: their timetables become the day's")
        ->required()
        ->check(CLI::ExistingFile);
    day.add_option("--password", options.password, "of everybody");
    day.add_option("--target", arguments.target, "address and port of the server")
        ->capture_default_str();
    day.add_option("--admin", arguments.admin,
                   "its admin listener, whose figures come into the report");
    day.add_option("--samples", options.samples_path,
                   "file that grows by samples of the database: a line of milliseconds since "
                   "1970, a name and a number each; with counted_password and so on, the "
                   "server's own counts have to be what came");
    day.add_flag("--with-reports", options.reports,
                 "teachers read reports meanwhile, which have to say what receipts say: the server "
                 "passes them on (--reports), or nginx does");
    day.add_flag("--live", options.live,
                 "all lessons are live classes, which people join: role live has to run");
    day.add_option("--label", options.label, "what stands in the report for this server");
}

void add_when(CLI::App& day, Arguments& arguments) {
    storm::DayOptions& options = arguments.options;
    day.add_option("--bells", options.bells)->capture_default_str()->check(CLI::Range(1, 60));
    day.add_option("--lesson-minutes", arguments.lesson_minutes, "from bell to bell")
        ->capture_default_str()
        ->check(CLI::Range(1, 60));
    day.add_option("--last-lesson", arguments.last_lesson,
                   "seconds after the last bell, in which reports are still read (default: as long "
                   "as the others)");
    day.add_option("--deadline-bell", options.deadline_bell,
                   "at which everybody hands in, from 1 (default: the last)");
    day.add_option("--over", arguments.over, "the arrivals' span at each bell, in seconds")
        ->capture_default_str();
    day.add_option("--lead", arguments.lead, "until the first bell, at least")
        ->capture_default_str();
    day.add_option("--passwords", options.passwords,
                   "share of arrivals by password, the others by refresh")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    day.add_option("--asleep", options.asleep,
                   "share of the others whose devices slept in the lesson before, and could not "
                   "renew when their token said so")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    day.add_option("--duplicates", options.duplicates, "share of submissions clicked twice at once")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    day.add_option("--seed", options.seed, "who, when and how")->capture_default_str();
    day.add_option("--connections", options.connections)
        ->capture_default_str()
        ->check(CLI::Range(2, 20'000));
    day.add_option("--retry-for", arguments.retry_for, "how long a client keeps trying")
        ->capture_default_str();
    day.add_option("--list-for", arguments.list_for, "how long the recorder may take to catch up")
        ->capture_default_str();
}

} // namespace

void add_storm_day(CLI::App& storms, std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    storm::DayOptions& options = arguments.options;
    CLI::App* day = storms.add_subcommand(
        "day", "a school day in little: a timetable with bells minutes apart, everybody at each "
               "of them, a deadline; afterwards all that must hold is checked");
    add_who(*day, arguments);
    add_when(*day, arguments);
    day->add_option("--report", options.report_path, "write the report there as JSON");
    day->add_option("--html", options.html_path, "write it there for people, with plots");
    day->add_option("--store", options.store_path,
                    "keep it in this directory, under a name of its own: DATA/storm-reports is "
                    "what a server's operators are shown");
    day->add_flag("--quiet", arguments.quiet, "no live progress");
    day->callback([&chosen] { chosen = [] { return storm_day(arguments); }; });

    static std::vector<std::string> files;
    CLI::App* held = storms.add_subcommand(
        "compare-days", "days' reports beside each other: medians, smallest and largest, a column "
                        "for each label");
    held->add_option("reports", files, "written by storm day --report")
        ->required()
        ->check(CLI::ExistingFile);
    held->callback([&chosen] { chosen = [] { return compare(files); }; });
}

} // namespace bw::app
