#include "jobs/routes.hpp"

#include "base/json.hpp"
#include "jobs/desk.hpp"
#include "jobs/schemas.hpp"
#include "jobs/shared_routes.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::jobs {

namespace {

using tenancy::Principal;
using tenancy::Work;

constexpr std::string_view priorities[] = {"urgent", "high", "normal", "low"};

// ---- writing answers ----

void write_job(JsonWriter& json, const JobRecord& job) {
    json.object()
        .member("job_id", job.id.text())
        .member("kind", job.kind)
        .member("state", wire_name(job.state))
        .member("attempt", std::int64_t{job.attempt})
        .member("created_at", to_rfc3339(job.created_at));
    if (ended(job.state)) {
        json.member("ended_at", to_rfc3339(*job.ended_at));
    } else {
        json.member("priority", priorities[static_cast<std::size_t>(job.priority)])
            .member("attempts_max", std::int64_t{job.attempts_max})
            .member("due_at", to_rfc3339(job.due_at))
            .member("cancel_asked", job.cancel_asked)
            .key("args")
            .raw(job.args);
    }
    json.key("error");
    job.error.empty() ? json.null() : json.value(job.error);
}

void write_seconds(JsonWriter& json, const char* name, const std::optional<Duration>& duration) {
    json.key(name);
    duration ? json.value(std::int64_t{*duration / 1s}) : json.null();
}

net::Response page_response(const JobPage& page) {
    JsonWriter json;
    json.object().key("data").array();
    for (const JobRecord& job : page.items) {
        write_job(json, job);
        json.end();
    }
    json.end().key("next");
    page.next ? json.value(to_base64url(view(page.next->uuid))) : json.null();
    json.end();
    return net::Response::json(200, json.take());
}

/// As it is now, and when it will be its turn.
Result<net::Response> job_response(tenancy::Database& database, const Principal& principal,
                                   JobId id, int status, Deadline deadline) {
    struct Seen {
        JobRecord job;
        std::int64_t ahead = 0;
    };
    const auto [job, ahead] =
        TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Seen> {
            Seen seen{.job = TRY(get_job(tx, id))};
            if (seen.job.state == State::available)
                seen.ahead = TRY(ahead_of(tx, seen.job));
            return seen;
        }));
    JsonWriter json;
    write_job(json, job);
    if (job.state == State::available) {
        json.member("ahead", ahead);
        std::optional<Duration> estimate;
        for (const Backlog& kind : TRY(backlog(database, deadline)))
            if (kind.kind == job.kind)
                estimate = kind.estimate();
        write_seconds(json, "estimate_seconds", estimate);
    }
    json.end();
    return net::Response::json(status, json.take());
}

// ---- reading requests ----

Result<Work> list_work(const Principal& principal, const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    Wanted wanted{.kind = TRY(kind_in(request))};
    if (auto text = request.query_param("state")) {
        wanted.state = state_from(*text);
        if (!wanted.state)
            return fail(Code::invalid_field,
                        "expected available, scheduled, running, retryable, completed, cancelled "
                        "or discarded",
                        "state");
    }
    const auto cursor = TRY(net::page_cursor<16>(request));
    const auto after = cursor ? std::optional(JobId{*cursor}) : std::nullopt;
    return Work([scope = principal.scope, wanted, after,
                 limit](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        return page_response(TRY(database.run(scope, deadline, [&](tenancy::TenantTx& tx) {
            return list_jobs(tx, wanted, after, limit);
        })));
    });
}

Result<Work> get_work(const Principal& principal, const net::Request& request) {
    const JobId id = TRY(net::id_in_path<JobId>(request, "job_id"));
    return Work([principal, id](tenancy::Database& database, Deadline deadline) {
        return job_response(database, principal, id, 200, deadline);
    });
}

Result<Work> retry_work(const RouteParts& parts, const Principal& principal,
                        const net::Request& request) {
    const JobId id = TRY(net::id_in_path<JobId>(request, "job_id"));
    return Work([parts, principal, id](tenancy::Database& database,
                                       Deadline deadline) -> Result<net::Response> {
        CHECK_OK(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return retry_job(tx, id, {principal.user.text(), parts.clock, parts.rng});
        }));
        return job_response(database, principal, id, 200, deadline);
    });
}

Result<Work> cancel_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const JobId id = TRY(net::id_in_path<JobId>(request, "job_id"));
    return Work([parts, principal, id](tenancy::Database& database,
                                       Deadline deadline) -> Result<net::Response> {
        const bool ended = TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return cancel_job(tx, id, {principal.user.text(), parts.clock, parts.rng});
        }));
        return job_response(database, principal, id, ended ? 200 : 202, deadline);
    });
}

Result<Work> backlog_work(const Principal& principal, const net::Request&) {
    return Work([scope = principal.scope](tenancy::Database& database,
                                          Deadline deadline) -> Result<net::Response> {
        const auto own = TRY(database.run(scope, deadline, own_backlog));
        const auto all = TRY(backlog(database, deadline));
        JsonWriter json;
        json.object().key("data").array();
        for (const OwnBacklog& kind : own) {
            json.object()
                .member("kind", kind.kind)
                .member("available", kind.waiting)
                .member("later", kind.later)
                .member("running", kind.running)
                .member("discarded", kind.discarded);
            write_seconds(json, "oldest_seconds", kind.oldest);
            std::optional<Duration> estimate;
            for (const Backlog& of_all : all)
                if (of_all.kind == kind.kind)
                    estimate = of_all.estimate();
            write_seconds(json, "estimate_seconds", estimate);
            json.end();
        }
        json.end().end();
        return net::Response::json(200, json.take());
    });
}

