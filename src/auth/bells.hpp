// Bells in the database: the moments at which many of an institution will want to be signed in.
// Every process has them from its directory; what they do to tokens is steering.hpp's.
#pragma once

#include <vector>

#include "base/ids.hpp"
#include "tenancy/database.hpp"
#include "tenancy/tenant.hpp"

namespace bw::auth {

struct BellKind {
    static constexpr const char* prefix = "bel";
};
using BellId = Id<BellKind>;

struct BellRules {
    std::size_t items_limit = 500; // of an institution
    Duration lasts_max = 4h;
    Duration ahead_max = 400 * 24h;
};

struct StoredBell {
    BellId id;
    tenancy::Bell bell;
};

/// Adds it, or changes the one of the same moment; its id. conflict: there are too many. These two
/// at the end of the transaction: they keep other institutions' operators waiting until COMMIT.
Result<BellId> put_bell(tenancy::TenantTx& tx, const tenancy::Bell& bell, BellId fresh);
/// not_found.
Result<void> remove_bell(tenancy::TenantTx& tx, BellId bell);
/// Those that were declared, in their order; those of the last day too. What follows from the
/// timetable stands there beside them (timetable/bells.hpp).
Result<std::vector<StoredBell>> list_bells(tenancy::TenantTx& tx);

} // namespace bw::auth
