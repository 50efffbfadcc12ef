#include "exports/routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "exports/report_exports.hpp"
#include "exports/schemas.hpp"
#include "files/serving_routes.hpp"
#include "forecast/school.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "reporting/asked.hpp"
#include "submissions/shared_routes.hpp"
#include "tenancy/route_work.hpp"

namespace bw::exports {

namespace {

using tenancy::answered, tenancy::in_transaction;
using tenancy::Principal, tenancy::Role, tenancy::Work;

constexpr const char* all_path = "/v1/report-exports";
constexpr const char* one_path = "/v1/report-exports/{export_id}";
constexpr std::size_t arguments_bytes_limit = 2'048;
constexpr std::string_view reference = R"({"$ref": "#/components/schemas/ReportExport"})";

Result<ExportId> export_in(const net::Request& request) {
    return net::id_in_path<ExportId>(request, "export_id");
}

Error no_such_export() {
    return fail(Code::not_found, "there is no such export of yours");
}

std::string path_of(ExportId id) {
    return std::string(all_path) + "/" + id.text() + "/file";
}

// ---- showing ----

template <class T, class Write>
void write_optional(JsonWriter& json, const char* name, const std::optional<T>& value,
                    Write&& write) {
    json.key(name);
    value ? json.value(write(*value)) : json.null();
}

std::optional<double> progress_of(const ReportExport& of) {
    if (of.state == State::completed || of.state == State::expired)
        return 1.0;
    if (!of.rows_total || !of.rows_done)
        return std::nullopt;
    return *of.rows_total == 0
               ? 0.0
               : static_cast<double>(*of.rows_done) / static_cast<double>(*of.rows_total);
}

double seconds(Duration d) {
    return std::chrono::duration<double>(std::chrono::duration_cast<std::chrono::milliseconds>(d))
        .count();
}

void write_export(JsonWriter& json, const ReportExport& of) {
    const reporting::Report* report = reporting::find_report(of.wanted.report);
    const auto as_is = [](const auto& value) { return value; };
    json.object()
        .member("export_id", of.id.text())
        .member("report_id", of.wanted.report)
        .member("title", report == nullptr ? of.wanted.report : report->title)
        .member("format", wire_name(of.wanted.form))
        .key("arguments")
        .raw(of.wanted.arguments)
        .member("when", of.wanted.quiet ? "quiet" : "now")
        .member("state", wire_name(of.state));
    write_optional(json, "not_before", of.not_before, to_rfc3339);
    write_optional(json, "progress", progress_of(of), as_is);
    write_optional(json, "rows", of.sha256 ? of.rows_done : std::nullopt, as_is);
    write_optional(json, "bytes", of.bytes, as_is);
    write_optional(json, "sha256", of.sha256,
                   [](const Sha256& hash) { return to_hex(view(hash)); });
    write_optional(json, "as_of", of.as_of, to_rfc3339);
    write_optional(json, "lag_seconds", of.lag, seconds);
    write_optional(json, "stale", of.stale, as_is);
    json.key("error");
    if (of.error_code.empty())
        json.null();
    else
        json.object().member("code", of.error_code).member("detail", of.error_detail).end();
    json.member("created_at", to_rfc3339(of.created_at));
    write_optional(json, "finished_at", of.finished_at, to_rfc3339);
    write_optional(json, "expires_at", of.expires_at, to_rfc3339);
    json.end();
}

net::Response export_response(int status, const ReportExport& of) {
    JsonWriter json;
    write_export(json, of);
    return net::Response::json(status, json.take());
}

/// As it stands; not_found unless it is the caller's.
Result<ReportExport> own(tenancy::TenantTx& tx, const Principal& principal, ExportId id,
                         Instant now) {
    auto found = TRY(find(tx, id, principal.user, now));
    if (!found)
        return no_such_export();
    return *std::move(found);
}

// ---- asking ----

struct NewExport {
    Wanted wanted;
    reporting::ReportRequest request; // whose classes it is about is checked when it is asked
    std::string key;
};

Result<NewExport> new_export_in(const Principal& principal, const net::Request& request) {
    const std::string key = TRY(submissions::idempotency_key(request));
    const JsonObject body = TRY(net::json_body(request, {"report", "format", "arguments", "when"}));
    const reporting::Report* report = reporting::find_report(TRY(body.string("report", 64)));
    if (report == nullptr)
        return fail(Code::invalid_field, "there is no such report; GET /v1/reports lists them",
                    "/report");
    if (!report->readers.any_of(principal.roles))
        return fail(Code::forbidden, "this report is not for your roles");
    const auto form = form_from(TRY(body.string("format", 16)));
    if (!form)
        return fail(Code::invalid_field, "expected csv, parquet or xlsx", "/format");
    const std::string when = body.has("when") ? TRY(body.string("when", 16)) : "now";
    if (when != "now" && when != "quiet")
        return fail(Code::invalid_field, "expected now or quiet", "/when");
    const std::string said =
        body.has("arguments") ? TRY(body.structure("arguments", arguments_bytes_limit)) : "{}";
    NewExport out{.wanted = {.report = report->id,
                             .arguments = {},
                             .form = *form,
                             .whole = principal.roles.has(Role::administrator),
                             .quiet = when == "quiet"},
                  .request = {report, TRY(reporting::arguments_from_json(*report, said)),
                              principal.scope.tenant(), std::nullopt},
                  .key = key};
    out.wanted.arguments = reporting::arguments_json(*report, out.request.arguments);
    return out;
}

/// Without a forecast: three at night.
Instant quiet_moment(const RouteParts& parts, TenantId tenant, Instant now) {
    if (const auto moment = parts.quiet(now))
        return *moment;
    const auto info = parts.directory.by_id(tenant);
    const auto zone = timetable::Zone::find(info ? info->zone : "UTC");
    return zone ? forecast::day_at(*zone, now).until() : now;
}

Result<Work> ask_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const NewExport wanted = TRY(new_export_in(principal, request));
    return in_transaction(
        parts, principal,
        [&parts, principal, wanted](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            auto placed =
                reporting::placed(wanted.request, principal.user, wanted.wanted.whole, now, tx);
            if (!placed) {
                Error error = std::move(placed).error();
                if (!error.field.empty())
                    error.field = "/arguments/" + error.field;
                return error;
            }
            std::optional<Instant> not_before;
            if (wanted.wanted.quiet)
                not_before = quiet_moment(parts, tx.tenant(), now);
            const Asked asked = TRY(ask(tx, principal.user, wanted.key, wanted.wanted, not_before,
                                        parts.clock, parts.rng));
            net::Response response = export_response(202, TRY(own(tx, principal, asked.id, now)));
            response.headers.emplace_back("Location",
                                          std::string(all_path) + "/" + asked.id.text());
            if (asked.again)
                response.headers.emplace_back("Idempotency-Replayed", "true");
            return response;
        });
}

// ---- looking ----

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    const auto after = TRY(net::time_cursor_in<ExportId>(request));
    return in_transaction(
        parts, principal,
        [principal, limit, after](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            return submissions::page_response(TRY(list(tx, principal.user, after, limit, now)),
                                              write_export);
        });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const ExportId id = TRY(export_in(request));
    return in_transaction(
        parts, principal,
        [principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            return export_response(200, TRY(own(tx, principal, id, now)));
        });
}

