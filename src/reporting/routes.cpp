#include "reporting/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/json.hpp"
#include "reporting/asked.hpp"
#include "reporting/people.hpp"
#include "reporting/schemas.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::reporting {

namespace {

using tenancy::Principal, tenancy::Role, tenancy::Work;

/// Whoever passes a request on waits for longer: a report's own answer, that it took too long, says
/// more than that none came.
constexpr Duration time_limit = 10s, time_limit_elsewhere = 12s;

bool may_read(const Report& report, const Principal& principal) {
    return report.readers.any_of(principal.roles);
}

// ---- what is told ----

void write(JsonWriter& json, Kind kind, const columnar::Value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
        json.null();
    } else if (const auto* id = std::get_if<Uuid>(&value)) {
        json.value(fmt::format("{}_{}", id_prefix(kind), to_hex(view(*id))));
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        json.value(*number);
    } else if (const auto* real = std::get_if<double>(&value)) {
        json.value(std::round(*real * 100) / 100);
    } else if (const auto* yes = std::get_if<bool>(&value)) {
        json.value(*yes);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        json.value(*text);
    } else if (const auto* at = std::get_if<columnar::Micros>(&value)) {
        json.value(to_rfc3339({at->value / 1000}));
    } else if (const auto* day = std::get_if<columnar::Day>(&value)) {
        json.value(to_rfc3339({std::int64_t{day->value} * 86'400'000}).substr(0, 10));
    } else {
        json.null();
    }
}

void write_columns(JsonWriter& json, const Report& report) {
    json.key("columns").array();
    for (const ReportColumn& column : report.columns)
        json.object()
            .member("name", column.name)
            .member("kind", wire_name(column.kind))
            .member("about", column.about)
            .end();
    json.end();
}

net::Response list_response(const Principal& principal) {
    JsonWriter json;
    json.object().key("data").array();
    for (const Report& report : catalogue()) {
        if (!may_read(report, principal))
            continue;
        json.object()
            .member("report_id", report.id)
            .member("title", report.title)
            .member("about", report.about)
            .member("made_from", report.from_rollups ? "rollups" : "rows")
            .key("parameters")
            .array();
        for (const ReportParameter& parameter : report.parameters)
            json.object()
                .member("name", parameter.name)
                .member("kind", wire_name(parameter.kind))
                .member("required", parameter.required)
                .member("about", parameter.about)
                .end();
        json.end();
        write_columns(json, report);
        json.end();
    }
    json.end().end();
    return net::Response::json(200, json.take());
}

net::Response report_response(const Report& report, const ReportAnswer& answer,
                              const std::vector<PersonName>& people, Instant now) {
    const Duration lag = std::max(now - answer.as_of, Duration::zero());
    const double lag_seconds =
        std::chrono::duration<double>(std::chrono::duration_cast<std::chrono::milliseconds>(lag))
            .count();
    JsonWriter json;
    json.object()
        .member("report_id", report.id)
        .member("title", report.title)
        .member("as_of", to_rfc3339(answer.as_of))
        .member("lag_seconds", lag_seconds)
        .member("stale", lag > stale_after)
        .member("truncated", answer.result.truncated)
        .member("suppressed", answer.result.suppressed);
    write_columns(json, report);
    json.key("rows").array();
    for (const auto& row : answer.result.rows) {
        json.array();
        for (std::size_t i = 0; i < row.size(); ++i)
            write(json, report.columns[i].kind, row[i]);
        json.end();
    }
    json.end().key("people").object();
    for (const PersonName& person : people)
        json.key(person.user.text())
            .object()
            .member("given_name", person.given)
            .member("family_name", person.family)
            .end();
    json.end().end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back(as_of_header, to_rfc3339(answer.as_of));
    response.headers.emplace_back(lag_header, fmt::format("{:.3f}", lag_seconds));
    return response;
}

/// The users of the lines, each once.
std::vector<Uuid> users_in(const Report& report, const ReportRows& result) {
    std::set<Uuid> users;
    for (std::size_t i = 0; i < report.columns.size(); ++i)
        if (report.columns[i].kind == Kind::user)
            for (const auto& row : result.rows)
                if (const auto* id = std::get_if<Uuid>(&row[i]))
                    users.insert(*id);
    return {users.begin(), users.end()};
}

// ---- what each route does ----

