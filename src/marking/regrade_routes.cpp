// Requests for another look at a grade, and what became of them. (The name ends in _routes: it sees
// HTTP.)
#include <fmt/format.h>

#include "marking/schemas.hpp"
#include "marking/shared_routes.hpp"
#include "marking/telling.hpp"

namespace bw::marking {

namespace {

using tenancy::Permission;

net::Response regrade_response(const RouteParts& parts, TenantId tenant, int status,
                               const Regrade& request) {
    JsonWriter json;
    write_regrade(json, parts, tenant, request);
    return net::Response::json(status, json.take());
}

Result<LaneWork> ask_work(const RouteParts& parts, const Principal& principal,
                          const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const JsonObject body = TRY(net::json_body(request, {"text"}));
    const std::string text = TRY(words_in(body, "text", request_bytes_limit));
    return LaneWork([&parts, principal, id, text](tenancy::Database& database,
                                                  Deadline deadline) -> Result<net::Response> {
        TRY(submissions::visible_assignment(database, principal, id, deadline));
        return database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                const Regrade asked =
                    TRY(ask_regrade(tx, id, principal.user, text, parts.clock.now(), parts.rng));
                CHECK_OK(record(parts, tx, principal, "regrade.asked", asked.id.text(), "{}"));
                return regrade_response(parts, tx.tenant(), 201, asked);
            });
    });
}

Result<LaneWork> list_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const int limit = TRY(net::page_limit(request));
    const auto after = TRY(net::time_cursor_in<RegradeId>(request));
    const std::string state = request.query_param("state").value_or("all");
    if (state != "all" && state != "open")
        return fail(Code::invalid_field, "expected open or all", "state");
    return in_taught(
        principal, id,
        [&parts, id, limit, after,
         open_only = state == "open"](tenancy::TenantTx& tx, const auto&) -> Result<net::Response> {
            const RegradePage page = TRY(list_regrades(tx, id, open_only, after, limit));
            return submissions::page_response(page, [&](JsonWriter& json, const Regrade& request) {
                write_regrade(json, parts, tx.tenant(), request);
            });
        });
}

Result<LaneWork> withdraw_work(const RouteParts& parts, const Principal& principal,
                               const net::Request& request) {
    const auto id = TRY(net::id_in_path<RegradeId>(request, "regrade_id"));
    return LaneWork([&parts, principal, id](tenancy::Database& database,
                                            Deadline deadline) -> Result<net::Response> {
        return database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                const Regrade ended =
                    TRY(withdraw_regrade(tx, id, principal.user, parts.clock.now()));
                CHECK_OK(record(parts, tx, principal, "regrade.withdrawn", id.text(), "{}"));
                return regrade_response(parts, tx.tenant(), 200, ended);
            });
    });
}

struct Decision {
    RegradeState outcome = RegradeState::upheld;
    std::string answer;
};

Result<Decision> decision_in(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"outcome", "answer"}));
    const std::string outcome = TRY(body.string("outcome", 16));
    if (outcome != "upheld" && outcome != "changed")
        return fail(Code::invalid_field, "expected upheld or changed", "/outcome");
    return Decision{outcome == "upheld" ? RegradeState::upheld : RegradeState::changed,
                    TRY(words_in(body, "answer", request_bytes_limit))};
}

Result<net::Response> decide(const RouteParts& parts, tenancy::TenantTx& tx,
                             const Principal& principal, RegradeId id, const std::string& title,
                             const Decision& decision) {
    const Instant now = parts.clock.now();
    const auto request = TRY(find_regrade(tx, id));
    const auto institution = parts.directory.by_id(tx.tenant());
    if (!request || !institution)
        return fail(Code::not_found, "there is no such request");
    const bool released = TRY(decide_regrade(tx, parts.pseudonyms, *request, decision.outcome,
                                             decision.answer, principal.user, now));
    CHECK_OK(record(
        parts, tx, principal, "regrade.decided", id.text(),
        fmt::format(R"({{"outcome":"{}","released":{}}})", wire_name(decision.outcome), released)));
    const auto ended = TRY(find_regrade(tx, id));
    if (released)
        TRY(tell_released(tx, *institution, request->assignment, title, {request->user}, parts.keys,
                          parts.clock, parts.rng));
    return regrade_response(parts, tx.tenant(), 200, ended.value_or(*request));
}

