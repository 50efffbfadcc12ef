#include "jobs/shared_routes.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace bw::jobs {

Result<std::optional<std::string>> kind_in(const net::Request& request) {
    const auto text = request.query_param("kind");
    if (text && text->size() > kind_bytes_limit)
        return fail(Code::invalid_field, "a kind's name has at most 64 bytes", "kind");
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

Result<Redrive> redrive_in(const JsonObject& body) {
    Redrive wanted;
    if (body.has("kind"))
        wanted.kind = TRY(body.string("kind", kind_bytes_limit));
    if (body.has("error_begins_with"))
        wanted.error_begins_with = TRY(body.string("error_begins_with", error_bytes_limit));
    wanted.dry_run = TRY(body.boolean("dry_run"));
    if (body.has("limit"))
        wanted.limit = static_cast<int>(TRY(body.integer("limit", 1, 10'000)));
    if (body.has("per_second"))
        wanted.per_second = static_cast<double>(TRY(body.integer("per_second", 1, 100'000)));
    return wanted;
}

net::Response redrive_response(const Redrive& wanted, const Redriven& done) {
    JsonWriter json;
    json.object()
        .member("dry_run", wanted.dry_run)
        .member("count", static_cast<std::int64_t>(done.jobs.size()))
        .member("left", done.left)
        .member("over_seconds", std::int64_t{done.over / 1s})
        .key("job_ids")
        .array();
    constexpr std::size_t shown = 100;
    for (std::size_t i = 0; i < std::min(shown, done.jobs.size()); ++i)
        json.value(done.jobs[i].text());
    json.end().end();
    return net::Response::json(200, json.take());
}

} // namespace bw::jobs
