// /v1/identity-providers: where an institution's people may sign in, for its administrators.
#include "audit/audit.hpp"
#include "federation/schemas.hpp"
#include "federation/shared_routes.hpp"

namespace bw::federation {

namespace {

using tenancy::Permission;
using tenancy::Principal;

void write_provider(JsonWriter& json, const Provider& provider, const std::string& origin) {
    const std::string settings = settings_json(provider.settings);
    json.object()
        .member("provider_id", provider.id.text())
        .member("name", provider.name)
        .member("preset", wire_name(provider.preset))
        .member("enabled", provider.enabled)
        .member("issuer", provider.issuer)
        .member("client_id", provider.client_id)
        .member("client_auth", wire_name(provider.auth))
        .member("redirect_uri", redirect_uri(origin, provider.id))
        .key("settings")
        .raw(settings)
        .end();
}

net::Response provider_response(int status, const Provider& provider, const std::string& origin) {
    JsonWriter json;
    write_provider(json, provider, origin);
    net::Response response = net::Response::json(status, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(provider.version) + "\"");
    return response;
}

Result<void> audited(tenancy::TenantTx& tx, const SignInParts& with, const Principal& principal,
                     const char* action, ProviderId provider) {
    return audit::record(tx, {principal.user.text(), action, provider.text(), "{}"}, with.clock,
                         with.rng);
}

Result<Work> list_work(const Principal& principal, const net::Request& request) {
    return Work([principal, origin = origin_of(request)](
                    tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        JsonWriter json;
        json.object().key("data").array();
        for (const Provider& provider :
             TRY(list_providers(database, principal.scope, deadline, tenancy::ReadFrom::primary())))
            write_provider(json, provider, origin);
        json.end().end();
        return net::Response::json(200, json.take());
    });
}

Result<Work> get_work(const Principal& principal, const net::Request& request) {
    const ProviderId id = TRY(net::id_in_path<ProviderId>(request, "provider_id"));
    return Work([principal, id, origin = origin_of(request)](
                    tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        auto stored = TRY(read_provider(database, principal.scope, id, deadline));
        if (!stored)
            return fail(Code::not_found, "there is no such identity provider");
        return provider_response(200, stored->provider, origin);
    });
}

/// What a request says, with its secret sealed.
struct Description {
    Provider provider;
    std::optional<Bytes> sealed_secret;
};
Result<Description> description_in(const RouteParts& parts, const Principal& principal,
                                   const net::Request& request, ProviderId id) {
    const SignInParts& with = parts.sign_in.parts();
    ProviderDraft draft = TRY(
        describe_provider(TRY(net::json_body(request, provider_members)), with.fetcher.reach()));
    Description out{std::move(draft.provider), std::nullopt};
    out.provider.id = id;
    if (draft.secret)
        out.sealed_secret =
            parts.sign_in.secrets().seal(principal.scope.tenant(), id, *draft.secret, with.rng);
    return out;
}

Result<Work> create_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const SignInParts& with = parts.sign_in.parts();
    const Description description = TRY(
        description_in(parts, principal, request, ProviderId::make(with.clock.now(), with.rng)));
    return Work([&with, &feed = parts.feed, principal, description, origin = origin_of(request)](
                    tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        CHECK_OK(feed.require_fresh());
        CHECK_OK(
            database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
                CHECK_OK(create_provider(tx, description.provider, description.sealed_secret));
                return audited(tx, with, principal, "identity_provider.created",
                               description.provider.id);
            }));
        return provider_response(201, description.provider, origin);
    });
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const SignInParts& with = parts.sign_in.parts();
    Description description = TRY(description_in(
        parts, principal, request, TRY(net::id_in_path<ProviderId>(request, "provider_id"))));
    description.provider.version = TRY(net::version_in_if_match(request));
    return Work([&with, &feed = parts.feed, principal, description, origin = origin_of(request)](
                    tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        CHECK_OK(feed.require_fresh());
        Provider changed = description.provider;
        changed.version = TRY(database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
                const std::int64_t version =
                    TRY(change_provider(tx, description.provider, description.sealed_secret));
                CHECK_OK(audited(tx, with, principal, "identity_provider.changed", changed.id));
                return version;
            }));
        return provider_response(200, changed, origin);
    });
}

