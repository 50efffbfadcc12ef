// Roster imports: begun with an upload, looked at, applied or cancelled.
#include <algorithm>

#include "audit/audit.hpp"
#include "institution/import_jobs.hpp"
#include "institution/import_schemas.hpp"
#include "institution/shared_routes.hpp"
#include "roster/granted_roles.hpp"
#include "roster/newcomers.hpp"

namespace bw::institution {

namespace {

// ---- showing ----

void write_progress(JsonWriter& json, const std::optional<Progress>& progress) {
    json.key("progress");
    if (!progress) {
        json.null();
        return;
    }
    json.object().member("step", progress->step).member("rows", progress->rows).key("rows_total");
    progress->rows_total ? json.value(*progress->rows_total) : json.null();
    json.member("bytes", progress->bytes).member("bytes_total", progress->bytes_total).end();
}

void write_line(JsonWriter& json, const ImportRecord& record) {
    json.member("import_id", record.id.text())
        .member("source", record.source)
        .member("state", state_of(record));
    write_optional(json, "mode", record.mode, [](const std::string& mode) { return mode; });
    json.key("made_by");
    if (record.made_by)
        json.object()
            .member("user_id", record.made_by->id.text())
            .member("given_name", record.made_by->given_name)
            .member("family_name", record.made_by->family_name)
            .end();
    else
        json.null();
    json.member("started_at", to_rfc3339(record.started_at));
    write_optional(json, "planned_at", record.planned_at, to_rfc3339);
    write_optional(json, "finished_at", record.finished_at, to_rfc3339);
    write_progress(json, record.progress);
    json.key("counts").raw(record.counts).key("error");
    if (record.error_code.empty())
        json.null();
    else
        json.object().member("code", record.error_code).member("place", record.error_place).end();
}

net::Response import_response(int status, const ImportRecord& record) {
    JsonWriter json;
    json.object();
    write_line(json, record);
    json.key("details");
    record.details ? json.raw(*record.details) : json.null();
    json.end();
    net::Response response = tagged(json.take(), record.version);
    response.status = status;
    return response;
}

Error no_such_import() {
    return fail(Code::not_found, "there is no such import");
}

/// As it stands now, in the same transaction.
Result<net::Response> as_it_stands(tenancy::TenantTx& tx, int status, ImportId id) {
    const auto record = TRY(find_import(tx, id));
    if (!record)
        return no_such_import();
    return import_response(status, *record);
}

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, ImportId id, const std::string& details = "{}") {
    const std::string by = principal.user.text(), subject = id.text();
    return audit::record(tx, {by, action, subject, details}, parts.clock, parts.rng);
}

// ---- beginning ----

struct NewImport {
    files::UploadId upload;
    std::string source;
};

Result<std::string> source_in(const JsonObject& body) {
    if (!body.has("source"))
        return std::string("oneroster");
    std::string source = TRY(body.string("source", 40));
    auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const bool good = plain(source.front()) && std::ranges::all_of(source, [&](char c) {
                          return plain(c) || c == '.' || c == '_' || c == '-';
                      });
    if (!good)
        return fail(Code::invalid_field,
                    "expected 1 to 40 small letters, digits, dots, dashes and underscores",
                    "/source");
    if (source == roster::granted_source || source == roster::newcomers_source)
        return fail(Code::invalid_field, "this source is the institution's own; name another",
                    "/source");
    return source;
}

Result<NewImport> new_import_in(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"upload_id", "source"}));
    const auto upload = files::UploadId::parse(TRY(body.string("upload_id", 64)));
    if (!upload)
        return fail(Code::invalid_field, "expected an upload's id (upl_..)", "/upload_id");
    return NewImport{*upload, TRY(source_in(body))};
}

Result<void> check_upload(tenancy::TenantTx& tx, files::UploadId id, UserId owner) {
    const auto upload = TRY(files::find(tx, id));
    const bool whole = upload && upload->owner == owner && !upload->withheld &&
                       upload->state == files::State::complete &&
                       upload->kind != files::Kind::partial;
    if (!whole)
        return fail(Code::invalid_field, "this is no complete upload of yours", "/upload_id");
    if (upload->size > package_bytes_limit)
        return fail(Code::invalid_field,
                    "the package is larger than 512 MiB; an operator can import it from the "
                    "command line",
                    "/upload_id");
    return {};
}

