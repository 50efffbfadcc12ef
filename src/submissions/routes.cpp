#include "submissions/routes.hpp"

#include <charconv>

#include "base/json.hpp"
#include "net/json_body.hpp"
#include "submissions/assignments.hpp"
#include "submissions/history.hpp"
#include "submissions/schemas.hpp"

namespace bw::submissions {

namespace {

using tenancy::Principal;
using tenancy::Role;

constexpr int page_items_default = 50;
constexpr int page_items_limit = 500;
// In UTC, so that what is answered is RFC 3339 again: it has four digits for a year.
constexpr Instant due_at_min{0}, due_at_max{253'402'300'799'999};

// ---- reading requests ----

template <class IdType>
Result<IdType> id_in_path(const net::Request& request, std::string_view name) {
    auto id = IdType::parse(request.path_param(name));
    if (!id) // no such thing can exist, so it does not
        return fail(Code::not_found, "there is nothing at this address");
    return *id;
}

/// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a structured-field string; the
/// quotes may be left out.
Result<std::string> idempotency_key(const net::Request& request) {
    constexpr const char* name = "Idempotency-Key";
    auto header = request.header(name);
    if (!header || header->empty())
        return fail(Code::idempotency_key_missing,
                    "make one key for each submission, and send the same one with each retry",
                    name);
    if (request.header_count(name) > 1)
        return fail(Code::bad_request, "the header stands more than once", name);
    std::string_view raw = *header;
    const bool quoted = raw.front() == '"';
    if (quoted) {
        if (raw.size() < 2 || raw.back() != '"')
            return fail(Code::bad_request, "the closing quote is missing", name);
        raw = raw.substr(1, raw.size() - 2);
    }
    std::string key;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        char c = raw[i];
        if (quoted && c == '\\' && i + 1 < raw.size() && (raw[i + 1] == '"' || raw[i + 1] == '\\'))
            c = raw[++i];
        else if (c < 0x21 || c > 0x7e || c == '"' || c == '\\')
            return fail(Code::bad_request, "a key has visible ASCII characters only", name);
        key += c;
    }
    if (key.empty() || key.size() > idempotency_key_bytes_limit)
        return fail(Code::bad_request,
                    "a key has 1 to " + std::to_string(idempotency_key_bytes_limit) + " characters",
                    name);
    return key;
}

Result<int> page_limit(const net::Request& request) {
    auto text = request.query_param("limit");
    if (!text)
        return page_items_default;
    int value = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 1 ||
        value > page_items_limit)
        return fail(Code::invalid_field,
                    "expected a number from 1 to " + std::to_string(page_items_limit), "limit");
    return value;
}

template <class IdType>
std::string page_cursor(const std::pair<Instant, IdType>& after) {
    Bytes raw;
    put_le(raw, after.first.ms);
    raw += view(after.second.uuid);
    return to_base64url(raw);
}

template <class IdType>
Result<std::optional<std::pair<Instant, IdType>>> page_after(const net::Request& request) {
    using After = std::optional<std::pair<Instant, IdType>>;
    auto text = request.query_param("cursor");
    if (!text)
        return After();
    auto raw = from_base64url(*text);
    if (!raw || raw->size() != 24)
        return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                    "cursor");
    return After(
        {Instant{get_le<std::int64_t>(*raw)}, IdType{*to_array<16>(ByteView(*raw).substr(8))}});
}

/// If-Match: one strong entity tag, the version in quotes.
Result<std::int64_t> version_in_if_match(const net::Request& request) {
    auto header = request.header("If-Match");
    if (!header)
        return fail(Code::precondition_required,
                    "send the ETag that you saw as If-Match, so that nobody's change is lost",
                    "If-Match");
    std::int64_t version = 0;
    std::string_view tag = *header;
    if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
        auto [end, error] = std::from_chars(tag.data() + 1, tag.data() + tag.size() - 1, version);
        if (error == std::errc() && end == tag.data() + tag.size() - 1)
            return version;
    }
    return fail(Code::precondition_failed, "If-Match is not an ETag of this resource", "If-Match");
}

// ---- writing answers ----

void write_assignment(JsonWriter& json, const Assignment& a) {
    json.object()
        .member("assignment_id", a.id.text())
        .member("title", a.title)
        .member("section_id", a.section.text())
        .member("section_title", a.section_title)
        .member("due_at", to_rfc3339(a.due_at))
        .member("version", a.version)
        .end();
}

