#include "institution/branding.hpp"

#include "base/ensure.hpp"
#include "institution/branding_sql.hpp"

namespace bw::institution {

namespace {

std::optional<Sha256> logo_in(const pg::Rows& rows, int column) {
    return rows.is_null(0, column) ? std::nullopt : to_array<32>(rows.bytes(0, column));
}

Branding branding_in(const pg::Rows& rows) {
    if (rows.empty())
        return {};
    Branding out{.version = rows.int8(0, 0)};
    if (const auto name = rows.optional_text(0, 1))
        out.short_name = std::string(*name);
    if (!rows.is_null(0, 2))
        out.accent = colour_of(static_cast<std::uint32_t>(rows.int8(0, 2)));
    out.logo = logo_in(rows, 3);
    return out;
}

const tenancy::RunOptions by_a_replica{.read_from = {.from_replica = true}};

} // namespace

Result<Branding> read_branding(tenancy::Database& database, const tenancy::TenantScope& scope,
                               Deadline deadline) {
    return branding_in(TRY(database.fetch(scope, deadline, sql::read_branding, {}, by_a_replica)));
}

Result<Branding> read_branding(tenancy::TenantTx& tx) {
    return branding_in(TRY(tx.run(sql::read_branding)));
}

Result<Branding> change_branding(tenancy::TenantTx& tx, const Branding& wanted, Instant now) {
    pg::Params params;
    params.int8(wanted.version).optional_text(wanted.short_name);
    wanted.accent ? params.int4(static_cast<std::int32_t>(bits_of(*wanted.accent))) : params.null();
    params.instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_branding, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "somebody else changed the branding in the meantime; read it again",
                    "If-Match");
    return Branding{.version = rows.int8(0, 0),
                    .short_name = wanted.short_name,
                    .accent = wanted.accent,
                    .logo = logo_in(rows, 1)};
}

Result<std::optional<Logo>> read_logo(tenancy::Database& database,
                                      const tenancy::TenantScope& scope, Deadline deadline) {
    const pg::Rows rows = TRY(database.fetch(scope, deadline, sql::read_logo, {}, by_a_replica));
    if (rows.empty())
        return std::optional<Logo>();
    const auto sha256 = to_array<32>(rows.bytes(0, 2));
    ENSURE(sha256, "a hash has 32 bytes");
    return std::optional(Logo{rows.text(0, 1) == "image/png" ? "image/png" : "image/webp",
                              Bytes(rows.bytes(0, 0)), *sha256});
}

Result<Branding> put_logo(tenancy::TenantTx& tx, const Picture& picture, Instant now) {
    pg::Params params;
    params.bytes(picture.bytes)
        .boolean(picture.media_type == "image/webp")
        .bytes(view(sha256(picture.bytes)))
        .instant(now);
    return branding_in(TRY(tx.run(sql::put_logo, params)));
}

Result<bool> remove_logo(tenancy::TenantTx& tx, Instant now) {
    pg::Params params;
    params.instant(now);
    return !TRY(tx.run(sql::remove_logo, params)).empty();
}

} // namespace bw::institution
