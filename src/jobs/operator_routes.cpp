#include "jobs/operator_routes.hpp"

#include "base/json.hpp"
#include "jobs/operations.hpp"
#include "jobs/schemas.hpp"
#include "jobs/shared_routes.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "tenancy/operator_work.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::jobs {

namespace {

using tenancy::Operator;
using tenancy::Work;

Result<TenantId> tenant_in(std::string_view text, const char* field) {
    const auto id = TenantId::parse(text);
    if (!id)
        return fail(Code::invalid_field, "expected an institution's id, ten_ and 32 hex digits",
                    field);
    return *id;
}

net::Response letters_response(const DeadLetterReasons& found,
                               const tenancy::TenantDirectory& directory) {
    JsonWriter json;
    json.object().key("data").array();
    for (const auto& [tenant, letters] : found.items) {
        json.object().member("tenant_id", tenant.text()).key("slug");
        const auto known = directory.by_id(tenant);
        known ? json.value(known->slug) : json.null();
        json.member("kind", letters.kind)
            .member("error", letters.error)
            .member("count", letters.count)
            .member("oldest_created_at", to_rfc3339(letters.oldest))
            .end();
    }
    json.end().member("letters", found.all_letters).member("reasons", found.all_reasons).end();
    return net::Response::json(200, json.take());
}

Result<Work> list_work(const OperatorRouteParts& parts, const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    const auto kind = TRY(kind_in(request));
    std::optional<TenantId> tenant;
    if (const auto text = request.query_param("tenant_id"))
        tenant = TRY(tenant_in(*text, "tenant_id"));
    return Work([parts, limit, kind, tenant](tenancy::Database& database,
                                             Deadline deadline) -> Result<net::Response> {
        return letters_response(TRY(all_dead_letters(database, tenant, kind, limit, deadline)),
                                parts.directory);
    });
}

Result<Work> redrive_work(const Operator& who, const net::Request& request) {
    const JsonObject body = TRY(net::json_body(
        request, {"tenant_id", "kind", "error_begins_with", "dry_run", "limit", "per_second"}));
    const TenantId tenant = TRY(tenant_in(TRY(body.string("tenant_id", 64)), "/tenant_id"));
    const Redrive wanted = TRY(redrive_in(body));
    return Work([tenant, wanted, actor = who.actor()](tenancy::Database& database,
                                                      Deadline deadline) -> Result<net::Response> {
        TRY(tenancy::Provisioning::read(database, tenant, deadline)); // not_found
        return redrive_response(wanted, TRY(redrive_of(database, tenant, wanted, actor, deadline)));
    });
}

constexpr net::Parameter tenant_parameter{
    .name = "tenant_id",
    .description = "Only this institution's.",
    .schema = R"({"type": "string", "pattern": "^ten_[0-9a-f]{32}$"})",
    .example = "ten_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};

} // namespace

void add_operator_routes(net::RouteTable& routes, const OperatorRouteParts& parts) {
    routes.add_schema("OperatorDeadLetters", operator_dead_letters_schema);
    routes.add_schema("NewOperatorRedrive", operator_redrive_schema);
    routes.add_schema("Redrive", redrive_schema);
    auto add = [&](net::Route route, auto read) {
        route.tag = "operator";
        route.credential = net::Credential::operator_token;
        route.handler = tenancy::answered_for_operator(parts.gate, parts.lane, read);
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/operator/dead-letters",
         .operation = "list_all_dead_letters",
         .summary = "Jobs of all institutions that nobody tries any more, counted by institution, "
                    "kind and reason, the most frequent first.",
         .handler = {},
         .parameters = {tenant_parameter, kind_parameter, net::limit_parameter},
         .answers = {{200, "The reasons, and how many there are in all.",
                      R"({"$ref": "#/components/schemas/OperatorDeadLetters"})"}}},
        [parts](const Operator&, const net::Request& request) {
            return list_work(parts, request);
        });
    add({.method = net::Method::post,
         .path = "/v1/operator/dead-letters/redrive",
         .operation = "redrive_tenant_dead_letters",
         .summary = "Bring an institution's dead letters back, spread as wanted; with `dry_run`: "
                    "say which. It is in the book of operators' deeds.",
         .handler = {},
         .body_bytes_limit = 4096,
         .body =
             net::Body{R"({"$ref": "#/components/schemas/NewOperatorRedrive"})",
                       R"({"tenant_id": "ten_0192f3c47d3b7a1e8f5096a2b4c8d0e1", )"
                       R"("kind": "submission.similarity", "dry_run": true, "per_second": 20})"},
         .answers = {{200, "What was, or would be, done.",
                      R"({"$ref": "#/components/schemas/Redrive"})"}}},
        redrive_work);
}

} // namespace bw::jobs
