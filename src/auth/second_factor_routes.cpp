#include "auth/second_factor_routes.hpp"

#include "audit/audit.hpp"
#include "auth/second_factor_schemas.hpp"
#include "auth/session_routes.hpp"
#include "net/json_body.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::auth {

namespace {

using tenancy::answered_on, tenancy::Principal, tenancy::Work;

constexpr std::size_t challenge_bytes_limit = 512;

/// What an authenticator app shows the account under: the institution's address.
std::string issuer_of(const net::Request& request) {
    const std::string_view host = request.header("host").value_or("");
    return std::string(host.substr(0, std::min(host.find(':'), std::size_t{255})));
}

Result<std::string> code_in(const JsonObject& body) {
    return body.string("code", SecondFactors::code_bytes_limit);
}

// ---- the second half of a sign-in ----

void finish(const RouteParts& parts, const tenancy::TenantInfo& tenant, const net::Request& request,
            net::Responder respond) {
    SecondFactorAttempt attempt;
    auto read = [&]() -> Result<Mode> {
        const JsonObject body =
            TRY(net::json_body(request, {"challenge", "code", "device", "mode"}));
        attempt = {.challenge = TRY(body.string("challenge", challenge_bytes_limit)),
                   .code = TRY(code_in(body)),
                   .device = TRY(device_in(body, request))};
        return mode_in(body);
    }();
    if (!read)
        return respond(std::move(read).error());
    parts.second_factor.finish(
        tenant.scope, std::move(attempt), request.deadline,
        [respond = std::move(respond), secure = request.secure, mode = *read, audit = parts.audit,
         &clock = parts.clock, scope = tenant.scope,
         peer = std::string(request.peer)](Result<SecondFactorPassed> outcome) mutable {
            if (audit && outcome)
                record_session(*audit, scope, outcome->issued.claims, peer);
            respond.result(std::move(outcome), [&](const SecondFactorPassed& passed) {
                return token_response(passed.issued, mode, secure, clock.now(),
                                      passed.recovery_codes);
            });
        },
        request.trace);
}

net::Response enrolment_response(const Enrolment& enrolment) {
    JsonWriter json;
    json.object().member("secret", enrolment.secret).member("otpauth_uri", enrolment.uri).end();
    net::Response response = net::Response::json(201, json.take());
    response.compressible = false;
    return response;
}

void enrol_by_challenge(const RouteParts& parts, const tenancy::TenantInfo& tenant,
                        const net::Request& request, net::Responder respond) {
    auto challenge = [&]() -> Result<std::string> {
        const JsonObject body = TRY(net::json_body(request, {"challenge"}));
        return body.string("challenge", challenge_bytes_limit);
    }();
    if (!challenge)
        return respond(std::move(challenge).error());
    tenancy::answer_on(parts.lane, tenant.scope.tenant(), request, std::move(respond),
                       [&service = parts.second_factor, scope = tenant.scope,
                        challenge = *challenge,
                        issuer = issuer_of(request)](tenancy::Database& database,
                                                     Deadline deadline) -> Result<net::Response> {
                           return enrolment_response(
                               TRY(service.enrol(database, scope, challenge, issuer, deadline)));
                       });
}

// ---- one's own ----

Result<Work> status_work(const RouteParts& parts, const Principal& principal, const net::Request&) {
    return Work([&factors = parts.factors, principal](tenancy::Database& database,
                                                      Deadline deadline) -> Result<net::Response> {
        const FactorStatus status =
            TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
                return factors.status(tx, principal.user);
            }));
        JsonWriter json;
        json.object().member("state", status.confirmed_at ? "confirmed"
                                      : status.begun      ? "begun"
                                                          : "none");
        if (status.confirmed_at)
            json.member("confirmed_at", to_rfc3339(*status.confirmed_at));
        json.member("recovery_codes_left", status.recovery_codes).end();
        return net::Response::json(200, json.take());
    });
}

