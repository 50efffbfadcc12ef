// Materials over HTTP. (The name ends in _routes: it sees HTTP.)
#include "content/links.hpp"
#include "content/schemas.hpp"
#include "content/shared_routes.hpp"
#include "net/json_body.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::content {

namespace {

using tenancy::Permission;

constexpr std::size_t id_bytes_limit = 64;

// ---- reading requests ----

/// What a body says, each if it does.
struct Edit {
    std::optional<MaterialKind> kind;
    std::optional<std::string> title, text, url;
    std::optional<files::UploadId> upload;
    std::optional<bool> published;
    std::optional<std::optional<Instant>> visible_from;
    std::optional<std::optional<MaterialId>> before;
    bool moves_alone() const {
        return !title && !text && !url && !upload && !published && !visible_from;
    }
};

Result<Edit> edit_in(const JsonObject& body) {
    Edit edit;
    if (body.has("title"))
        edit.title = TRY(title_in(body));
    if (body.has("text"))
        edit.text = TRY(text_in(body));
    if (body.has("url")) {
        edit.url = TRY(body.string("url", link_bytes_limit));
        CHECK_OK(check_link(*edit.url, "/url"));
    }
    if (body.has("upload_id")) {
        edit.upload = files::UploadId::parse(TRY(body.string("upload_id", id_bytes_limit)));
        if (!edit.upload)
            return fail(Code::invalid_field, "expected an upload's id (upl_..)", "/upload_id");
    }
    if (edit.url && edit.upload)
        return fail(Code::invalid_field, "send one of `url` and `upload_id`", "/url");
    if (body.has("published"))
        edit.published = TRY(body.boolean("published"));
    if (body.has("visible_from"))
        edit.visible_from = body.is_null("visible_from")
                                ? std::optional<Instant>()
                                : TRY(submissions::instant_in(body, "visible_from"));
    if (body.is_null("before_id")) {
        edit.before = std::optional<MaterialId>();
    } else if (body.has("before_id")) {
        const auto id = MaterialId::parse(TRY(body.string("before_id", id_bytes_limit)));
        if (!id)
            return fail(Code::invalid_field, "expected a material's id (mat_..), or null",
                        "/before_id");
        edit.before = id;
    }
    return edit;
}

Result<Material> edited(Material material, const Edit& edit) {
    if (edit.upload && material.kind == MaterialKind::link)
        return fail(Code::invalid_field, "a link has none", "/upload_id");
    if (edit.url && material.kind == MaterialKind::file)
        return fail(Code::invalid_field, "a file has none: upload it", "/url");
    material.title = edit.title.value_or(material.title);
    material.text = edit.text.value_or(material.text);
    material.published = edit.published.value_or(material.published);
    material.visible_from = edit.visible_from.value_or(material.visible_from);
    if (edit.upload) {
        material.upload = edit.upload;
        material.url.clear();
    } else if (edit.url) {
        material.url = *edit.url;
        material.upload.reset();
    }
    return material;
}

Result<Material> new_material_in(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(
        request, {"kind", "title", "text", "upload_id", "url", "published", "visible_from"}));
    const auto kind = kind_from(TRY(body.string("kind", 16)));
    if (!kind)
        return fail(Code::invalid_field, "expected file, link or video", "/kind");
    TRY(title_in(body)); // it must be there
    Material material = TRY(edited(Material{.kind = *kind}, TRY(edit_in(body))));
    if (!material.upload && material.url.empty())
        return fail(Code::invalid_field, "is missing: what is this material?",
                    *kind == MaterialKind::link ? "/url" : "/upload_id");
    return material;
}

// ---- what each route does ----

net::Response material_response(const RouteParts& parts, TenantId tenant, int status,
                                const Material& material, Instant now) {
    JsonWriter json;
    write_material(json, parts, tenant, material, now);
    return tagged(status, json.take(), material.version);
}

/// not_found for whoever may not see it.
Result<Material> seen(tenancy::TenantTx& tx, const Principal& principal, MaterialId id,
                      Instant now) {
    auto material = TRY(find_material(tx, id));
    if (!material)
        return fail(Code::not_found, "there is no such material");
    const Place place = TRY(place_in(tx, principal, material->section, now));
    if (!place.teaches && !material->visible(now))
        return fail(Code::not_found, "there is no such material");
    return *std::move(material);
}

Result<Material> taught(tenancy::TenantTx& tx, const Principal& principal, MaterialId id,
                        Instant now) {
    Material material = TRY(seen(tx, principal, id, now));
    TRY(teachers_place(tx, principal, material.section, now));
    return material;
}

