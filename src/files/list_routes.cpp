// One's own uploads, and the room that they take up.
#include "base/json.hpp"
#include "files/schemas.hpp"
#include "files/shared_routes.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::files {

namespace {

Result<std::optional<State>> state_in(const net::Request& request) {
    const auto name = request.query_param("state");
    if (!name)
        return std::optional<State>();
    for (const State state : {State::open, State::complete, State::refused, State::merged})
        if (*name == wire_name(state))
            return std::optional(state);
    return fail(Code::invalid_field, "expected open, complete, refused or merged", "state");
}

std::string page_json(const RouteParts& parts, std::vector<Upload> uploads, int limit,
                      std::uint64_t bytes) {
    const bool more = std::ssize(uploads) > limit;
    if (more)
        uploads.pop_back();
    JsonWriter json;
    json.object().key("data").array();
    for (const Upload& upload : uploads)
        write_upload(json, parts, upload);
    json.end().key("next");
    if (more)
        json.value(net::time_cursor<UploadId>({uploads.back().created_at, uploads.back().id}));
    else
        json.null();
    json.member("bytes", bytes).member("bytes_limit", parts.parts.limits.person_bytes).end();
    return json.take();
}

Result<tenancy::Work> list_work(const RouteParts& parts, const tenancy::Principal& principal,
                                const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    const OwnUploads wanted{.owner = principal.user,
                            .state = TRY(state_in(request)),
                            .after = TRY(net::time_cursor_in<UploadId>(request)),
                            .limit = limit + 1};
    return tenancy::Work(
        [&parts, scope = principal.scope, wanted,
         limit](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            std::vector<Upload> uploads;
            std::uint64_t bytes = 0;
            CHECK_OK(database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
                uploads = TRY(list_uploads(tx, wanted));
                bytes = TRY(room_of(tx, wanted.owner));
                return {};
            }));
            return net::Response::json(200, page_json(parts, std::move(uploads), limit, bytes));
        });
}

} // namespace

void add_list_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("UploadPage", upload_page_schema);
    routes.add({.method = net::Method::get,
                .path = std::string(uploads_path),
                .operation = "list_uploads",
                .summary = "One's own uploads, the newest first, and the room that they take up.",
                .handler = parts.gate.authenticated(tenancy::answered_on(
                    parts.lane,
                    [&parts](const tenancy::Principal& principal, const net::Request& request) {
                        return list_work(parts, principal, request);
                    })),
                .tag = "files",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "state",
                                .description = "Those alone.",
                                .schema = R"({"enum": ["open", "complete", "refused", "merged"]})",
                                .example = "open"},
                               net::limit_parameter,
                               net::cursor_parameter},
                .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/UploadPage"})"}}});
}

} // namespace bw::files
