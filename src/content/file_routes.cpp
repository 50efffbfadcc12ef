// The files of materials on their way out, by links that stand in the page. A link is good for a
// while, and only while what it leads to stands on the page. (The name ends in _routes: it sees
// HTTP.)
#include "content/shared_routes.hpp"
#include "files/serving_routes.hpp"

namespace bw::content {

namespace {

constexpr Duration link_step = 5min, link_for = 15min;

/// Whoever was shown it as a student, and whoever was as a teacher.
enum class For : std::uint8_t { students, teachers };

std::string path_of(MaterialId material, For whom) {
    return "/v1/materials/" + material.text() + (whom == For::students ? "/file" : "/draft");
}

net::Response shown(net::Response response, const Material& material) {
    const auto type = playable(material.file->media_type);
    if (material.kind != MaterialKind::video || !type || response.status >= 400)
        return response;
    // A player asks for it piece by piece; of these types none is run as a page.
    response.content_type = *type;
    std::erase_if(response.headers,
                  [](const auto& header) { return header.first == "Content-Disposition"; });
    return response;
}

struct Found {
    Material material;
    files::ServedFile file;
};

Result<Found> find_file(tenancy::TenantTx& tx, MaterialId id, For whom, Instant now) {
    auto material = TRY(find_material(tx, id));
    if (!material || !material->upload || (whom == For::students && !material->visible(now)))
        return fail(Code::not_found, "this is not on the page any more");
    files::ServedFile file = TRY(files::served(tx, *material->upload, material->file->name,
                                               to_hex(view(material->upload->uuid))));
    return Found{*std::move(material), std::move(file)};
}

void download(const RouteParts& parts, For whom, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    const auto id = net::id_in_path<MaterialId>(request, "material_id");
    if (!id)
        return respond(id.error());
    const TenantId of = tenant.scope.tenant();
    if (auto good = files::check_link(parts.files, of, path_of(*id, whom), request); !good)
        return respond(std::move(good).error());
    tenancy::answer_on(
        parts.files.lane, of, request, std::move(respond),
        [&parts, whom, scope = tenant.scope, id = *id,
         &request](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const Found found = TRY(database.run(scope, deadline, [&](tenancy::TenantTx& tx) {
                return find_file(tx, id, whom, parts.clock.now());
            }));
            return shown(files::file_response(parts.files, scope.tenant(), found.file, request),
                         found.material);
        });
}

void add_download(net::RouteTable& routes, const RouteParts& parts, For whom) {
    std::vector<net::Parameter> parameters = files::link_members();
    parameters.insert(parameters.begin(), material_in_path());
    const bool students = whom == For::students;
    routes.add({.method = net::Method::get,
                .path = students ? "/v1/materials/{material_id}/file"
                                 : "/v1/materials/{material_id}/draft",
                .operation = students ? "download_material" : "download_draft",
                .summary = students ? "A material's file, by the link in its section's page, while "
                                      "students see it there; `Range` and `If-Range` are "
                                      "understood."
                                    : "The same by the link that a teacher was given, also of a "
                                      "draft.",
                .handler = parts.gate.for_host([&parts, whom](const tenancy::TenantInfo& tenant,
                                                              const net::Request& request,
                                                              net::Responder respond) {
                    download(parts, whom, tenant, request, std::move(respond));
                }),
                .tag = "content",
                .credential = net::Credential::host,
                .parameters = std::move(parameters),
                .answers = {{200, "The file.", {}, "application/octet-stream"},
                            {206, "The range.", {}, "application/octet-stream"},
                            {403, "The link is not good, or no longer."},
                            {416, "The file ends before the range."}}});
}

} // namespace

Instant links_until(Instant now) {
    const std::int64_t step =
        std::chrono::duration_cast<std::chrono::milliseconds>(link_step).count();
    const Instant least = now + link_for;
    return {(least.ms + step - 1) / step * step};
}

void write_material(JsonWriter& json, const RouteParts& parts, TenantId tenant,
                    const Material& material, Instant now) {
    json.object()
        .member("material_id", material.id.text())
        .member("section_id", material.section.text())
        .member("kind", wire_name(material.kind))
        .member("title", material.title)
        .member("text", material.text)
        .key("url");
    material.url.empty() ? json.null() : json.value(material.url);
    json.key("file");
    if (material.file) {
        const Instant until = links_until(now);
        const For whom = material.visible(now) ? For::students : For::teachers;
        json.object()
            .member("name", material.file->name)
            .member("media_type", material.file->media_type)
            .member("size", material.file->size)
            .key("path");
        material.file->gone
            ? json.null()
            : json.value(parts.files.links.path(tenant, path_of(material.id, whom), until));
        write_optional(json, "expires_at",
                       material.file->gone ? std::nullopt : std::optional(until));
        json.end();
    } else {
        json.null();
    }
    json.member("published", material.published);
    write_optional(json, "visible_from", material.visible_from);
    json.member("version", material.version)
        .member("changed_at", to_rfc3339(material.changed_at))
        .end();
}

void add_material_file_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_download(routes, parts, For::students);
    add_download(routes, parts, For::teachers);
}

} // namespace bw::content
