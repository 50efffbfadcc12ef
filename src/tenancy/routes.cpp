#include "tenancy/routes.hpp"

#include <algorithm>

#include "net/resource_request.hpp"
#include "tenancy/host_name.hpp"
#include "tenancy/key_ring.hpp"
#include "tenancy/operator_work.hpp"
#include "tenancy/provisioning.hpp"
#include "tenancy/routes_schemas.hpp"
#include "tenancy/tenant_json.hpp"

namespace bw::tenancy {

namespace {

constexpr std::size_t key_bytes_limit = 128;

// ---- reading requests ----

Result<TenantId> tenant_in_path(const net::Request& request) {
    auto id = TenantId::parse(request.path_param("tenant_id"));
    if (!id) // no such thing can exist, so it does not
        return fail(Code::not_found, "there is no such institution");
    return *id;
}

Result<std::optional<TenantState>> wanted_state(const net::Request& request) {
    auto text = request.query_param("state");
    if (!text)
        return std::optional<TenantState>();
    auto state = tenant_state_from(*text);
    if (!state)
        return fail(Code::invalid_field, "expected active or suspended", "state");
    return state;
}

/// Optional here: without one, a second creation is told by its slug.
Result<std::optional<std::string>> idempotency_key(const net::Request& request) {
    constexpr const char* name = "Idempotency-Key";
    auto header = request.header(name);
    if (!header)
        return std::optional<std::string>();
    std::string_view key = *header;
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"')
        key = key.substr(1, key.size() - 2);
    auto plain = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (request.header_count(name) > 1 || key.empty() || key.size() > key_bytes_limit ||
        !std::ranges::all_of(key, plain))
        return fail(Code::bad_request,
                    "send one key of 1 to 128 visible ASCII characters without quotes and "
                    "backslashes inside",
                    name);
    return std::optional(std::string(key));
}

/// Names under the base host are slugs, and never anybody's domain.
Result<void> check_hosts(const Gate& gate, const TenantSettings& settings) {
    for (std::size_t i = 0; i < settings.hosts.size(); ++i)
        if (gate.is_ours(host_looked_up(settings.hosts[i])))
            return fail(Code::invalid_field,
                        "this name is under the installation's base host, where institutions are "
                        "found by their slugs",
                        "/hosts/" + std::to_string(i));
    return {};
}

// ---- writing answers ----

net::Response tenant_response(int status, const TenantRecord& tenant) {
    JsonWriter json;
    write_tenant(json, tenant);
    net::Response response = net::Response::json(status, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(tenant.version) + "\"");
    if (status == 201)
        response.headers.emplace_back("Location", "/v1/operator/tenants/" + tenant.id.text());
    return response;
}

net::Response tenants_response(const TenantPage& page) {
    JsonWriter json;
    json.object().key("data").array();
    for (const TenantRecord& tenant : page.items)
        write_tenant(json, tenant);
    json.end().key("next");
    page.next ? json.value(to_base64url(view(page.next->uuid))) : json.null();
    json.end();
    return net::Response::json(200, json.take());
}

std::string subject_of(const OperatorEvent& event) {
    if (event.action.starts_with("operator_token."))
        return OperatorTokenId{event.subject}.text();
    if (event.action.starts_with("job_kind."))
        return {}; // its details name it
    if (event.action.starts_with("outage."))
        return OutageId{event.subject}.text();
    if (event.action.starts_with("signing_key.")) // the bytes that its kid spells, and zeros
        return to_base64url(view(event.subject)).substr(0, kid_bytes);
    return TenantId{event.subject}.text();
}

net::Response events_response(const std::vector<OperatorEvent>& events, int limit) {
    JsonWriter json;
    json.object().key("data").array();
    for (const OperatorEvent& event : events) {
        json.object()
            .member("at", to_rfc3339(event.at))
            .member("actor", event.actor)
            .member("action", event.action)
            .member("subject", subject_of(event))
            .key("details")
            .raw(event.details)
            .end();
    }
    json.end().key("next");
    if (std::ssize(events) == limit) {
        Bytes position;
        put_le(position, events.back().seq);
        json.value(to_base64url(position));
    } else {
        json.null();
    }
    json.end();
    return net::Response::json(200, json.take());
}

// ---- operations ----

struct Desk {
    const Gate& gate;
    const Clock& clock;
    Rng& rng;
};

Result<Work> create_work(const Desk& desk, const Operator& who, const net::Request& request) {
    auto key = TRY(idempotency_key(request));
    TenantSettings settings = TRY(checked(TRY(read_new_tenant(request))));
    CHECK_OK(check_hosts(desk.gate, settings));
    std::optional<CreationKey> creation;
    if (key)
        creation = CreationKey{who.id.text(), *std::move(key)};
    return Work([desk, who, settings = std::move(settings), creation = std::move(creation)](
                    Database& database, Deadline deadline) -> Result<net::Response> {
        auto made = TRY(Provisioning::create(database, settings, creation, who.actor(), desk.clock,
                                             desk.rng, deadline));
        net::Response response = tenant_response(201, made.tenant);
        if (made.replayed)
            response.headers.emplace_back("Idempotency-Replayed", "true");
        return response;
    });
}

Result<Work> list_work(const Desk&, const Operator&, const net::Request& request) {
    const int limit = TRY(page_limit(request));
    const auto state = TRY(wanted_state(request));
    const auto after = TRY(net::page_cursor<16>(request));
    return Work([limit, state, after](Database& database,
                                      Deadline deadline) -> Result<net::Response> {
        return tenants_response(
            TRY(Provisioning::list(database, after ? std::optional(TenantId{*after}) : std::nullopt,
                                   state, limit, deadline)));
    });
}

Result<Work> get_work(const Desk&, const Operator&, const net::Request& request) {
    const TenantId tenant = TRY(tenant_in_path(request));
    return Work([tenant](Database& database, Deadline deadline) -> Result<net::Response> {
        return tenant_response(200, TRY(Provisioning::read(database, tenant, deadline)));
    });
}

Result<Work> change_work(const Desk& desk, const Operator& who, const net::Request& request) {
    const TenantId tenant = TRY(tenant_in_path(request));
    const std::int64_t version = TRY(version_in_if_match(request));
    // Merged twice: now into nothing in particular, so that a bad body costs no database; then into
    // what is there. The request's bytes live until it is answered.
    CHECK_OK(check_hosts(desk.gate, TRY(merge_tenant(request, {.slug = "any"}))));
    return Work([desk, who, tenant, version, &request](Database& database,
                                                       Deadline deadline) -> Result<net::Response> {
        TenantRecord now = TRY(Provisioning::read(database, tenant, deadline));
        const TenantSettings wanted = TRY(merge_tenant(request, std::move(now.settings)));
        return tenant_response(200, TRY(Provisioning::change(database, tenant, version, wanted,
                                                             who.actor(), desk.clock, deadline)));
    });
}

template <TenantState state>
Result<Work> state_work(const Desk& desk, const Operator& who, const net::Request& request) {
    const TenantId tenant = TRY(tenant_in_path(request));
    return Work(
        [desk, who, tenant](Database& database, Deadline deadline) -> Result<net::Response> {
            return tenant_response(200,
                                   TRY(Provisioning::set_state(database, tenant, state, who.actor(),
                                                               desk.clock, deadline)));
        });
}

Result<Work> events_work(const Desk&, const Operator&, const net::Request& request) {
    const int limit = TRY(page_limit(request));
    const auto cursor = TRY(net::page_cursor<8>(request));
    return Work([limit, cursor](Database& database, Deadline deadline) -> Result<net::Response> {
        auto before = cursor ? std::optional(get_le<std::int64_t>(view(*cursor))) : std::nullopt;
        return events_response(TRY(Provisioning::events(database, before, limit, deadline)), limit);
    });
}

template <class Read>
net::Handler answered_on(DatabaseLane& lane, const Desk& desk, Read read) {
    return answered_for_operator(desk.gate, lane,
                                 [desk, read](const Operator& who, const net::Request& request) {
                                     return read(desk, who, request);
                                 });
}

} // namespace

void add_operator_routes(net::RouteTable& routes, const Gate& gate, DatabaseLane& lane,
                         const Clock& clock, Rng& rng) {
    using namespace schemas;
    const Desk desk{gate, clock, rng};
    routes.add_schema("Tenant", tenant);
    routes.add_schema("TenantPage", tenant_page);
    routes.add_schema("NewTenant", new_tenant);
    routes.add_schema("TenantChange", tenant_change);
    routes.add_schema("RequestRate", request_rate);
    routes.add_schema("OperatorEventPage", operator_event_page);
    auto add = [&](net::Route route) {
        route.tag = "operator";
        route.credential = net::Credential::operator_token;
        routes.add(std::move(route));
    };
    add({.method = net::Method::post,
         .path = "/v1/operator/tenants",
         .operation = "create_tenant",
         .summary = "Make an institution; it is served within a second or two.",
         .handler = answered_on(lane, desk, create_work),
         .body_bytes_limit = 16 * 1024,
         .parameters = {idempotency_key_parameter},
         .body = net::Body{ref_new_tenant, new_tenant_example},
         .answers = {{201, "Made, or made before by the same request.", ref_tenant}}});
    add({.method = net::Method::get,
         .path = "/v1/operator/tenants",
         .operation = "list_tenants",
         .summary = "Institutions, in the order of their ids.",
         .handler = answered_on(lane, desk, list_work),
         .parameters = {net::limit_parameter, net::cursor_parameter, state_parameter},
         .answers = {{200, "A page.", ref_tenant_page}}});
    add({.method = net::Method::get,
         .path = "/v1/operator/tenants/{tenant_id}",
         .operation = "get_tenant",
         .summary = "One institution; its ETag is needed to change it.",
         .handler = answered_on(lane, desk, get_work),
         .parameters = {tenant_id_parameter},
         .answers = {{200, "The institution.", ref_tenant}}});
    add({.method = net::Method::patch,
         .path = "/v1/operator/tenants/{tenant_id}",
         .operation = "change_tenant",
         .summary = "Change an institution's names, hosts, zone, locale or quotas.",
         .handler = answered_on(lane, desk, change_work),
         .body_bytes_limit = 16 * 1024,
         .parameters = {tenant_id_parameter, if_match_parameter},
         .body = net::Body{ref_tenant_change, tenant_change_example},
         .answers = {{200, "As it is now.", ref_tenant}}});
    add({.method = net::Method::post,
         .path = "/v1/operator/tenants/{tenant_id}/suspend",
         .operation = "suspend_tenant",
         .summary = "Serve an institution no more; everything it has is kept, and what was "
                    "acknowledged is still recorded.",
         .handler = answered_on(lane, desk, state_work<TenantState::suspended>),
         .parameters = {tenant_id_parameter},
         .answers = {{200, "Suspended, now or before.", ref_tenant}}});
    add({.method = net::Method::post,
         .path = "/v1/operator/tenants/{tenant_id}/resume",
         .operation = "resume_tenant",
         .summary = "Serve a suspended institution again.",
         .handler = answered_on(lane, desk, state_work<TenantState::active>),
         .parameters = {tenant_id_parameter},
         .answers = {{200, "Active, now or before.", ref_tenant}}});
    add({.method = net::Method::get,
         .path = "/v1/operator/events",
         .operation = "list_operator_events",
         .summary = "What operators did to institutions, operator tokens and signing keys, the "
                    "newest first.",
         .handler = answered_on(lane, desk, events_work),
         .parameters = {net::limit_parameter, net::cursor_parameter},
         .answers = {{200, "A page.", ref_operator_event_page}}});
}

} // namespace bw::tenancy
