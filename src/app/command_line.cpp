#include "app/command_line.hpp"

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "app/breached_list_command.hpp"
#include "app/demo.hpp"
#include "app/diagnose_command.hpp"
#include "app/follow.hpp"
#include "app/jobs_command.hpp"
#include "app/journal_command.hpp"
#include "app/keys_command.hpp"
#include "app/operator.hpp"
#include "app/process_globals.hpp"
#include "app/receipt_command.hpp"
#include "app/reports_command.hpp"
#include "app/roster_command.hpp"
#include "app/serve_options.hpp"
#include "app/storm_command.hpp"
#include "app/submissions_command.hpp"
#include "app/tenant_command.hpp"
#include "app/up.hpp"

namespace bw::app {

namespace {

constexpr int exit_failure = 1;

using Command = std::function<Result<void>()>;

/// What the arguments say; each command reads its own part.
struct Arguments {
    std::string data = Installation::default_data();
    ServeOptions serve;
    FollowOptions follow;
    bool no_demo = false, no_timetable = false, no_replica = false, no_reports = false;
    std::string tenant, name, zone = "Europe/London", username;
    std::size_t storm_students = 20'000;
    std::string plan_path;
    OperatorDesk::StormShares shares;
};

Result<std::unique_ptr<OperatorDesk>> open_desk(const Arguments& arguments) {
    return OperatorDesk::open(TRY(Installation::open(arguments.data)), system_clock(),
                              system_rng());
}

Result<void> storm_is_allowed() {
    const char* allowed = std::getenv("BW_ALLOW_STORM_TOKENS");
    if (!allowed || std::string_view(allowed) != "yes")
        return fail(Code::forbidden, "storm tokens let their holder act as thousands of users; on "
                                     "an installation that is there for "
                                     "tests, set BW_ALLOW_STORM_TOKENS=yes");
    return {};
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// For its owner alone.
Result<File> plan_file(const std::string& path) {
    umask(0077);
    File out(std::fopen(path.c_str(), "w"), &std::fclose);
    if (!out)
        return fail(Code::unavailable, "cannot write " + path);
    return out;
}

Result<void> issue_storm_tokens(const Arguments& arguments) {
    CHECK_OK(storm_is_allowed());
    const Installation installation = TRY(Installation::open(arguments.data));
    auto desk = TRY(open_desk(arguments));
    const SecretKey master = TRY(installation.master_key(system_rng()));
    const auth::RoutingHints hints(TRY(installation.routing_key(system_rng())));
    const File out = TRY(plan_file(arguments.plan_path));
    auto issued =
        TRY(desk->issue_storm_tokens(arguments.storm_students, arguments.serve.issuer,
                                     arguments.serve.base_host, master, hints, out.get()));
    std::printf("%zu student and %zu teacher tokens, good for 2 h, in %s\n", issued.students,
                issued.staff, arguments.plan_path.c_str());
    return {};
}

Result<void> write_storm_people(const Arguments& arguments) {
    CHECK_OK(storm_is_allowed());
    if (arguments.shares.refresh + arguments.shares.sso > 1)
        return fail(Code::invalid_field, "the two shares are more than everybody", "--sso-share");
    const Installation installation = TRY(Installation::open(arguments.data));
    auto desk = TRY(open_desk(arguments));
    const SigningKey key = TRY(installation.key("refresh", system_rng()));
    const File out = TRY(plan_file(arguments.plan_path));
    auto written = TRY(desk->write_storm_people(arguments.storm_students, arguments.shares,
                                                arguments.serve.base_host, key, out.get()));
    std::printf("%zu people, %zu of them with a refresh token, %zu by single sign-on, in %s\n",
                written.people, written.with_refresh, written.with_sso,
                arguments.plan_path.c_str());
    return {};
}

/// A line of standard input, without its end: no argument, so in no history and no list of
/// processes; not shown by a terminal.
Result<std::string> read_secret(const char* what) {
    termios shown{};
    const bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0;
    if (terminal) {
        std::fprintf(stderr, "%s: ", what);
        termios hidden = shown;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    std::string line;
    const bool read = static_cast<bool>(std::getline(std::cin, line));
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        std::fprintf(stderr, "\n");
    }
    if (!read)
        return fail(Code::bad_request, std::string("expected the ") + what + " on standard input");
    return line;
}

Result<void> create_tenant(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const tenancy::TenantInfo made =
        TRY(desk->create_tenant(arguments.tenant, arguments.name, arguments.zone));
    std::printf("%s %s\n", made.scope.tenant().text().c_str(), made.slug.c_str());
    return {};
}

Result<void> set_password(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    return desk->set_password(TRY(desk->tenant(arguments.tenant)), arguments.username,
                              TRY(read_secret("password")));
}

Result<void> set_password_for_all(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const std::int64_t count = TRY(desk->set_password_for_all(TRY(desk->tenant(arguments.tenant)),
                                                              TRY(read_secret("argon2id hash"))));
    std::printf("%lld users\n", static_cast<long long>(count));
    return {};
}

Result<void> demo(const Arguments& arguments) {
    const DemoSummary summary =
        TRY(load_demo(TRY(Installation::open(arguments.data)), !arguments.no_timetable,
                      system_clock(), system_rng()));
    std::printf("%s; next bell %s\n", summary.loaded ? "loaded" : "was there already",
                to_rfc3339(summary.bell).c_str());
    return {};
}

Result<void> up_here(const Arguments& arguments) {
    return up({.data = arguments.data,
               .serve = arguments.serve,
               .demo = !arguments.no_demo,
               .demo_timetable = !arguments.no_timetable,
               .replica = !arguments.no_replica,
               .reports = !arguments.no_reports});
}

Result<void> serve_here(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(arguments.data));
    return serve(arguments.serve.has_reports_alone() ? TRY(installation.beside("report"))
                                                     : installation,
                 arguments.serve);
}

Result<void> follow_here(const Arguments& arguments) {
    return follow(TRY(Installation::open(arguments.data)), arguments.follow);
}

void add_commands(CLI::App& program, Arguments& arguments, Command& chosen) {
    auto add = [&](CLI::App& parent, const char* name, const char* help,
                   Result<void> (*command)(const Arguments&)) {
        CLI::App* made = parent.add_subcommand(name, help);
        made->add_option("--data", arguments.data, "data directory (environment: BW_DATA)")
            ->capture_default_str();
        made->callback([&arguments, &chosen, command] {
            chosen = [&arguments, command] { return command(arguments); };
        });
        return made;
    };
    auto group = [&](const char* name, const char* help) -> CLI::App& {
        return *program.add_subcommand(name, help)->require_subcommand(1);
    };
    auto add_tenant_option = [&](CLI::App* command) {
        command->add_option("--tenant", arguments.tenant, "the institution's slug")->required();
    };

    CLI::App* up_command = add(
        program, "up", "run a whole installation on this machine: database, server, demo", up_here);
    add_serve_options(*up_command, arguments.serve);
    up_command->add_flag("--no-timetable", arguments.no_timetable,
                         "the demo's institutions have no lessons");
    up_command->add_flag("--no-demo", arguments.no_demo, "leave an empty installation empty");
    up_command->add_flag("--no-replica", arguments.no_replica,
                         "one PostgreSQL server, without a streaming replica");
    up_command->add_flag("--no-reports", arguments.no_reports,
                         "no process that keeps reports; or, with --reports, not here");
    add_serve_options(
        *add(program, "serve", "run one server process of any set of roles", serve_here),
        arguments.serve);

    CLI::App* follow_command =
        add(program, "follow", "keep copies of other nodes' journals on this disk", follow_here);
    follow_command
        ->add_option("--listen", arguments.follow.listen,
                     "address and port; port 0 lets the system pick")
        ->capture_default_str();
    follow_command
        ->add_option("--copy-bytes-limit", arguments.follow.bytes_limit, "of one journal's copy")
        ->capture_default_str();
    follow_command->add_option("--tls-certificate", arguments.follow.tls_certificate,
                               "PEM file; with --tls-key: HTTPS");
    follow_command->add_option("--tls-key", arguments.follow.tls_key, "PEM file");

    CLI::App& tenant = group("tenant", "institutions");
    CLI::App* create = add(tenant, "create", "make an institution", create_tenant);
    create->add_option("--slug", arguments.tenant, "its host name's first label")->required();
    create->add_option("--name", arguments.name)->required();
    create->add_option("--zone", arguments.zone, "IANA time zone: a due date ends with its day")
        ->capture_default_str();
    add_tenant_commands(program, tenant, arguments.data, chosen);

    add_breached_list_commands(group("breached-list", "passwords that leaks have made known"),
                               chosen);
    add_roster_commands(group("roster", "people, sections, enrollments"), arguments.data, chosen);

    add_submissions_commands(group("submissions", "one assignment's submissions for an auditor"),
                             arguments.data, chosen);
    add_receipt_commands(group("receipt", "receipts and the key that signs them"), arguments.data,
                         chosen);
    add_journal_commands(group("journal", "the intake journal, looked at from outside"),
                         arguments.data, chosen);

    add_keys_commands(group("keys", "the keys that access tokens are signed with"), arguments.data,
                      chosen);

    add_jobs_commands(group("jobs", "work that is done after the answer"), arguments.data, chosen);

    add_reports_commands(group("reports", "what report processes hold at the primary"),
                         arguments.data, chosen);

    CLI::App& password = group("password", "passwords");
    CLI::App* set =
        add(password, "set", "set one user's password, read from standard input", set_password);
    add_tenant_option(set);
    set->add_option("--username", arguments.username)->required();
    add_tenant_option(add(password, "set-for-all",
                          "give every user without a password one argon2id hash, read from "
                          "standard input (demos, tests, storms)",
                          set_password_for_all));

    add(program, "demo", "load the demo's institutions and ring its bell anew", demo);

    CLI::App* tokens =
        add(program, "storm-tokens",
            "write a storm's plan with access tokens (needs BW_ALLOW_STORM_TOKENS=yes)",
            issue_storm_tokens);
    tokens
        ->add_option("--students", arguments.storm_students,
                     "how many, evenly over all institutions")
        ->capture_default_str();
    tokens->add_option("--out", arguments.plan_path, "the plan file")->required();
    tokens->add_option("--base-host", arguments.serve.base_host, "as given to the server")
        ->capture_default_str();
    tokens->add_option("--issuer", arguments.serve.issuer, "as given to the server")
        ->capture_default_str();

    CLI::App* people = add(program, "storm-people",
                           "write a sign-in storm's plan: people, most of them with a refresh "
                           "token (needs BW_ALLOW_STORM_TOKENS=yes)",
                           write_storm_people);
    people
        ->add_option("--people", arguments.storm_students, "how many, evenly over all institutions")
        ->capture_default_str();
    people
        ->add_option("--refresh-share", arguments.shares.refresh,
                     "share of them who come with a refresh token")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    people
        ->add_option("--sso-share", arguments.shares.sso,
                     "share of them who come by single sign-on")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    people->add_option("--out", arguments.plan_path, "the plan file")->required();
    people->add_option("--base-host", arguments.serve.base_host, "as given to the server")
        ->capture_default_str();
}

} // namespace

int run(int argc, char** argv) {
    CLI::App program("Bellwether: the education-platform backend that holds when the bell rings",
                     "bellwether");
    program.require_subcommand(1);
    program.failure_message(CLI::FailureMessage::help); // of the command that was named wrongly
    Arguments arguments;
    Command chosen;
    add_commands(program, arguments, chosen);
    add_diagnose_command(program, arguments.data, chosen);
    add_storm_commands(program, chosen);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : 2;
    }
    auto outcome = chosen();
    if (!outcome) {
        std::fprintf(stderr, "bellwether: %s\n", outcome.error().text().c_str());
        return exit_failure;
    }
    return 0;
}

} // namespace bw::app
