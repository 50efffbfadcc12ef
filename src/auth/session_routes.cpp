#include "auth/session_routes.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "auth/passwords.hpp"
#include "auth/schemas.hpp"
#include "auth/session_cookies.hpp"
#include "net/json_body.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::auth {

namespace {

using tenancy::Principal;

constexpr std::size_t username_bytes_limit = 255, device_bytes_limit = 200,
                      refresh_token_bytes_limit = 512, device_token_bytes_limit = 128;
constexpr std::string_view ticket_header = "Admission-Ticket";
constexpr Duration sign_in_patience = 10s, sign_in_limit = 20s;

void write_identity(JsonWriter& json, const tenancy::Claims& claims) {
    json.member("session_id", claims.session.text())
        .member("user_id", claims.user.text())
        .member("tenant_id", claims.tenant.text());
    write_roles(json, claims.roles);
    json.member("expires_at", to_rfc3339(claims.expires_at))
        .member("renew_at", to_rfc3339(claims.renew_at));
}

/// Of an earlier refusal; one that is not ours any more makes its bearer a newcomer.
Result<std::string> ticket_in(const net::Request& request) {
    const std::string_view ticket = request.header(ticket_header).value_or("");
    if (request.header_count(ticket_header) > 1 ||
        (request.header_count(ticket_header) > 0 &&
         (ticket.size() != ArrivalTickets::text_bytes || !from_base64url(ticket))))
        return fail(Code::invalid_field,
                    "send the `waiting.ticket` of the last refusal, unchanged, or none",
                    std::string(ticket_header));
    return std::string(ticket);
}

struct SignInBody {
    PasswordAttempt attempt;
    Mode mode;
};
Result<SignInBody> sign_in_body(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(
        request, {"username", "password", "device", "device_token", "mode", "shared_device"}));
    std::string device_token(request.cookie(device_cookie(request.secure)).value_or(""));
    if (body.has("device_token"))
        device_token = TRY(body.string("device_token", device_token_bytes_limit));
    return SignInBody{
        {.username = TRY(body.string("username", username_bytes_limit)),
         .password = TRY(body.string("password", password_bytes_limit)),
         .device = TRY(device_in(body, request)),
         .ticket = TRY(ticket_in(request)),
         .device_token = std::move(device_token),
         .shared_device = body.has("shared_device") && TRY(body.boolean("shared_device"))},
        TRY(mode_in(body))};
}

void sign_in(const RouteParts& parts, const tenancy::TenantInfo& tenant,
             const net::Request& request, net::Responder respond) {
    auto body = sign_in_body(request);
    if (!body)
        return respond(std::move(body).error());
    // Shorter than the route's limit: whose turn does not come in time hears it with a ticket.
    const Deadline deadline(request.received + sign_in_patience);
    parts.sign_in.sign_in(
        tenant.scope, std::move(body->attempt), deadline,
        [respond = std::move(respond), secure = request.secure, mode = body->mode,
         audit = parts.audit, &clock = parts.clock, scope = tenant.scope,
         peer = std::string(request.peer)](Result<IssuedToken> outcome) mutable {
            if (audit && outcome)
                record_session(*audit, scope, outcome->claims, peer);
            respond.result(std::move(outcome), [&](const IssuedToken& issued) {
                return token_response(issued, mode, secure, clock.now());
            });
        },
        request.trace);
}

struct RefreshBody {
    std::string token;
    Mode mode;
};
Result<RefreshBody> refresh_body(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"refresh_token"}));
    if (body.has("refresh_token"))
        return RefreshBody{TRY(body.string("refresh_token", refresh_token_bytes_limit)),
                           Mode::bearer};
    auto cookie = request.cookie(refresh_cookie(request.secure));
    if (!cookie)
        return fail(Code::invalid_field,
                    "send the refresh token here, or in the cookie that sign-in set",
                    "/refresh_token");
    if (!request.from_own_page())
        return fail(Code::forbidden,
                    "the refresh token came in a cookie, so the request must come from a page of "
                    "this host (Sec-Fetch-Site or Origin says so)",
                    "Origin");
    return RefreshBody{std::string(*cookie), Mode::cookie};
}

