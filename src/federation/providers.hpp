// Providers in the database. Their secrets lie there sealed, and go nowhere but to the provider.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret_box.hpp"
#include "federation/provider.hpp"
#include "tenancy/database.hpp"

namespace bw::federation {

constexpr std::size_t providers_limit = 50; // of an institution

/// Thread-safe.
class ProviderSecrets {
public:
    explicit ProviderSecrets(const SecretKey& key) : key_(key) {}
    /// Bound to the provider, so that one cannot be put in another's place.
    Bytes seal(TenantId tenant, ProviderId provider, std::string_view secret, Rng& rng) const;
    /// corrupt: under another key, or altered.
    Result<std::string> open(TenantId tenant, ProviderId provider, ByteView sealed) const;

private:
    const SecretKey key_;
};

/// By name.
Result<std::vector<Provider>> list_providers(tenancy::TenantTx& tx);
Result<std::vector<Provider>> list_providers(tenancy::Database& database,
                                             const tenancy::TenantScope& scope, Deadline deadline,
                                             tenancy::ReadFrom from);
struct StoredProvider {
    Provider provider;
    std::optional<Bytes> sealed_secret;
};
Result<std::optional<StoredProvider>> read_provider(tenancy::Database& database,
                                                    const tenancy::TenantScope& scope,
                                                    ProviderId id, Deadline deadline);
Result<std::optional<StoredProvider>> read_provider(tenancy::TenantTx& tx, ProviderId id);

/// conflict: the institution has as many as it may have. invalid_field: a client that is not public
/// needs a secret.
Result<void> create_provider(tenancy::TenantTx& tx, const Provider& provider,
                             const std::optional<Bytes>& sealed_secret);
/// Takes the place of the one of this id and version; without `sealed_secret` that one's stays, as
/// long as the issuer does. Its new version. precondition_failed: there is a newer one; not_found;
/// invalid_field as above.
Result<std::int64_t> change_provider(tenancy::TenantTx& tx, const Provider& provider,
                                     const std::optional<Bytes>& sealed_secret);
/// With all identities there. precondition_failed, not_found.
Result<void> delete_provider(tenancy::TenantTx& tx, ProviderId id, std::int64_t version);

} // namespace bw::federation
