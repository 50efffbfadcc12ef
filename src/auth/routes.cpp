#include "auth/routes.hpp"

#include "auth/bell_routes.hpp"
#include "auth/policy_routes.hpp"
#include "auth/schemas.hpp"
#include "auth/second_factor_routes.hpp"
#include "auth/session_routes.hpp"
#include "base/json.hpp"
#include "roster/users.hpp"
#include "tenancy/lane_work.hpp"
#include "tenancy/schemas.hpp"

namespace bw::auth {

namespace {

using tenancy::Principal;

Result<net::Response> read_me(tenancy::Database& database, const Principal& principal,
                              Deadline deadline) {
    auto user = TRY(roster::user_by_id(database, principal.scope, principal.user, deadline));
    if (!user)
        return fail(Code::not_found, "this user is no longer in the roster");
    JsonWriter json;
    json.object()
        .member("user_id", user->id.text())
        .member("tenant_id", principal.scope.tenant().text())
        .member("username", user->username)
        .member("given_name", user->given_name)
        .member("family_name", user->family_name);
    write_roles(json, principal.roles);
    json.member("session_id", principal.session.text())
        .member("expires_at", to_rfc3339(principal.expires_at))
        .end();
    return net::Response::json(200, json.take());
}

Result<tenancy::Work> me_work(const Principal& principal, const net::Request&) {
    return tenancy::Work([principal](tenancy::Database& database, Deadline deadline) {
        return read_me(database, principal, deadline);
    });
}

/// Shorter than a key is announced before it signs.
std::string key_set_cache_control() {
    return "public, max-age=" +
           std::to_string(
               std::chrono::duration_cast<std::chrono::seconds>(tenancy::key_set_max_age).count());
}

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_session_routes(routes, parts);
    add_bell_routes(routes, parts);
    add_policy_routes(routes, parts);
    add_second_factor_routes(routes, parts);
    add_help_routes(routes, parts);
    routes.add_schema("Me", me_schema);
    routes.add_schema("Roles", tenancy::roles_schema);
    routes.add_schema("TokenKeySet", token_key_set_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/me",
                .operation = "get_me",
                .summary = "Who the access token says the caller is.",
                .handler = parts.gate.authenticated(tenancy::answered_on(parts.lane, me_work)),
                .tag = "sessions",
                .credential = net::Credential::access_token,
                .answers = {{200, "The caller.", R"({"$ref": "#/components/schemas/Me"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/.well-known/jwks.json",
                .operation = "list_token_keys",
                .summary = "Public keys that access tokens verify under: those to come, the one "
                           "that signs, and those that have signed what is still good.",
                .handler =
                    [&keys = parts.keys, &clock = parts.clock](const net::Request&,
                                                               net::Responder respond) {
                        auto response = net::Response::json(200, keys.jwk_set(clock.now()));
                        response.headers.emplace_back("Cache-Control", key_set_cache_control());
                        respond(std::move(response));
                    },
                .tag = "keys",
                .answers = {{200, "The keys.", R"({"$ref": "#/components/schemas/TokenKeySet"})"}},
                .content_etag = true});
}

} // namespace bw::auth
