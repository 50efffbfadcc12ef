#include "content/materials.hpp"

#include <algorithm>

#include "content/content_sql.hpp"

namespace bw::content {

namespace {

constexpr Duration kept_after_use = 30 * 24h; // an upload that stood on a page

constexpr std::pair<MaterialKind, std::string_view> kinds[] = {
    {MaterialKind::file, "file"}, {MaterialKind::link, "link"}, {MaterialKind::video, "video"}};

Material read_material(const pg::Rows& rows, int row) {
    Material out{.id = rows.id<MaterialId>(row, 0),
                 .section = rows.id<SectionId>(row, 1),
                 .kind = kind_from(rows.text(row, 2)).value_or(MaterialKind::link),
                 .title = std::string(rows.text(row, 3)),
                 .text = std::string(rows.text(row, 4)),
                 .url = std::string(rows.optional_text(row, 6).value_or("")),
                 .published = rows.boolean(row, 7),
                 .version = rows.int8(row, 9),
                 .created_at = rows.instant(row, 10),
                 .changed_at = rows.instant(row, 11)};
    if (!rows.is_null(row, 8))
        out.visible_from = rows.instant(row, 8);
    if (!rows.is_null(row, 5)) {
        out.upload = rows.id<files::UploadId>(row, 5);
        out.file = Material::File{std::string(rows.text(row, 12)), std::string(rows.text(row, 13)),
                                  rows.int8(row, 14), rows.boolean(row, 15)};
    }
    return out;
}

/// Whoever puts a file on a page must have it; from then on it stays as long as the page shows it.
Result<void> take_upload(tenancy::TenantTx& tx, const Material& material, UserId by) {
    auto refuse = [](const char* why) { return fail(Code::invalid_field, why, "/upload_id"); };
    const auto upload = TRY(files::find(tx, *material.upload));
    if (!upload || upload->owner != by || upload->kind == files::Kind::partial)
        return refuse("there is no such upload of yours");
    if (upload->state != files::State::complete)
        return refuse("the upload is not complete; send the rest of it first");
    if (upload->withheld)
        return refuse("the virus scan found something in it");
    if (material.kind == MaterialKind::video && !playable(upload->media_type))
        return refuse("a video is of type video/mp4, video/webm or video/ogg; give its type as "
                      "`filetype` with the upload");
    if (!TRY(files::hold(tx, *material.upload)))
        return refuse("the upload is being removed");
    return {};
}

Result<void> let_go(tenancy::TenantTx& tx, std::optional<files::UploadId> upload) {
    if (!upload)
        return {};
    pg::Params params;
    params.id(*upload);
    if (!TRY(tx.run(sql::upload_is_used, params)).boolean(0, 0))
        CHECK_OK(files::release(tx, *upload, kept_after_use));
    return {};
}

Error changed_meanwhile() {
    return fail(Code::precondition_failed,
                "it was changed meanwhile; read it again, bring together what both say, and send "
                "the new ETag",
                "If-Match");
}

void add_optional(pg::Params& params, const Material& material) {
    material.upload ? params.id(*material.upload) : params.null();
    material.url.empty() ? params.null() : params.text(material.url);
    params.boolean(material.published);
    material.visible_from ? params.instant(*material.visible_from) : params.null();
}

} // namespace

std::string_view wire_name(MaterialKind kind) {
    for (const auto& [known, name] : kinds)
        if (known == kind)
            return name;
    return {};
}

std::optional<MaterialKind> kind_from(std::string_view name) {
    for (const auto& [kind, known] : kinds)
        if (known == name)
            return kind;
    return std::nullopt;
}

std::optional<std::string_view> playable(std::string_view media_type) {
    for (std::string_view type : {"video/mp4", "video/webm", "video/ogg"})
        if (type == media_type)
            return type;
    return std::nullopt;
}

tenancy::Step materials_step(SectionId section, bool all, Instant now) {
    tenancy::Step step{sql::materials_of, {}};
    step.params.id(section).boolean(all).instant(now);
    return step;
}

std::vector<Material> read_materials(const pg::Rows& rows) {
    std::vector<Material> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(read_material(rows, row));
    return out;
}

Result<std::optional<Material>> find_material(tenancy::TenantTx& tx, MaterialId id) {
    pg::Params params;
    params.id(id);
    const pg::Rows rows = TRY(tx.run(sql::get_material, params));
    return rows.empty() ? std::optional<Material>() : read_material(rows, 0);
}

Result<void> add_material(tenancy::TenantTx& tx, const Material& material, UserId by, Instant now) {
    if (material.upload)
        CHECK_OK(take_upload(tx, material, by));
    pg::Params params;
    params.id(material.id)
        .id(material.section)
        .text(wire_name(material.kind))
        .text(material.title)
        .text(material.text);
    add_optional(params, material);
    params.id(by).instant(now).int8(materials_limit);
    if (TRY(tx.run(sql::add_material, params)).empty())
        return fail(Code::conflict, "the section has 300 materials, and may have no more");
    return {};
}

Result<std::int64_t> change_material(tenancy::TenantTx& tx, const Material& before,
                                     const Material& material, UserId by, Instant now) {
    if (material.upload && material.upload != before.upload)
        CHECK_OK(take_upload(tx, material, by));
    pg::Params params;
    params.id(material.id).int8(material.version).text(material.title).text(material.text);
    add_optional(params, material);
    params.instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_material, params));
    if (rows.empty())
        return changed_meanwhile();
    if (material.upload != before.upload)
        CHECK_OK(let_go(tx, before.upload));
    return rows.int8(0, 0);
}

Result<void> move_material(tenancy::TenantTx& tx, const Material& material,
                           std::optional<MaterialId> before) {
    pg::Params section;
    section.id(material.section);
    TRY(tx.run(sql::lock_section, section));
    const tenancy::Step all = materials_step(material.section, true, {});
    std::vector<Uuid> order;
    for (const Material& one : read_materials(TRY(tx.run(all.statement, all.params))))
        if (one.id != material.id)
            order.push_back(one.id.uuid);
    auto at = order.end();
    if (before) {
        at = std::ranges::find(order, before->uuid);
        if (at == order.end())
            return fail(Code::invalid_field, "expected another material of this section, or null",
                        "/before_id");
    }
    order.insert(at, material.id.uuid);
    pg::Params params;
    params.uuids(order);
    TRY(tx.run(sql::put_in_order, params));
    return {};
}

Result<void> remove_material(tenancy::TenantTx& tx, const Material& material,
                             std::int64_t version) {
    pg::Params params;
    params.id(material.id).int8(version);
    if (TRY(tx.run(sql::remove_material, params)).empty())
        return changed_meanwhile();
    return let_go(tx, material.upload);
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId person) {
    pg::Params params;
    params.id(person);
    TRY(tx.run(sql::remove_materials_of, params));
    return {};
}

} // namespace bw::content
