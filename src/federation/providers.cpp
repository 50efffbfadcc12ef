#include "federation/providers.hpp"

#include "federation/federation_sql.hpp"

namespace bw::federation {

namespace {

template <class Enum, std::size_t N>
std::optional<Enum> named(const Enum (&all)[N], std::string_view name) {
    for (Enum value : all)
        if (wire_name(value) == name)
            return value;
    return std::nullopt;
}

constexpr ClientAuth all_auths[] = {ClientAuth::none, ClientAuth::client_secret_basic,
                                    ClientAuth::client_secret_post};

Result<Provider> provider_in(const pg::Rows& rows, int row) {
    const auto preset = named(all_presets, rows.text(row, 3));
    const auto auth = named(all_auths, rows.text(row, 7));
    if (!preset || !auth)
        return fail(Code::corrupt, "an identity provider is of a kind that is not known");
    return Provider{.id = rows.id<ProviderId>(row, 0),
                    .version = rows.int8(row, 1),
                    .name = std::string(rows.text(row, 2)),
                    .preset = *preset,
                    .enabled = rows.boolean(row, 4),
                    .issuer = std::string(rows.text(row, 5)),
                    .client_id = std::string(rows.text(row, 6)),
                    .auth = *auth,
                    .settings = TRY(settings_from(rows.json(row, 8)))};
}

Result<std::vector<Provider>> providers_in(const pg::Rows& rows) {
    std::vector<Provider> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(TRY(provider_in(rows, row)));
    return out;
}

Result<std::optional<StoredProvider>> stored_in(const pg::Rows& rows) {
    if (rows.empty())
        return std::optional<StoredProvider>();
    StoredProvider out{TRY(provider_in(rows, 0)), std::nullopt};
    if (!rows.is_null(0, 9))
        out.sealed_secret = Bytes(rows.bytes(0, 9));
    return std::optional(std::move(out));
}

pg::Params one(ProviderId id) {
    pg::Params params;
    params.id(id);
    return params;
}

pg::Params all_of(const Provider& provider, const std::optional<Bytes>& sealed_secret) {
    pg::Params params;
    params.id(provider.id)
        .text(provider.name)
        .text(wire_name(provider.preset))
        .boolean(provider.enabled)
        .text(provider.issuer)
        .text(provider.client_id)
        .text(wire_name(provider.auth));
    sealed_secret ? params.bytes(*sealed_secret) : params.null();
    params.json(settings_json(provider.settings));
    return params;
}

Error secret_missing() {
    return fail(Code::invalid_field,
                "give the secret that this issuer gave you, or make the client public "
                "(client_auth none)",
                "/client_secret");
}

Bytes context_of(TenantId tenant, ProviderId provider) {
    return "bellwether provider secret v1" + std::string(view(tenant.uuid)) +
           std::string(view(provider.uuid));
}

/// Why no row had this id and version.
Error not_that_version(bool exists) {
    return exists ? fail(Code::precondition_failed,
                         "the provider has changed since; look at it again", "If-Match")
                  : fail(Code::not_found, "there is no such identity provider");
}

} // namespace

Bytes ProviderSecrets::seal(TenantId tenant, ProviderId provider, std::string_view secret,
                            Rng& rng) const {
    return bw::seal(key_, secret, context_of(tenant, provider), rng);
}

Result<std::string> ProviderSecrets::open(TenantId tenant, ProviderId provider,
                                          ByteView sealed) const {
    auto secret = unseal(key_, sealed, context_of(tenant, provider));
    if (!secret)
        return fail(Code::corrupt, "the provider's secret cannot be read; enter it anew");
    return *std::move(secret);
}

Result<std::vector<Provider>> list_providers(tenancy::TenantTx& tx) {
    return providers_in(TRY(tx.run(sql::list_providers)));
}

Result<std::vector<Provider>> list_providers(tenancy::Database& database,
                                             const tenancy::TenantScope& scope, Deadline deadline,
                                             tenancy::ReadFrom from) {
    return providers_in(
        TRY(database.fetch(scope, deadline, sql::list_providers, {}, {.read_from = from})));
}

Result<std::optional<StoredProvider>> read_provider(tenancy::Database& database,
                                                    const tenancy::TenantScope& scope,
                                                    ProviderId id, Deadline deadline) {
    return stored_in(TRY(database.fetch(scope, deadline, sql::read_provider, one(id))));
}

Result<std::optional<StoredProvider>> read_provider(tenancy::TenantTx& tx, ProviderId id) {
    return stored_in(TRY(tx.run(sql::read_provider, one(id))));
}

Result<void> create_provider(tenancy::TenantTx& tx, const Provider& provider,
                             const std::optional<Bytes>& sealed_secret) {
    if (provider.auth != ClientAuth::none && !sealed_secret)
        return secret_missing();
    if (TRY(tx.run(sql::list_providers)).count() >= static_cast<int>(providers_limit))
        return fail(Code::conflict, "an institution has at most 50 identity providers");
    TRY(tx.run(sql::create_provider, all_of(provider, sealed_secret)));
    return {};
}

Result<std::int64_t> change_provider(tenancy::TenantTx& tx, const Provider& provider,
                                     const std::optional<Bytes>& sealed_secret) {
    pg::Params params = all_of(provider, sealed_secret);
    params.int8(provider.version);
    const pg::Rows rows = TRY(tx.run(sql::change_provider, params));
    if (!rows.empty())
        return rows.int8(0, 0);
    const auto there = TRY(read_provider(tx, provider.id));
    if (there && there->provider.version == provider.version)
        return secret_missing();
    return not_that_version(there.has_value());
}

Result<void> delete_provider(tenancy::TenantTx& tx, ProviderId id, std::int64_t version) {
    pg::Params params = one(id);
    params.int8(version);
    if (TRY(tx.run(sql::delete_provider, params)).affected() > 0)
        return {};
    return not_that_version(TRY(read_provider(tx, id)).has_value());
}

} // namespace bw::federation
