#include "auth/policy_routes.hpp"

#include "audit/audit.hpp"
#include "auth/policy.hpp"
#include "base/json.hpp"
#include "net/etag.hpp"
#include "net/json_body.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::auth {

namespace {

using tenancy::answered_on, tenancy::Principal, tenancy::Work;

constexpr std::string_view policy_schema = R"({
    "type": "object",
    "required": ["staff_second_factor"],
    "properties": {
        "staff_second_factor": {"enum": ["optional", "required"],
            "description": "Must teachers and administrators sign in with a second factor? Whoever has none yet makes one at the next sign-in."}
    }
})";

constexpr std::string_view policy_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "staff_second_factor": {"enum": ["optional", "required"]}
    }
})";

constexpr std::string_view policy_change_example = R"({"staff_second_factor": "optional"})";

std::string tag_of(const SignInPolicy& policy) {
    return net::strong_etag(std::to_string(policy.version));
}

net::Response policy_response(const SignInPolicy& policy) {
    JsonWriter json;
    json.object()
        .member("staff_second_factor", policy.staff_second_factor ? "required" : "optional")
        .end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", tag_of(policy));
    return response;
}

/// `policy` with what the body says.
Result<SignInPolicy> merged(const net::Request& request, SignInPolicy policy) {
    const JsonObject body = TRY(net::json_body(request, {"staff_second_factor"}));
    if (body.has("staff_second_factor")) {
        const std::string said = TRY(body.string("staff_second_factor", 16));
        if (said != "optional" && said != "required")
            return fail(Code::invalid_field, "expected \"optional\" or \"required\"",
                        "/staff_second_factor");
        policy.staff_second_factor = said == "required";
    }
    return policy;
}

Result<Work> read_work(const Principal& principal, const net::Request&) {
    return Work(
        [principal](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            return policy_response(TRY(database.run(principal.scope, deadline, read_policy)));
        });
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    TRY(merged(request, {})); // a bad body costs no database
    return Work([parts, principal, &request](tenancy::Database& database,
                                             Deadline deadline) -> Result<net::Response> {
        CHECK_OK(parts.feed.require_fresh());
        auto change = [&](tenancy::TenantTx& tx) -> Result<SignInPolicy> {
            const SignInPolicy seen = TRY(read_policy(tx));
            CHECK_OK(net::check_if_match(request, tag_of(seen)));
            SignInPolicy wanted = TRY(merged(request, seen));
            wanted.version = TRY(change_policy(tx, wanted, parts.clock.now()));
            CHECK_OK(audit::record(tx,
                                   {principal.user.text(), "sign_in_policy.changed",
                                    principal.scope.tenant().text(), policy_response(wanted).body},
                                   parts.clock, parts.rng));
            return wanted;
        };
        return policy_response(TRY(database.run(principal.scope, deadline, change)));
    });
}

} // namespace

void add_policy_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view reference = R"({"$ref": "#/components/schemas/SignInPolicy"})";
    constexpr auto permission = tenancy::Permission::sign_in_policy;
    routes.add_schema("SignInPolicy", policy_schema);
    routes.add_schema("SignInPolicyChange", policy_change_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/sign-in-policy",
                .operation = "get_sign_in_policy",
                .summary = "What the institution asks of its people when they sign in "
                           "(administrators); its ETag is needed to change it.",
                .handler = parts.gate.authenticated(answered_on(parts.lane, read_work), permission),
                .tag = "sign-in",
                .credential = net::Credential::access_token,
                .answers = {{200, "The policy, and its `ETag`.", reference}}});
    auto change = [parts](const Principal& principal, const net::Request& request) {
        return change_work(parts, principal, request);
    };
    routes.add(
        {.method = net::Method::patch,
         .path = "/v1/sign-in-policy",
         .operation = "change_sign_in_policy",
         .summary = "Change it; what is left out stays. It counts for sign-ins from then on.",
         .handler = parts.gate.authenticated(answered_on(parts.lane, change), permission),
         .body_bytes_limit = 4096,
         .tag = "sign-in",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "If-Match",
                         .in = net::Parameter::In::header,
                         .description = "The ETag of the policy that was read.",
                         .schema = R"({"type":"string","pattern":"^\"[0-9]+\"$"})",
                         .required = true,
                         .example = "\"0\""}},
         .body = net::Body{R"({"$ref": "#/components/schemas/SignInPolicyChange"})",
                           policy_change_example},
         .answers = {{200, "As it is now, and its `ETag`.", reference}}});
}

} // namespace bw::auth