void refresh(const RouteParts& parts, const tenancy::TenantInfo& tenant,
             const net::Request& request, net::Responder respond) {
    auto body = refresh_body(request);
    if (!body)
        return respond(std::move(body).error());
    parts.refresh.refresh(tenant.scope, body->token, request.deadline,
                          [respond = std::move(respond), secure = request.secure, mode = body->mode,
                           &clock = parts.clock](Result<IssuedToken> outcome) mutable {
                              respond.result(std::move(outcome), [&](const IssuedToken& issued) {
                                  return token_response(issued, mode, secure, clock.now());
                              });
                          });
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

Result<net::Response> own_sessions(tenancy::Database& database, const Principal& principal,
                                   Deadline deadline, Instant now) {
    const auto sessions = TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
        return list_sessions(tx, principal.user, now);
    }));
    JsonWriter json;
    json.object().key("data").array();
    for (const SessionRecord& session : sessions)
        json.object()
            .member("session_id", session.session.text())
            .member("device", session.device)
            .member("began_at", to_rfc3339(session.began_at))
            .member("used_at", to_rfc3339(session.used_at))
            .member("expires_at", to_rfc3339(session.expires_at))
            .member("current", session.session == principal.session)
            .end();
    json.end().end();
    return net::Response::json(200, json.take());
}

/// Which of the caller's sessions end: one, or all.
using Which = std::optional<AuthSessionId>;

/// The epoch that ends them. not_found: the session is somebody else's.
Result<std::int64_t> end_own(tenancy::Database& database, const Principal& principal,
                             const Which& which, Deadline deadline, const Clock& clock, Rng& rng) {
    return database.run(
        principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
            const Instant now = clock.now();
            if (!which)
                TRY(end_sessions(tx, principal.user));
            else if (*which == principal.session) // it may never have been written down
                TRY(end_session(tx, principal.user, *which, now + RefreshRules{}.lifetime));
            else if (!TRY(end_listed_session(tx, principal.user, *which)))
                return std::int64_t{0}; // ended before: nothing more is written, however often
            const std::string by = principal.user.text();
            CHECK_OK(audit::record(
                tx,
                {by, which ? "session.ended" : "sessions.ended", which ? which->text() : by, "{}"},
                clock, rng));
            return which ? tenancy::revoke_session(tx, *which, now)
                         : tenancy::revoke_user(tx, principal.user, now);
        });
}

/// 204 when all live processes have heard of it, or after a second.
void end_sessions_of(const RouteParts& parts, const Principal& principal, Which which,
                     const net::Request& request, net::Responder respond) {
    const bool forget = !which || which == principal.session;
    auto ended = [secure = request.secure, forget] {
        net::Response response{.status = 204};
        if (forget) {
            response.headers.emplace_back("Set-Cookie", access_unset_cookie(secure));
            response.headers.emplace_back("Set-Cookie", refresh_unset_cookie(secure));
        }
        return response;
    };
    tenancy::answer_when_heard(
        parts.lane, parts.feed, parts.clock, principal.scope.tenant(), request, std::move(respond),
        [parts, principal, which, ended](tenancy::Database& database,
                                         Deadline deadline) -> Result<tenancy::Done> {
            // Its own session anybody may end, also with a token that somebody else has ended.
            if (which != principal.session)
                CHECK_OK(parts.feed.require_fresh());
            return tenancy::Done{ended(), TRY(end_own(database, principal, which, deadline,
                                                      parts.clock, parts.rng))};
        });
}

} // namespace

Result<Mode> mode_in(const JsonObject& body) {
    if (!body.has("mode"))
        return Mode::bearer;
    const std::string mode = TRY(body.string("mode", 16));
    if (mode == "bearer")
        return Mode::bearer;
    if (mode == "cookie")
        return Mode::cookie;
    return fail(Code::invalid_field, "expected \"bearer\" or \"cookie\"", "/mode");
}

