#include "submissions/shared_routes.hpp"

#include <algorithm>

#include "submissions/record.hpp"
#include "submissions/schemas.hpp"

namespace bw::submissions {

Result<Instant> instant_in(const JsonObject& body, const char* name) {
    auto instant = from_rfc3339(TRY(body.string(name, 64)));
    const std::string pointer = "/" + std::string(name);
    if (!instant)
        return fail(Code::invalid_field, instant.error().detail, pointer);
    if (*instant < net::instant_min || *instant > net::instant_max)
        return fail(Code::invalid_field, "expected an instant of the years 1970 to 9999", pointer);
    return *instant;
}

Result<std::string> title_in(const JsonObject& body) {
    std::string title = TRY(body.string("title", title_bytes_limit));
    if (std::ranges::any_of(title, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return fail(Code::invalid_field, "is one line, without control characters", "/title");
    if (std::ranges::all_of(title, [](char c) { return c == ' '; }))
        return fail(Code::invalid_field, "says nothing", "/title");
    return title;
}

/// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a structured-field string; the
/// quotes may be left out.
Result<std::string> idempotency_key(const net::Request& request) {
    constexpr const char* name = "Idempotency-Key";
    auto header = request.header(name);
    if (!header || header->empty())
        return fail(
            Code::idempotency_key_missing,
            "make one key for each thing that is made, and send the same one with each retry",
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

void write_file(JsonWriter& json, const SubmissionFile& file, FileFacts facts) {
    json.object()
        .member("file_id", file.id.text())
        .member("name", file.declared.name)
        .member("size", file.declared.size)
        .member("media_type", file.declared.media_type)
        .member("state", wire_name(file.state))
        .member("late", file.late());
    if (facts == FileFacts::all) {
        json.member("sha256", to_hex(view(file.declared.sha256)))
            .member("upload_until", to_rfc3339(file.upload_until))
            .key("arrived_at");
        file.arrived_at ? json.value(to_rfc3339(*file.arrived_at)) : json.null();
    }
    json.key("finding");
    file.finding ? json.value(*file.finding) : json.null();
    json.key("text");
    !file.has_text ? json.null()
                   : json.value(*file.has_text ? "text_available" : "text_unavailable");
    json.key("text_problem");
    file.text_problem ? json.value(*file.text_problem) : json.null();
    json.end();
}

Result<SeenAssignment> visible_assignment(tenancy::Database& database,
                                          const tenancy::Principal& principal, AssignmentId id,
                                          Deadline deadline) {
    auto seen = TRY(get_assignment(database, principal.scope, id, principal.user, deadline));
    if (seen)
        seen->teaches = seen->teaches || principal.roles.has(tenancy::Role::administrator);
    if (!seen || !(seen->teaches || (seen->attends && seen->assignment.active)))
        return fail(Code::not_found, "there is no such assignment");
    return *std::move(seen);
}

Result<SeenAssignment> taught_assignment(tenancy::Database& database,
                                         const tenancy::Principal& principal, AssignmentId id,
                                         Deadline deadline) {
    SeenAssignment seen = TRY(visible_assignment(database, principal, id, deadline));
    if (!seen.teaches)
        return fail(Code::forbidden, "only the section's teachers do this");
    return seen;
}

net::Parameter idempotency_key_parameter(const char* example) {
    return {.name = "Idempotency-Key",
            .in = net::Parameter::In::header,
            .description = "One for each thing that is made, the same for its retries: 1 to 128 "
                           "visible ASCII characters, with or without quotes.",
            .schema = idempotency_key_schema,
            .required = true,
            .example = example};
}

net::Parameter assignment_in_path() {
    return {.name = "assignment_id",
            .in = net::Parameter::In::path,
            .description = "Of the assignment.",
            .schema = assignment_id_schema,
            .required = true,
            .example = "asg_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

} // namespace bw::submissions
