// A section's page, in one request.
#include "content/shared_routes.hpp"
#include "submissions/section_assignments.hpp"

namespace bw::content {

namespace {

constexpr int announcements_shown = 5, assignments_shown = 100;

void write_assignment(JsonWriter& json, const submissions::DueAssignment& assignment) {
    json.object()
        .member("assignment_id", assignment.id.text())
        .member("title", assignment.title)
        .member("kind", assignment.kind)
        .member("due_at", to_rfc3339(assignment.due_at));
    write_optional(json, "opens_at", assignment.opens_at);
    json.end();
}

void write_announcements(JsonWriter& json, const AnnouncementPage& page) {
    json.object().key("data").array();
    for (const Announcement& one : page.items)
        write_announcement(json, one);
    json.end().key("next");
    page.next ? json.value(net::time_cursor(*page.next)) : json.null();
    json.end();
}

Result<Work> page_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, section](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const Place place = TRY(place_in(tx, principal, section, now));
            const auto answers = TRY(tx.run(
                {announcements_step(section, std::nullopt, announcements_shown),
                 materials_step(section, place.teaches, now),
                 submissions::due_in_section_step(section, principal.user, assignments_shown)}));
            JsonWriter json;
            json.object()
                .member("section_id", section.text())
                .member("title", place.section_title)
                .member("teaches", place.teaches)
                .key("announcements");
            write_announcements(json, read_page(answers[0], announcements_shown));
            json.key("materials").array();
            for (const Material& material : read_materials(answers[1]))
                write_material(json, parts, tx.tenant(), material, now);
            json.end().key("assignments").array();
            for (const auto& assignment : submissions::read_due(answers[2]))
                write_assignment(json, assignment);
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

} // namespace

void add_page_route(net::RouteTable& routes, const RouteParts& parts) {
    routes.add({.method = net::Method::get,
                .path = "/v1/sections/{section_id}/page",
                .operation = "get_section_page",
                .summary = "A section as the caller sees it: its newest announcements, its "
                           "materials with links to their files, what is due.",
                .handler = parts.gate.authenticated(answered(parts, page_work)),
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {section_in_path()},
                .answers = {{200, "The page.", R"({"$ref": "#/components/schemas/SectionPage"})"}},
                .content_etag = true});
}

} // namespace bw::content
