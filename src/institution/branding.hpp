// Branding: how an institution looks to its people. Rows, in the caller's transaction; how a colour
// and a picture are judged is colour.hpp's and picture.hpp's.
#pragma once

#include <optional>
#include <string>

#include "base/crypto.hpp"
#include "institution/colour.hpp"
#include "institution/picture.hpp"
#include "tenancy/database.hpp"

namespace bw::institution {

constexpr std::size_t logo_bytes_limit = 64 * 1024;

/// What holds where nobody has chosen anything.
struct Branding {
    std::int64_t version = 0;
    std::optional<std::string> short_name = {};
    std::optional<Colour> accent = {};
    std::optional<Sha256> logo = {}; // of its bytes
};

/// For many: a replica does.
Result<Branding> read_branding(tenancy::Database& database, const tenancy::TenantScope& scope,
                               Deadline deadline);
Result<Branding> read_branding(tenancy::TenantTx& tx);
/// Short name and accent. `wanted.version` is the one that was seen; what stands now, or
/// precondition_failed: another was there.
Result<Branding> change_branding(tenancy::TenantTx& tx, const Branding& wanted, Instant now);

struct Logo {
    std::string_view media_type;
    Bytes bytes;
    Sha256 sha256;
};
Result<std::optional<Logo>> read_logo(tenancy::Database& database,
                                      const tenancy::TenantScope& scope, Deadline deadline);
/// In place of whichever there was.
Result<Branding> put_logo(tenancy::TenantTx& tx, const Picture& picture, Instant now);
/// False: there was none.
Result<bool> remove_logo(tenancy::TenantTx& tx, Instant now);

} // namespace bw::institution