void write_recorded(JsonWriter& json, const Recorded& r) {
    json.member("submission_id", r.id.text())
        .member("assignment_id", r.assignment.text())
        .member("user_id", r.user.text())
        .member("state", r.state);
    if (r.reason)
        json.member("reason", *r.reason);
    json.member("received_at", to_rfc3339(r.received_at))
        .member("late", r.late)
        .member("recorded_at", to_rfc3339(r.recorded_at))
        .member("content_sha256", to_hex(view(r.content_sha256)));
}

template <class Page, class Write>
net::Response page_response(const Page& page, Write&& write) {
    JsonWriter json;
    json.object().key("data").array();
    for (const auto& item : page.items)
        write(json, item);
    json.end().key("next");
    page.next ? json.value(page_cursor(*page.next)) : json.null();
    json.end();
    return net::Response::json(200, json.take());
}

net::Response received_response(int status, const Intake& intake, const Received& received) {
    auto statement = decode_statement(received.statement);
    JsonWriter json;
    json.object();
    if (statement)
        json.member("submission_id", statement->submission_id().text())
            .member("assignment_id", statement->assignment.text())
            .member("user_id", statement->user.text())
            .member("state", "received")
            .member("received_at", to_rfc3339(statement->received_at))
            .member("content_sha256", to_hex(view(statement->content_sha256)));
    json.key("receipt");
    write_json(json, intake.receipt(received));
    json.end();
    net::Response response = net::Response::json(status, json.take());
    if (statement && status == 202)
        response.headers.emplace_back("Location",
                                      "/v1/submissions/" + statement->submission_id().text());
    if (received.replayed)
        response.headers.emplace_back("Idempotency-Replayed", "true");
    return response;
}

net::Response assignment_response(const Assignment& assignment) {
    JsonWriter json;
    write_assignment(json, assignment);
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(assignment.version) + "\"");
    return response;
}

// ---- operations ----

struct Offered {
    AssignmentId assignment;
    std::string key;
    std::string text;
};

Result<Offered> read_offer(const net::Request& request) {
    std::string key = TRY(idempotency_key(request));
    JsonObject body = TRY(net::json_body(request, {"assignment_id", "text"}));
    std::string assignment_text = TRY(body.string("assignment_id", 64));
    auto assignment = AssignmentId::parse(assignment_text);
    if (!assignment)
        return fail(Code::invalid_field,
                    "expected an assignment's id: asg_ and 32 lower-case hexadecimal digits",
                    "/assignment_id");
    return Offered{*assignment, std::move(key), TRY(body.string("text", content_bytes_limit))};
}

void submit(Intake& intake, const Principal& principal, const net::Request& request,
            net::Responder respond) {
    auto offered = read_offer(request);
    if (!offered)
        return respond(std::move(offered).error());
    Offer offer{principal.scope.tenant(), principal.user,           offered->assignment,
                std::move(offered->key),  std::move(offered->text), request.received};
    intake.accept(std::move(offer),
                  [&intake, respond = std::move(respond)](Result<Received> outcome) mutable {
                      if (!outcome)
                          return respond(std::move(outcome).error());
                      // The receipt is built on the connection's thread: this one has other groups
                      // to commit.
                      respond.on_loop([&intake, received = *std::move(outcome)] {
                          return received_response(202, intake, received);
                      });
                  });
}

Result<net::Response> read_submission(tenancy::Database& database, const Principal& principal,
                                      SubmissionId id, const Intake* intake, Deadline deadline) {
    auto found = get_submission(database, principal.scope, id, principal.user, deadline);
    if (found && *found) {
        const RecordedInFull& full = **found;
        const bool own = full.summary.user == principal.user;
        if (!own && !full.caller_teaches && !principal.roles.has(Role::administrator))
            return fail(Code::not_found, "there is no such submission");
        JsonWriter json;
        json.object();
        write_recorded(json, full.summary);
        json.member("text", full.content).key("refused_contents").array();
        for (const RefusedContent& refused : full.refused)
            json.object()
                .member("content_sha256", to_hex(view(refused.content_sha256)))
                .member("reason", refused.reason)
                .member("received_at", to_rfc3339(refused.received_at))
                .member("recorded_at", to_rfc3339(refused.recorded_at))
                .end();
        json.end().key("receipt");
        write_json(json, full.receipt);
        json.end();
        return net::Response::json(200, json.take());
    }
    // Not recorded yet, or the database is away: what was received is known here all the same.
    if (auto received = intake ? intake->find(id) : std::nullopt) {
        auto statement = decode_statement(received->statement);
        if (statement && statement->tenant == principal.scope.tenant() &&
            statement->user == principal.user)
            return received_response(200, *intake, *received);
    }
    if (!found)
        return std::move(found).error();
    return fail(Code::not_found, "there is no such submission");
}