/// One transaction before the report and one after it: none is open while the store works.
Result<net::Response> run(const RouteParts& parts, const Principal& principal,
                          const ReportRequest& asked, tenancy::Database& database,
                          Deadline deadline) {
    const ReportRequest request =
        TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
            return placed(asked, principal.user, principal.roles.has(Role::administrator),
                          parts.clock.now(), tx);
        }));
    const auto answer = TRY(parts.desk.run(request, deadline));
    const auto users = users_in(*request.report, answer->result);
    std::vector<PersonName> people;
    if (!users.empty())
        people = TRY(database.run(principal.scope, deadline,
                                  [&](tenancy::TenantTx& tx) { return names_of(tx, users); }));
    return report_response(*request.report, *answer, people, parts.clock.now());
}

std::vector<net::Parameter> report_parameters() {
    return {{.name = "report",
             .in = net::Parameter::In::path,
             .description = "Of the list.",
             .schema = report_id_schema,
             .required = true,
             .example = "marking_backlog"},
            {.name = "section",
             .description = "Of which class, where the report takes one.",
             .schema = section_schema},
            {.name = "assignment",
             .description = "Of which assignment, where the report takes one.",
             .schema = assignment_schema},
            {.name = "from",
             .description = "The first day, where the report takes one.",
             .schema = day_schema},
            {.name = "until",
             .description = "The last day, where the report takes one.",
             .schema = day_schema}};
}

/// What it does not take was meant for something.
Result<void> check_taken(const net::Request& request, const Report& report) {
    for (const net::Parameter& known : report_parameters())
        if (known.in == net::Parameter::In::query && request.query_param(known.name) &&
            std::ranges::find(report.parameters, known.name, &ReportParameter::name) ==
                report.parameters.end())
            return fail(Code::invalid_field, "this report takes no such argument",
                        std::string(known.name));
    return {};
}

Result<Work> report_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const Report* report = find_report(request.path_param("report"));
    if (report == nullptr)
        return fail(Code::not_found, "there is no such report; GET /v1/reports lists them");
    if (!may_read(*report, principal))
        return fail(Code::forbidden, "this report is not for your roles");
    CHECK_OK(check_taken(request, *report));
    const auto said = [&](std::string_view parameter) { return request.query_param(parameter); };
    ReportRequest asked{report, TRY(arguments_from(*report, said)), principal.scope.tenant(),
                        std::nullopt};
    return Work([&parts, principal, asked](tenancy::Database& database, Deadline deadline) {
        return run(parts, principal, asked, database, deadline);
    });
}

void add_documented(net::RouteTable& routes, Duration within, net::Handler list,
                    net::Handler report) {
    routes.add({.method = net::Method::get,
                .path = "/v1/reports",
                .operation = "list_reports",
                .summary = "The reports that the caller may read, with what each takes and gives",
                .handler = std::move(list),
                .time_limit = within,
                .tag = tag,
                .credential = net::Credential::access_token,
                .answers = {{200, "The reports.", report_list_schema}}});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/reports/{report}",
         .operation = "get_report",
         .summary = "A report: its lines, and as of when they are so",
         .handler = std::move(report),
         .time_limit = within,
         .tag = tag,
         .credential = net::Credential::access_token,
         .parameters = report_parameters(),
         .answers = {{200, "The report. Report-As-Of and Report-Lag (seconds) say how fresh it is.",
                      report_schema}}});
}

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_documented(
        routes, time_limit,
        parts.gate.authenticated([](const Principal& principal, const net::Request&,
                                    net::Responder respond) { respond(list_response(principal)); },
                                 tenancy::staff),
        parts.gate.authenticated(
            tenancy::answered_on(parts.lane,
                                 [&parts](const Principal& principal, const net::Request& request) {
                                     return report_work(parts, principal, request);
                                 }),
            tenancy::staff));
}

void add_routes_elsewhere(net::RouteTable& routes, const tenancy::Gate& gate,
                          const net::Handler& pass_on) {
    // Whoever may read none is sent away here already; the process that has them asks again.
    const net::Handler handler = gate.authenticated(
        [pass_on](const Principal&, const net::Request& request, net::Responder respond) {
            pass_on(request, std::move(respond));
        },
        tenancy::staff);
    add_documented(routes, time_limit_elsewhere, handler, handler);
}

} // namespace bw::reporting
