#include "submissions/assignment_routes.hpp"

#include <algorithm>

#include "net/json_body.hpp"
#include "submissions/questions.hpp"
#include "submissions/schemas.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::submissions {

namespace {

using tenancy::Principal;
using tenancy::Role;

// In UTC, so that what is answered is RFC 3339 again: it has four digits for a year.
constexpr Instant instant_min{0}, instant_max{253'402'300'799'999};
constexpr std::int64_t late_seconds_max = 366 * 24 * 3600;
constexpr std::int64_t attempts_max = 1000;
constexpr std::size_t reason_bytes_limit = 500;

// ---- writing answers ----

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant) {
    json.key(name);
    instant ? json.value(to_rfc3339(*instant)) : json.null();
}

void write_assignment(JsonWriter& json, const Assignment& a) {
    // What is granted to the caller is in force for the caller.
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
                       ? std::optional(std::min(instant_max, rules.due_at + *rules.late_limit))
                       : std::nullopt);
    json.member("content_bytes_limit", rules.content_bytes_limit).key("attempts_limit");
    rules.attempts_limit ? json.value(*rules.attempts_limit) : json.null();
    json.member("extended", rules != a.rules);
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

void write_extension(JsonWriter& json, const Extension& extension) {
    json.object().key("user_id");
    extension.user ? json.value(extension.user->text()) : json.null();
    json.member("due_at", to_rfc3339(extension.grant.due_at))
        .member("attempts_extra", extension.grant.attempts_extra)
        .member("reason", extension.reason)
        .member("given_by", extension.given_by.text())
        .member("given_at", to_rfc3339(extension.given_at))
        .end();
}

// ---- reading requests ----

Result<Instant> instant_in(const JsonObject& body, const char* name) {
    auto instant = from_rfc3339(TRY(body.string(name, 64)));
    const std::string pointer = "/" + std::string(name);
    if (!instant)
        return fail(Code::invalid_field, instant.error().detail, pointer);
    if (*instant < instant_min || *instant > instant_max)
        return fail(Code::invalid_field, "expected an instant of the years 1970 to 9999", pointer);
    return *instant;
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
    if (body.is_null("questions")) {
        rules.kind = ContentKind::text;
        rules.questions.clear();
    } else if (body.has("questions")) {
        rules.kind = ContentKind::structured;
        rules.questions = TRY(body.structure("questions", questions_bytes_limit));
        CHECK_OK(check_questions(rules.questions, "/questions"));
    }
    return rules;
}

/// "section", or a user's id.
Result<std::optional<UserId>> grantee_in_path(const net::Request& request) {
    if (request.path_param("grantee") == "section")
        return std::optional<UserId>();
    return std::optional(TRY(id_in_path<UserId>(request, "grantee")));
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

Result<SeenAssignment> taught_assignment(tenancy::Database& database, const Principal& principal,
                                         AssignmentId id, Deadline deadline) {
    SeenAssignment seen = TRY(visible_assignment(database, principal, id, deadline));
    if (!seen.teaches)
        return fail(Code::forbidden, "only the section's teachers do this");
    return seen;
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

Result<net::Response> read_extensions(tenancy::Database& database, const Principal& principal,
                                      AssignmentId id, Deadline deadline) {
    TRY(taught_assignment(database, principal, id, deadline));
    JsonWriter json;
    json.object().key("data").array();
    for (const Extension& extension : TRY(list_extensions(database, principal.scope, id, deadline)))
        write_extension(json, extension);
    json.end().end();
    return net::Response::json(200, json.take());
}

Result<net::Response> grant(tenancy::Database& database, const Principal& principal,
                            AssignmentId id, Extension extension, Uuid extension_id,
                            Deadline deadline) {
    TRY(taught_assignment(database, principal, id, deadline));
    extension.given_by = principal.user;
    extension.given_at =
        TRY(give_extension(database, principal.scope, id, extension, extension_id, deadline));
    JsonWriter json;
    write_extension(json, extension);
    return net::Response::json(200, json.take());
}

// ---- what each route does, on the connection's thread ----

Result<Work> list_assignments_work(const Principal& principal, const net::Request& request) {
    const int limit = TRY(page_limit(request));
    auto after = TRY(page_after<AssignmentId>(request));
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
                                     "content_bytes_limit", "attempts_limit", "questions"}));
    TRY(changed({}, body)); // what is wrong is said before the database is asked
    return Work([principal, id, version, body = std::move(body)](tenancy::Database& database,
                                                                 Deadline deadline) {
        return change_rules(database, principal, id, body, version, deadline);
    });
}

