#include "app/storm_command.hpp"

#include <CLI/CLI.hpp>

#include <charconv>

#include "app/process_globals.hpp"
#include "app/serve.hpp"
#include "app/storm_day_command.hpp"
#include "app/storm_hour_command.hpp"
#include "app/storm_live_command.hpp"
#include "storm/deadline.hpp"
#include "storm/signin.hpp"

namespace bw::app {

Result<Duration> seconds_of(std::string text, const char* option) {
    if (text.ends_with('s'))
        text.pop_back();
    double seconds = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() ||
        !(seconds >= 0 && seconds < 86'400))
        return fail(Code::invalid_field, "expected seconds such as 20s, not '" + text + "'",
                    option);
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

namespace {

struct Arguments {
    storm::DeadlineOptions options;
    std::string target = "127.0.0.1:8480", over = "20s", bell_after, kill_at, kill_pidfile,
                retry_for = "60s", list_for = "60s";
    std::vector<std::string> intakes;
    bool quiet = false;
};

Result<void> storm_deadline(Arguments& arguments) {
    storm::DeadlineOptions& options = arguments.options;
    std::tie(options.address, options.port) = TRY(parse_address(arguments.target, "--target"));
    for (const std::string& intake : arguments.intakes)
        options.intakes.push_back(TRY(parse_address(intake, "--intake")));
    options.over = TRY(seconds_of(arguments.over, "--over"));
    options.retry_for = TRY(seconds_of(arguments.retry_for, "--retry-for"));
    options.list_for = TRY(seconds_of(arguments.list_for, "--list-for"));
    if (!arguments.bell_after.empty())
        options.bell_after_start = TRY(seconds_of(arguments.bell_after, "--bell-after"));
    if (!arguments.kill_at.empty())
        options.kill = {arguments.kill_pidfile, TRY(seconds_of(arguments.kill_at, "--kill-at"))};
    options.progress = !arguments.quiet;
    storm::DeadlineReport report =
        TRY(storm::run_deadline(options, system_clock(), system_rng(), stdout));
    if (!report.ok())
        return fail(Code::corrupt,
                    "the storm is not reconciled; the report above says what is wrong");
    return {};
}

struct SignInArguments {
    storm::SignInOptions options;
    std::string target = "127.0.0.1:8480", over = "60s", lead = "60s", retry_for = "900s",
                idle = "5s", provider_fails, provider_pidfile;
    bool quiet = false;
};

Result<void> storm_signin(SignInArguments& arguments) {
    static const SystemClock clock;
    static SystemRng rng;
    storm::SignInOptions& options = arguments.options;
    std::tie(options.address, options.port) = TRY(parse_address(arguments.target, "--target"));
    options.over = TRY(seconds_of(arguments.over, "--over"));
    options.lead = TRY(seconds_of(arguments.lead, "--lead"));
    options.retry_for = TRY(seconds_of(arguments.retry_for, "--retry-for"));
    options.idle_before = TRY(seconds_of(arguments.idle, "--idle-before"));
    if (!arguments.provider_fails.empty())
        options.outage = {arguments.provider_pidfile,
                          TRY(seconds_of(arguments.provider_fails, "--sso-provider-fails"))};
    options.progress = !arguments.quiet;
    if (!TRY(storm::run_signin(options, clock, rng, stdout)).ok())
        return fail(Code::corrupt, "not everybody is in; the report above says why");
    return {};
}

void add_signin(CLI::App& storms, std::function<Result<void>()>& chosen) {
    static SignInArguments arguments;
    storm::SignInOptions& options = arguments.options;
    CLI::App* signin = storms.add_subcommand(
        "signin",
        "everybody signs in before the bell, by refresh token, by single sign-on or by password");
    signin->add_option("--plan", options.plan_path, "written by storm-people")
        ->required()
        ->check(CLI::ExistingFile);
    signin->add_option("--target", arguments.target, "address and port of the server")
        ->capture_default_str();
    signin->add_option("--password", options.password, "of all who have no refresh token");
    signin->add_option("--over", arguments.over, "the arrivals' span, in seconds")
        ->capture_default_str();
    signin
        ->add_option("--arrivals", options.shape,
                     "ramp: ever more towards the bell; even: as many in each second; step: all in "
                     "the first second")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, storm::ArrivalShape>{{"ramp", storm::ArrivalShape::ramp},
                                                       {"even", storm::ArrivalShape::even},
                                                       {"step", storm::ArrivalShape::step}}));
    signin
        ->add_option("--steered", options.steered,
                     "share of those with a refresh token who renew before all arrivals, as their "
                     "token told them to, and come to the bell with what they have")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    signin
        ->add_option("--lead", arguments.lead, "how long before: their renewals' span, in seconds")
        ->capture_default_str();
    signin
        ->add_option("--impatient", options.impatient,
                     "share of passwords that are sent twice, a moment apart")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    signin
        ->add_option("--reads", options.reads_a_second,
                     "requests a second of people who have signed in, beside the storm")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 100'000.0));
    signin->add_option("--idle-before", arguments.idle, "reads alone, to compare with")
        ->capture_default_str();
    signin->add_option("--retry-for", arguments.retry_for, "how long a client keeps trying")
        ->capture_default_str();
    signin->add_option("--seed", options.seed, "who and when")->capture_default_str();
    signin->add_option("--connections", options.connections)
        ->capture_default_str()
        ->check(CLI::Range(1, 20'000));
    signin->add_option("--sso-provider", options.sso_provider,
                       "address and port of the OpenID provider of those who come by single "
                       "sign-on, as its issuer has them");
    auto* fails = signin->add_option("--sso-provider-fails", arguments.provider_fails,
                                     "seconds into the storm: the provider stands still (SIGSTOP "
                                     "to the process of the file) for 15 s");
    auto* pidfile = signin->add_option("--sso-provider-pidfile", arguments.provider_pidfile);
    fails->needs(pidfile);
    pidfile->needs(fails);
    signin->add_option("--report", options.report_path, "write the report there as JSON");
    signin->add_option("--html", options.html_path, "write it there for people, with plots");
    signin->add_option("--store", options.store_path,
                       "keep it in this directory, under a name of its own: DATA/storm-reports is "
                       "what a server's operators are shown");
    signin->add_flag("--quiet", arguments.quiet, "no live progress");
    signin->callback([&chosen] { chosen = [] { return storm_signin(arguments); }; });
}

} // namespace

void add_storm_commands(CLI::App& program, std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    storm::DeadlineOptions& options = arguments.options;
    CLI::App* storms =
        program
            .add_subcommand("storm",
                            "load scenarios against a running server, through its API alone")
            ->require_subcommand(1);
    add_signin(*storms, chosen);
    add_storm_day(*storms, chosen);
    add_storm_report(*storms, chosen);
    add_storm_live(*storms, chosen);
    CLI::App* deadline = storms->add_subcommand(
        "deadline", "a cohort hands in as the bell rings; afterwards every receipt is reconciled");
    deadline->add_option("--plan", options.plan_path, "written by storm-tokens")
        ->required()
        ->check(CLI::ExistingFile);
    deadline->add_option("--target", arguments.target, "address and port of the server")
        ->capture_default_str();
    deadline
        ->add_option("--intake", arguments.intakes,
                     "address and port of an intake process, several with commas between: "
                     "submissions go there, a student's to the same one (default: the target)")
        ->delimiter(',');
    deadline->add_option("--submissions", options.submissions)
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{1}, storm::storm_submissions_limit));
    deadline->add_option("--over", arguments.over, "the arrivals' span, in seconds")
        ->capture_default_str();
    deadline
        ->add_option("--arrivals", options.arrivals,
                     "deadline: ever denser towards the bell; steady: as many in each second")
        ->transform(CLI::CheckedTransformer(std::map<std::string, storm::Arrivals>{
            {"deadline", storm::Arrivals::deadline}, {"steady", storm::Arrivals::steady}}));
    deadline->add_option("--bell-after", arguments.bell_after,
                         "when in that span the bell rings (default: at 95 %)");
    deadline->add_option("--seed", options.seed, "who and when")->capture_default_str();
    deadline->add_option("--connections", options.connections)
        ->capture_default_str()
        ->check(CLI::Range(1, 20'000));
    deadline->add_option("--content-bytes", options.content_bytes)
        ->capture_default_str()
        ->check(CLI::Range(1, 262'144));
    deadline
        ->add_option("--file-bytes", options.file_bytes,
                     "hand in a file of so many bytes each, declared first; 0: texts")
        ->capture_default_str()
        ->check(CLI::Range(0, 64 << 20));
    deadline->add_option("--others", options.others,
                         "how many more are handed in meanwhile by others than this storm");
    deadline->add_option("--uploads-at-once", options.uploads_at_once)
        ->capture_default_str()
        ->check(CLI::Range(1, 4096));
    deadline
        ->add_option("--duplicates", options.duplicates,
                     "share of submissions clicked twice at once")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    deadline
        ->add_option("--careless", options.careless,
                     "share of submissions whose key comes again with another content")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    deadline
        ->add_option("--nuisances", options.nuisances,
                     "connections beside the storm that dribble, or are cut in the middle")
        ->capture_default_str()
        ->check(CLI::Range(0, 10'000));
    deadline->add_option("--retry-for", arguments.retry_for, "how long a client keeps trying")
        ->capture_default_str();
    deadline
        ->add_option("--list-for", arguments.list_for, "how long the recorder may take to catch up")
        ->capture_default_str();
    auto* at = deadline->add_option("--kill-at", arguments.kill_at,
                                    "kill -9 the process of --kill-pidfile then");
    auto* pidfile = deadline->add_option("--kill-pidfile", arguments.kill_pidfile);
    at->needs(pidfile);
    pidfile->needs(at);
    deadline->add_option("--report", options.report_path, "write the report there as JSON");
    deadline->add_option("--html", options.html_path, "write it there for people, with plots");
    deadline->add_option(
        "--store", options.store_path,
        "keep it in this directory, under a name of its own: DATA/storm-reports is "
        "what a server's operators are shown");
    deadline->add_option("--events", options.events_path,
                         "file that says what is done to the server meanwhile: a line of "
                         "milliseconds since 1970 and words each; marked in the plots");
    deadline->add_flag("--quiet", arguments.quiet, "no live progress");
    deadline->callback([&chosen] { chosen = [] { return storm_deadline(arguments); }; });
}

} // namespace bw::app
