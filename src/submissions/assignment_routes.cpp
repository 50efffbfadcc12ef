#include "submissions/assignment_routes.hpp"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "audit/audit.hpp"
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
constexpr std::size_t assignment_bytes_limit = 4 * 64 * 1024; // JSON's escapes may double a text
constexpr std::int64_t grace_seconds_min = 60, grace_seconds_max = 7 * 24 * 3600;

// ---- writing answers ----

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant) {
    json.key(name);
    instant ? json.value(to_rfc3339(*instant)) : json.null();
}

void write_latest(JsonWriter& json, const std::optional<LatestSubmission>& latest) {
    json.key("latest_submission");
    if (!latest) {
        json.null();
        return;
    }
    json.object()
        .member("submission_id", latest->id.text())
        .member("state", latest->state)
        .member("received_at", to_rfc3339(latest->received_at))
        .member("late", latest->late)
        .end();
}

enum class Part : bool { listed, whole };

void write_assignment(JsonWriter& json, const Assignment& a, Part part) {
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
        .member("extended", rules != a.rules)
        .member("active", a.active);
    write_latest(json, a.latest);
    if (part == Part::whole)
        json.member("instructions", a.instructions);
    if (rules.kind == ContentKind::structured)
        json.key("questions").raw(rules.questions);
    json.member("version", a.version).end();
}

net::Response assignment_response(const SeenAssignment& seen, int status = 200) {
    JsonWriter json;
    write_assignment(json, seen.assignment, Part::whole);
    net::Response response = net::Response::json(status, json.take());
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

/// The same of all that a teacher sets.
Result<Assignment> changed(Assignment assignment, const JsonObject& body) {
    if (body.has("title"))
        assignment.title = TRY(title_in(body));
    if (body.has("instructions"))
        assignment.instructions = TRY(body.text("instructions", instructions_bytes_limit));
    if (assignment.instructions.find('\0') != std::string::npos)
        return fail(Code::invalid_field, "must not contain NUL", "/instructions");
    assignment.rules = TRY(changed(std::move(assignment.rules), body));
    return assignment;
}

// ---- operations ----

/// Whoever is audited.
struct Parts {
    const Clock& clock;
    Rng& rng;
};

Result<void> record(const Parts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, const Assignment& assignment) {
    const std::string by = principal.user.text(), subject = assignment.id.text();
    JsonWriter details;
    details.object().member("section_id", assignment.section.text()).end();
    return audit::record(tx, {by, action, subject, details.text()}, parts.clock, parts.rng);
}

Result<net::Response> read_assignments(tenancy::Database& database, const Principal& principal,
                                       Listed listed, Instant due_from,
                                       const std::optional<std::pair<Instant, AssignmentId>>& after,
                                       int limit, Deadline deadline) {
    AssignmentPage page = TRY(list_assignments(database, principal.scope, principal.user, listed,
                                               due_from, after, limit, deadline));
    JsonWriter json;
    write_assignments(json, page);
    return net::Response::json(200, json.take());
}

Result<net::Response> make(const Parts& parts, tenancy::Database& database,
                           const Principal& principal, const Assignment& wanted,
                           const Sha256& made_from, Deadline deadline) {
    const Where where =
        principal.roles.has(Role::administrator) ? Where::anywhere : Where::sections_taught;
    const Making making =
        TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Making> {
            const Making made = TRY(make_assignment(tx, wanted, made_from, principal.user, where));
            if (made == Making::made)
                CHECK_OK(record(parts, tx, principal, "assignment.made", wanted));
            return made;
        }));
    if (making == Making::no_section)
        return fail(Code::not_found, "you teach no such section", "section_id");
    if (making == Making::was_made_otherwise)
        return fail(Code::idempotency_key_reused,
                    "this key made another assignment; make a key for each one", "Idempotency-Key");
    const SeenAssignment seen = TRY(taught_assignment(database, principal, wanted.id, deadline));
    net::Response response = assignment_response(seen, 201);
    response.headers.emplace_back("Location", "/v1/assignments/" + wanted.id.text());
    if (making == Making::was_there)
        response.headers.emplace_back("Idempotency-Replayed", "true");
    return response;
}

