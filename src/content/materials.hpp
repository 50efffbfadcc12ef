// Materials: files, links and videos on a section's page, in their order. Rows, in the caller's
// transaction; who may do what is decided in the routes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "files/upload.hpp"
#include "tenancy/database.hpp"

namespace bw::content {

struct MaterialTag {
    static constexpr const char* prefix = "mat";
};
using MaterialId = Id<MaterialTag>;

enum class MaterialKind : std::uint8_t { file, link, video };
std::string_view wire_name(MaterialKind kind);
std::optional<MaterialKind> kind_from(std::string_view name);

struct Material {
    MaterialId id;
    SectionId section;
    MaterialKind kind = MaterialKind::link;
    std::string title, text = {}; // Markdown, as it was written
    std::optional<files::UploadId> upload = {};
    std::string url = {}; // empty: it has an upload
    bool published = false;
    std::optional<Instant> visible_from = {};
    std::int64_t version = 1;
    Instant created_at = {}, changed_at = {};
    /// Of the upload, as it is now.
    struct File {
        std::string name, media_type;
        std::int64_t size = 0;
        bool gone = false; // withheld, or its owner was erased
    };
    std::optional<File> file = {};

    bool visible(Instant now) const { return published && (!visible_from || *visible_from <= now); }
};

/// What browsers play, of static storage; nullopt: this is none.
std::optional<std::string_view> playable(std::string_view media_type);

constexpr std::int64_t materials_limit = 300; // of a section

/// In their order: all, or what its students see.
tenancy::Step materials_step(SectionId section, bool all, Instant now);
std::vector<Material> read_materials(const pg::Rows& rows);

Result<std::optional<Material>> find_material(tenancy::TenantTx& tx, MaterialId id);
/// At the end of the page. Its upload is held from now on. invalid_field (/upload_id): it is not
/// the caller's, not complete, or no video; conflict: the section has as many as it may.
Result<void> add_material(tenancy::TenantTx& tx, const Material& material, UserId by, Instant now);
/// The new version. precondition_failed: another one stands than `material.version`. The rest as
/// above; an upload that nobody uses any more is let go.
Result<std::int64_t> change_material(tenancy::TenantTx& tx, const Material& before,
                                     const Material& material, UserId by, Instant now);
/// Puts it before another one of its section, or at the end. invalid_field: there is no such other.
Result<void> move_material(tenancy::TenantTx& tx, const Material& material,
                           std::optional<MaterialId> before);
Result<void> remove_material(tenancy::TenantTx& tx, const Material& material, std::int64_t version);

/// What stands there with files of whoever is erased goes with them.
Result<void> forget_person(tenancy::TenantTx& tx, UserId person);

} // namespace bw::content