Result<Work> list_extensions_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    return Work([principal, id](tenancy::Database& database, Deadline deadline) {
        return read_extensions(database, principal, id, deadline);
    });
}

Result<Work> give_extension_work(const Principal& principal, const net::Request& request,
                                 const Clock& clock, Rng& rng) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    Extension extension{.user = TRY(grantee_in_path(request))};
    const JsonObject body = TRY(net::json_body(request, {"due_at", "attempts_extra", "reason"}));
    extension.grant.due_at = TRY(instant_in(body, "due_at"));
    if (body.has("attempts_extra"))
        extension.grant.attempts_extra =
            static_cast<std::uint32_t>(TRY(body.integer("attempts_extra", 0, attempts_max)));
    extension.reason = TRY(body.string("reason", reason_bytes_limit));
    const Uuid made = make_uuid_v7(clock.now(), rng);
    return Work([principal, id, extension, made](tenancy::Database& database, Deadline deadline) {
        return grant(database, principal, id, extension, made, deadline);
    });
}

Result<Work> revoke_extension_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::optional<UserId> user = TRY(grantee_in_path(request));
    return Work([principal, id, user](tenancy::Database& database,
                                      Deadline deadline) -> Result<net::Response> {
        TRY(taught_assignment(database, principal, id, deadline));
        CHECK_OK(revoke_extension(database, principal.scope, id, user, principal.user, deadline));
        return net::Response{204, "", "", {}};
    });
}

constexpr std::string_view reference_to_assignment =
    R"({"$ref": "#/components/schemas/Assignment"})";

net::Parameter grantee_in_document() {
    return {.name = "grantee",
            .in = net::Parameter::In::path,
            .description = "A student of the section, or `section` for all of them.",
            .schema = grantee_schema,
            .required = true,
            .example = "section"};
}

} // namespace

void add_assignment_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                           tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng) {
    const tenancy::Roles staff = tenancy::Roles(Role::teacher).with(Role::administrator);
    routes.add_schema("Assignment", assignment_schema);
    routes.add_schema("AssignmentPage", assignment_page_schema);
    routes.add_schema("AssignmentChange", assignment_change_schema);
    routes.add_schema("Questions", questions_schema);
    routes.add_schema("Extension", extension_schema);
    routes.add_schema("ExtensionGrant", extension_grant_schema);
    routes.add_schema("ExtensionList", extension_list_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/assignments",
         .operation = "list_assignments",
         .summary = "Assignments of the caller's sections, by due instant.",
         .handler = gate.authenticated(answered_on(lane, list_assignments_work)),
         .tag = "assignments",
         .credential = net::Credential::access_token,
         .parameters = {limit_parameter(),
                        cursor_parameter(),
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
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/extensions",
                .operation = "list_extensions",
                .summary = "Who may hand in longer or more often (the section's teachers).",
                .handler = gate.authenticated(answered_on(lane, list_extensions_work), staff),
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path()},
                .answers = {{200, "Those that stand.",
                             R"({"$ref": "#/components/schemas/ExtensionList"})"}}});
    auto give = [&clock, &rng](const Principal& principal, const net::Request& request) {
        return give_extension_work(principal, request, clock, rng);
    };
    routes.add({.method = net::Method::put,
                .path = "/v1/assignments/{assignment_id}/extensions/{grantee}",
                .operation = "give_extension",
                .summary = "Give a student or the whole section more time, or more attempts.",
                .handler = gate.authenticated(answered_on(lane, give), staff),
                .body_bytes_limit = 4096,
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), grantee_in_document()},
                .body = net::Body{R"({"$ref": "#/components/schemas/ExtensionGrant"})",
                                  extension_grant_example},
                .answers = {{200, "It stands, instead of an earlier one for the same.",
                             R"({"$ref": "#/components/schemas/Extension"})"}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/assignments/{assignment_id}/extensions/{grantee}",
                .operation = "revoke_extension",
                .summary = "Take an extension back; what was recorded under it stays recorded.",
                .handler = gate.authenticated(answered_on(lane, revoke_extension_work), staff),
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), grantee_in_document()},
                .answers = {{204, "Taken back."}}});
}

} // namespace bw::submissions