Result<net::Response> read_assignments(tenancy::Database& database, const Principal& principal,
                                       Instant due_from,
                                       const std::optional<std::pair<Instant, AssignmentId>>& after,
                                       int limit, Deadline deadline) {
    AssignmentPage page = TRY(list_assignments(database, principal.scope, principal.user, due_from,
                                               after, limit, deadline));
    return page_response(page, write_assignment);
}

/// The assignment, if the caller may see it.
Result<SeenAssignment> visible_assignment(tenancy::Database& database, const Principal& principal,
                                          AssignmentId id, Deadline deadline) {
    auto seen = TRY(get_assignment(database, principal.scope, id, principal.user, deadline));
    if (!seen || !(seen->teaches || seen->attends || principal.roles.has(Role::administrator)))
        return fail(Code::not_found, "there is no such assignment");
    seen->teaches = seen->teaches || principal.roles.has(Role::administrator);
    return *std::move(seen);
}

Result<net::Response> change_due(tenancy::Database& database, const Principal& principal,
                                 AssignmentId id, Instant due_at, std::int64_t version,
                                 Deadline deadline) {
    SeenAssignment seen = TRY(visible_assignment(database, principal, id, deadline));
    if (!seen.teaches)
        return fail(Code::forbidden, "only the section's teachers move a due instant");
    seen.assignment.version =
        TRY(set_due(database, principal.scope, id, due_at, version, deadline));
    seen.assignment.due_at = due_at;
    return assignment_response(seen.assignment);
}

Result<net::Response> read_submissions(tenancy::Database& database, const Principal& principal,
                                       AssignmentId assignment,
                                       const std::optional<std::pair<Instant, SubmissionId>>& after,
                                       int limit, Deadline deadline) {
    SeenAssignment seen = TRY(visible_assignment(database, principal, assignment, deadline));
    auto only = seen.teaches ? std::nullopt : std::optional(principal.user);
    RecordedPage page =
        TRY(list_submissions(database, principal.scope, assignment, only, after, limit, deadline));
    return page_response(page, [](JsonWriter& json, const Recorded& recorded) {
        json.object();
        write_recorded(json, recorded);
        json.end();
    });
}

// ---- what each route does, on the connection's thread ----

/// What a lane thread does for a request: the answer, or what went wrong.
using Work = std::function<Result<net::Response>(tenancy::Database&, Deadline)>;

/// `read` turns the request into work on the connection's thread, so that bad input costs no
/// database.
template <class Read>
tenancy::Gate::PrincipalHandler answered_on(tenancy::DatabaseLane& lane, Read read) {
    return [&lane, read](const Principal& principal, const net::Request& request,
                         net::Responder respond) {
        Result<Work> work = read(principal, request);
        if (!work)
            return respond(std::move(work).error());
        lane.submit(
            principal.scope.tenant(), request.deadline,
            [respond = std::move(respond), work = *std::move(work),
             deadline = request.deadline](Result<tenancy::Database*> turn) mutable {
                if (!turn)
                    return respond(std::move(turn).error());
                respond.result(work(**turn, deadline),
                               [](net::Response&& response) { return std::move(response); });
            },
            request.trace);
    };
}

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
            return assignment_response(
                TRY(visible_assignment(database, principal, id, deadline)).assignment);
        });
}

Result<Work> move_due_instant_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::int64_t version = TRY(version_in_if_match(request));
    const std::string text = TRY(TRY(net::json_body(request, {"due_at"})).string("due_at", 64));
    auto due_at = from_rfc3339(text);
    if (!due_at)
        return fail(Code::invalid_field, due_at.error().detail, "/due_at");
    if (*due_at < due_at_min || *due_at > due_at_max)
        return fail(Code::invalid_field, "expected an instant of the years 1970 to 9999",
                    "/due_at");
    return Work(
        [principal, id, version, at = *due_at](tenancy::Database& database, Deadline deadline) {
            return change_due(database, principal, id, at, version, deadline);
        });
}

Result<Work> list_submissions_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const int limit = TRY(page_limit(request));
    auto after = TRY(page_after<SubmissionId>(request));
    return Work([principal, id, limit, after](tenancy::Database& database, Deadline deadline) {
        return read_submissions(database, principal, id, after, limit, deadline);
    });
}

Result<Work> get_submission_work(const Intake* intake, const Principal& principal,
                                 const net::Request& request) {
    const SubmissionId id = TRY(id_in_path<SubmissionId>(request, "submission_id"));
    return Work([principal, id, intake](tenancy::Database& database, Deadline deadline) {
        return read_submission(database, principal, id, intake, deadline);
    });
}

// ---- what documents say ----

