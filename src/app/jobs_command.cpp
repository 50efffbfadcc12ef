#include "app/jobs_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "jobs/operations.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

namespace {

using namespace jobs;

struct Arguments {
    std::string* data = nullptr;
    std::string tenant, state, job, kind, error_begins_with;
    bool dry_run = false, none = false;
    int limit = 1000, concurrency = 0;
    double per_second = 0;
};

Deadline soon() {
    return Deadline::in(system_clock(), 60s);
}

struct Desk {
    std::unique_ptr<tenancy::Database> database;
    tenancy::TenantDirectory directory;

    Result<tenancy::TenantInfo> tenant(const std::string& slug) const {
        if (auto found = directory.by_slug(slug))
            return *found;
        return fail(Code::not_found,
                    "there is no institution '" + slug + "'; 'bellwether tenant list' shows them",
                    "--tenant");
    }
    /// In a transaction of the institution: `fn(tx, actor)`.
    template <class Fn>
    auto at(const Arguments& arguments, Fn&& fn)
        -> std::invoke_result_t<Fn, tenancy::TenantTx&, const Actor&> {
        const tenancy::TenantInfo info = TRY(tenant(arguments.tenant));
        const Actor actor{"operator", system_clock(), system_rng()};
        return database->run(info.scope, soon(),
                             [&](tenancy::TenantTx& tx) { return fn(tx, actor); });
    }
};

Result<std::unique_ptr<Desk>> open_desk(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    auto desk = std::make_unique<Desk>();
    desk->database = std::make_unique<tenancy::Database>(TRY(installation.conninfo("bw_app")),
                                                         "bellwether jobs", system_clock());
    CHECK_OK(desk->directory.refresh(*desk->database, soon()));
    return desk;
}

Result<JobId> job_in(const Arguments& arguments) {
    auto id = JobId::parse(arguments.job);
    if (!id)
        return fail(Code::invalid_field, "expected a job's id as 'bellwether jobs list' shows it",
                    "job");
    return *id;
}

std::string text_of(const std::optional<Duration>& duration) {
    return duration ? std::to_string(*duration / 1s) + " s" : "-";
}

Result<void> show_backlog(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    fmt::print("{:<28} {:>9} {:>9} {:>8} {:>11} {:>9}\n", "kind", "available", "oldest", "running",
               "completed/s", "left");
    for (const Backlog& of : TRY(backlog(*desk->database, soon())))
        fmt::print("{:<28} {:>9} {:>9} {:>8} {:>11.1f} {:>9}{}{}\n", of.kind, of.waiting,
                   text_of(of.oldest), of.running, of.per_second, text_of(of.estimate()),
                   of.paused ? "  paused" : "",
                   of.concurrency ? fmt::format("  {} at once", *of.concurrency) : "");
    return {};
}

Result<void> list(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    Wanted wanted;
    if (!arguments.state.empty())
        wanted.state = state_from(arguments.state);
    if (!arguments.kind.empty())
        wanted.kind = arguments.kind;
    std::optional<JobId> after;
    for (int shown = 0; shown < arguments.limit;) {
        const JobPage page = TRY(desk->at(arguments, [&](tenancy::TenantTx& tx, const Actor&) {
            return list_jobs(tx, wanted, after, std::min(500, arguments.limit - shown));
        }));
        for (const JobRecord& job : page.items)
            fmt::print("{} {:<10} {:<28} attempt {}{}  {}\n", job.id.text(), wire_name(job.state),
                       job.kind, job.attempt,
                       job.ended_at ? "" : fmt::format("/{}", job.attempts_max), job.error);
        shown += static_cast<int>(page.items.size());
        after = page.next;
        if (!after)
            return {};
    }
    fmt::print(stderr, "there are more; --limit says how many are shown\n");
    return {};
}

Result<void> show(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const JobId id = TRY(job_in(arguments));
    const JobRecord job = TRY(
        desk->at(arguments, [&](tenancy::TenantTx& tx, const Actor&) { return get_job(tx, id); }));
    fmt::print(
        "id       {}\nkind     {}\nstate    {}{}\nattempt  {}{}\nmade     {}\n", job.id.text(),
        job.kind, wire_name(job.state), job.cancel_asked ? ", told to end" : "", job.attempt,
        job.ended_at ? ""
                     : fmt::format(" of {}, {} lost its worker", job.attempts_max, job.crashes),
        to_rfc3339(job.created_at));
    if (job.ended_at)
        fmt::print("ended    {}\n", to_rfc3339(*job.ended_at));
    else
        fmt::print("due      {}\nargs     {}\n", to_rfc3339(job.due_at), job.args);
    if (!job.error.empty())
        fmt::print("error    {}\n", job.error);
    return {};
}

Result<void> retry(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const JobId id = TRY(job_in(arguments));
    CHECK_OK(desk->at(arguments, [&](tenancy::TenantTx& tx, const Actor& actor) {
        return retry_job(tx, id, actor);
    }));
    return show(arguments);
}

Result<void> cancel(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const JobId id = TRY(job_in(arguments));
    const bool ended = TRY(desk->at(arguments, [&](tenancy::TenantTx& tx, const Actor& actor) {
        return cancel_job(tx, id, actor);
    }));
    fmt::print("{}\n", ended ? "cancelled" : "it runs; its worker hears of it within seconds");
    return {};
}

Result<void> show_dead_letters(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    const auto kind = arguments.kind.empty() ? std::nullopt : std::optional(arguments.kind);
    std::vector<tenancy::TenantInfo> tenants = desk->directory.all();
    if (!arguments.tenant.empty())
        tenants = {TRY(desk->tenant(arguments.tenant))};
    for (const tenancy::TenantInfo& tenant : tenants) {
        const auto letters = TRY(desk->database->run(
            tenant.scope, soon(), [&](tenancy::TenantTx& tx) { return dead_letters(tx, kind); }));
        for (const DeadLetters& of : letters)
            fmt::print("{:<24} {:>7}  {:<28} since {}  {}\n", tenant.slug, of.count, of.kind,
                       to_rfc3339(of.oldest), of.error);
    }
    return {};
}

Result<void> redrive_them(const Arguments& arguments) {
    auto desk = TRY(open_desk(arguments));
    Redrive wanted{
        .dry_run = arguments.dry_run, .limit = arguments.limit, .per_second = arguments.per_second};
    if (!arguments.kind.empty())
        wanted.kind = arguments.kind;
    if (!arguments.error_begins_with.empty())
        wanted.error_begins_with = arguments.error_begins_with;
    const Redriven done = TRY(desk->at(arguments, [&](tenancy::TenantTx& tx, const Actor& actor) {
        return redrive(tx, wanted, actor);
    }));
    for (const JobId& job : done.jobs)
        fmt::print("{}\n", job.text());
    fmt::print(stderr, "{} {} over {} s; {} that match stay\n", done.jobs.size(),
               arguments.dry_run ? "would come back" : "come back", done.over / 1s, done.left);
    return {};
}

/// The only way in that may decide for all institutions is the operator's.
Result<void> decide_about(const Arguments& arguments, Decision decision) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    tenancy::Database database(TRY(installation.conninfo("bw_operator")), "bellwether jobs",
                               system_clock());
    decision.kind = arguments.kind;
    return decide(database, decision, "command line", soon());
}