Result<Work> create_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const NewImport wanted = TRY(new_import_in(request));
    return in_transaction(
        principal, [&parts, principal, wanted](tenancy::TenantTx& tx) -> Result<net::Response> {
            CHECK_OK(parts.feed.require_fresh());
            const Instant now = parts.clock.now();
            const ImportId id = ImportId::make(now, parts.rng);
            CHECK_OK(check_upload(tx, wanted.upload, principal.user));
            CHECK_OK(begin_import(tx, id, wanted.source, wanted.upload, principal.user, now));
            TRY(jobs::enqueue(tx, check_job(id), parts.clock, parts.rng));
            CHECK_OK(record(parts, tx, principal, "roster_import.begun", id));
            net::Response response = TRY(as_it_stands(tx, 202, id));
            response.headers.emplace_back("Location", "/v1/roster-imports/" + id.text());
            return response;
        });
}

// ---- looking ----

Result<Work> list_work(const RouteParts&, const Principal& principal, const net::Request& request) {
    const int shown = TRY(net::page_limit(request));
    const auto before = TRY(net::time_cursor_in<ImportId>(request));
    return in_transaction(
        principal, [shown, before](tenancy::TenantTx& tx) -> Result<net::Response> {
            auto records = TRY(list_imports(tx, before, shown + 1));
            const bool more = records.size() > static_cast<std::size_t>(shown);
            if (more)
                records.pop_back();
            JsonWriter json;
            json.object().key("data").array();
            for (const ImportRecord& one : records) {
                json.object();
                write_line(json, one);
                json.end();
            }
            json.end().key("next");
            more ? json.value(net::time_cursor(
                       ImportPosition{records.back().started_at, records.back().id}))
                 : json.null();
            json.end();
            return net::Response::json(200, json.take());
        });
}

Result<Work> get_work(const RouteParts&, const Principal& principal, const net::Request& request) {
    const auto id = TRY(net::id_in_path<ImportId>(request, "import_id"));
    return in_transaction(principal,
                          [id](tenancy::TenantTx& tx) { return as_it_stands(tx, 200, id); });
}

// ---- deciding ----

/// What keeps a plan from being applied as it was looked at.
Result<void> check_plan(const ImportRecord& record, std::int64_t version, bool accepted) {
    if (state_of(record) != "planned")
        return fail(Code::conflict, "the import is " + std::string(state_of(record)) +
                                        "; only one that is planned can be applied");
    if (record.version != version)
        return fail(Code::precondition_failed, "the plan is another one by now; look at it again",
                    "If-Match");
    if (record.loses && !accepted)
        return fail(Code::conflict,
                    "the plan removes or disables more than is plausible, see `losses`; if that "
                    "is meant, say `accept_removals`",
                    "/accept_removals");
    return {};
}

Result<Work> apply_work(const RouteParts& parts, const Principal& principal,
                        const net::Request& request) {
    const auto id = TRY(net::id_in_path<ImportId>(request, "import_id"));
    const JsonObject body = TRY(net::json_body(request, {"accept_removals"}));
    const bool accepted = body.has("accept_removals") && TRY(body.boolean("accept_removals"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return in_transaction(
        principal,
        [&parts, principal, id, accepted, version](tenancy::TenantTx& tx) -> Result<net::Response> {
            CHECK_OK(parts.feed.require_fresh());
            const auto found = TRY(find_import(tx, id));
            if (!found)
                return no_such_import();
            CHECK_OK(check_plan(*found, version, accepted));
            if (!TRY(begin_applying(tx, id, version, accepted, principal.user)))
                return fail(Code::precondition_failed, "somebody else was faster; look at it again",
                            "If-Match");
            TRY(jobs::enqueue(tx, apply_job(id), parts.clock, parts.rng));
            CHECK_OK(record(parts, tx, principal, "roster_import.accepted", id,
                            accepted ? R"({"removals":true})" : "{}"));
            return as_it_stands(tx, 202, id);
        });
}

Result<Work> cancel_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<ImportId>(request, "import_id"));
    return in_transaction(
        principal, [&parts, principal, id](tenancy::TenantTx& tx) -> Result<net::Response> {
            const auto found = TRY(find_import(tx, id));
            if (!found)
                return no_such_import();
            if (!TRY(cancel_import(tx, id, parts.clock.now())))
                return fail(Code::conflict, "the import is " + std::string(state_of(*found)) +
                                                "; nothing is left to cancel");
            if (found->upload)
                TRY(files::begin_removing(tx, *found->upload));
            CHECK_OK(record(parts, tx, principal, "roster_import.cancelled", id));
            return as_it_stands(tx, 200, id);
        });
}

