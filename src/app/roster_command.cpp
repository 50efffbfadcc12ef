#include "app/roster_command.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/operator.hpp"
#include "app/process_globals.hpp"
#include "base/json.hpp"
#include "roster/sample.hpp"

namespace bw::app {

namespace {

constexpr std::size_t examples_default = 5;
constexpr Duration between_shown = 100ms, between_lines = 5s;

struct Arguments {
    std::string* data = nullptr;
    std::string tenant, file, shift_to, username;
    OperatorDesk::ImportRequest request;
    bool json = false;
    std::size_t examples = examples_default;
    std::int32_t runs = 20;
    roster::SampleOptions sample;
    std::uint64_t seed = 859;
};

/// Shows how far an import is: one line that is overwritten on a terminal, else a line now and
/// then. On standard error, so that the report stands alone on standard output.
class ProgressLine {
public:
    ~ProgressLine() {
        if (shown_ && terminal_)
            std::fputs("\r\033[K", stderr);
    }
    void show(const roster::Progress& p) {
        const Monotonic now = system_clock().monotonic();
        if (now - last_ < (terminal_ ? between_shown : between_lines))
            return;
        last_ = now;
        shown_ = true;
        std::string line = fmt::format("{} {}", p.step, p.what);
        if (p.step == "reading")
            line += fmt::format(": {} rows, {} of {} MB", p.rows, p.bytes / 1'000'000,
                                p.bytes_total / 1'000'000);
        std::fputs((terminal_ ? "\r\033[K" + line : line + "\n").c_str(), stderr);
    }

private:
    const bool terminal_ = isatty(STDERR_FILENO) == 1;
    bool shown_ = false;
    Monotonic last_ = system_clock().monotonic();
};

std::int64_t peak_resident_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return std::int64_t{usage.ru_maxrss} * 1024;
}

Result<std::unique_ptr<OperatorDesk>> open_desk(const Arguments& arguments) {
    return OperatorDesk::open(TRY(Installation::open(*arguments.data)), system_clock(),
                              system_rng());
}

void print_errors(const roster::ImportErrors& errors) {
    for (const roster::CsvError& error : errors.list)
        std::fprintf(stderr, "%s: %s\n", error.place().c_str(), error.reason.c_str());
    if (errors.more)
        std::fprintf(stderr, "... and more\n");
}

void print_report(const Arguments& arguments, const OperatorDesk::Imported& done, double seconds) {
    const roster::ImportReport& report = done.report;
    fmt::print("{}{}\n", arguments.tenant,
               arguments.request.dry_run ? ": a dry run, nothing was changed"
               : report.identical        ? ": the package that was imported last, nothing to do"
                                         : "");
    for (std::size_t i = 0; i < roster::entity_count && !report.identical; ++i) {
        const roster::EntityCounts& c = report.counts[i];
        if (c == roster::EntityCounts{})
            continue;
        fmt::print("  {:<18} {:>8} added {:>8} changed {:>8} unchanged {:>8} removed",
                   roster::name_of(static_cast<roster::Entity>(i)), c.added, c.changed, c.unchanged,
                   c.removed);
        for (auto [count, word] : {std::pair(c.reactivated, "reactivated"),
                                   {c.disabled, "disabled"},
                                   {c.ignored, "ignored"}})
            if (count > 0)
                fmt::print(" {:>8} {}", count, word);
        fmt::print("\n");
    }
    for (const auto& example : report.examples)
        fmt::print("  {} {}: {}\n", roster::name_of(example.entity), example.change,
                   fmt::join(example.sourced_ids, ", "));
    fmt::print("  assignments changed: {}; {:.2f} s, peak {} MiB\n", done.assignments_changed,
               seconds, peak_resident_bytes() >> 20);
}

void print_json(const Arguments& arguments, const roster::Package& package,
                const OperatorDesk::Imported& done, double seconds) {
    JsonWriter json;
    json.object()
        .member("tenant", arguments.tenant)
        .member("source", arguments.request.source)
        .member("mode", package.mode())
        .member("dry_run", arguments.request.dry_run)
        .member("identical", done.report.identical)
        .key("roster")
        .raw(done.report.json())
        .member("assignments_changed", done.assignments_changed)
        .key("notes")
        .array();
    for (const auto& warning : package.warnings())
        json.value(warning);
    json.end().member("seconds", seconds).member("peak_resident_bytes", peak_resident_bytes());
    fmt::print("{}\n", json.end().take());
}

Result<void> import_roster(Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const tenancy::TenantInfo tenant = TRY(desk->tenant(arguments.tenant));
    const Monotonic begin = system_clock().monotonic();
    roster::ImportErrors errors;
    auto package = roster::Package::open(std::filesystem::path(arguments.file), {}, &errors);
    if (!package) {
        print_errors(errors);
        return std::move(package).error();
    }
    for (const std::string& warning : package->warnings())
        std::fprintf(stderr, "note: %s\n", warning.c_str());
    if (!arguments.shift_to.empty()) {
        auto date = roster::parse_date(arguments.shift_to);
        if (!date)
            return fail(Code::invalid_field,
                        "expected a date such as 2026-09-01, not '" + arguments.shift_to + "'",
                        "--shift-to");
        arguments.request.shift = TRY(roster::days_to(*package, *date));
        std::fprintf(stderr, "note: dates moved by %lld days\n",
                     static_cast<long long>(arguments.request.shift.count()));
    }
    arguments.request.examples = arguments.request.dry_run ? arguments.examples : 0;
    auto done = [&] {
        ProgressLine line;
        arguments.request.progress = [&line](const roster::Progress& p) { line.show(p); };
        return desk->import_roster(tenant, *package, arguments.request, &errors);
    }();
    if (!done) {
        print_errors(errors);
        return std::move(done).error();
    }
    const double seconds = static_cast<double>((system_clock().monotonic() - begin).count()) / 1e9;
    if (arguments.json)
        print_json(arguments, *package, *done, seconds);
    else
        print_report(arguments, *done, seconds);
    return {};
}

Result<void> list_imports(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const tenancy::TenantInfo tenant = TRY(desk->tenant(arguments.tenant));
    for (const roster::ImportRun& run : TRY(desk->import_runs(tenant, arguments.runs)))
        fmt::print("{} {} {:<9} {:<5} {} {}{}{}{}\n", to_rfc3339(run.started_at),
                   run.finished_at ? to_rfc3339(*run.finished_at) : "-", run.outcome, run.mode,
                   run.digest ? to_hex(view(*run.digest)).substr(0, 12) : "-", run.source,
                   run.error_code.empty() ? "" : " " + run.error_code,
                   run.error_place.empty() ? "" : " " + run.error_place,
                   run.outcome == "applied" ? " " + run.counts : "");
    return {};
}

Result<void> write_sample(Arguments& arguments) {
    arguments.sample.around =
        std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(
            std::chrono::milliseconds(system_clock().now().ms)));
    SeededRng chance(arguments.seed);
    return roster::write_sample(arguments.file, arguments.sample, chance);
}

