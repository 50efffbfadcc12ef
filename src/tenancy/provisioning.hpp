// Provisioning: new institutions, and the check that the server's own database role cannot see
// across them.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::tenancy {

class Provisioning {
public:
    /// `operator_database` signs in as bw_operator. Errors: conflict (the slug exists),
    /// invalid_field (slug, name or zone).
    static Result<TenantInfo> create(Database& operator_database, const std::string& slug,
                                     const std::string& name, const std::string& zone,
                                     const Clock& clock, Rng& rng, Deadline deadline);

    /// Refuses to go on when row-level security would not hold for this role: it is, or is a member
    /// of, a superuser, a role that may bypass it, an owner of tables or the door; or a table with
    /// a tenant_id does not force it. Called before a server listens.
    static Result<void> check_isolation(Database& database, Deadline deadline);
};

} // namespace bw::tenancy