/// What was seen, under the version that it has after `deed`(tx, seen), which is audited.
template <class Deed>
Result<std::int64_t> audited(const Parts& parts, tenancy::Database& database,
                             const Principal& principal, const Assignment& seen,
                             std::string_view action, Deadline deadline, Deed deed) {
    return database.run(principal.scope, deadline,
                        [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
                            const std::int64_t version = TRY(deed(tx));
                            CHECK_OK(record(parts, tx, principal, action, seen));
                            return version;
                        });
}

Result<net::Response> change(const Parts& parts, tenancy::Database& database,
                             const Principal& principal, AssignmentId id, const JsonObject& body,
                             std::int64_t version, Deadline deadline) {
    SeenAssignment seen = TRY(taught_assignment(database, principal, id, deadline));
    Assignment& one = seen.assignment;
    if (body.has("active")) {
        one.version = TRY(
            audited(parts, database, principal, one, "assignment.restored", deadline,
                    [&](tenancy::TenantTx& tx) { return restore_assignment(tx, one, version); }));
        one.active = true;
        return assignment_response(seen);
    }
    Assignment after = TRY(changed(one, body));
    after.version = TRY(
        audited(parts, database, principal, one, "assignment.changed", deadline,
                [&](tenancy::TenantTx& tx) { return change_assignment(tx, one, after, version); }));
    one = std::move(after);
    return assignment_response(seen);
}

Result<net::Response> withdraw(const Parts& parts, tenancy::Database& database,
                               const Principal& principal, AssignmentId id, std::int64_t version,
                               Deadline deadline) {
    const Assignment one = TRY(taught_assignment(database, principal, id, deadline)).assignment;
    const std::int64_t after =
        TRY(audited(parts, database, principal, one, "assignment.withdrawn", deadline,
                    [&](tenancy::TenantTx& tx) {
                        return withdraw_assignment(tx, one, version, parts.clock.now());
                    }));
    net::Response response{204, "", "", {}};
    response.headers.emplace_back("ETag", "\"" + std::to_string(after) + "\"");
    return response;
}

// ---- what each route does, on the connection's thread ----

Result<Work> list_assignments_work(const Principal& principal, const net::Request& request) {
    const int limit = TRY(page_limit(request));
    auto after = TRY(net::time_cursor_in<AssignmentId>(request));
    auto due_from = from_rfc3339(request.query_param("due_from").value_or("1970-01-02T00:00:00Z"));
    if (!due_from)
        return fail(Code::invalid_field, due_from.error().detail, "due_from");
    const std::string active = request.query_param("active").value_or("true");
    if (active != "true" && active != "false")
        return fail(Code::invalid_field, "expected true or false", "active");
    const Listed listed = active == "true" ? Listed::active : Listed::withdrawn;
    return Work([principal, limit, after, from = *due_from, listed](tenancy::Database& database,
                                                                    Deadline deadline) {
        return read_assignments(database, principal, listed, from, after, limit, deadline);
    });
}

Result<Work> get_assignment_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    return Work(
        [principal, id](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            return assignment_response(TRY(visible_assignment(database, principal, id, deadline)));
        });
}

Result<Work> make_assignment_work(const Parts& parts, const Principal& principal,
                                  const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    const std::string key = TRY(idempotency_key(request));
    const JsonObject body = TRY(net::json_body(
        request, {"title", "instructions", "due_at", "opens_at", "late_seconds_limit",
                  "content_bytes_limit", "attempts_limit", "questions", "kind", "files_limit",
                  "file_bytes_limit", "upload_grace_seconds"}));
    TRY(body.string("title", title_bytes_limit)); // what must be there
    TRY(body.string("due_at", 64));
    Assignment wanted = TRY(changed(Assignment{}, body));
    wanted.section = section;
    wanted.id = derive_assignment_id(principal.scope, principal.user, section, key);
    return Work([&parts, principal, wanted = std::move(wanted),
                 made_from = sha256(request.body)](tenancy::Database& database, Deadline deadline) {
        return make(parts, database, principal, wanted, made_from, deadline);
    });
}

Result<Work> change_assignment_work(const Parts& parts, const Principal& principal,
                                    const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::int64_t version = TRY(version_in_if_match(request));
    static constexpr std::initializer_list<std::string_view> set{
        "title",          "instructions",       "due_at",
        "opens_at",       "late_seconds_limit", "content_bytes_limit",
        "attempts_limit", "questions",          "kind",
        "files_limit",    "file_bytes_limit",   "upload_grace_seconds",
        "active"};
    JsonObject body = TRY(net::json_body(request, set));
    if (body.has("active")) {
        if (!TRY(body.boolean("active")))
            return fail(Code::invalid_field, "expected true; DELETE withdraws it", "/active");
        if (std::ranges::count_if(set, [&](auto name) { return body.has(name); }) > 1)
            return fail(Code::invalid_field, "is sent alone", "/active");
    }
    TRY(changed(Assignment{}, body)); // what is wrong is said before the database is asked
    return Work([&parts, principal, id, version,
                 body = std::move(body)](tenancy::Database& database, Deadline deadline) {
        return change(parts, database, principal, id, body, version, deadline);
    });
}

