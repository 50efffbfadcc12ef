// One's own password: changed, asked for by mail, chosen with a link or a code; what the
// institution asks of it. (The name ends in _routes: it sees HTTP.)
#include "accounts/schemas.hpp"
#include "accounts/shared_routes.hpp"
#include "audit/audit.hpp"
#include "auth/session_routes.hpp"
#include "net/json_body.hpp"
#include "telemetry/log.hpp"

namespace bw::accounts {

namespace {

constexpr std::size_t username_bytes_limit = 255, address_bytes_limit = 254, token_bytes_limit = 64,
                      code_bytes_limit = 40;
constexpr Duration patience = 10s, limit = 20s; // as a sign-in's: there may be a queue of them

Deadline patient(const net::Request& request) {
    return Deadline(std::min(request.deadline.at(), request.received + patience));
}

// ---- change ----

struct ChangeBody {
    SecretText current, next;
    std::string device;
    auth::Mode mode;
};
Result<ChangeBody> change_body(const net::Request& request) {
    const JsonObject body =
        TRY(net::json_body(request, {"current_password", "new_password", "device", "mode"}));
    return ChangeBody{TRY(body.string("current_password", auth::password_bytes_limit)),
                      TRY(body.string("new_password", auth::password_bytes_limit)),
                      TRY(auth::device_in(body, request)),
                      body.has("mode") || request.header("authorization") ? TRY(auth::mode_in(body))
                                                                          : auth::Mode::cookie};
}

/// The session that goes on in place of the one that the change has ended.
void begin_session(const RouteParts& parts, const tenancy::TenantScope& scope,
                   const Changed& changed, ChangeBody body, bool secure, Deadline deadline,
                   net::Responder respond) {
    auth::Holder holder{.user = changed.person,
                        .roles = changed.roles,
                        .session = parts.sessions.issuer.new_session(),
                        .epoch = changed.epoch};
    if (changed.shared_until) // the new one goes no further
        holder.shared_for = *changed.shared_until - parts.sessions.clock.now();
    auth::begin_session(parts.sessions, scope, holder, std::move(body.device), deadline,
                        [&parts, respond = std::move(respond), secure, mode = body.mode,
                         epoch = changed.epoch](Result<auth::IssuedToken> issued) mutable {
                            if (!issued) // changed all the same: whoever signs in again is in
                                return respond(std::move(issued).error());
                            const Clock& clock = parts.desk.parts().clock;
                            // The feed's callback is copied, a responder is not.
                            auto shared = std::make_shared<net::Responder>(std::move(respond));
                            parts.feed.when_confirmed(
                                epoch, Deadline::in(clock, tenancy::confirm_limit),
                                [shared, issued = *std::move(issued), secure, mode, &clock](bool) {
                                    (*shared)(
                                        auth::token_response(issued, mode, secure, clock.now()));
                                });
                        });
}

void change_password(const RouteParts& parts, const tenancy::Principal& principal,
                     const net::Request& request, net::Responder respond) {
    auto body = change_body(request);
    if (!body)
        return respond(std::move(body).error());
    const auto tenant = parts.directory.by_id(principal.scope.tenant());
    if (!tenant)
        return respond(fail(Code::not_found, "there is no such institution"));
    parts.hashing.submit(
        principal.scope.tenant(), patient(request),
        [&parts, principal, place = parts.origins.of(*tenant), body = *std::move(body),
         secure = request.secure, deadline = request.deadline,
         respond = std::move(respond)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            if (auto fresh = parts.feed.require_fresh(); !fresh)
                return respond(std::move(fresh).error());
            auto changed = parts.desk.change(**turn, place, principal.user, principal.session,
                                             body.current.text(), body.next.text(), deadline);
            if (!changed)
                return respond(std::move(changed).error());
            begin_session(parts, principal.scope, *changed, std::move(body), secure, deadline,
                          std::move(respond));
        },
        request.trace);
}

// ---- asked for by mail ----

Result<PasswordDesk::Asked> asked_body(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"username", "email"}));
    if (body.has("username") == body.has("email"))
        return fail(Code::invalid_field, "send either `username` or `email`",
                    body.has("email") ? "/email" : "/username");
    if (body.has("username"))
        return PasswordDesk::Asked{TRY(body.string("username", username_bytes_limit)), {}};
    return PasswordDesk::Asked{{}, TRY(body.string("email", address_bytes_limit))};
}

