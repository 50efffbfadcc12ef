#include "files/routes.hpp"

#include "base/json.hpp"
#include "files/schemas.hpp"
#include "files/shared_routes.hpp"
#include "net/answer.hpp"

namespace bw::files {

std::string upload_json(const Upload& upload) {
    JsonWriter json;
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
    json.end();
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
    add_upload_routes(routes, parts);
    add_file_routes(routes, parts);
}

} // namespace bw::files