/// A token that was stolen, or has ended unheard, is not enough to change what guards the account.
Result<void> check_proof(const RouteParts& parts, tenancy::TenantTx& tx,
                         const Principal& principal) {
    CHECK_OK(parts.feed.require_fresh());
    return check_fresh(tx, principal.user, principal.session, parts.clock.now() - proof_age_max);
}

Result<Work> enrol_work(const RouteParts& parts, const Principal& principal,
                        const net::Request& request) {
    return Work([parts, principal, issuer = issuer_of(request)](
                    tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        return enrolment_response(TRY(database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Enrolment> {
                CHECK_OK(check_proof(parts, tx, principal));
                return parts.factors.begin(tx, principal.user, issuer);
            })));
    });
}

/// Runs `check` with the code in the request, under the limit that sign-in's codes are under too,
/// counted apart for this session. nullopt of `check`: the code was wrong.
template <class Check>
Result<Work> code_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request, Check check) {
    const JsonObject body = TRY(net::json_body(request, {"code"}));
    return Work([parts, principal, code = TRY(code_in(body)),
                 check](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        const Guess guess{.account = parts.guards.accounts.of_second_factor(
                              principal.scope.tenant(), principal.user),
                          .device = principal.session.uuid};
        CHECK_OK(parts.guards.guesses.admit(guess, parts.clock.monotonic()));
        GuessUnderWay under_way(parts.guards.guesses, guess);
        auto outcome =
            database.run(principal.scope, deadline,
                         [&](tenancy::TenantTx& tx) -> Result<std::optional<net::Response>> {
                             CHECK_OK(check_proof(parts, tx, principal));
                             return check(tx, principal.user, code);
                         });
        if (outcome && !*outcome) {
            under_way.failed(principal.scope, parts.clock.monotonic());
            ++parts.guards.second_factors_failed;
            return fail(Code::invalid_field,
                        "the code is wrong, or was used before; each counts once", "/code");
        }
        if (!outcome)
            return std::move(outcome).error();
        return **std::move(outcome);
    });
}

Result<Work> confirm_work(const RouteParts& parts, const Principal& principal,
                          const net::Request& request) {
    auto confirm = [parts](tenancy::TenantTx& tx, UserId user,
                           const std::string& code) -> Result<std::optional<net::Response>> {
        const auto codes = TRY(parts.factors.confirm(tx, user, code));
        if (!codes)
            return std::optional<net::Response>();
        const std::string by = user.text();
        CHECK_OK(
            audit::record(tx, {by, "second_factor.confirmed", by, "{}"}, parts.clock, parts.rng));
        JsonWriter json;
        json.object().key("recovery_codes").array();
        for (const std::string& recovery : *codes)
            json.value(recovery);
        json.end().end();
        net::Response response = net::Response::json(201, json.take());
        response.compressible = false;
        return std::optional(std::move(response));
    };
    return code_work(parts, principal, request, confirm);
}

Result<Work> remove_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    auto remove = [parts](tenancy::TenantTx& tx, UserId user,
                          const std::string& code) -> Result<std::optional<net::Response>> {
        if (TRY(parts.factors.use(tx, user, code)) == CodeCheck::wrong)
            return std::optional<net::Response>();
        TRY(SecondFactors::remove(tx, user));
        const std::string by = user.text();
        CHECK_OK(
            audit::record(tx, {by, "second_factor.removed", by, "{}"}, parts.clock, parts.rng));
        return std::optional(net::Response{.status = 204});
    };
    return code_work(parts, principal, request, remove);
}

} // namespace