/// The same answer after the same work, whoever was named; what is done for those who exist comes
/// after it, so that no time tells. It promises nothing: who gets no mail asks again.
void ask_reset(const RouteParts& parts, const tenancy::TenantInfo& tenant,
               const net::Request& request, net::Responder respond) {
    auto asked = asked_body(request);
    if (!asked)
        return respond(std::move(asked).error());
    parts.lane.submit(
        tenant.scope.tenant(), request.deadline,
        [&parts, place = parts.origins.of(tenant), asked = *std::move(asked),
         deadline = request.deadline,
         respond = std::move(respond)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            auto persons = parts.desk.asked_for(**turn, place, asked, deadline);
            if (!persons)
                return respond(std::move(persons).error());
            respond(net::Response{202, "", "", {}});
            for (const Person& person : *persons)
                if (auto sent = parts.desk.send_reset(**turn, place, person, deadline); !sent)
                    log::warn("reset_not_sent", {{"tenant", place.scope.tenant().text()},
                                                 {"error", sent.error().text()}});
        },
        request.trace);
}

// ---- chosen with a link or a code ----

struct ChoiceBody {
    Bearer bearer;
    SecretText next;
};
Result<ChoiceBody> choice_body(const net::Request& request) {
    const JsonObject body =
        TRY(net::json_body(request, {"token", "username", "code", "new_password"}));
    Bearer bearer;
    if (body.has("token")) {
        if (body.has("username") || body.has("code"))
            return fail(Code::invalid_field, "send `token`, or `username` and `code`", "/token");
        bearer.token = TRY(body.string("token", token_bytes_limit));
        if (!is_link_token(bearer.token.text()))
            return fail(Code::invalid_field, "expected the link's token, whole and unchanged",
                        "/token");
    } else {
        bearer.username = TRY(body.string("username", username_bytes_limit));
        const auto code = read_code(TRY(body.string("code", code_bytes_limit)));
        if (!code)
            return fail(Code::invalid_field,
                        "a code has 6 or 10 letters and digits; there is no 0, 1, A, E, I, L, O, U "
                        "or V in any",
                        "/code");
        bearer.code = *code;
    }
    return ChoiceBody{std::move(bearer),
                      TRY(body.string("new_password", auth::password_bytes_limit))};
}

void choose_password(const RouteParts& parts, const tenancy::TenantInfo& tenant,
                     const net::Request& request, net::Responder respond) {
    auto body = choice_body(request);
    if (!body)
        return respond(std::move(body).error());
    answer_on(parts, parts.hashing, tenant.scope.tenant(), request, std::move(respond),
              [&parts, place = parts.origins.of(tenant), body = *std::move(body)](
                  tenancy::Database& database, Deadline deadline) -> Result<Done> {
                  const Changed changed = TRY(
                      parts.desk.choose(database, place, body.bearer, body.next.text(), deadline));
                  return Done{net::Response{204, "", "", {}}, changed.epoch};
              });
}

// ---- the policy ----

net::Response policy_response(const PasswordPolicy& policy) {
    JsonWriter json;
    json.object()
        .member("staff_chars_min", policy.staff_chars_min)
        .member("student_chars_min", policy.student_chars_min)
        .member("shared_device_minutes", policy.shared_device_minutes)
        .end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(policy.version) + "\"");
    return response;
}

Result<Work> read_policy(const RouteParts&, const Caller& caller, const net::Request&) {
    return Work([scope = caller.principal.scope](tenancy::Database& database,
                                                 Deadline deadline) -> Result<Done> {
        return Done{policy_response(TRY(database.run(
            scope, deadline, [](tenancy::TenantTx& tx) { return password_policy(tx); })))};
    });
}

/// Each is set if it is named.
Result<PasswordPolicy> with_changes(PasswordPolicy policy, const JsonObject& body) {
    auto set = [&](const char* name, std::int32_t& value, std::int32_t min,
                   std::int32_t max) -> Result<void> {
        if (body.has(name))
            value = static_cast<std::int32_t>(TRY(body.integer(name, min, max)));
        return {};
    };
    CHECK_OK(set("staff_chars_min", policy.staff_chars_min, staff_chars_floor, chars_min_max));
    CHECK_OK(
        set("student_chars_min", policy.student_chars_min, student_chars_floor, chars_min_max));
    CHECK_OK(set("shared_device_minutes", policy.shared_device_minutes, shared_device_minutes_min,
                 shared_device_minutes_max));
    return policy;
}

