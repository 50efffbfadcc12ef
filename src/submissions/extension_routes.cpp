#include "submissions/extension_routes.hpp"

#include "net/json_body.hpp"
#include "submissions/schemas.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::submissions {

namespace {

using tenancy::Principal;
using tenancy::Role;

constexpr std::int64_t attempts_extra_max = 1000;
constexpr std::size_t reason_bytes_limit = 500;

// ---- writing answers ----

void write_extension(JsonWriter& json, const Extension& extension) {
    json.object().member("extension_id", extension.id.text()).key("user_id");
    extension.user ? json.value(extension.user->text()) : json.null();
    json.member("due_at", to_rfc3339(extension.terms.due_at))
        .member("attempts_extra", extension.terms.attempts_extra)
        .member("reason", extension.reason)
        .key("given_by");
    extension.given_by ? json.value(extension.given_by->text()) : json.null();
    json.key("outage_id");
    extension.outage ? json.value(extension.outage->text()) : json.null();
    json.member("given_at", to_rfc3339(extension.given_at)).end();
}

net::Response extension_response(const Extension& extension) {
    JsonWriter json;
    write_extension(json, extension);
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + extension.id.text() + "\"");
    return response;
}

// ---- reading requests ----

/// "section", or a user's id.
Result<std::optional<UserId>> grantee_in_path(const net::Request& request) {
    if (request.path_param("grantee") == "section")
        return std::optional<UserId>();
    return std::optional(TRY(id_in_path<UserId>(request, "grantee")));
}

/// If-Match: one strong entity tag, the extension's id in quotes; nullopt if there is none.
Result<std::optional<ExtensionId>> extension_in_if_match(const net::Request& request) {
    auto header = request.header("If-Match");
    if (!header)
        return std::optional<ExtensionId>();
    std::optional<ExtensionId> id;
    if (header->size() > 2 && header->front() == '"' && header->back() == '"')
        id = ExtensionId::parse(header->substr(1, header->size() - 2));
    if (!id)
        return fail(Code::precondition_failed, "If-Match is not an ETag of this resource",
                    "If-Match");
    return id;
}

// ---- what each route does, on the connection's thread ----

Result<Work> list_extensions_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    return Work(
        [principal, id](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            TRY(taught_assignment(database, principal, id, deadline));
            JsonWriter json;
            json.object().key("data").array();
            for (const Extension& extension :
                 TRY(list_extensions(database, principal.scope, id, deadline)))
                write_extension(json, extension);
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> get_extension_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::optional<UserId> user = TRY(grantee_in_path(request));
    return Work([principal, id, user](tenancy::Database& database,
                                      Deadline deadline) -> Result<net::Response> {
        TRY(taught_assignment(database, principal, id, deadline));
        auto found = TRY(get_extension(database, principal.scope, id, user, deadline));
        if (!found)
            return fail(Code::not_found, "no extension stands for this student or section");
        return extension_response(*found);
    });
}

Result<Work> give_extension_work(const Principal& principal, const net::Request& request,
                                 const Clock& clock, Rng& rng) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    Extension given{.id = ExtensionId::make(clock.now(), rng),
                    .user = TRY(grantee_in_path(request)),
                    .given_by = principal.user};
    const std::optional<ExtensionId> seen = TRY(extension_in_if_match(request));
    const JsonObject body = TRY(net::json_body(request, {"due_at", "attempts_extra", "reason"}));
    given.terms.due_at = TRY(instant_in(body, "due_at"));
    if (body.has("attempts_extra"))
        given.terms.attempts_extra =
            static_cast<std::uint32_t>(TRY(body.integer("attempts_extra", 0, attempts_extra_max)));
    given.reason = TRY(body.string("reason", reason_bytes_limit));
    return Work([principal, id, given, seen](tenancy::Database& database,
                                             Deadline deadline) mutable -> Result<net::Response> {
        TRY(taught_assignment(database, principal, id, deadline));
        given.given_at = TRY(give_extension(database, principal.scope, id, given, seen, deadline));
        return extension_response(given);
    });
}

Result<Work> revoke_extension_work(const Principal& principal, const net::Request& request) {
    const AssignmentId id = TRY(id_in_path<AssignmentId>(request, "assignment_id"));
    const std::optional<UserId> user = TRY(grantee_in_path(request));
    const std::optional<ExtensionId> seen = TRY(extension_in_if_match(request));
    if (!seen)
        return fail(Code::precondition_required,
                    "send the ETag that you saw as If-Match, so that nobody's change is lost",
                    "If-Match");
    return Work([principal, id, user, which = *seen](tenancy::Database& database,
                                                     Deadline deadline) -> Result<net::Response> {
        TRY(taught_assignment(database, principal, id, deadline));
        CHECK_OK(
            revoke_extension(database, principal.scope, id, user, principal.user, which, deadline));
        return net::Response{204, "", "", {}};
    });
}

// ---- what documents say ----

constexpr std::string_view reference_to_extension = R"({"$ref": "#/components/schemas/Extension"})";

net::Parameter grantee_in_document() {
    return {.name = "grantee",
            .in = net::Parameter::In::path,
            .description = "A student of the section, or `section` for all of them.",
            .schema = grantee_schema,
            .required = true,
            .example = "section"};
}

net::Parameter if_match_in_document(const char* description, bool required) {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = description,
            .schema = extension_tag_schema,
            .required = required,
            .example = "\"ext_0192f3c47d3b7a1e8f5096a2b4c8d0e1\""};
}

} // namespace

void add_extension_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                          tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng) {
    constexpr const char* one = "/v1/assignments/{assignment_id}/extensions/{grantee}";
    const tenancy::Roles staff = tenancy::Roles(Role::teacher).with(Role::administrator);
    routes.add_schema("Extension", extension_schema);
    routes.add_schema("ExtensionGrant", extension_grant_schema);
    routes.add_schema("ExtensionList", extension_list_schema);
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
    routes.add({.method = net::Method::get,
                .path = one,
                .operation = "get_extension",
                .summary = "One extension; its ETag is needed to change or revoke it.",
                .handler = gate.authenticated(answered_on(lane, get_extension_work), staff),
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), grantee_in_document()},
                .answers = {{200, "It stands; with its `ETag`.", reference_to_extension}}});
    auto give = [&clock, &rng](const Principal& principal, const net::Request& request) {
        return give_extension_work(principal, request, clock, rng);
    };
    routes.add({.method = net::Method::put,
                .path = one,
                .operation = "give_extension",
                .summary = "Give a student or the whole section more time, or more attempts.",
                .handler = gate.authenticated(answered_on(lane, give), staff),
                .body_bytes_limit = 4096,
                .tag = "assignments",
                .credential = net::Credential::access_token,
                .parameters = {assignment_in_path(), grantee_in_document(),
                               if_match_in_document("The ETag of the one that stands and is "
                                                    "replaced; left out where none does.",
                                                    false)},
                .body = net::Body{R"({"$ref": "#/components/schemas/ExtensionGrant"})",
                                  extension_grant_example},
                .answers = {{200, "It stands; with its `ETag`.", reference_to_extension}}});
    routes.add(
        {.method = net::Method::del,
         .path = one,
         .operation = "revoke_extension",
         .summary = "Take an extension back; what was recorded under it stays recorded.",
         .handler = gate.authenticated(answered_on(lane, revoke_extension_work), staff),
         .tag = "assignments",
         .credential = net::Credential::access_token,
         .parameters = {assignment_in_path(), grantee_in_document(),
                        if_match_in_document("The ETag of the one that is taken back.", true)},
         .answers = {{204, "Taken back."}}});
}

} // namespace bw::submissions