void add_second_factor_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view enrolment =
        R"({"$ref": "#/components/schemas/SecondFactorEnrolment"})";
    routes.add_schema("SecondFactor", second_factor_schema);
    routes.add_schema("SecondFactorCode", code_schema);
    routes.add_schema("SecondFactorSignIn", second_factor_sign_in_schema);
    routes.add_schema("SecondFactorChallenge", challenge_schema);
    routes.add_schema("SecondFactorEnrolment", enrolment_schema);
    routes.add_schema("RecoveryCodes", recovery_codes_schema);
    auto of_host = [&](auto handle) {
        return parts.gate.for_host([parts, handle](const tenancy::TenantInfo& tenant,
                                                   const net::Request& request,
                                                   net::Responder respond) {
            handle(parts, tenant, request, std::move(respond));
        });
    };
    auto of_staff = [&](auto read) {
        return parts.gate.authenticated(
            answered_on(parts.lane,
                        [parts, read](const Principal& principal, const net::Request& request) {
                            return read(parts, principal, request);
                        }),
            tenancy::staff);
    };
    auto add = [&](net::Route route) {
        route.tag = "sign-in";
        routes.add(std::move(route));
    };
    const net::Body code{R"({"$ref": "#/components/schemas/SecondFactorCode"})", code_example};
    add({.method = net::Method::post,
         .path = "/v1/sessions/second-factor",
         .operation = "finish_sign_in",
         .summary = "The second half of a sign-in that answered `second_factor_required`.",
         .handler = of_host(finish),
         .body_bytes_limit = 4096,
         .credential = net::Credential::host,
         .body = net::Body{R"({"$ref": "#/components/schemas/SecondFactorSignIn"})",
                           second_factor_sign_in_example},
         .answers = {{201, "Signed in.", R"({"$ref": "#/components/schemas/AccessToken"})"},
                     {401, "The challenge does not count any more, or the code is wrong."},
                     {409, "There is no second factor to show a code of."},
                     {429, "Over a quota; or `sign_in_delayed`: too many codes were wrong."}}});
    add({.method = net::Method::post,
         .path = "/v1/sessions/second-factor/enrolment",
         .operation = "enrol_at_sign_in",
         .summary =
             "A second factor for who must have one and has none: the secret that the second "
             "half of the sign-in then wants a code of.",
         .handler = of_host(enrol_by_challenge),
         .body_bytes_limit = 4096,
         .credential = net::Credential::host,
         .body = net::Body{R"({"$ref": "#/components/schemas/SecondFactorChallenge"})",
                           challenge_example},
         .answers = {{201, "The secret.", enrolment},
                     {401, "The challenge does not count any more."},
                     {403, "There is a second factor already."}}});
    add({.method = net::Method::get,
         .path = "/v1/me/second-factor",
         .operation = "get_second_factor",
         .summary = "Whether the caller has a second factor (staff).",
         .handler = of_staff(status_work),
         .credential = net::Credential::access_token,
         .answers = {{200, "The state.", R"({"$ref": "#/components/schemas/SecondFactor"})"}}});
    add({.method = net::Method::post,
         .path = "/v1/me/second-factor",
         .operation = "begin_second_factor",
         .summary = "A secret for an authenticator app; it counts once a code of it was shown. "
                    "The session must have begun less than ten minutes ago.",
         .handler = of_staff(enrol_work),
         .credential = net::Credential::access_token,
         .answers = {{201, "The secret.", enrolment},
                     {409, "There is a second factor already; remove it first."}}});
    add({.method = net::Method::post,
         .path = "/v1/me/second-factor/confirmation",
         .operation = "confirm_second_factor",
         .summary = "Show a code of the secret: sign-ins want one from now on. The session must "
                    "have begun less than ten minutes ago.",
         .handler = of_staff(confirm_work),
         .body_bytes_limit = 4096,
         .credential = net::Credential::access_token,
         .body = code,
         .answers = {{201, "It counts.", R"({"$ref": "#/components/schemas/RecoveryCodes"})"},
                     {409, "There is nothing to confirm."}}});
    add({.method = net::Method::post,
         .path = "/v1/me/second-factor/removal",
         .operation = "remove_second_factor",
         .summary = "Do without it again, by a code of it or a recovery code. The session must "
                    "have begun less than ten minutes ago.",
         .handler = of_staff(remove_work),
         .body_bytes_limit = 4096,
         .credential = net::Credential::access_token,
         .body = code,
         .answers = {{204, "Removed."}, {409, "There is none."}}});
}

} // namespace bw::auth
