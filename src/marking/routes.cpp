#include "marking/routes.hpp"

#include "marking/schemas.hpp"
#include "marking/shared_routes.hpp"

namespace bw::marking {

Result<std::optional<std::int64_t>> optional_if_match(const net::Request& request) {
    if (!request.header("If-Match"))
        return std::optional<std::int64_t>();
    return std::optional(TRY(net::version_in_if_match(request)));
}

Result<std::string> words_in(const JsonObject& body, const char* name, std::size_t bytes_limit) {
    std::string words = TRY(body.string(name, bytes_limit));
    if (words.find('\0') != std::string::npos)
        return fail(Code::invalid_field, "must not contain NUL", "/" + std::string(name));
    return words;
}

net::Response tagged(std::string json, std::int64_t version) {
    net::Response response = net::Response::json(200, std::move(json));
    response.headers.emplace_back("ETag", "\"" + std::to_string(version) + "\"");
    return response;
}

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant) {
    json.key(name);
    instant ? json.value(to_rfc3339(*instant)) : json.null();
}

void write_user(JsonWriter& json, UserId user, bool hidden) {
    json.key("user_id");
    hidden ? json.null() : json.value(user.text());
}

void write_regrade(JsonWriter& json, const RouteParts& parts, TenantId tenant,
                   const Regrade& request) {
    json.object()
        .member("regrade_id", request.id.text())
        .member("assignment_id", request.assignment.text())
        .member("work_id", parts.pseudonyms.of(tenant, request.assignment, request.user).text())
        .member("user_id", request.user.text())
        .member("grade_number", request.number)
        .member("state", wire_name(request.state))
        .member("text", request.text)
        .member("made_at", to_rfc3339(request.made_at))
        .key("answer");
    request.answer ? json.value(*request.answer) : json.null();
    write_optional(json, "ended_at", request.ended_at);
    json.end();
}

net::Parameter work_in_path() {
    return {.name = "work_id",
            .in = net::Parameter::In::path,
            .description = "Of a student's work, as lists name it.",
            .schema = work_id_schema,
            .required = true,
            .example = "wrk_7c1d5a3e9b2f8d40a6c8e0f21b3d5f79"};
}

net::Parameter optional_version_parameter() {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag of what stands; left out where nothing does.",
            .schema = version_schema,
            .example = "\"1\""};
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_scheme_routes(routes, parts);
    add_work_routes(routes, parts);
    add_pass_routes(routes, parts);
    add_grade_routes(routes, parts);
    add_regrade_routes(routes, parts);
}

} // namespace bw::marking
