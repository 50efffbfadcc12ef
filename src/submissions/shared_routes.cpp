#include "submissions/shared_routes.hpp"

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
    if (!seen ||
        !(seen->teaches || seen->attends || principal.roles.has(tenancy::Role::administrator)))
        return fail(Code::not_found, "there is no such assignment");
    seen->teaches = seen->teaches || principal.roles.has(tenancy::Role::administrator);
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

net::Parameter assignment_in_path() {
    return {.name = "assignment_id",
            .in = net::Parameter::In::path,
            .description = "Of the assignment.",
            .schema = assignment_id_schema,
            .required = true,
            .example = "asg_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

} // namespace bw::submissions