net::Parameter assignment_in_path() {
    return {.name = "assignment_id",
            .in = net::Parameter::In::path,
            .description = "Of the assignment.",
            .schema = assignment_id_schema,
            .required = true,
            .example = "asg_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

net::Parameter limit_parameter() {
    return {.name = "limit",
            .description = "How many a page has at most.",
            .schema = limit_schema,
            .example = "50"};
}

net::Parameter cursor_parameter() {
    return {.name = "cursor",
            .description = "`next` of the page before, unchanged.",
            .schema = cursor_schema};
}

constexpr std::string_view reference_to_assignment =
    R"({"$ref": "#/components/schemas/Assignment"})";

} // namespace

void add_intake_routes(net::RouteTable& routes, const tenancy::Gate& gate, Intake& intake) {
    routes.add_schema("SubmissionOffer", offer_schema);
    routes.add_schema("ReceivedSubmission", received_schema);
    routes.add_schema("Receipt", receipt_schema);
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/submissions",
         .operation = "submit",
         .summary = "Hand in a submission; the answer is its receipt.",
         .handler =
             gate.authenticated([&intake](const Principal& principal, const net::Request& request,
                                          net::Responder respond) {
                 submit(intake, principal, request, std::move(respond));
             }),
         .body_bytes_limit = 2 * content_bytes_limit, // JSON's escapes may double a text
         .tag = "submissions",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "Idempotency-Key",
                         .in = net::Parameter::In::header,
                         .description = "One for each submission, the same for its retries: 1 to "
                                        "128 visible ASCII characters, with or without quotes.",
                         .schema = idempotency_key_schema,
                         .required = true,
                         .example = "\"essay-1\""}},
         .body = net::Body{R"({"$ref": "#/components/schemas/SubmissionOffer"})", offer_example},
         .answers = {{202,
                      "Durable. A retry has the same receipt and the header `Idempotency-Replayed: "
                      "true`; `Location` is where to ask what became of it.",
                      R"({"$ref": "#/components/schemas/ReceivedSubmission"})"}}});
}

namespace {

void add_assignment_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                           tenancy::DatabaseLane& lane) {
    const tenancy::Roles staff = tenancy::Roles(Role::teacher).with(Role::administrator);
    routes.add_schema("Assignment", assignment_schema);
    routes.add_schema("AssignmentPage", assignment_page_schema);
    routes.add_schema("DueInstant", due_schema);
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
    routes.add({.method = net::Method::patch,
                .path = "/v1/assignments/{assignment_id}",
                .operation = "move_due_instant",
                .summary = "Set an assignment's due instant (its section's teachers).",
                .handler = gate.authenticated(answered_on(lane, move_due_instant_work), staff),
                .body_bytes_limit = 4096,
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(),
                               {.name = "If-Match",
                                .in = net::Parameter::In::header,
                                .description = "The ETag that the change is based on.",
                                .schema = version_schema,
                                .required = true,
                                .example = "\"1\""}},
                .body = net::Body{R"({"$ref": "#/components/schemas/DueInstant"})", due_example},
                .answers = {{200, "Changed; with the new `ETag`.", reference_to_assignment}}});
}

} // namespace

void add_api_routes(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane,
                    const Intake* intake) {
    add_assignment_routes(routes, gate, lane);
    routes.add_schema("ReceivedSubmission", received_schema);
    routes.add_schema("RecordedSubmission", recorded_schema);
    routes.add_schema("RecordedSubmissionPage", recorded_page_schema);
    routes.add_schema("SubmissionInFull", recorded_in_full_schema);
    routes.add_schema("Receipt", receipt_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/submissions",
                .operation = "list_submissions",
                .summary = "Recorded submissions: one's own, or all for the section's teachers.",
                .handler = gate.authenticated(answered_on(lane, list_submissions_work)),
                .tag = "submissions",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), limit_parameter(), cursor_parameter()},
                .answers = {{200, "A page, by `received_at`.",
                             R"({"$ref": "#/components/schemas/RecordedSubmissionPage"})"}}});
    auto get_submission = [intake](const Principal& principal, const net::Request& request) {
        return get_submission_work(intake, principal, request);
    };
    routes.add({.method = net::Method::get,
                .path = "/v1/submissions/{submission_id}",
                .operation = "get_submission",
                .summary = "What became of a submission, with its receipt.",
                .handler = gate.authenticated(answered_on(lane, get_submission)),
                .tag = "submissions",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "submission_id",
                                .in = net::Parameter::In::path,
                                .description = "As the receipt says.",
                                .schema = submission_id_schema,
                                .required = true,
                                .example = "sub_7c1d5a3e9b2f8d40a6c8e0f21b3d5f79"}},
                .answers = {{200, "Received and not recorded yet, or recorded or refused.",
                             either_schema}}});
}

} // namespace bw::submissions
