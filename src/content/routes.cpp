#include "content/routes.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "content/schemas.hpp"
#include "content/shared_routes.hpp"

namespace bw::content {

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, const std::string& subject, SectionId section) {
    const std::string by = principal.user.text();
    JsonWriter details;
    details.object().member("section_id", section.text()).end();
    return audit::record(tx, {by, action, subject, details.text()}, parts.clock, parts.rng);
}

Result<std::string> text_in(const JsonObject& body) {
    std::string text = TRY(body.text("text", text_bytes_limit));
    if (text.find('\0') != std::string::npos)
        return fail(Code::invalid_field, "must not contain NUL", "/text");
    return text;
}

net::Response tagged(int status, std::string json, std::int64_t version) {
    net::Response response = net::Response::json(status, std::move(json));
    response.headers.emplace_back("ETag", "\"" + std::to_string(version) + "\"");
    return response;
}

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant) {
    json.key(name);
    instant ? json.value(to_rfc3339(*instant)) : json.null();
}

net::Parameter section_in_path() {
    return {.name = "section_id",
            .in = net::Parameter::In::path,
            .description = "Of the section.",
            .schema = section_id_schema,
            .required = true,
            .example = "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

net::Parameter material_in_path() {
    return {.name = "material_id",
            .in = net::Parameter::In::path,
            .description = "Of the material.",
            .schema = material_id_schema,
            .required = true,
            .example = "mat_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

net::Parameter version_parameter() {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag that the change is based on.",
            .schema = version_schema,
            .required = true,
            .example = "\"1\""};
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Material", material_schema);
    routes.add_schema("NewMaterial", new_material_schema);
    routes.add_schema("MaterialChange", material_change_schema);
    routes.add_schema("Announcement", announcement_schema);
    routes.add_schema("AnnouncementPage", announcement_page_schema);
    routes.add_schema("NewAnnouncement", new_announcement_schema);
    routes.add_schema("AnnouncementChange", announcement_change_schema);
    routes.add_schema("SectionPage", section_page_schema);
    add_page_route(routes, parts);
    add_material_routes(routes, parts);
    add_material_file_routes(routes, parts);
    add_announcement_routes(routes, parts);
}

} // namespace bw::content