Result<LaneWork> decide_work(const RouteParts& parts, const Principal& principal,
                             const net::Request& request) {
    const auto id = TRY(net::id_in_path<RegradeId>(request, "regrade_id"));
    const Decision decision = TRY(decision_in(request));
    return LaneWork([&parts, principal, id, decision](tenancy::Database& database,
                                                      Deadline deadline) -> Result<net::Response> {
        const auto about = TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return find_regrade(tx, id);
        }));
        if (!about)
            return fail(Code::not_found, "there is no such request");
        const auto seen =
            TRY(submissions::taught_assignment(database, principal, about->assignment, deadline));
        return database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return decide(parts, tx, principal, id, seen.assignment.title, decision);
        });
    });
}

net::Parameter request_in_path() {
    return {.name = "regrade_id",
            .in = net::Parameter::In::path,
            .description = "Of the request.",
            .schema = regrade_id_schema,
            .required = true,
            .example = "rgr_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

constexpr std::string_view reference_to_request =
    R"({"$ref": "#/components/schemas/RegradeRequest"})";

} // namespace

void add_regrade_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr const char* of_assignment = "/v1/assignments/{assignment_id}/regrade-requests";
    routes.add_schema("RegradeText", regrade_text_schema);
    routes.add_schema("RegradeDecision", regrade_decision_schema);
    routes.add_schema("RegradePage", regrade_page_schema);
    auto add = [&](net::Route route, Read read, Permission permission) {
        route.handler = parts.gate.authenticated(answered(parts, read), permission);
        route.tag = "grades";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = of_assignment,
         .operation = "list_regrade_requests",
         .summary = "What students ask about their grades, in the order in which it came (the "
                    "section's teachers).",
         .parameters = {submissions::assignment_in_path(),
                        net::limit_parameter,
                        net::cursor_parameter,
                        {.name = "state",
                         .description = "Only those that wait, or all.",
                         .schema = R"({"enum": ["open", "all"], "default": "all"})",
                         .example = "open"}},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/RegradePage"})"}}},
        list_work, Permission::marking_write);
    add({.method = net::Method::post,
         .path = of_assignment,
         .operation = "ask_regrade",
         .summary = "Ask that one's own grade be looked at again: once for each, while the "
                    "assignment allows it.",
         .body_bytes_limit = 3 * request_bytes_limit,
         .parameters = {submissions::assignment_in_path()},
         .body = net::Body{R"({"$ref": "#/components/schemas/RegradeText"})", regrade_text_example},
         .answers = {{201, "Asked.", reference_to_request}}},
        ask_work, Permission::regrades_write);
    add({.method = net::Method::post,
         .path = "/v1/regrade-requests/{regrade_id}/withdrawal",
         .operation = "withdraw_regrade",
         .summary = "Take one's own request back.",
         .parameters = {request_in_path()},
         .answers = {{200, "Withdrawn.", reference_to_request}}},
        withdraw_work, Permission::regrades_write);
    add({.method = net::Method::post,
         .path = "/v1/regrade-requests/{regrade_id}/decision",
         .operation = "decide_regrade",
         .summary =
             "Uphold the grade, or release the changed result, with an answer to the student "
             "(the section's teachers).",
         .body_bytes_limit = 3 * request_bytes_limit,
         .parameters = {request_in_path()},
         .body = net::Body{R"({"$ref": "#/components/schemas/RegradeDecision"})",
                           regrade_decision_example},
         .answers = {{200, "Decided.", reference_to_request}}},
        decide_work, Permission::marking_write);
}

} // namespace bw::marking
