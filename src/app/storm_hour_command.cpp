#include "app/storm_hour_command.hpp"

#include <CLI/CLI.hpp>

#include "app/process_globals.hpp"
#include "app/serve.hpp"
#include "app/sql_reports.hpp"
#include "app/storm_day_command.hpp" // seconds_of
#include "storm/report_hour.hpp"

namespace bw::app {

namespace {

struct Arguments {
    storm::ReportHourOptions options;
    std::string target = "127.0.0.1:8480", reports, phase = "12s", between = "2.5s", every = "2s",
                list_for = "60s";
    std::string primary, replica, sql;
    std::vector<pid_t> apart;
    bool no_bars = false, quiet = false;
};

Result<void> storm_report(Arguments& arguments) {
    storm::ReportHourOptions& options = arguments.options;
    std::tie(options.address, options.port) = TRY(parse_address(arguments.target, "--target"));
    options.reports = TRY(parse_address(arguments.reports, "--reports"));
    options.phase = TRY(seconds_of(arguments.phase, "--phase"));
    options.between = TRY(seconds_of(arguments.between, "--between"));
    options.every = TRY(seconds_of(arguments.every, "--every"));
    options.list_for = TRY(seconds_of(arguments.list_for, "--list-for"));
    for (const auto& [where, conninfo] : {std::pair("SQL at the primary", arguments.primary),
                                          {"SQL at the replica", arguments.replica}})
        if (!conninfo.empty())
            options.others.emplace_back(where,
                                        TRY(sql_reports(conninfo, arguments.sql, system_clock())));
    if (!arguments.apart.empty())
        options.apart = {arguments.apart[0], arguments.apart[1]};
    options.progress = !arguments.quiet;
    const storm::ReportHourReport report =
        TRY(storm::run_report_hour(options, system_clock(), system_rng(), stdout));
    if (!report.right())
        return fail(Code::corrupt, "not everything was right; the report above says what");
    if (!report.held() && !arguments.no_bars)
        return fail(Code::deadline_exceeded,
                    "all was right, but students waited longer than the bars allow");
    return {};
}

void add_where(CLI::App& report, Arguments& arguments) {
    storm::ReportHourOptions& options = arguments.options;
    report.add_option("--plan", options.plan_path, "written by storm-tokens: who hands in what")
        ->required()
        ->check(CLI::ExistingFile);
    report
        .add_option("--administrators", options.administrators_path,
                    "file with a host and the user name of an administrator a line: who reads "
                    "reports of the whole institution (default: nobody does)")
        ->check(CLI::ExistingFile);
    report.add_option("--password", options.password, "of the administrators");
    report.add_option("--target", arguments.target, "address and port of the server")
        ->capture_default_str();
    report
        .add_option("--reports", arguments.reports,
                    "address and port of the process of role report")
        ->required();
    auto* sql = report.add_option("--sql", arguments.sql,
                                  "directory of the same reports as SQL, for the next two");
    sql->check(CLI::ExistingDirectory);
    report
        .add_option("--primary", arguments.primary,
                    "conninfo: they are read there too, to be compared with")
        ->needs(sql);
    report.add_option("--replica", arguments.replica, "conninfo: and there")->needs(sql);
    report
        .add_option("--apart", arguments.apart,
                    "process ids of the server (with all that it started) and of the process of "
                    "role report: reports are read on a core of their own too")
        ->expected(2);
    report.add_option("--primary-pid", options.primary,
                      "process id of PostgreSQL's primary, whose processor time is told");
    report.add_option("--samples", options.samples_path,
                      "file of lines \"MS primary_transactions N\", for commits a second");
}

} // namespace

void add_storm_report(CLI::App& storms, std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    storm::ReportHourOptions& options = arguments.options;
    CLI::App* report = storms.add_subcommand(
        "report",
        "teachers and administrators read reports while students read and hand in, the same "
        "reports in several ways; afterwards reports are held against the receipts");
    add_where(*report, arguments);
    report->add_option("--rounds", options.rounds, "of all ways, in turn")->capture_default_str();
    report->add_option("--phase", arguments.phase, "of one way in a round, in seconds")
        ->capture_default_str();
    report->add_option("--between", arguments.between, "two phases, not measured")
        ->capture_default_str();
    report->add_option("--every", arguments.every, "a report, one at a time")
        ->capture_default_str();
    report->add_option("--reads", options.reads_a_second, "of students, a second")
        ->capture_default_str();
    report->add_option("--hand-ins", options.hand_ins_a_second, "a second")->capture_default_str();
    report->add_option("--connections", options.connections, "of the load generator")
        ->capture_default_str()
        ->check(CLI::Range(2, 20'000));
    report->add_option("--seed", options.seed, "who and when")->capture_default_str();
    report
        ->add_option("--list-for", arguments.list_for,
                     "how long recorder and reports may take to catch up")
        ->capture_default_str();
    report->add_flag("--no-bars", arguments.no_bars,
                     "a bar that is missed is told, and fails nothing: for a machine that does "
                     "other work meanwhile");
    report->add_option("--report", options.report_path, "write the report there as JSON");
    report->add_option("--html", options.html_path, "write it there for people, with plots");
    report->add_option("--store", options.store_path,
                       "keep it in this directory, under a name of its own: DATA/storm-reports is "
                       "what a server's operators are shown");
    report->add_flag("--quiet", arguments.quiet, "no live progress");
    report->callback([&chosen] { chosen = [] { return storm_report(arguments); }; });
}

} // namespace bw::app