net::Parameter import_in_path() {
    return {.name = "import_id",
            .in = net::Parameter::In::path,
            .description = "The import.",
            .schema = R"({"type":"string","pattern":"^imp_[0-9a-f]{32}$"})",
            .required = true,
            .example = "imp_0192f3c4a5b67c8d9e0f112233445566"};
}

} // namespace

void add_import_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr const char* all = "/v1/roster-imports";
    constexpr const char* one = "/v1/roster-imports/{import_id}";
    constexpr std::string_view reference = R"({"$ref": "#/components/schemas/RosterImport"})";
    routes.add_schema("RosterImportLine", roster_import_line_schema);
    routes.add_schema("RosterImportPage", roster_import_page_schema);
    routes.add_schema("RosterImport", roster_import_schema);
    routes.add_schema("NewRosterImport", new_roster_import_schema);
    routes.add_schema("RosterImportDecision", apply_roster_import_schema);
    auto add = [&](net::Route route, Read read) {
        route.handler =
            parts.gate.authenticated(answered(parts, read), tenancy::Permission::roster_write);
        route.tag = "roster";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    add({.method = net::Method::post,
         .path = all,
         .operation = "create_roster_import",
         .summary = "Have a package checked that was uploaded: a plan is made of what it would "
                    "change, and nothing is changed (administrators).",
         .body_bytes_limit = 4096,
         .body = net::Body{R"({"$ref": "#/components/schemas/NewRosterImport"})",
                           new_roster_import_example},
         .answers = {{202, "It will be checked; `Location` says how far it is.", reference},
                     {409, "Another import is worked on."}}},
        create_work);
    add({.method = net::Method::get,
         .path = all,
         .operation = "list_roster_imports",
         .summary = "Imports, the newest first, those from the command line among them "
                    "(administrators).",
         .parameters = {net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/RosterImportPage"})"}}},
        list_work);
    add({.method = net::Method::get,
         .path = one,
         .operation = "get_roster_import",
         .summary = "An import: how far it is, what it would change, what is wrong. The ETag of a "
                    "plan is needed to apply it.",
         .parameters = {import_in_path()},
         .answers = {{200, "The import, and its `ETag`.", reference}}},
        get_work);
    add({.method = net::Method::post,
         .path = std::string(one) + "/apply",
         .operation = "apply_roster_import",
         .summary = "Apply the plan that was looked at, all of it or nothing.",
         .body_bytes_limit = 1024,
         .parameters = {import_in_path(), version_parameter()},
         .body = net::Body{R"({"$ref": "#/components/schemas/RosterImportDecision"})",
                           apply_roster_import_example},
         .answers = {{202,
                      "It will be applied. If the roster has changed since, it fails with the code "
                      "`precondition_failed`, and the same upload can be planned anew.",
                      reference},
                     {409, "It is not planned, another is worked on, or it removes more than was "
                           "accepted."}}},
        apply_work);
    add({.method = net::Method::post,
         .path = std::string(one) + "/cancel",
         .operation = "cancel_roster_import",
         .summary = "End an import that was not applied yet; nothing of it stays.",
         .parameters = {import_in_path()},
         .answers = {{200, "Cancelled.", reference}, {409, "It has ended already."}}},
        cancel_work);
}

} // namespace bw::institution