Result<std::string> device_in(const JsonObject& body, const net::Request& request) {
    if (body.has("device")) {
        std::string device = TRY(body.string("device", device_bytes_limit));
        std::ranges::replace_if(device, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
        return device;
    }
    return device_of(request);
}

net::Response token_response(const IssuedToken& issued, Mode mode, bool secure, Instant now,
                             std::span<const std::string> recovery_codes) {
    const tenancy::Claims& claims = issued.claims;
    JsonWriter json;
    json.object();
    if (mode == Mode::bearer) {
        json.member("access_token", issued.access_token)
            .member("token_type", "Bearer")
            .member("expires_in", (claims.expires_at.ms - claims.issued_at.ms) / 1000);
        if (issued.refresh_token)
            json.member("refresh_token", *issued.refresh_token);
        if (!issued.device_token.empty())
            json.member("device_token", issued.device_token);
    }
    json.member("refresh_expires_at", to_rfc3339(issued.refresh_expires_at));
    write_identity(json, claims);
    json.member("routing", issued.routing);
    if (!recovery_codes.empty()) {
        json.key("recovery_codes").array();
        for (const std::string& code : recovery_codes)
            json.value(code);
        json.end();
    }
    json.end();
    net::Response response = net::Response::json(201, json.take());
    response.compressible = false; // the token stands beside what the caller sent
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Set-Cookie", routing_cookie(issued.routing, secure));
    if (mode == Mode::cookie) {
        response.headers.emplace_back("Set-Cookie", access_set_cookie(issued, secure));
        if (issued.refresh_token)
            response.headers.emplace_back("Set-Cookie", refresh_set_cookie(issued, now, secure));
        if (!issued.device_token.empty())
            response.headers.emplace_back("Set-Cookie",
                                          device_set_cookie(issued.device_token, secure));
    }
    return response;
}

void record_session(audit::Writer& audit, const tenancy::TenantScope& scope,
                    const tenancy::Claims& claims, const std::string& peer) {
    JsonWriter personal;
    personal.object().member("address", peer).end();
    audit.record(scope, {claims.user.text(), "session.created", claims.session.text(), "{}"},
                 audit::StoredEvent::Personal{claims.user, personal.take()});
}

std::string device_of(const net::Request& request) {
    std::string agent(request.header("user-agent").value_or("").substr(0, device_bytes_limit));
    std::ranges::replace_if(agent, [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
    return agent;
}

void write_roles(JsonWriter& json, tenancy::Roles roles) {
    json.key("roles").array();
    for (tenancy::Role role : tenancy::all_roles)
        if (roles.has(role))
            json.value(tenancy::wire_name(role));
    json.end();
}

void add_session_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("SignIn", sign_in_schema);
    routes.add_schema("Refresh", refresh_schema);
    routes.add_schema("AccessToken", access_token_schema);
    routes.add_schema("Session", session_schema);
    routes.add_schema("SessionList", session_list_schema);
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/sessions",
         .operation = "sign_in",
         .summary = "Sign in with user name and password at the institution's host name; the "
                    "answer is an access token, and a refresh token that renews it.",
         .handler =
             parts.gate.for_host([parts](const tenancy::TenantInfo& tenant,
                                         const net::Request& request, net::Responder respond) {
                 sign_in(parts, tenant, request, std::move(respond));
             }),
         .body_bytes_limit = 8 * 1024,
         .time_limit = sign_in_limit,
         .tag = "sessions",
         .credential = net::Credential::host,
         .parameters = {{.name = ticket_header,
                         .in = net::Parameter::In::header,
                         .description =
                             "The `waiting.ticket` of a 503: with it one goes before all "
                             "of the institution who came later.",
                         .schema = R"({"type":"string","pattern":"^[A-Za-z0-9_-]{32}$"})",
                         .example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},
         .body = net::Body{R"({"$ref": "#/components/schemas/SignIn"})", sign_in_example},
         .answers = {{201, "Signed in.", R"({"$ref": "#/components/schemas/AccessToken"})"},
                     {401, "The user name or the password is wrong, which one is not said; or "
                           "`second_factor_required`: the password was right, `second_factor` "
                           "says how to go on."},
                     {429,
                      "Over a quota; or `sign_in_delayed`: too many attempts on this name have "
                      "failed on devices that are not known."}}});
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/sessions/refresh",
         .operation = "refresh_session",
         .summary = "A new access token for a refresh token, which is used up by it: keep the one "
                    "in the answer. The same one again within half a minute gives the same "
                    "successor; later, its session ends.",
         .handler =
             parts.gate.for_host([parts](const tenancy::TenantInfo& tenant,
                                         const net::Request& request, net::Responder respond) {
                 refresh(parts, tenant, request, std::move(respond));
             }),
         .body_bytes_limit = 2 * 1024,
         .tag = "sessions",
         .credential = net::Credential::host,
         .body = net::Body{R"({"$ref": "#/components/schemas/Refresh"})", refresh_example},
         .answers = {{201,
                      "Renewed. Without a `refresh_token`: the database is away, the token lives "
                      "for minutes, and the refresh token that was sent still holds.",
                      R"({"$ref": "#/components/schemas/AccessToken"})"},
                     {401, "The session has ended."},
                     {403, "A foreign page made use of the cookie."}}});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/sessions",
         .operation = "list_sessions",
         .summary = "The caller's sessions, the one used last first: their devices.",
         .handler = parts.gate.authenticated(tenancy::answered_on(
             parts.lane,
             [&clock = parts.clock](const Principal& principal,
                                    const net::Request&) -> Result<tenancy::Work> {
                 return tenancy::Work([principal, now = clock.now()](tenancy::Database& database,
                                                                     Deadline deadline) {
                     return own_sessions(database, principal, deadline, now);
                 });
             })),
         .tag = "sessions",
         .credential = net::Credential::access_token,
         .answers = {{200, "The sessions.", R"({"$ref": "#/components/schemas/SessionList"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/sessions/current",
                .operation = "get_session",
                .summary = "What the access token says; answered from memory.",
                .handler = parts.gate.authenticated(
                    [](const Principal& principal, const net::Request&, net::Responder respond) {
                        respond(session_response(principal));
                    }),
                .tag = "sessions",
                .credential = net::Credential::access_token,
                .answers = {{200, "The session.", R"({"$ref": "#/components/schemas/Session"})"}}});
    routes.add(
        {.method = net::Method::del,
         .path = "/v1/sessions/current",
         .operation = "sign_out",
         .summary = "Sign out: this session's tokens end, and its cookies go.",
         .handler =
             parts.gate.authenticated([parts](const Principal& principal,
                                              const net::Request& request, net::Responder respond) {
                 end_sessions_of(parts, principal, principal.session, request, std::move(respond));
             }),
         .tag = "sessions",
         .credential = net::Credential::access_token,
         .answers = {{204, "Signed out."}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/sessions/{session_id}",
                .operation = "end_session",
                .summary = "End one of the caller's sessions: a device that was lost or shared.",
                .handler = parts.gate.authenticated([parts](const Principal& principal,
                                                            const net::Request& request,
                                                            net::Responder respond) {
                    auto session = AuthSessionId::parse(request.path_param("session_id"));
                    if (!session)
                        return respond(fail(Code::not_found, "you have no such session"));
                    end_sessions_of(parts, principal, session, request, std::move(respond));
                }),
                .tag = "sessions",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "session_id",
                                .in = net::Parameter::In::path,
                                .description = "The session.",
                                .schema = R"({"type":"string","pattern":"^ses_[0-9a-f]{32}$"})",
                                .example = "ses_0192f3c4a5b67c8d9e0f112233445566"}},
                .answers = {{204, "Done."}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/sessions",
                .operation = "end_sessions",
                .summary = "End all of the caller's sessions, this one too.",
                .handler = parts.gate.authenticated([parts](const Principal& principal,
                                                            const net::Request& request,
                                                            net::Responder respond) {
                    end_sessions_of(parts, principal, std::nullopt, request, std::move(respond));
                }),
                .tag = "sessions",
                .credential = net::Credential::access_token,
                .answers = {{204, "All ended."}}});
}

} // namespace bw::auth