Result<Work> withdraw_assignment_work(const Parts& parts, const Principal& principal,
                                      const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::int64_t version = TRY(version_in_if_match(request));
    return Work([&parts, principal, id, version](tenancy::Database& database, Deadline deadline) {
        return withdraw(parts, database, principal, id, version, deadline);
    });
}

constexpr std::string_view reference_to_assignment =
    R"({"$ref": "#/components/schemas/Assignment"})";

} // namespace

void write_assignments(JsonWriter& json, const AssignmentPage& page) {
    write_page(json, page, [](JsonWriter& to, const Assignment& one) {
        write_assignment(to, one, Part::listed);
    });
}

void add_assignment_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                           tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng) {
    const auto parts = std::make_shared<const Parts>(clock, rng);
    auto answered = [&lane, parts](auto read) {
        return answered_on(lane,
                           [parts, read](const Principal& principal, const net::Request& request) {
                               return read(*parts, principal, request);
                           });
    };
    const tenancy::Roles staff = tenancy::Roles(Role::teacher).with(Role::administrator);
    routes.add_schema("Assignment", assignment_schema);
    routes.add_schema("AssignmentPage", assignment_page_schema);
    routes.add_schema("AssignmentChange", assignment_change_schema);
    routes.add_schema("NewAssignment", new_assignment_schema);
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
                         .example = "2026-11-23T08:59:00Z"},
                        {.name = "active",
                         .description = "false: those that are withdrawn, of sections that the "
                                        "caller teaches.",
                         .schema = R"({"enum": ["true", "false"], "default": "true"})",
                         .example = "true"}},
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
    const net::Parameter if_match{.name = "If-Match",
                                  .in = net::Parameter::In::header,
                                  .description = "The ETag that the change is based on.",
                                  .schema = version_schema,
                                  .required = true,
                                  .example = "\"1\""};
    routes.add({.method = net::Method::post,
                .path = "/v1/sections/{section_id}/assignments",
                .operation = "make_assignment",
                .summary = "Set a section an assignment (its teachers).",
                .handler = gate.authenticated(answered(make_assignment_work), staff),
                .body_bytes_limit = assignment_bytes_limit,
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "section_id",
                                .in = net::Parameter::In::path,
                                .description = "Of the section.",
                                .schema = R"({"type": "string", "pattern": "^sec_[0-9a-f]{32}$"})",
                                .required = true,
                                .example = "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1"},
                               idempotency_key_parameter("\"essay-1-of-7b\"")},
                .body = net::Body{R"({"$ref": "#/components/schemas/NewAssignment"})",
                                  new_assignment_example},
                .answers = {{201,
                             "The assignment, with its `ETag` and `Location`. A retry has the "
                             "header `Idempotency-Replayed: true`.",
                             reference_to_assignment}}});
    routes.add({.method = net::Method::patch,
                .path = "/v1/assignments/{assignment_id}",
                .operation = "change_assignment",
                .summary = "Set an assignment's title, instructions or rules, such as its due "
                           "instant, or take its withdrawal back (its section's teachers).",
                .handler = gate.authenticated(answered(change_assignment_work), staff),
                .body_bytes_limit = assignment_bytes_limit,
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), if_match},
                .body = net::Body{R"({"$ref": "#/components/schemas/AssignmentChange"})",
                                  assignment_change_example},
                .answers = {{200, "Changed; with the new `ETag`.", reference_to_assignment}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/assignments/{assignment_id}",
                .operation = "withdraw_assignment",
                .summary = "Withdraw an assignment (its section's teachers): nobody sees it but "
                           "they, and what comes from now on is refused. What was handed in stays.",
                .handler = gate.authenticated(answered(withdraw_assignment_work), staff),
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), if_match},
                .answers = {{204, "Withdrawn; with the `ETag` to take it back."}}});
}

} // namespace bw::submissions