Result<Work> change_policy(const RouteParts& parts, const Caller& caller,
                           const net::Request& request) {
    const std::int64_t version = TRY(version_in_if_match(request));
    JsonObject body = TRY(
        net::json_body(request, {"staff_chars_min", "student_chars_min", "shared_device_minutes"}));
    TRY(with_changes({}, body)); // what is wrong is said before the database is asked
    return Work([&parts, principal = caller.principal, version, body = std::move(body)](
                    tenancy::Database& database, Deadline deadline) -> Result<Done> {
        return Done{policy_response(TRY(database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<PasswordPolicy> {
                PasswordPolicy policy = TRY(with_changes(TRY(password_policy(tx)), body));
                policy.version = version;
                policy.version =
                    TRY(set_password_policy(tx, policy, parts.desk.parts().clock.now()));
                JsonWriter details;
                details.object()
                    .member("staff_chars_min", policy.staff_chars_min)
                    .member("student_chars_min", policy.student_chars_min)
                    .member("shared_device_minutes", policy.shared_device_minutes)
                    .end();
                const std::string by = principal.user.text();
                CHECK_OK(audit::record(tx, {by, "password_policy.changed", "", details.text()},
                                       parts.desk.parts().clock, parts.desk.parts().rng));
                return policy;
            })))};
    });
}

} // namespace

void add_password_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("PasswordChange", password_change_schema);
    routes.add_schema("PasswordResetRequest", password_reset_schema);
    routes.add_schema("PasswordChoice", password_choice_schema);
    routes.add_schema("PasswordPolicy", password_policy_schema);
    routes.add_schema("PasswordPolicyChange", password_policy_change_schema);
    routes.add({.method = net::Method::put,
                .path = "/v1/me/password",
                .operation = "change_password",
                .summary =
                    "Change one's own password. It ends all of the caller's sessions, everywhere, "
                    "and begins a new one here: the answer has its tokens.",
                .handler = parts.gate.authenticated([&parts](const tenancy::Principal& principal,
                                                             const net::Request& request,
                                                             net::Responder respond) {
                    change_password(parts, principal, request, std::move(respond));
                }),
                .body_bytes_limit = 8 * 1024,
                .time_limit = limit,
                .tag = "passwords",
                .credential = net::Credential::access_token,
                .body = net::Body{R"({"$ref": "#/components/schemas/PasswordChange"})",
                                  password_change_example},
                .answers = {{201, "Changed, and a new session.",
                             R"({"$ref": "#/components/schemas/AccessToken"})"}}});
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/password-resets",
         .operation = "ask_password_reset",
         .summary = "Have a link sent to the mail address that the roster has for a person. The "
                    "answer is the same whether there is such a person, or an address.",
         .handler =
             parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
                                          const net::Request& request, net::Responder respond) {
                 ask_reset(parts, tenant, request, std::move(respond));
             }),
         .body_bytes_limit = 2 * 1024,
         .tag = "passwords",
         .credential = net::Credential::host,
         .body = net::Body{R"({"$ref": "#/components/schemas/PasswordResetRequest"})",
                           password_reset_example},
         .answers = {{202, "If there is an address to send it to, a link is sent. At most three an "
                           "hour for one name."}}});
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/passwords",
         .operation = "choose_password",
         .summary =
             "Choose a password with a link's token, or with one's name and a code (a card's "
             "or a class's). It ends all of the person's sessions, and uses the link or code "
             "up.",
         .handler =
             parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
                                          const net::Request& request, net::Responder respond) {
                 choose_password(parts, tenant, request, std::move(respond));
             }),
         .body_bytes_limit = 8 * 1024,
         .time_limit = limit,
         .tag = "passwords",
         .credential = net::Credential::host,
         .body = net::Body{R"({"$ref": "#/components/schemas/PasswordChoice"})",
                           password_choice_example},
         .answers = {{204, "Chosen: sign in with it."},
                     {403,
                      "The link or code does not count, or not for this name, or not any more; "
                      "which one is not said."}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/password-policy",
                .operation = "get_password_policy",
                .summary = "What the institution asks of passwords.",
                .handler = parts.gate.authenticated(answered(parts, read_policy, Changes::nothing)),
                .tag = "passwords",
                .credential = net::Credential::access_token,
                .answers = {{200, "The policy, and its `ETag`.",
                             R"({"$ref": "#/components/schemas/PasswordPolicy"})"}}});
    routes.add(
        {.method = net::Method::patch,
         .path = "/v1/password-policy",
         .operation = "change_password_policy",
         .summary = "Set what the institution asks of passwords (administrators). Passwords "
                    "that there are stay as they are.",
         .handler = parts.gate.authenticated(answered(parts, change_policy, Changes::something),
                                             tenancy::Permission::credentials_write),
         .body_bytes_limit = 1024,
         .tag = "passwords",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "If-Match",
                         .in = net::Parameter::In::header,
                         .description = "The ETag that the change is based on.",
                         .schema = R"({"type":"string","pattern":"^\"[0-9]{1,18}\"$"})",
                         .required = true,
                         .example = "\"0\""}},
         .body = net::Body{R"({"$ref": "#/components/schemas/PasswordPolicyChange"})",
                           password_policy_example},
         .answers = {{200, "Set; with the new `ETag`.",
                      R"({"$ref": "#/components/schemas/PasswordPolicy"})"}}});
}

} // namespace bw::accounts