Result<Work> add_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    Material wanted = TRY(new_material_in(request));
    wanted.id = MaterialId::make(parts.clock.now(), parts.rng);
    wanted.section = section;
    return in_transaction(
        parts, principal,
        [&parts, principal, wanted](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            TRY(teachers_place(tx, principal, wanted.section, now));
            CHECK_OK(add_material(tx, wanted, principal.user, now));
            CHECK_OK(
                record(parts, tx, principal, "material.added", wanted.id.text(), wanted.section));
            const Material made = *TRY(find_material(tx, wanted.id));
            return material_response(parts, tx.tenant(), 201, made, now);
        });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<MaterialId>(request, "material_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            return material_response(parts, tx.tenant(), 200, TRY(seen(tx, principal, id, now)),
                                     now);
        });
}

Result<void> check_version(const Material& material, std::int64_t version) {
    if (material.version == version)
        return {};
    return fail(Code::precondition_failed,
                "it was changed meanwhile; read it again, bring together what both say, and send "
                "the new ETag",
                "If-Match");
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<MaterialId>(request, "material_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    const JsonObject body = TRY(net::json_body(
        request, {"title", "text", "upload_id", "url", "published", "visible_from", "before_id"}));
    const Edit edit = TRY(edit_in(body));
    if (edit.moves_alone() && !edit.before)
        return fail(Code::invalid_field, "changes nothing; send what is to change", "/title");
    return in_transaction(
        parts, principal,
        [&parts, principal, id, version, edit](tenancy::TenantTx& tx,
                                               Instant now) -> Result<net::Response> {
            const Material before = TRY(taught(tx, principal, id, now));
            CHECK_OK(check_version(before, version));
            if (!edit.moves_alone()) {
                Material wanted = TRY(edited(before, edit));
                TRY(change_material(tx, before, wanted, principal.user, now));
            }
            if (edit.before)
                CHECK_OK(move_material(tx, before, *edit.before));
            CHECK_OK(record(parts, tx, principal, "material.changed", id.text(), before.section));
            return material_response(parts, tx.tenant(), 200, *TRY(find_material(tx, id)), now);
        });
}

Result<Work> remove_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<MaterialId>(request, "material_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, id, version](tenancy::TenantTx& tx,
                                         Instant now) -> Result<net::Response> {
            const Material material = TRY(taught(tx, principal, id, now));
            CHECK_OK(remove_material(tx, material, version));
            CHECK_OK(record(parts, tx, principal, "material.removed", id.text(), material.section));
            return net::Response{204, "", "", {}};
        });
}

constexpr std::string_view reference = R"({"$ref": "#/components/schemas/Material"})";

} // namespace

void add_material_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/sections/{section_id}/materials",
         .operation = "add_material",
         .summary = "Put a file, a link or a video at the end of a section's page (its "
                    "teachers).",
         .handler = parts.gate.authenticated(answered(parts, add_work), Permission::content_write),
         .body_bytes_limit = request_bytes_limit,
         .tag = "content",
         .credential = net::Credential::access_token,
         .parameters = {section_in_path()},
         .body = net::Body{R"({"$ref": "#/components/schemas/NewMaterial"})", new_material_example},
         .answers = {{201, "The material, and its `ETag`.", reference}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/materials/{material_id}",
                .operation = "get_material",
                .summary = "One material; its ETag is needed to change it.",
                .handler = parts.gate.authenticated(answered(parts, get_work)),
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {material_in_path()},
                .answers = {{200, "The material, and its `ETag`.", reference}}});
    routes.add({.method = net::Method::patch,
                .path = "/v1/materials/{material_id}",
                .operation = "change_material",
                .summary = "Change, publish or move a material (its section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, change_work),
                                                    Permission::content_write),
                .body_bytes_limit = request_bytes_limit,
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {material_in_path(), version_parameter()},
                .body = net::Body{R"({"$ref": "#/components/schemas/MaterialChange"})",
                                  material_change_example},
                .answers = {{200, "Changed; with the new `ETag`.", reference}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/materials/{material_id}",
                .operation = "remove_material",
                .summary = "Take a material off the page (its section's teachers). Its upload is "
                           "its owner's again, and expires.",
                .handler = parts.gate.authenticated(answered(parts, remove_work),
                                                    Permission::content_write),
                .tag = "content",
                .credential = net::Credential::access_token,
                .parameters = {material_in_path(), version_parameter()},
                .answers = {{204, "It is gone."}}});
}

} // namespace bw::content
