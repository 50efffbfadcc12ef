// /v1/me/identities: who the caller is at providers.
#include "federation/schemas.hpp"
#include "federation/shared_routes.hpp"

namespace bw::federation {

namespace {

using tenancy::Principal;

Result<Work> list_work(const Principal& principal, const net::Request&) {
    return Work(
        [principal](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const auto identities =
                TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
                    return identities_of(tx, principal.user);
                }));
            JsonWriter json;
            json.object().key("data").array();
            for (const Identity& identity : identities)
                json.object()
                    .member("identity_id", identity.id.text())
                    .member("provider_id", identity.provider.text())
                    .member("provider_name", identity.provider_name)
                    .member("subject", identity.subject)
                    .member("linked_by", identity.linked_by)
                    .member("linked_at", to_rfc3339(identity.linked_at))
                    .end();
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> unlink_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const SignInParts& with = parts.sign_in.parts();
    const auto id = IdentityId::parse(request.path_param("identity_id"));
    if (!id)
        return fail(Code::not_found, "you have no such identity");
    return Work([&with, &feed = parts.feed, principal,
                 id](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        CHECK_OK(feed.require_fresh());
        CHECK_OK(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return unlink(tx, principal.user, *id, with.clock, with.rng);
        }));
        return net::Response{.status = 204, .content_type = ""};
    });
}

/// The session is looked at first; then the browser may leave for the provider.
void link(const RouteParts& parts, const Principal& principal, const net::Request& request,
          net::Responder respond) {
    struct Body {
        ProviderId provider;
        std::string return_to = "/";
    };
    auto read = [&]() -> Result<Body> {
        const JsonObject json = TRY(net::json_body(request, {"provider_id", "return_to"}));
        const auto provider = ProviderId::parse(TRY(json.string("provider_id", 64)));
        if (!provider)
            return fail(Code::invalid_field, "expected an id such as idp_0192f3c4...",
                        "/provider_id");
        Body out{*provider};
        if (json.has("return_to"))
            out.return_to = TRY(json.string("return_to", 500));
        if (auto good = check_return_to(out.return_to); !good)
            return fail(Code::invalid_field, good.error().detail, "/return_to");
        return out;
    };
    auto body = read();
    if (!body)
        return respond(std::move(body).error());
    Flow flow{.tenant = principal.scope.tenant(),
              .provider = body->provider,
              .purpose = Purpose::link,
              .return_to = body->return_to,
              .user = principal.user,
              .session = principal.session};
    const Browser browser{.scope = principal.scope,
                          .provider = body->provider,
                          .origin = origin_of(request),
                          .secure = request.secure,
                          .deadline = request.deadline};
    auto depart = [&sign_in = parts.sign_in, browser, flow](net::Responder answer) {
        sign_in.depart(browser, flow,
                       [answer = std::move(answer),
                        secure = browser.secure](Result<Departure> departure) mutable {
                           answer.result(std::move(departure), [&](const Departure& away) {
                               JsonWriter json;
                               json.object().member("authorization_url", away.location).end();
                               net::Response response = net::Response::json(201, json.take());
                               response.compressible = false;
                               response.headers.emplace_back(
                                   "Set-Cookie",
                                   flow_cookie(away.cookie_name, away.cookie_value, secure));
                               return response;
                           });
                       });
    };
    parts.lane.submit(
        principal.scope.tenant(), request.deadline,
        [depart, &feed = parts.feed, principal, deadline = request.deadline,
         &clock = parts.sign_in.parts().clock,
         respond = std::move(respond)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            if (auto heard = feed.require_fresh(); !heard)
                return respond(std::move(heard).error());
            auto fresh = (*turn)->run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
                return auth::check_fresh(tx, principal.user, principal.session,
                                         clock.now() - auth::proof_age_max);
            });
            if (!fresh)
                return respond(std::move(fresh).error());
            depart(std::move(respond));
        },
        request.trace);
}

} // namespace

void add_identity_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add({.method = net::Method::get,
                .path = "/v1/me/identities",
                .operation = "list_identities",
                .summary = "Who the caller is at identity providers.",
                .handler = parts.gate.authenticated(answered_on(parts.lane, list_work)),
                .tag = "federation",
                .credential = net::Credential::access_token,
                .answers = {
                    {200, "The identities.", R"({"$ref": "#/components/schemas/IdentityList"})"}}});
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/me/identities",
         .operation = "link_identity",
         .summary =
             "Begin to add an identity: send the browser that called to `authorization_url`. "
             "The session must have begun less than ten minutes ago.",
         .handler =
             parts.gate.authenticated([parts](const Principal& principal,
                                              const net::Request& request, net::Responder respond) {
                 link(parts, principal, request, std::move(respond));
             }),
         .body_bytes_limit = 2'048,
         .time_limit = 20s,
         .tag = "federation",
         .credential = net::Credential::access_token,
         .body =
             net::Body{R"({"$ref": "#/components/schemas/IdentityLink"})", identity_link_example},
         .answers = {{201, "Go there; with a cookie that binds the way back to this browser.",
                      R"({"$ref": "#/components/schemas/Departure"})"},
                     {404, "There is no such provider."}}});
    routes.add({.method = net::Method::del,
                .path = "/v1/me/identities/{identity_id}",
                .operation = "unlink_identity",
                .summary = "Take an identity away from the caller's account.",
                .handler = parts.gate.authenticated(
                    answered_on(parts.lane,
                                [parts](const Principal& principal, const net::Request& request) {
                                    return unlink_work(parts, principal, request);
                                })),
                .tag = "federation",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "identity_id",
                                .in = net::Parameter::In::path,
                                .description = "The identity.",
                                .schema = R"({"type":"string","pattern":"^idn_[0-9a-f]{32}$"})",
                                .required = true,
                                .example = "idn_0192f3c4a5b67c8d9e0f112233445566"}},
                .answers = {{204, "Taken away."}, {409, "It is the only way in."}}});
}

} // namespace bw::federation
