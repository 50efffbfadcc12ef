#include "app/storm_report_routes.hpp"

#include "base/json.hpp"
#include "net/resource_request.hpp"
#include "storm/report_store.hpp"
#include "tenancy/operator_work.hpp"

namespace bw::app {

namespace {

using tenancy::Operator;
using tenancy::Work;

constexpr int list_limit = 100; // each is read

constexpr std::string_view list_schema = R"({
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "storm": {"type": ["string", "null"], "description": "The scenario, such as `deadline` or `signin`."},
                "started_at": {"type": ["string", "null"], "format": "date-time"},
                "users": {"type": ["integer", "null"], "description": "How many took part."},
                "ok": {"type": ["boolean", "null"], "description": "All was as it should be."},
                "size_bytes": {"type": "integer"},
                "damaged": {"type": ["string", "null"], "description": "Why it cannot be shown; then all else is null. Null: it can."}
            },
            "required": ["id", "storm", "started_at", "users", "ok", "size_bytes", "damaged"]
        }},
        "reports": {"type": "integer", "description": "How many are kept, counted up to 10,000."},
        "missing": {"type": ["string", "null"], "description": "Why there are none: nobody has kept one here."}
    },
    "required": ["data", "reports", "missing"]
})";

constexpr std::string_view report_schema = R"({
    "type": "object",
    "description": "The report as the storm wrote it: beside these its figures, which differ from scenario to scenario.",
    "properties": {
        "storm": {"type": "string"},
        "started_at": {"type": "string", "format": "date-time"},
        "users": {"type": "integer"},
        "ok": {"type": "boolean"},
        "plots": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "title": {"type": "string"},
                "unit": {"type": "string", "description": "Empty: a number."},
                "logarithmic": {"type": "boolean", "description": "Best shown so."},
                "lines": {"type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "values": {"type": "array", "items": {"type": ["number", "null"]},
                            "description": "One a second, from the start; null: nothing was measured."}
                    },
                    "required": ["name", "values"]
                }}
            },
            "required": ["title", "unit", "logarithmic", "lines"]
        }},
        "marks": {"type": "array", "description": "What happened meanwhile.", "items": {
            "type": "object",
            "properties": {"second": {"type": "number"}, "what": {"type": "string"}},
            "required": ["second", "what"]
        }}
    },
    "required": ["storm", "started_at", "users", "ok", "plots", "marks"],
    "additionalProperties": true
})";

void write_report(JsonWriter& json, const storm::StoredReport& report) {
    json.object().member("id", report.id);
    auto member = [&](const char* name, auto value) {
        json.key(name);
        report.head ? json.value(value) : json.null();
    };
    const storm::ReportHead head = report.head.value_or(storm::ReportHead{});
    member("storm", head.storm);
    member("started_at", to_rfc3339(head.started_at));
    member("users", head.users);
    member("ok", head.ok);
    json.member("size_bytes", report.bytes).key("damaged");
    report.head ? json.null() : json.value(report.damage);
    json.end();
}

Result<Work> list_work(const std::filesystem::path& directory, const net::Request& request) {
    const int limit = std::min(TRY(net::page_limit(request)), list_limit);
    return Work([directory, limit](tenancy::Database&, Deadline) -> Result<net::Response> {
        const auto found = storm::stored_reports(directory, static_cast<std::size_t>(limit));
        JsonWriter json;
        json.object().key("data").array();
        if (found)
            for (const storm::StoredReport& report : found->items)
                write_report(json, report);
        json.end().member("reports", found ? found->all : 0).key("missing");
        if (found && found->all > 0)
            json.null();
        else
            json.value("no report was kept: 'bellwether storm SCENARIO --store DIRECTORY' keeps "
                       "one where --storm-reports looks");
        json.end();
        return net::Response::json(200, json.take());
    });
}

Result<Work> get_work(const std::filesystem::path& directory, const net::Request& request) {
    const std::string id(request.path_param("report_id"));
    if (!storm::is_report_id(id)) // no such thing can exist, so it does not
        return fail(Code::not_found, "there is no such report");
    return Work([directory, id](tenancy::Database&, Deadline) -> Result<net::Response> {
        auto report = storm::stored_report(directory, id);
        if (!report && report.error().code == Code::corrupt)
            return fail(Code::conflict, "the report is damaged: " + report.error().detail);
        return net::Response::json(200, TRY(std::move(report)));
    });
}

constexpr net::Parameter report_parameter{
    .name = "report_id",
    .in = net::Parameter::In::path,
    .description = "Of the report, as the list names it.",
    .schema = R"({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"})",
    .required = true,
    .example = "deadline-20261130T021636123Z"};

} // namespace

void add_storm_report_routes(net::RouteTable& routes, const StormReportRouteParts& parts) {
    routes.add_schema("StormReportList", list_schema);
    routes.add_schema("StormReport", report_schema);
    auto add = [&](net::Route route, auto read) {
        route.tag = "operator";
        route.credential = net::Credential::operator_token;
        route.handler = tenancy::answered_for_operator(
            parts.gate, parts.lane,
            [directory = parts.directory, read](const Operator&, const net::Request& request) {
                return read(directory, request);
            });
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/operator/storm-reports",
         .operation = "list_storm_reports",
         .summary =
             "Kept reports of storms, the newest first, 100 at most; a damaged one says why.",
         .handler = {},
         .parameters = {net::limit_parameter},
         .answers = {{200, "The reports, and how many there are.",
                      R"({"$ref": "#/components/schemas/StormReportList"})"}}},
        list_work);
    add({.method = net::Method::get,
         .path = "/v1/operator/storm-reports/{report_id}",
         .operation = "get_storm_report",
         .summary = "One report with what there is to plot.",
         .handler = {},
         .parameters = {report_parameter},
         .answers = {{200, "The report.", R"({"$ref": "#/components/schemas/StormReport"})"}}},
        get_work);
}

} // namespace bw::app