Result<void> limit_kind(const Arguments& arguments) {
    const auto at_once =
        arguments.concurrency > 0 ? std::optional(arguments.concurrency) : std::nullopt;
    return decide_about(arguments, {.concurrency = at_once});
}

} // namespace

void add_jobs_commands(CLI::App& jobs, std::string& data, std::function<Result<void>()>& chosen) {
    auto arguments = std::make_shared<Arguments>();
    arguments->data = &data;
    auto add = [&](const char* name, const char* what, Result<void> (*run)(const Arguments&)) {
        CLI::App* command = jobs.add_subcommand(name, what);
        command->add_option("--data", data, "the installation's directory")->capture_default_str();
        command->callback(
            [&chosen, arguments, run] { chosen = [arguments, run] { return run(*arguments); }; });
        return command;
    };
    auto of_tenant = [&](CLI::App* command) {
        command->add_option("--tenant", arguments->tenant, "the institution's slug")->required();
        return command;
    };
    auto of_job = [&](CLI::App* command) {
        of_tenant(command)->add_option("job", arguments->job, "its id")->required();
    };
    auto of_kind = [&](CLI::App* command) {
        command->add_option("kind", arguments->kind, "such as submission.similarity")->required();
        return command;
    };
    auto kind_option = [&](CLI::App* command) {
        command->add_option("--kind", arguments->kind, "only those of this kind");
        return command;
    };
    add("backlog", "What waits in all institutions, by kind: how many, since when, until when",
        show_backlog);
    CLI::App* listed =
        kind_option(of_tenant(add("list", "An institution's jobs that have not ended", list)));
    listed
        ->add_option("--state", arguments->state,
                     "only those in this state; completed and cancelled: those that have ended")
        ->check(CLI::IsMember({"available", "scheduled", "running", "retryable", "completed",
                               "cancelled", "discarded"}));
    listed->add_option("--limit", arguments->limit, "how many are shown")->capture_default_str();
    of_job(add("show", "One job, whole", show));
    of_job(add("retry", "Do a job now that waits for later, or that nobody tries any more", retry));
    of_job(add("cancel", "End a job; one that runs is told to end", cancel));
    kind_option(add("dead-letters", "Jobs that nobody tries any more, by kind and reason",
                    show_dead_letters))
        ->add_option("--tenant", arguments->tenant,
                     "only this institution's, by its slug (default: all)");
    CLI::App* redriven = kind_option(of_tenant(add(
        "redrive", "Bring an institution's dead letters back, the oldest first", redrive_them)));
    redriven->add_option("--error-begins-with", arguments->error_begins_with,
                         "only those whose reason begins so");
    redriven->add_flag("--dry-run", arguments->dry_run, "only show which");
    redriven->add_option("--limit", arguments->limit, "at most so many")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    redriven->add_option("--per-second", arguments->per_second,
                         "spread them so (default: all are due at once)");
    of_kind(add("pause", "Claim no more jobs of a kind, in all institutions",
                [](const Arguments& given) { return decide_about(given, {.paused = true}); }));
    of_kind(add("resume", "Claim jobs of a kind again; a limit stays",
                [](const Arguments& given) { return decide_about(given, {.paused = false}); }));
    of_kind(add("limit", "How many jobs of a kind run at once, in all workers; a pause stays",
                limit_kind))
        ->add_option("--at-once", arguments->concurrency, "0: no limit")
        ->required()
        ->check(CLI::Range(0, 10'000));
}

} // namespace bw::app
