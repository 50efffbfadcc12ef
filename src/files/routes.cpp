#include "files/routes.hpp"

#include "base/json.hpp"
#include "files/schemas.hpp"
#include "files/shared_routes.hpp"
#include "net/answer.hpp"

namespace bw::files {

namespace {

/// Could its client send what is to come straight to the store?
bool may_go_direct(const RouteParts& parts, const Upload& upload) {
    return parts.parts.store.direct() && takes_bytes(upload) && upload.received < upload.size;
}

} // namespace

void write_upload(JsonWriter& json, const RouteParts& parts, const Upload& upload) {
    json.object()
        .member("upload_id", upload.id.text())
        .member("kind", wire_name(upload.kind))
        .member("state", wire_name(upload.state))
        .member("size", upload.size)
        .member("received", upload.received)
        .member("name", upload.name)
        .member("media_type", upload.media_type)
        .key("sha256");
    upload.sha256 ? json.value(to_hex(view(*upload.sha256))) : json.null();
    json.member("created_at", to_rfc3339(upload.created_at)).key("expires_at");
    upload.expires_at ? json.value(to_rfc3339(*upload.expires_at)) : json.null();
    json.key("parts_path");
    may_go_direct(parts, upload)
        ? json.value(std::string(uploads_path) + "/" + upload.id.text() + "/parts")
        : json.null();
    json.end();
}

std::string upload_json(const RouteParts& parts, const Upload& upload) {
    JsonWriter json;
    write_upload(json, parts, upload);
    return json.take();
}

std::string http_date_of(Instant instant) {
    return net::http_date(instant);
}

net::Parameter upload_in_path() {
    return {.name = "upload_id",
            .in = net::Parameter::In::path,
            .description = "Of the upload.",
            .schema = upload_id_schema,
            .required = true,
            .example = upload_example};
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    const auto uploading = std::make_shared<Uploading>(parts);
    add_upload_routes(routes, uploading);
    add_direct_routes(routes, uploading);
    add_list_routes(routes, parts);
    add_file_routes(routes, parts);
}

} // namespace bw::files
