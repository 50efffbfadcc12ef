#include "auth/routes.hpp"

#include "auth/passwords.hpp"
#include "auth/schemas.hpp"
#include "base/json.hpp"
#include "net/json_body.hpp"
#include "roster/users.hpp"
#include "tenancy/schemas.hpp"

namespace bw::auth {

namespace {

using tenancy::Principal;

constexpr std::size_t username_bytes_limit = 255;

void write_roles(JsonWriter& json, tenancy::Roles roles) {
    json.key("roles").array();
    for (tenancy::Role role :
         {tenancy::Role::student, tenancy::Role::teacher, tenancy::Role::administrator})
        if (roles.has(role))
            json.value(tenancy::wire_name(role));
    json.end();
}

net::Response token_response(const IssuedToken& issued, bool secure) {
    const tenancy::Claims& claims = issued.claims;
    JsonWriter json;
    json.object()
        .member("access_token", issued.access_token)
        .member("token_type", "Bearer")
        .member("expires_in", (claims.expires_at.ms - claims.issued_at.ms) / 1000)
        .member("expires_at", to_rfc3339(claims.expires_at))
        .member("renew_at", to_rfc3339(claims.renew_at))
        .member("session_id", claims.session.text())
        .member("user_id", claims.user.text())
        .member("tenant_id", claims.tenant.text())
        .member("routing", issued.routing);
    write_roles(json, claims.roles);
    json.end();
    net::Response response = net::Response::json(201, json.take());
    response.compressible = false; // the token stands beside what the caller sent
    response.headers.emplace_back("Set-Cookie", routing_cookie(issued.routing, secure));
    return response;
}

/// Who signed in is no secret of theirs; from where is, and goes when they are erased.
void record_session(audit::Writer& audit, const tenancy::TenantScope& scope,
                    const tenancy::Claims& claims, const std::string& peer) {
    JsonWriter personal;
    personal.object().member("address", peer).end();
    audit.record(scope, {claims.user.text(), "session.created", claims.session.text(), "{}"},
                 audit::StoredEvent::Personal{claims.user, personal.take()});
}

void sign_in(PasswordSignIn& service, audit::Writer* audit, const tenancy::TenantInfo& tenant,
             const net::Request& request, net::Responder respond) {
    auto body = net::json_body(request, {"username", "password"});
    if (!body)
        return respond(std::move(body).error());
    auto username = body->string("username", username_bytes_limit);
    if (!username)
        return respond(std::move(username).error());
    auto password = body->string("password", password_bytes_limit);
    if (!password)
        return respond(std::move(password).error());
    service.sign_in(
        tenant.scope, *std::move(username), *std::move(password), request.deadline,
        [respond = std::move(respond), secure = request.secure, audit, scope = tenant.scope,
         peer = std::string(request.peer)](Result<IssuedToken> outcome) mutable {
            if (audit && outcome)
                record_session(*audit, scope, outcome->claims, peer);
            respond.result(std::move(outcome), [secure](const IssuedToken& issued) {
                return token_response(issued, secure);
            });
        },
        request.trace);
}

net::Response session_response(const Principal& principal) {
    JsonWriter json;
    json.object()
        .member("session_id", principal.session.text())
        .member("user_id", principal.user.text())
        .member("tenant_id", principal.scope.tenant().text());
    write_roles(json, principal.roles);
    json.member("expires_at", to_rfc3339(principal.expires_at)).end();
    return net::Response::json(200, json.take());
}

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

} // namespace

void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, PasswordSignIn& service,
                tenancy::DatabaseLane& lane, const PublicKey& token_key, audit::Writer* audit) {
    routes.add_schema("SignIn", sign_in_schema);
    routes.add_schema("AccessToken", access_token_schema);
    routes.add_schema("Session", session_schema);
    routes.add_schema("Me", me_schema);
    routes.add_schema("Roles", tenancy::roles_schema);
    routes.add_schema("KeySet", tenancy::key_set_schema);
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/sessions",
         .operation = "sign_in",
         .summary = "Sign in with user name and password at the institution's host name; the "
                    "answer is an access token.",
         .handler =
             gate.for_host([&service, audit](const tenancy::TenantInfo& tenant,
                                             const net::Request& request, net::Responder respond) {
                 sign_in(service, audit, tenant, request, std::move(respond));
             }),
         .body_bytes_limit = 8 * 1024,
         .tag = "sessions",
         .credential = net::Credential::host,
         .body = net::Body{R"({"$ref": "#/components/schemas/SignIn"})", sign_in_example},
         .answers = {{201, "Signed in.", R"({"$ref": "#/components/schemas/AccessToken"})"},
                     {401, "The user name or the password is wrong; which one is not said."}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/sessions/current",
                .operation = "get_session",
                .summary = "What the access token says; answered from memory.",
                .handler = gate.authenticated(
                    [](const Principal& principal, const net::Request&, net::Responder respond) {
                        respond(session_response(principal));
                    }),
                .tag = "sessions",
                .credential = net::Credential::access_token,
                .answers = {{200, "The session.", R"({"$ref": "#/components/schemas/Session"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/me",
                .operation = "get_me",
                .summary = "Who the access token says the caller is.",
                .handler = gate.authenticated([&lane](const Principal& principal,
                                                      const net::Request& request,
                                                      net::Responder respond) {
                    lane.submit(
                        principal.scope.tenant(), request.deadline,
                        [principal, deadline = request.deadline,
                         respond = std::move(respond)](Result<tenancy::Database*> turn) mutable {
                            if (!turn)
                                return respond(std::move(turn).error());
                            respond.result(read_me(**turn, principal, deadline),
                                           [](net::Response response) { return response; });
                        },
                        request.trace);
                }),
                .tag = "sessions",
                .credential = net::Credential::access_token,
                .answers = {{200, "The caller.", R"({"$ref": "#/components/schemas/Me"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/.well-known/jwks.json",
                .operation = "list_token_keys",
                .summary = "Public keys that access tokens verify under.",
                .handler = [keys = tenancy::jwk_set({token_key})](
                               const net::Request&,
                               net::Responder respond) { respond(net::Response::json(200, keys)); },
                .tag = "keys",
                .answers = {{200, "The keys.", R"({"$ref": "#/components/schemas/KeySet"})"}}});
}

} // namespace bw::auth
