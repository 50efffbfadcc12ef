#include "app/wall_routes.hpp"

#include "tenancy/lane_work.hpp"

namespace bw::app {

namespace {

constexpr std::string_view walls_schema = R"({
    "type": "object",
    "required": ["as_of", "said", "nearest", "walls"],
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "said": {"type": "string", "description": "One sentence for people."},
        "nearest": {"type": ["string", "null"], "description": "The wall that is near or reached; null: none is, as far as is known."},
        "walls": {"type": "array", "description": "The nearest first; those of which nothing is known last.", "items": {
            "type": "object",
            "required": ["wall", "standing", "headroom", "growth_a_week", "reached_at", "limits"],
            "properties": {
                "wall": {"type": "string", "description": "sign-in, deadline, tenancy, reports."},
                "standing": {"enum": ["unknown", "far", "near", "reached"], "description": "near: less than twice the expected peak can be done, or growth reaches it within four weeks; unknown: capacity or forecast is not known."},
                "headroom": {"type": ["number", "null"], "description": "Capacity over the forecast's peak, of the first limit."},
                "growth_a_week": {"type": ["number", "null"], "description": "Of the peak, relative; null: fewer than three weeks are known."},
                "reached_at": {"type": ["string", "null"], "format": "date-time", "description": "When that growth uses up the headroom; null: not foreseeable."},
                "limits": {"type": "array", "description": "The one with the least headroom first.", "items": {
                    "type": "object",
                    "required": ["limit", "unit", "capacity", "peak", "remedy", "evidence"],
                    "properties": {
                        "limit": {"type": "string"},
                        "unit": {"type": "string", "description": "Of capacity and peak."},
                        "capacity": {"type": ["number", "null"], "description": "Of this process: measured (hashes, syncs, the lanes' turns) or from a bench (processors; the evidence says which). null: it has no part in it, or too little was seen."},
                        "peak": {"type": ["number", "null"], "description": "Expected in the busiest minute of the week to come (of reports: the busiest of this week and the last); null: it is not known."},
                        "remedy": {"type": "string", "description": "What to do when it is near."},
                        "evidence": {"type": "array", "items": {
                            "type": "object",
                            "required": ["what", "value", "unit"],
                            "properties": {
                                "what": {"type": "string"},
                                "value": {"type": ["number", "null"]},
                                "unit": {"type": "string"}
                            }
                        }}
                    }
                }}
            }
        }}
    }
})";

void answer(tenancy::DatabaseLane& lane, WallReadings& readings, const net::Request& request,
            net::Responder respond) {
    const TenantId nobody{}; // operators share one turn
    tenancy::answer_on(lane, nobody, request, std::move(respond),
                       [&readings](tenancy::Database&, Deadline) -> Result<net::Response> {
                           return net::Response::json(200, readings.json());
                       });
}

} // namespace

void add_wall_route(net::RouteTable& routes, const tenancy::Gate& gate, tenancy::DatabaseLane& lane,
                    WallReadings& readings) {
    routes.add_schema("Walls", walls_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/ops/walls",
                .operation = "get_walls",
                .summary =
                    "Which limit of this process the school day reaches first: capacity over "
                    "the forecast's peak, the evidence, when growth reaches it, what to do.",
                .handler = gate.for_operator([&lane, &readings](const tenancy::Operator&,
                                                                const net::Request& request,
                                                                net::Responder respond) {
                    answer(lane, readings, request, std::move(respond));
                }),
                .tag = "operator",
                .credential = net::Credential::operator_token,
                .answers = {{200, "The walls.", R"({"$ref": "#/components/schemas/Walls"})"}}});
}

void add_admin_wall_route(net::RouteTable& routes, tenancy::DatabaseLane& lane,
                          WallReadings& readings) {
    routes.add({.method = net::Method::get,
                .path = "/walls",
                .operation = "get_walls_here",
                .summary = "The same as the operator API's.",
                .handler = [&lane, &readings](const net::Request& request, net::Responder respond) {
                    answer(lane, readings, request, std::move(respond));
                }});
}

} // namespace bw::app
