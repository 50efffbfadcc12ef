#include "submissions/assignment_routes.hpp"

#include <algorithm>

#include "net/json_body.hpp"
#include "submissions/declared_files.hpp"
#include "submissions/questions.hpp"
#include "submissions/schemas.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::submissions {

namespace {

using tenancy::Principal;
using tenancy::Role;

constexpr std::int64_t late_seconds_max = 366 * 24 * 3600;
constexpr std::int64_t attempts_max = 1000;
constexpr std::int64_t grace_seconds_min = 60, grace_seconds_max = 7 * 24 * 3600;

// ---- writing answers ----

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant) {
    json.key(name);
    instant ? json.value(to_rfc3339(*instant)) : json.null();
}

void write_assignment(JsonWriter& json, const Assignment& a) {
    const Rules rules = a.granted ? extended(a.rules, *a.granted) : a.rules;
    json.object()
        .member("assignment_id", a.id.text())
        .member("title", a.title)
        .member("section_id", a.section.text())
        .member("section_title", a.section_title)
        .member("kind", wire_name(rules.kind))
        .member("due_at", to_rfc3339(rules.due_at));
    write_optional(json, "opens_at", rules.opens_at);
    write_optional(json, "late_until",
                   rules.late_limit
                       ? std::optional(std::min(net::instant_max, rules.due_at + *rules.late_limit))
                       : std::nullopt);
    json.member("content_bytes_limit", rules.content_bytes_limit).key("attempts_limit");
    rules.attempts_limit ? json.value(*rules.attempts_limit) : json.null();
    json.key("attempts_left");
    rules.attempts_limit&& a.attempts_recorded
        ? json.value(std::max<std::int64_t>(0, *rules.attempts_limit - *a.attempts_recorded))
        : json.null();
    json.member("files_limit", rules.files_limit)
        .member("file_bytes_limit", rules.file_bytes_limit)
        .member("upload_grace_seconds",
                std::chrono::floor<std::chrono::seconds>(rules.upload_grace).count())
        .member("extended", rules != a.rules);
    if (rules.kind == ContentKind::structured)
        json.key("questions").raw(rules.questions);
    json.member("version", a.version).end();
}

net::Response assignment_response(const SeenAssignment& seen) {
    JsonWriter json;
    write_assignment(json, seen.assignment);
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(seen.assignment.version) + "\"");
    return response;
}

// ---- reading requests ----

Result<void> change_file_rules(Rules& rules, const JsonObject& body) {
    if (body.has("files_limit"))
        rules.files_limit =
            static_cast<std::uint32_t>(TRY(body.integer("files_limit", 1, declared_files_limit)));
    if (body.has("file_bytes_limit"))
        rules.file_bytes_limit = static_cast<std::uint64_t>(
            TRY(body.integer("file_bytes_limit", 1, declared_file_bytes_limit)));
    if (body.has("upload_grace_seconds"))
        rules.upload_grace = std::chrono::seconds(
            TRY(body.integer("upload_grace_seconds", grace_seconds_min, grace_seconds_max)));
    if (!body.has("kind"))
        return {};
    const auto kind = content_kind_from(TRY(body.string("kind", 16)));
    if (kind != ContentKind::text && kind != ContentKind::file)
        return fail(Code::invalid_field, "expected text or file; questions make it structured",
                    "/kind");
    if (body.has("questions") && !body.is_null("questions"))
        return fail(Code::invalid_field, "questions make it structured: leave one of both out",
                    "/kind");
    rules.kind = *kind;
    rules.questions.clear();
    return {};
}

/// Changes to an assignment's rules: each is made if it is asked for, and null takes a limit away.
Result<Rules> changed(Rules rules, const JsonObject& body) {
    if (body.has("due_at"))
        rules.due_at = TRY(instant_in(body, "due_at"));
    if (body.is_null("opens_at"))
        rules.opens_at.reset();
    else if (body.has("opens_at"))
        rules.opens_at = TRY(instant_in(body, "opens_at"));
    if (body.is_null("late_seconds_limit"))
        rules.late_limit.reset();
    else if (body.has("late_seconds_limit"))
        rules.late_limit =
            std::chrono::seconds(TRY(body.integer("late_seconds_limit", 0, late_seconds_max)));
    if (body.has("content_bytes_limit"))
        rules.content_bytes_limit = static_cast<std::uint32_t>(
            TRY(body.integer("content_bytes_limit", 1, content_bytes_limit)));
    if (body.is_null("attempts_limit"))
        rules.attempts_limit.reset();
    else if (body.has("attempts_limit"))
        rules.attempts_limit =
            static_cast<std::uint32_t>(TRY(body.integer("attempts_limit", 1, attempts_max)));
    CHECK_OK(change_file_rules(rules, body));
    if (body.is_null("questions")) {
        if (rules.kind == ContentKind::structured)
            rules.kind = ContentKind::text;
        rules.questions.clear();
    } else if (body.has("questions")) {
        rules.kind = ContentKind::structured;
        rules.questions = TRY(body.structure("questions", questions_bytes_limit));
        CHECK_OK(check_questions(rules.questions, "/questions"));
    }
    return rules;
}