// ---- deciding ----

Result<Work> cancel_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const ExportId id = TRY(export_in(request));
    return in_transaction(
        parts, principal,
        [principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const ReportExport found = TRY(own(tx, principal, id, now));
            if (!TRY(cancel(tx, id, principal.user, now)))
                return fail(Code::conflict, fmt::format("it is {}; nothing is left to cancel",
                                                        wire_name(found.state)));
            return export_response(200, TRY(own(tx, principal, id, now)));
        });
}

Result<Work> remove_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const ExportId id = TRY(export_in(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            TRY(own(tx, principal, id, now));
            if (!TRY(remove(tx, id, principal.user, parts.clock, parts.rng)))
                return fail(Code::conflict, "it has not ended; cancel it first");
            return net::Response{204, "", "", {}};
        });
}

// ---- the file ----

/// May the caller have it today? They read what the report's readers read, and no more than then.
bool may_fetch(const ReportExport& of, const Principal& principal) {
    const reporting::Report* report = reporting::find_report(of.wanted.report);
    return report != nullptr && report->readers.any_of(principal.roles) &&
           (!of.wanted.whole || principal.roles.has(Role::administrator));
}

Result<Work> link_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const ExportId id = TRY(export_in(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const ReportExport found = TRY(own(tx, principal, id, now));
            if (!may_fetch(found, principal))
                return fail(Code::forbidden, "this report is not for your roles any more");
            if (found.state != State::completed)
                return fail(Code::conflict,
                            fmt::format("it is {}, so there is no file", wire_name(found.state)));
            CHECK_OK(audit::record(
                tx, {principal.user.text(), "report_export.link_made", id.text(), "{}"},
                parts.clock, parts.rng));
            return files::link_response(parts.files, tx.tenant(), path_of(id));
        });
}

/// "class_progress_2026-11-30T0905Z.csv": as of when it is so stands in its name.
std::string name_of(const ReportExport& of) {
    const std::string at = to_rfc3339(*of.as_of);
    return fmt::format("{}_{}T{}{}Z.{}", of.wanted.report, at.substr(0, 10), at.substr(11, 2),
                       at.substr(14, 2), wire_name(of.wanted.form));
}

/// RFC 9530: "sha-256=:..:", in base64 with padding.
std::string digest_member(const Sha256& hash) {
    std::string text = to_base64url(view(hash)) + "="; // 32 bytes are 43 characters and one to fill
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    return "sha-256=:" + text + ":";
}

