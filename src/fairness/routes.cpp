#include "fairness/routes.hpp"

#include "fairness/outages_sql.hpp"
#include "fairness/schemas.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/operator_work.hpp"

namespace bw::fairness {

namespace {

using tenancy::Principal;
using tenancy::Role;
using tenancy::Work;

constexpr std::size_t reason_bytes_limit = 500;
constexpr std::int32_t shown_limit = 200;
constexpr Duration silent_limit = 30s;

// ---- an institution's ----

void write_span(JsonWriter& json, const pg::Rows& rows, int row) {
    json.object()
        .member("outage_id", rows.id<OutageId>(row, 0).text())
        .member("service", rows.text(row, 1))
        .key("reason");
    const auto reason = rows.optional_text(row, 2);
    reason ? json.value(*reason) : json.null();
    json.member("began_at", to_rfc3339(rows.instant(row, 3)))
        .member("ended_at", to_rfc3339(rows.instant(row, 4)));
}

net::Response list_response(const pg::Rows& rows, int limit) {
    JsonWriter json;
    json.object().key("data").array();
    const int shown = std::min(rows.count(), limit);
    for (int row = 0; row < shown; ++row) {
        write_span(json, rows, row);
        json.key("given_back_at");
        rows.is_null(row, 5) ? json.null() : json.value(to_rfc3339(rows.instant(row, 5)));
        json.member("section_extensions", rows.int8(row, 6))
            .member("student_extensions", rows.int8(row, 7))
            .end();
    }
    json.end().key("next");
    if (rows.count() > limit)
        json.value(net::time_cursor<OutageId>(
            {rows.instant(shown - 1, 4), rows.id<OutageId>(shown - 1, 0)}));
    else
        json.null();
    json.end();
    return net::Response::json(200, json.take());
}

Result<Work> list_work(const Principal& principal, const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    const auto after = TRY(net::time_cursor_in<OutageId>(request));
    pg::Params params;
    after ? params.instant(after->first).id(after->second) : params.null().null();
    params.int8(limit + 1);
    return Work([principal, params, limit](tenancy::Database& database,
                                           Deadline deadline) -> Result<net::Response> {
        return list_response(
            TRY(database.fetch(principal.scope, deadline, sql::list_outages, params)), limit);
    });
}

// ---- operators' ----

Result<net::Response> all_outages(tenancy::Database& database, Deadline deadline) {
    pg::Params params;
    params.int4(shown_limit);
    const auto answers =
        TRY(database.run_batch({}, {{sql::watched, {}}, {sql::latest_outages, params}}, deadline));
    const pg::Rows &services = answers[0], &outages = answers[1];
    JsonWriter json;
    json.object().key("services").array();
    for (int row = 0; row < services.count(); ++row)
        json.object()
            .member("service", services.text(row, 0))
            .member("works_until", to_rfc3339(services.instant(row, 1)))
            .member("works", services.instant(row, 2) - services.instant(row, 1) <= silent_limit)
            .end();
    json.end().key("data").array();
    for (int row = 0; row < outages.count(); ++row) {
        write_span(json, outages, row);
        json.member("final", outages.boolean(row, 5))
            .member("settled", outages.boolean(row, 6))
            .end();
    }
    json.end().end();
    return net::Response::json(200, json.take());
}

struct Declared {
    OutageId id;
    Instant began_at, ended_at;
    std::string reason;
};

Result<Instant> instant_in(const JsonObject& body, const char* name) {
    auto at = from_rfc3339(TRY(body.string(name, 64)));
    if (!at)
        return fail(Code::invalid_field, "expected an RFC 3339 date-time with its offset",
                    std::string("/") + name);
    return *at;
}

Result<Declared> declared_in(const net::Request& request, const OperatorRouteParts& parts) {
    const JsonObject body = TRY(net::json_body(request, {"began_at", "ended_at", "reason"}));
    Declared out{.id = OutageId::make(parts.clock.now(), parts.rng),
                 .began_at = TRY(instant_in(body, "began_at")),
                 .ended_at = TRY(instant_in(body, "ended_at")),
                 .reason = TRY(body.string("reason", reason_bytes_limit))};
    if (out.began_at >= out.ended_at)
        return fail(Code::invalid_field, "an outage ends after its begin", "/ended_at");
    return out;
}

Result<net::Response> declare(tenancy::Database& database, const Declared& outage,
                              const std::string& actor, Deadline deadline) {
    pg::Params params;
    params.id(outage.id)
        .instant(outage.began_at)
        .instant(outage.ended_at)
        .text(outage.reason)
        .text(actor);
    const auto answers = TRY(database.run_batch({}, {{sql::declare, params}}, deadline));
    const std::string_view outcome = answers.front().text(0, 0);
    if (outcome == "future")
        return fail(Code::invalid_field, "declare an outage when it is over", "/ended_at");
    if (outcome == "old")
        return fail(Code::invalid_field, "this ended more than 30 days ago", "/ended_at");
    if (outcome == "long")
        return fail(Code::invalid_field,
                    "this is more than 7 days; declare it in parts, if it was so long",
                    "/began_at");
    JsonWriter json;
    json.object()
        .member("outage_id", outage.id.text())
        .member("service", "declared")
        .member("reason", outage.reason)
        .member("began_at", to_rfc3339(outage.began_at))
        .member("ended_at", to_rfc3339(outage.ended_at))
        .member("final", true)
        .member("settled", false)
        .end();
    return net::Response::json(201, json.take());
}

} // namespace

void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane) {
    routes.add_schema("OutageList", outage_list_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/outages",
         .operation = "list_outages",
         .summary = "When the platform was away, and what was given back for it (staff).",
         .handler = gate.authenticated(tenancy::answered_on(lane, list_work),
                                       tenancy::Roles(Role::teacher).with(Role::administrator)),
         .tag = "outages",
         .credential = net::Credential::access_token,
         .parameters = {net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page of them; each extension names its outage.",
                      R"({"$ref": "#/components/schemas/OutageList"})"}}});
}

void add_operator_routes(net::RouteTable& routes, const OperatorRouteParts& parts) {
    routes.add_schema("OperatorOutage", operator_outage_schema);
    routes.add_schema("OperatorOutageList", operator_outage_list_schema);
    routes.add_schema("NewOutage", new_outage_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/operator/outages",
                .operation = "list_all_outages",
                .summary = "Which services work, and when none did.",
                .handler = tenancy::answered_for_operator(
                    parts.gate, parts.lane,
                    [](const tenancy::Operator&, const net::Request&) -> Result<Work> {
                        return Work(all_outages);
                    }),
                .tag = "operator",
                .credential = net::Credential::operator_token,
                .answers = {{200, "Services, and outages.",
                             R"({"$ref": "#/components/schemas/OperatorOutageList"})"}}});
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/operator/outages",
         .operation = "declare_outage",
         .summary = "Something in front of us was away, or one of more than a day is to be given "
                    "back: every institution is given the time.",
         .handler = tenancy::answered_for_operator(
             parts.gate, parts.lane,
             [parts](const tenancy::Operator& who, const net::Request& request) -> Result<Work> {
                 return Work([outage = TRY(declared_in(request, parts)),
                              actor = who.actor()](tenancy::Database& database, Deadline deadline) {
                     return declare(database, outage, actor, deadline);
                 });
             }),
         .body_bytes_limit = 4096,
         .tag = "operator",
         .credential = net::Credential::operator_token,
         .body = net::Body{R"({"$ref": "#/components/schemas/NewOutage"})", new_outage_example},
         .answers = {{201, "Declared; it is settled within seconds.",
                      R"({"$ref": "#/components/schemas/OperatorOutage"})"}}});
}

} // namespace bw::fairness