Result<Work> delete_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const SignInParts& with = parts.sign_in.parts();
    const ProviderId id = TRY(net::id_in_path<ProviderId>(request, "provider_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return Work([&with, &feed = parts.feed, principal, id,
                 version](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        CHECK_OK(feed.require_fresh());
        CHECK_OK(
            database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
                CHECK_OK(delete_provider(tx, id, version));
                return audited(tx, with, principal, "identity_provider.deleted", id);
            }));
        return net::Response{.status = 204, .content_type = ""};
    });
}

net::Parameter if_match() {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag that was seen.",
            .schema = R"({"type":"string","pattern":"^\"[0-9]+\"$"})",
            .required = true,
            .example = "\"1\""};
}

} // namespace

void add_provider_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr const char* all = "/v1/identity-providers";
    constexpr const char* one = "/v1/identity-providers/{provider_id}";
    constexpr std::string_view provider = R"({"$ref": "#/components/schemas/IdentityProvider"})";
    constexpr std::string_view description =
        R"({"$ref": "#/components/schemas/IdentityProviderDescription"})";
    auto guarded = [&](auto read) {
        return parts.gate.authenticated(answered_on(parts.lane, read),
                                        Permission::identity_providers_write);
    };
    auto with_parts = [&](auto read) {
        return guarded([parts, read](const Principal& principal, const net::Request& request) {
            return read(parts, principal, request);
        });
    };
    routes.add({.method = net::Method::get,
                .path = all,
                .operation = "list_identity_providers",
                .summary = "Where the institution's people may sign in (administrators).",
                .handler = guarded(list_work),
                .tag = "federation",
                .credential = net::Credential::access_token,
                .answers = {{200, "The providers, by name.",
                             R"({"$ref": "#/components/schemas/IdentityProviderList"})"}}});
    routes.add({.method = net::Method::post,
                .path = all,
                .operation = "create_identity_provider",
                .summary = "Add a provider; register its `redirect_uri` there.",
                .handler = with_parts(create_work),
                .body_bytes_limit = 32 * 1024,
                .tag = "federation",
                .credential = net::Credential::access_token,
                .body = net::Body{description, provider_example},
                .answers = {{201, "It is there; with its `ETag`.", provider},
                            {409, "The institution has as many as it may have."}}});
    routes.add({.method = net::Method::get,
                .path = one,
                .operation = "get_identity_provider",
                .summary = "One provider; its ETag is needed to change or remove it. Its secret is "
                           "never shown.",
                .handler = guarded(get_work),
                .tag = "federation",
                .credential = net::Credential::access_token,
                .parameters = {provider_parameter()},
                .answers = {{200, "The provider; with its `ETag`.", provider}}});
    routes.add({.method = net::Method::put,
                .path = one,
                .operation = "change_identity_provider",
                .summary = "Describe a provider anew. Without `client_secret` the one that is kept "
                           "stays.",
                .handler = with_parts(change_work),
                .body_bytes_limit = 32 * 1024,
                .tag = "federation",
                .credential = net::Credential::access_token,
                .parameters = {provider_parameter(), if_match()},
                .body = net::Body{description, provider_example},
                .answers = {{200, "It is as described; with its `ETag`.", provider}}});
    routes.add({.method = net::Method::del,
                .path = one,
                .operation = "delete_identity_provider",
                .summary = "Remove a provider, and with it who people are there.",
                .handler = with_parts(delete_work),
                .tag = "federation",
                .credential = net::Credential::access_token,
                .parameters = {provider_parameter(), if_match()},
                .answers = {{204, "Removed."}}});
}

} // namespace bw::federation