Result<net::Response> file_of(const RouteParts& parts, TenantId tenant, const ReportExport& of,
                              const net::Request& request) {
    if (of.state != State::completed)
        return no_such_export();
    const files::ServedFile file{
        .name = name_of(of),
        .tag = to_hex(view(*of.sha256)),
        .size = *of.bytes,
        .pieces = {{.number = 1,
                    .object = object_prefix(tenant, of.id) + "/" + std::to_string(of.attempts),
                    .size = *of.bytes}}};
    net::Response response = files::file_response(parts.files, tenant, file, request);
    response.headers.emplace_back("Repr-Digest", digest_member(*of.sha256));
    return response;
}

void download(const RouteParts& parts, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    const auto id = export_in(request);
    if (!id)
        return respond(std::move(id).error());
    const TenantId of = tenant.scope.tenant();
    if (auto good = files::check_link(parts.files, of, path_of(*id), request); !good)
        return respond(std::move(good).error());
    tenancy::answer_on(
        parts.files.lane, of, request, std::move(respond),
        [&parts, scope = tenant.scope, id = *id,
         &request](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const auto found = TRY(database.run(scope, deadline, [&](tenancy::TenantTx& tx) {
                return find(tx, id, std::nullopt, parts.clock.now());
            }));
            if (!found)
                return no_such_export();
            return file_of(parts, scope.tenant(), *found, request);
        });
}

net::Parameter export_in_path() {
    return {.name = "export_id",
            .in = net::Parameter::In::path,
            .description = "The export.",
            .schema = export_id_schema,
            .required = true,
            .example = "exp_0192f3c4a5b67c8d9e0f112233445566"};
}

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("ReportExport", export_schema);
    routes.add_schema("ReportExportPage", export_page_schema);
    routes.add_schema("NewReportExport", new_export_schema);
    auto add = [&](net::Route route, tenancy::ReadInto<RouteParts> read) {
        route.handler = parts.gate.authenticated(answered(parts, read), tenancy::staff);
        route.tag = "reports";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    add({.method = net::Method::post,
         .path = all_path,
         .operation = "create_report_export",
         .summary = "Have a report written into a file (teachers, administrators).",
         .body_bytes_limit = 4'096,
         .parameters = {submissions::idempotency_key_parameter("\"export-1\"")},
         .body =
             net::Body{R"({"$ref": "#/components/schemas/NewReportExport"})", new_export_example},
         .answers = {{202,
                      "It will be written; `Location` says how far it is. 429: five of yours "
                      "have not ended.",
                      reference}}},
        ask_work);
    add({.method = net::Method::get,
         .path = all_path,
         .operation = "list_report_exports",
         .summary = "The caller's exports, the newest first.",
         .parameters = {net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/ReportExportPage"})"}}},
        list_work);
    add({.method = net::Method::get,
         .path = one_path,
         .operation = "get_report_export",
         .summary = "An export: how far it is, and what was written.",
         .parameters = {export_in_path()},
         .answers = {{200, "The export.", reference}}},
        get_work);
    add({.method = net::Method::post,
         .path = std::string(one_path) + "/cancel",
         .operation = "cancel_report_export",
         .summary = "End an export that has not ended; nothing of it stays.",
         .parameters = {export_in_path()},
         .answers = {{200, "Cancelled.", reference}, {409, "It has ended already."}}},
        cancel_work);
    add({.method = net::Method::del,
         .path = one_path,
         .operation = "remove_report_export",
         .summary = "Remove an export that has ended, and its file.",
         .parameters = {export_in_path()},
         .answers = {{204, "It is gone."}, {409, "It has not ended."}}},
        remove_work);
    add({.method = net::Method::post,
         .path = std::string(one_path) + "/link",
         .operation = "make_report_export_link",
         .summary = "A link to the file, for a quarter of an hour.",
         .parameters = {export_in_path()},
         .answers = {{201, "Whoever has it gets the file.", files::file_link_reference},
                     {409, "There is no file, or no longer."}}},
        link_work);
    std::vector<net::Parameter> of_link = files::link_members();
    of_link.insert(of_link.begin(), export_in_path());
    routes.add(
        {.method = net::Method::get,
         .path = std::string(one_path) + "/file",
         .operation = "download_report_export",
         .summary = "The file, by its link; `Range` and `If-Range` are understood.",
         .handler =
             parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
                                          const net::Request& request, net::Responder respond) {
                 download(parts, tenant, request, std::move(respond));
             }),
         .tag = "reports",
         .credential = net::Credential::host,
         .parameters = std::move(of_link),
         .answers = {
             {200, "The file; `Repr-Digest` has its SHA-256.", {}, "application/octet-stream"},
             {206, "The range.", {}, "application/octet-stream"},
             {403, "The link is not good, or no longer."},
             {416, "The file ends before the range."}}});
}

} // namespace bw::exports
