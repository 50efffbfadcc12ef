#include "submissions/shared_routes.hpp"

#include <charconv>

#include "submissions/schemas.hpp"

namespace bw::submissions {

namespace {

constexpr int page_items_default = 50;
constexpr int page_items_limit = 500;

} // namespace

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

Result<Instant> instant_in(const JsonObject& body, const char* name) {
    auto instant = from_rfc3339(TRY(body.string(name, 64)));
    const std::string pointer = "/" + std::string(name);
    if (!instant)
        return fail(Code::invalid_field, instant.error().detail, pointer);
    if (*instant < instant_min || *instant > instant_max)
        return fail(Code::invalid_field, "expected an instant of the years 1970 to 9999", pointer);
    return *instant;
}

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

} // namespace bw::submissions
