#include "submissions/routes.hpp"

#include "net/json_body.hpp"
#include "submissions/assignment_routes.hpp"
#include "submissions/declared_files.hpp"
#include "submissions/extension_routes.hpp"
#include "submissions/history.hpp"
#include "submissions/questions.hpp"
#include "submissions/schemas.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::submissions {

namespace {

using tenancy::Principal;
using tenancy::Role;

// ---- writing answers ----

void write_recorded(JsonWriter& json, const SubmissionSummary& r) {
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
    if (r.files)
        json.member("files_complete", r.files->complete())
            .key("file_counts")
            .object()
            .member("declared", r.files->declared)
            .member("awaiting", r.files->awaiting)
            .member("missing", r.files->missing)
            .member("infected", r.files->infected)
            .end();
}

void write_content(JsonWriter& json, const SubmissionInFull& full) {
    switch (full.kind) {
    case ContentKind::text:
        json.member("text", full.content);
        return;
    case ContentKind::structured:
        json.key("answers").raw(full.content);
        return;
    case ContentKind::file:
        json.member("declaration", full.content).key("files").array();
        for (const SubmissionFile& file : full.files)
            write_file(json, file, FileFacts::all);
        json.end();
    }
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

// ---- operations ----

struct Offered {
    AssignmentId assignment;
    std::string key;
    ContentKind kind;
    Bytes content;
};

Result<Offered> read_offer(const net::Request& request) {
    std::string key = TRY(idempotency_key(request));
    JsonObject body = TRY(net::json_body(request, {"assignment_id", "text", "answers", "files"}));
    std::string assignment_text = TRY(body.string("assignment_id", 64));
    auto assignment = AssignmentId::parse(assignment_text);
    if (!assignment)
        return fail(Code::invalid_field,
                    "expected an assignment's id: asg_ and 32 lower-case hexadecimal digits",
                    "/assignment_id");
    for (const auto& [one, other] :
         {std::pair{"text", "answers"}, {"text", "files"}, {"answers", "files"}})
        if (body.has(one) && body.has(other))
            return fail(Code::invalid_field,
                        "hand in a text, answers or files, whichever the assignment asks for",
                        "/" + std::string(other));
    if (body.has("files"))
        return Offered{*assignment, std::move(key), ContentKind::file,
                       declaration_of(TRY(read_declared_files(
                           TRY(body.structure("files", declaration_bytes_limit)), "/files")))};
    if (!body.has("answers"))
        return Offered{*assignment, std::move(key), ContentKind::text,
                       TRY(body.string("text", content_bytes_limit))};
    Bytes answers = TRY(body.structure("answers", content_bytes_limit));
    CHECK_OK(check_answers(answers, "/answers"));
    return Offered{*assignment, std::move(key), ContentKind::structured, std::move(answers)};
}

void submit(Intake& intake, const Principal& principal, const net::Request& request,
            net::Responder respond) {
    auto offered = read_offer(request);
    if (!offered)
        return respond(std::move(offered).error());
    Offer offer{
        principal.scope.tenant(),    principal.user,   offered->assignment, std::move(offered->key),
        std::move(offered->content), request.received, offered->kind};
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

/// Ids, times and receipts would all tell markers whose work it is.
Error marked_anonymously() {
    return fail(Code::forbidden,
                "this assignment is marked anonymously: read its `works` until they are released");
}

Result<net::Response> read_submission(tenancy::Database& database, const Principal& principal,
                                      SubmissionId id, const Intake* intake, Deadline deadline) {
    auto found = get_submission(database, principal.scope, id, principal.user, deadline);
    if (found && *found) {
        const SubmissionInFull& full = **found;
        const bool own = full.summary.user == principal.user;
        if (!own && !full.caller_teaches && !principal.roles.has(Role::administrator))
            return fail(Code::not_found, "there is no such submission");
        if (!own && full.identity_hidden)
            return marked_anonymously();
        JsonWriter json;
        json.object();
        write_recorded(json, full.summary);
        write_content(json, full);
        json.key("refused_contents").array();
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

Result<net::Response> read_submissions(tenancy::Database& database, const Principal& principal,
                                       AssignmentId assignment,
                                       const std::optional<std::pair<Instant, SubmissionId>>& after,
                                       int limit, Deadline deadline) {
    SeenAssignment seen = TRY(visible_assignment(database, principal, assignment, deadline));
    if (seen.teaches && seen.identities_hidden)
        return marked_anonymously();
    auto only = seen.teaches ? std::nullopt : std::optional(principal.user);
    SubmissionPage page =
        TRY(list_submissions(database, principal.scope, assignment, only, after, limit, deadline));
    return page_response(page, [](JsonWriter& json, const SubmissionSummary& recorded) {
        json.object();
        write_recorded(json, recorded);
        json.end();
    });
}

Result<Work> list_submissions_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const int limit = TRY(page_limit(request));
    auto after = TRY(net::time_cursor_in<SubmissionId>(request));
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
         .parameters = {idempotency_key_parameter("\"essay-1\"")},
         .body = net::Body{R"({"$ref": "#/components/schemas/SubmissionOffer"})", offer_example},
         .answers = {{202,
                      "Durable. A retry has the same receipt and the header `Idempotency-Replayed: "
                      "true`; `Location` is where to ask what became of it.",
                      R"({"$ref": "#/components/schemas/ReceivedSubmission"})"}}});
}

void add_api_routes(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane,
                    const Intake* intake, const Clock& clock, Rng& rng) {
    add_assignment_routes(routes, gate, lane, clock, rng);
    add_extension_routes(routes, gate, lane, clock, rng);
    routes.add_schema("ReceivedSubmission", received_schema);
    routes.add_schema("RecordedSubmission", recorded_schema);
    routes.add_schema("RecordedSubmissionPage", recorded_page_schema);
    routes.add_schema("SubmissionInFull", recorded_in_full_schema);
    routes.add_schema("SubmissionFile", submission_file_schema);
    routes.add_schema("Receipt", receipt_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/submissions",
                .operation = "list_submissions",
                .summary = "Recorded submissions: one's own, or all for the section's teachers.",
                .handler = gate.authenticated(answered_on(lane, list_submissions_work)),
                .tag = "submissions",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), net::limit_parameter, net::cursor_parameter},
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
