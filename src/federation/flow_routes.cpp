// To a provider and back: what a sign-in page shows, start, callback, exchange.
#include <algorithm>

#include "auth/session_routes.hpp"
#include "federation/schemas.hpp"
#include "federation/shared_routes.hpp"

namespace bw::federation {

namespace {

constexpr Duration way_limit = 20s; // there or back, with everything that the provider is asked
constexpr std::size_t parameter_bytes_limit = 4'096;

net::Response no_store(net::Response response) {
    response.compressible = false;
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

net::Response to_place(int status, std::string location) {
    net::Response response{.status = status};
    response.headers.emplace_back("Location", std::move(location));
    return no_store(std::move(response));
}

// ---- what there is ----

Result<net::Response> methods_response(const std::vector<Provider>& providers) {
    JsonWriter json;
    json.object().member("password", true).key("data").array();
    for (const Provider& provider : providers)
        if (provider.enabled)
            json.object()
                .member("provider_id", provider.id.text())
                .member("name", provider.name)
                .member("preset", wire_name(provider.preset))
                .member("start", "/v1/federation/" + provider.id.text() + "/start")
                .end();
    json.end().end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("Cache-Control", "public, max-age=30");
    return response;
}

void list_methods(const RouteParts& parts, const tenancy::TenantInfo& tenant,
                  const net::Request& request, net::Responder respond) {
    tenancy::answer_on(parts.lane, tenant.scope.tenant(), request, std::move(respond),
                       [scope = tenant.scope](tenancy::Database& database,
                                              Deadline deadline) -> Result<net::Response> {
                           return methods_response(TRY(list_providers(
                               database, scope, deadline, tenancy::ReadFrom::replica())));
                       });
}

// ---- there ----

Result<std::string> query_text(const net::Request& request, const char* name) {
    std::string text = request.query_param(name).value_or("");
    if (text.size() > parameter_bytes_limit)
        return fail(Code::invalid_field, "is longer than 4096 bytes", name);
    return text;
}

Result<Flow> flow_in(const net::Request& request) {
    Flow flow;
    if (auto return_to = request.query_param("return_to"))
        flow.return_to = *std::move(return_to);
    CHECK_OK(check_return_to(flow.return_to));
    const std::string mode = request.query_param("mode").value_or("cookie");
    const auto challenge = request.query_param("challenge");
    const std::string shared = request.query_param("shared_device").value_or("false");
    if (shared != "true" && shared != "false")
        return fail(Code::invalid_field, "expected \"true\" or \"false\"", "shared_device");
    flow.shared_device = shared == "true";
    if (mode == "code") {
        flow.purpose = Purpose::code;
        flow.challenge = challenge.value_or("");
        CHECK_OK(check_challenge(flow.challenge));
    } else if (mode != "cookie") {
        return fail(Code::invalid_field, "expected \"cookie\" or \"code\"", "mode");
    } else if (challenge) {
        return fail(Code::invalid_field, "only mode=code has a challenge", "challenge");
    }
    return flow;
}

Browser browser_of(const tenancy::TenantScope& scope, ProviderId provider,
                   const net::Request& request) {
    return {.scope = scope,
            .provider = provider,
            .origin = origin_of(request),
            .secure = request.secure,
            .deadline = request.deadline,
            .device = auth::device_of(request)};
}

void start(const RouteParts& parts, const tenancy::TenantInfo& tenant, const net::Request& request,
           net::Responder respond) {
    auto provider = net::id_in_path<ProviderId>(request, "provider_id");
    if (!provider)
        return respond(std::move(provider).error());
    auto flow = flow_in(request);
    if (!flow)
        return respond(std::move(flow).error());
    parts.sign_in.depart(browser_of(tenant.scope, *provider, request), *std::move(flow),
                         [respond = std::move(respond),
                          secure = request.secure](Result<Departure> departure) mutable {
                             respond.result(std::move(departure), [&](Departure&& away) {
                                 net::Response response = to_place(302, std::move(away.location));
                                 response.headers.emplace_back(
                                     "Set-Cookie",
                                     flow_cookie(away.cookie_name, away.cookie_value, secure));
                                 return response;
                             });
                         });
}

// ---- and back ----

/// The browser's next request comes from this page and so from this host: the session's cookies are
/// SameSite=Strict, and a redirect would still count as the provider's.
net::Response page_that_goes_on(const std::string& path) {
    std::string escaped;
    for (char c : path)
        c == '&' ? escaped += "&amp;" : escaped += c;
    return no_store({.status = 200,
                     .content_type = "text/html; charset=utf-8",
                     .body = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                             "<meta http-equiv=\"refresh\" content=\"0;url=" +
                             escaped + "\"><title>Signed in</title></head><body><p><a href=\"" +
                             escaped + "\">Go on</a></p></body></html>\n"});
}

net::Response arrival_response(Arrival arrival, bool secure, Instant now) {
    if (arrival.exchange_code)
        return to_place(303, arrival.return_to +
                                 (arrival.return_to.find('?') == std::string::npos ? "?" : "&") +
                                 "federation_code=" + *arrival.exchange_code);
    net::Response response = page_that_goes_on(arrival.return_to);
    if (arrival.issued) {
        net::Response tokens =
            auth::token_response(*arrival.issued, auth::Mode::cookie, secure, now);
        for (auto& [name, value] : tokens.headers)
            if (name == "Set-Cookie")
                response.headers.emplace_back(name, std::move(value));
    }
    return response;
}

Result<std::optional<std::string>> optional_query_text(const net::Request& request,
                                                       const char* name) {
    if (!request.query_param(name))
        return std::optional<std::string>();
    return std::optional(TRY(query_text(request, name)));
}

Result<Callback> callback_in(const net::Request& request) {
    Callback out{.state = TRY(query_text(request, "state")),
                 .cookie = {},
                 .code = TRY(query_text(request, "code")),
                 .issuer = TRY(optional_query_text(request, "iss")),
                 .error = TRY(optional_query_text(request, "error"))};
    if (auto name = Flows::cookie_of(out.state, request.secure))
        out.cookie = std::string(request.cookie(*name).value_or(""));
    return out;
}

void finish(const RouteParts& parts, const tenancy::TenantInfo& tenant, const net::Request& request,
            net::Responder respond) {
    auto provider = net::id_in_path<ProviderId>(request, "provider_id");
    if (!provider)
        return respond(std::move(provider).error());
    auto callback = callback_in(request);
    if (!callback)
        return respond(std::move(callback).error());
    const std::string cookie = Flows::cookie_of(callback->state, request.secure).value_or("");
    parts.sign_in.arrive(
        browser_of(tenant.scope, *provider, request), *std::move(callback),
        [respond = std::move(respond), secure = request.secure, cookie, scope = tenant.scope,
         audit = parts.audit, &clock = parts.sign_in.parts().clock,
         peer = std::string(request.peer)](Result<Arrival> arrival) mutable {
            if (audit && arrival && arrival->issued)
                auth::record_session(*audit, scope, arrival->issued->claims, peer);
            respond.result(std::move(arrival), [&](Arrival&& here) {
                net::Response response = arrival_response(std::move(here), secure, clock.now());
                response.headers.emplace_back("Set-Cookie", flow_cookie(cookie, "", secure));
                return response;
            });
        });
}

void exchange(const RouteParts& parts, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    struct Body {
        std::string code, verifier, device;
    };
    auto read = [&]() -> Result<Body> {
        const JsonObject body = TRY(net::json_body(request, {"code", "verifier", "device"}));
        return Body{TRY(body.string("code", 1'000)), TRY(body.string("verifier", 128)),
                    TRY(auth::device_in(body, request))};
    };
    auto body = read();
    if (!body)
        return respond(std::move(body).error());
    parts.sign_in.exchange(
        tenant.scope, body->code, body->verifier, std::move(body->device), request.deadline,
        [respond = std::move(respond), secure = request.secure, scope = tenant.scope,
         audit = parts.audit, &clock = parts.sign_in.parts().clock,
         peer = std::string(request.peer)](Result<auth::IssuedToken> issued) mutable {
            if (audit && issued)
                auth::record_session(*audit, scope, issued->claims, peer);
            respond.result(std::move(issued), [&](const auth::IssuedToken& token) {
                return auth::token_response(token, auth::Mode::bearer, secure, clock.now());
            });
        });
}

net::Handler at_host(const RouteParts& parts,
                     void (*handle)(const RouteParts&, const tenancy::TenantInfo&,
                                    const net::Request&, net::Responder)) {
    return parts.gate.for_host([parts, handle](const tenancy::TenantInfo& tenant,
                                               const net::Request& request,
                                               net::Responder respond) {
        handle(parts, tenant, request, std::move(respond));
    });
}

net::Parameter query(const char* name, const char* description, const char* schema,
                     const char* example) {
    return {.name = name,
            .in = net::Parameter::In::query,
            .description = description,
            .schema = schema,
            .example = example};
}

} // namespace

void add_flow_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr const char* text = R"({"type":"string","maxLength":4096})";
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/sign-in-methods",
         .operation = "list_sign_in_methods",
         .summary = "How people of this institution may sign in: what a sign-in page shows.",
         .handler = at_host(parts, list_methods),
         .tag = "federation",
         .credential = net::Credential::host,
         .answers = {{200, "The methods.", R"({"$ref": "#/components/schemas/SignInMethods"})"}},
         .content_etag = true});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/federation/{provider_id}/start",
         .operation = "start_federation",
         .summary = "For browsers: on to the provider, which sends them back to the callback.",
         .handler = at_host(parts, start),
         .time_limit = way_limit,
         .tag = "federation",
         .credential = net::Credential::host,
         .parameters = {provider_parameter(),
                        query("return_to",
                              "Where to go on afterwards: a path of this host, without a fragment.",
                              R"({"type":"string","maxLength":500,"pattern":"^/"})", "/"),
                        query("mode",
                              "`cookie`: the session goes into cookies. `code`: `return_to` gets "
                              "`federation_code`, for POST /v1/federation/sessions.",
                              R"({"enum":["cookie","code"]})", "cookie"),
                        query("shared_device",
                              "Others use the browser next: the session is as short as the "
                              "institution says, and its cookies end with the browser.",
                              R"({"enum":["true","false"]})", "false"),
                        query("challenge",
                              "With mode=code: the SHA-256 of the verifier that will be shown, in "
                              "base64url.",
                              R"({"type":"string","pattern":"^[A-Za-z0-9_-]{43}$"})",
                              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")},
         .answers = {
             {302, "To the provider; with a cookie that binds the way back to this browser."}}});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/federation/{provider_id}/callback",
         .operation = "finish_federation",
         .summary = "For browsers that the provider sends back: signs in, or adds the identity.",
         .handler = at_host(parts, finish),
         .time_limit = way_limit,
         .tag = "federation",
         .credential = net::Credential::host,
         .parameters = {provider_parameter(), query("state", "As it was sent along.", text, "x"),
                        query("code", "What the provider gives for the tokens.", text, "x"),
                        query("iss", "Whose answer it is (RFC 9207).", text,
                              "https://login.school.example"),
                        query("error", "Instead of a code.", text, "access_denied")},
         .answers = {{200,
                      "Signed in, by cookies; a page that goes on to `return_to`.",
                      {},
                      "text/html; charset=utf-8"},
                     {303, "On to `return_to`, with `federation_code`."},
                     {401, "What the provider said does not verify."},
                     {403, "Not begun in this browser, refused there, or nobody here."}}});
    routes.add({.method = net::Method::post,
                .path = "/v1/federation/sessions",
                .operation = "exchange_federation_code",
                .summary = "Tokens for a `federation_code`, once, within a minute.",
                .handler = at_host(parts, exchange),
                .body_bytes_limit = 4'096,
                .tag = "federation",
                .credential = net::Credential::host,
                .body = net::Body{R"({"$ref": "#/components/schemas/FederationExchange"})",
                                  exchange_example},
                .answers = {{201, "Signed in.", R"({"$ref": "#/components/schemas/AccessToken"})"},
                            {401, "The code is not good, or was used."}}});
}

} // namespace bw::federation