// ---- operations ----

Result<net::Response> read_assignments(tenancy::Database& database, const Principal& principal,
                                       Instant due_from,
                                       const std::optional<std::pair<Instant, AssignmentId>>& after,
                                       int limit, Deadline deadline) {
    AssignmentPage page = TRY(list_assignments(database, principal.scope, principal.user, due_from,
                                               after, limit, deadline));
    return page_response(page, write_assignment);
}

Result<net::Response> change_rules(tenancy::Database& database, const Principal& principal,
                                   AssignmentId id, const JsonObject& body, std::int64_t version,
                                   Deadline deadline) {
    SeenAssignment seen = TRY(taught_assignment(database, principal, id, deadline));
    Rules rules = TRY(changed(seen.assignment.rules, body));
    seen.assignment.version =
        TRY(set_rules(database, principal.scope, seen.assignment, rules, version, deadline));
    seen.assignment.rules = std::move(rules);
    return assignment_response(seen);
}

// ---- what each route does, on the connection's thread ----

Result<Work> list_assignments_work(const Principal& principal, const net::Request& request) {
    const int limit = TRY(page_limit(request));
    auto after = TRY(net::time_cursor_in<AssignmentId>(request));
    auto due_from = from_rfc3339(request.query_param("due_from").value_or("1970-01-02T00:00:00Z"));
    if (!due_from)
        return fail(Code::invalid_field, due_from.error().detail, "due_from");
    return Work([principal, limit, after, from = *due_from](tenancy::Database& database,
                                                            Deadline deadline) {
        return read_assignments(database, principal, from, after, limit, deadline);
    });
}

Result<Work> get_assignment_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    return Work(
        [principal, id](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            return assignment_response(TRY(visible_assignment(database, principal, id, deadline)));
        });
}

Result<Work> change_assignment_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::int64_t version = TRY(version_in_if_match(request));
    JsonObject body =
        TRY(net::json_body(request, {"due_at", "opens_at", "late_seconds_limit",
                                     "content_bytes_limit", "attempts_limit", "questions", "kind",
                                     "files_limit", "file_bytes_limit", "upload_grace_seconds"}));
    TRY(changed({}, body)); // what is wrong is said before the database is asked
    return Work([principal, id, version, body = std::move(body)](tenancy::Database& database,
                                                                 Deadline deadline) {
        return change_rules(database, principal, id, body, version, deadline);
    });
}

constexpr std::string_view reference_to_assignment =
    R"({"$ref": "#/components/schemas/Assignment"})";

} // namespace

void add_assignment_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                           tenancy::DatabaseLane& lane) {
    const tenancy::Roles staff = tenancy::Roles(Role::teacher).with(Role::administrator);
    routes.add_schema("Assignment", assignment_schema);
    routes.add_schema("AssignmentPage", assignment_page_schema);
    routes.add_schema("AssignmentChange", assignment_change_schema);
    routes.add_schema("Questions", questions_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/assignments",
         .operation = "list_assignments",
         .summary = "Assignments of the caller's sections, by due instant.",
         .handler = gate.authenticated(answered_on(lane, list_assignments_work)),
         .tag = "assignments",
         .credential = net::Credential::access_token,
         .parameters = {net::limit_parameter,
                        net::cursor_parameter,
                        {.name = "due_from",
                         .description = "Only those due then or later.",
                         .schema = instant_schema,
                         .example = "2026-11-23T08:59:00Z"}},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/AssignmentPage"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}",
                .operation = "get_assignment",
                .summary = "One assignment; its ETag is needed to change it.",
                .handler = gate.authenticated(answered_on(lane, get_assignment_work)),
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path()},
                .answers = {{200, "The assignment, and its `ETag`.", reference_to_assignment}}});
    routes.add(
        {.method = net::Method::patch,
         .path = "/v1/assignments/{assignment_id}",
         .operation = "change_assignment",
         .summary = "Set an assignment's rules, such as its due instant (its section's teachers).",
         .handler = gate.authenticated(answered_on(lane, change_assignment_work), staff),
         .body_bytes_limit = 2 * questions_bytes_limit,
         .tag = "assignments",
         .credential = net::Credential::access_token,
         .parameters = {assignment_in_path(),
                        {.name = "If-Match",
                         .in = net::Parameter::In::header,
                         .description = "The ETag that the change is based on.",
                         .schema = version_schema,
                         .required = true,
                         .example = "\"1\""}},
         .body = net::Body{R"({"$ref": "#/components/schemas/AssignmentChange"})",
                           assignment_change_example},
         .answers = {{200, "Changed; with the new `ETag`.", reference_to_assignment}}});
}

} // namespace bw::submissions
