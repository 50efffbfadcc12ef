// Identities: who somebody at a provider is here. Found, linked and unlinked in the database, and
// the rule by which somebody who comes for the first time is linked: README.md has it as a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "federation/id_token.hpp"
#include "federation/provider.hpp"
#include "tenancy/database.hpp"

namespace bw::federation {

/// Of a user, as sign-in needs it.
struct Known {
    UserId user;
    tenancy::Roles roles;
    std::int64_t epoch = 0; // see tenancy::Revocation
    Duration shared_for{};  // how long their institution lets a session on a shared device live
};

/// What the claims say that the provider's description lets count.
struct Evidence {
    std::string issuer, subject;
    std::optional<std::string> email; // verified, of an allowed domain, in lower case
    std::optional<std::string> sourced_id, username;
    std::string given_name, family_name; // may be empty
};
/// forbidden: not of the institution that the provider's description asks for.
Result<Evidence> evidence_of(const Provider& provider, const Claims& claims);

/// nullopt: this identity is nobody's here. forbidden: of somebody who is not active.
Result<std::optional<Known>> find_identity(tenancy::Database& database,
                                           const tenancy::TenantScope& scope, ProviderId provider,
                                           const Evidence& evidence, Deadline deadline);

/// Whoever comes for the first time: linked to the one user that the evidence names, or made a user
/// if the provider may. forbidden: neither. An administrator is linked by consent alone. The caller
/// owns the transaction, and asks find_identity after it.
Result<void> settle_newcomer(tenancy::TenantTx& tx, const Provider& provider,
                             const Evidence& evidence, const Clock& clock, Rng& rng);

/// Adds it to the user, who asked for it in `session`. conflict: it is somebody else's, or they
/// have another one there. forbidden: the session has ended, or is too old to say that it is they.
Result<void> link_by_consent(tenancy::TenantTx& tx, const Provider& provider,
                             const Evidence& evidence, UserId user, AuthSessionId session,
                             const Clock& clock, Rng& rng);

struct Identity {
    IdentityId id;
    ProviderId provider;
    std::string provider_name, subject, linked_by;
    Instant linked_at;
};
Result<std::vector<Identity>> identities_of(tenancy::TenantTx& tx, UserId user);
/// not_found; conflict: without it they could not sign in any more.
Result<void> unlink(tenancy::TenantTx& tx, UserId user, IdentityId identity, const Clock& clock,
                    Rng& rng);
/// Of who is erased.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user);

/// False: the code was exchanged before.
Result<bool> use_code(tenancy::TenantTx& tx, const Uuid& code, Instant expires_at, Instant now);

} // namespace bw::federation