Result<void> erase_person(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    auto desk = TRY(OperatorDesk::open(installation, system_clock(), system_rng()));
    const std::uint64_t gone = TRY(
        desk->erase_person(installation, TRY(desk->tenant(arguments.tenant)), arguments.username));
    fmt::print("{} submissions are gone. What a journal still holds goes as it is forgotten "
               "(--journal-keep-hours).\n",
               gone);
    return {};
}

void add_import(CLI::App& command, Arguments& arguments) {
    OperatorDesk::ImportRequest& request = arguments.request;
    command
        .add_option("--source", request.source,
                    "which system it comes from; keys are unique within it")
        ->capture_default_str();
    command.add_option("--shift-to", arguments.shift_to,
                       "move all dates so that the newest term starts on this one");
    command.add_flag("--dry-run", request.dry_run, "show what would change, and change nothing");
    command
        .add_option("--examples", arguments.examples,
                    "sourcedIds that a dry run shows for each kind of change")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000));
    command
        .add_option("--allow-removal", request.guard.percent,
                    "percent of an entity's active rows that may be removed or disabled at once "
                    "(50 rows always may)")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    command.add_flag("--recheck", request.recheck,
                     "compare every row, even if this very package was imported last");
    command.add_flag("--json", arguments.json, "the report as JSON");
    command.add_option("file", arguments.file, "the zip")->required();
}

} // namespace

void add_roster_commands(CLI::App& roster, std::string& data,
                         std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    arguments.data = &data;
    auto add = [&](const char* name, const char* help, auto run) {
        CLI::App* command = roster.add_subcommand(name, help);
        command->callback([&chosen, run] { chosen = [run] { return run(arguments); }; });
        return command;
    };
    auto of_tenant = [&](CLI::App* command) {
        command->add_option("--data", data, "data directory (environment: BW_DATA)")
            ->capture_default_str();
        command->add_option("--tenant", arguments.tenant, "the institution's slug")->required();
        return command;
    };
    add_import(*of_tenant(add("import", "a OneRoster CSV zip, bulk or delta, all or nothing",
                              import_roster)),
               arguments);
    of_tenant(add("imports", "what was imported, the newest first", list_imports))
        ->add_option("--limit", arguments.runs)
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    of_tenant(add("erase",
                  "erase a person: all they handed in, and the key of what is kept about them "
                  "in archive and audit log; no backup brings it back",
                  erase_person))
        ->add_option("person", arguments.username, "username, or usr_.. of an inactive one")
        ->required();
    CLI::App* sample =
        add("sample", "write a made-up institution as a OneRoster zip", write_sample);
    sample->add_option("--students", arguments.sample.students)->capture_default_str();
    sample->add_option("--sections", arguments.sample.sections)->capture_default_str();
    sample->add_option("--sections-each", arguments.sample.sections_per_student)
        ->capture_default_str();
    sample->add_option("--schools", arguments.sample.schools)->capture_default_str();
    sample->add_flag("--families", arguments.sample.families, "with guardians and demographics");
    sample->add_option("--seed", arguments.seed)->capture_default_str();
    sample->add_option("file", arguments.file, "the zip to write")->required();
}

} // namespace bw::app
