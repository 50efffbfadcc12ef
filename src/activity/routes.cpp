#include "activity/routes.hpp"

#include "activity/policy.hpp"
#include "activity/schemas.hpp"
#include "activity/sent.hpp"
#include "audit/audit.hpp"
#include "base/json.hpp"
#include "net/json_body.hpp"
#include "net/media_type.hpp"
#include "net/resource_request.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::activity {

namespace {

using tenancy::Principal;
using tenancy::Work;

net::Response taken_response(const Taken& taken) {
    JsonWriter json;
    json.object().member("taken", taken.activities).member("kept", taken.kept).end();
    return net::Response::json(202, json.take());
}

void take(Intake& intake, const Principal& principal, const net::Request& request,
          net::Responder respond) {
    if (auto json = net::check_is_json(request); !json)
        return respond(std::move(json).error());
    auto activities = read_sent(request.body);
    if (!activities)
        return respond(std::move(activities).error());
    intake.accept(principal.scope.tenant(), principal.user, *std::move(activities),
                  request.received, [respond = std::move(respond)](Result<Taken> taken) mutable {
                      if (!taken)
                          return respond(std::move(taken).error());
                      respond.on_loop([taken = *taken] { return taken_response(taken); });
                  });
}

net::Response policy_response(const Policy& policy) {
    JsonWriter json;
    json.object().member("kept", policy.kept).end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(policy.version) + "\"");
    return response;
}

Result<Work> get_policy_work(const Principal& principal, const net::Request&) {
    return Work([scope = principal.scope](tenancy::Database& database, Deadline deadline) {
        return database.run(scope, deadline, [](tenancy::TenantTx& tx) -> Result<net::Response> {
            return policy_response(TRY(read_policy(tx)));
        });
    });
}

Result<Work> change_policy_work(const Principal& principal, const net::Request& request,
                                const Clock& clock, Rng& rng) {
    Policy policy{.version = TRY(net::version_in_if_match(request))};
    policy.kept = TRY(TRY(net::json_body(request, {"kept"})).boolean("kept"));
    return Work([principal, policy, &clock, &rng](tenancy::Database& database, Deadline deadline) {
        return database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                const Policy now = TRY(change_policy(tx, policy, clock.now()));
                const std::string by = principal.user.text();
                CHECK_OK(audit::record(tx,
                                       {by, "activity_policy.changed", "",
                                        now.kept ? R"({"kept":true})" : R"({"kept":false})"},
                                       clock, rng));
                return policy_response(now);
            });
    });
}

} // namespace

void add_intake_routes(net::RouteTable& routes, const tenancy::Gate& gate, Intake& intake) {
    routes.add_schema("Activity", activity_schema);
    routes.add_schema("ActivityBatch", batch_schema);
    routes.add_schema("TakenActivities", taken_schema);
    routes.add(
        {.method = net::Method::post,
         .path = std::string(intake_path),
         .operation = "send_activity",
         .summary = "Say what the signed-in person opened, for reports of engagement.",
         .handler =
             gate.authenticated([&intake](const Principal& principal, const net::Request& request,
                                          net::Responder respond) {
                 take(intake, principal, request, std::move(respond));
             }),
         .body_bytes_limit = body_bytes_limit,
         .tag = "activity",
         .credential = net::Credential::access_token,
         .body = net::Body{R"({"$ref": "#/components/schemas/ActivityBatch"})", batch_example},
         .answers = {{202, "Durable. Sent again, each counts once.",
                      R"({"$ref": "#/components/schemas/TakenActivities"})"}}});
}

void add_policy_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                       tenancy::DatabaseLane& lane, const Clock& clock, Rng& rng) {
    constexpr std::string_view reference = R"({"$ref": "#/components/schemas/ActivityPolicy"})";
    routes.add_schema("ActivityPolicy", policy_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/activity-policy",
                .operation = "get_activity_policy",
                .summary = "Does the institution want page views and openings kept? Its ETag is "
                           "needed to change it.",
                .handler = gate.authenticated(tenancy::answered_on(lane, get_policy_work),
                                              tenancy::Role::administrator),
                .tag = "activity",
                .credential = net::Credential::access_token,
                .answers = {{200, "The policy, and its `ETag`.", reference}}});
    auto change = [&clock, &rng](const Principal& principal, const net::Request& request) {
        return change_policy_work(principal, request, clock, rng);
    };
    routes.add(
        {.method = net::Method::put,
         .path = "/v1/activity-policy",
         .operation = "change_activity_policy",
         .summary = "Say whether page views and openings are kept (administrators).",
         .handler =
             gate.authenticated(tenancy::answered_on(lane, change), tenancy::Role::administrator),
         .body_bytes_limit = 1024,
         .tag = "activity",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "If-Match",
                         .in = net::Parameter::In::header,
                         .description = "The ETag that the change is based on.",
                         .schema = R"({"type": "string", "pattern": "^\"[0-9]+\"$"})",
                         .required = true,
                         .example = "\"0\""}},
         .body = net::Body{R"({"$ref": "#/components/schemas/ActivityPolicy"})", policy_example},
         .answers = {{200, "Changed; with the new `ETag`.", reference}}});
}

} // namespace bw::activity