Result<Work> dead_letters_work(const Principal& principal, const net::Request& request) {
    const auto kind = TRY(kind_in(request));
    return Work([scope = principal.scope, kind](tenancy::Database& database,
                                                Deadline deadline) -> Result<net::Response> {
        const auto letters = TRY(database.run(
            scope, deadline, [&](tenancy::TenantTx& tx) { return dead_letters(tx, kind); }));
        JsonWriter json;
        json.object().key("data").array();
        for (const DeadLetters& of : letters)
            json.object()
                .member("kind", of.kind)
                .member("error", of.error)
                .member("count", of.count)
                .member("oldest_created_at", to_rfc3339(of.oldest))
                .end();
        json.end().end();
        return net::Response::json(200, json.take());
    });
}

Result<Work> redrive_work(const RouteParts& parts, const Principal& principal,
                          const net::Request& request) {
    const Redrive wanted = TRY(redrive_in(TRY(
        net::json_body(request, {"kind", "error_begins_with", "dry_run", "limit", "per_second"}))));
    return Work([parts, principal, wanted](tenancy::Database& database,
                                           Deadline deadline) -> Result<net::Response> {
        const Redriven done =
            TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
                return redrive(tx, wanted, {principal.user.text(), parts.clock, parts.rng});
            }));
        return redrive_response(wanted, done);
    });
}

constexpr net::Parameter job_parameter{.name = "job_id",
                                       .in = net::Parameter::In::path,
                                       .description = "Of the job.",
                                       .schema = job_id_schema,
                                       .required = true,
                                       .example = "job_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
constexpr net::Parameter state_parameter{
    .name = "state",
    .description = "Only those in this state; completed and cancelled: what has ended, the newest "
                   "first. Without it all that have not ended.",
    .schema = R"({"enum": ["available", "scheduled", "running", "retryable", "completed",
                           "cancelled", "discarded"]})",
    .example = "discarded"};

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Job", job_schema);
    routes.add_schema("JobPage", job_page_schema);
    routes.add_schema("JobBacklog", job_backlog_schema);
    routes.add_schema("DeadLetters", dead_letters_schema);
    routes.add_schema("NewRedrive", new_redrive_schema);
    routes.add_schema("Redrive", redrive_schema);
    auto add = [&](net::Route route, auto read, tenancy::Permission permission) {
        route.tag = "jobs";
        route.credential = net::Credential::access_token;
        route.handler =
            parts.gate.authenticated(tenancy::answered_on(parts.lane, read), permission);
        routes.add(std::move(route));
    };
    auto with_parts =
        [&](Result<Work> (*read)(const RouteParts&, const Principal&, const net::Request&)) {
            return [parts, read](const Principal& principal, const net::Request& request) {
                return read(parts, principal, request);
            };
        };
    using enum tenancy::Permission;
    constexpr std::string_view ref_job = R"({"$ref": "#/components/schemas/Job"})";
    add({.method = net::Method::get,
         .path = "/v1/jobs",
         .operation = "list_jobs",
         .summary = "The institution's jobs that have not ended, or those that have.",
         .handler = {},
         .parameters = {state_parameter, kind_parameter, net::limit_parameter,
                        net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/JobPage"})"}}},
        list_work, jobs_read);
    add({.method = net::Method::get,
         .path = "/v1/jobs/{job_id}",
         .operation = "get_job",
         .summary = "One job; while it waits, how many go before and when it will be done.",
         .handler = {},
         .parameters = {job_parameter},
         .answers = {{200, "The job.", ref_job}}},
        get_work, jobs_read);
    add({.method = net::Method::post,
         .path = "/v1/jobs/{job_id}/retry",
         .operation = "retry_job",
         .summary = "Do a job now that waits for later, or that nobody tries any more.",
         .handler = {},
         .parameters = {job_parameter},
         .answers = {{200, "As it is now.", ref_job}}},
        with_parts(retry_work), jobs_write);
    add({.method = net::Method::post,
         .path = "/v1/jobs/{job_id}/cancel",
         .operation = "cancel_job",
         .summary = "End a job. One that runs is told to end.",
         .handler = {},
         .parameters = {job_parameter},
         .answers = {{200, "It has ended.", ref_job},
                     {202, "It runs, and has been told to end.", ref_job}}},
        with_parts(cancel_work), jobs_write);
    add({.method = net::Method::get,
         .path = "/v1/job-backlog",
         .operation = "get_job_backlog",
         .summary = "What waits, by kind: how many, since when, until when.",
         .handler = {},
         .answers = {{200, "The kinds.", R"({"$ref": "#/components/schemas/JobBacklog"})"}}},
        backlog_work, jobs_read);
    add({.method = net::Method::get,
         .path = "/v1/dead-letters",
         .operation = "list_dead_letters",
         .summary = "Jobs that nobody tries any more, counted by kind and reason.",
         .handler = {},
         .parameters = {kind_parameter},
         .answers = {{200, "The reasons.", R"({"$ref": "#/components/schemas/DeadLetters"})"}}},
        dead_letters_work, jobs_read);
    add({.method = net::Method::post,
         .path = "/v1/dead-letters/redrive",
         .operation = "redrive_dead_letters",
         .summary = "Bring dead letters back, spread as wanted; with `dry_run`: say which.",
         .handler = {},
         .body_bytes_limit = 4096,
         .body =
             net::Body{R"({"$ref": "#/components/schemas/NewRedrive"})",
                       R"({"kind": "submission.similarity", "dry_run": true, "per_second": 20})"},
         .answers = {{200, "What was, or would be, done.",
                      R"({"$ref": "#/components/schemas/Redrive"})"}}},
        with_parts(redrive_work), jobs_write);
}

} // namespace bw::jobs
