#include "tenancy/tenant_json.hpp"

#include <simdjson.h>

#include "net/json_body.hpp"

namespace bw::tenancy {

namespace {

constexpr std::size_t text_bytes_limit = 200;

void write_rate(JsonWriter& json, const char* name, const std::optional<Rate>& rate) {
    json.key(name);
    if (!rate) {
        json.null();
        return;
    }
    json.object()
        .member("requests_per_second", rate->per_second)
        .member("burst", rate->burst)
        .end();
}

Error wrong(std::string pointer, const char* what) {
    return fail(Code::invalid_field, what, std::move(pointer));
}

Result<std::int32_t> read_rate_member(simdjson::dom::object rate, const char* name,
                                      const std::string& pointer) {
    std::int64_t value = 0;
    if (rate[name].get(value) != simdjson::SUCCESS || value < 1 || value > rate_max)
        return wrong(pointer + "/" + name, "expected a number from 1 to 1000000");
    return static_cast<std::int32_t>(value);
}

Result<std::optional<Rate>> read_rate(simdjson::dom::element value, const std::string& pointer) {
    if (value.is_null())
        return std::optional<Rate>();
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS)
        return wrong(pointer, "expected an object of requests_per_second and burst, or null");
    if (object.size() > 2)
        return wrong(pointer, "has requests_per_second and burst, each once, and no more");
    return std::optional(Rate{TRY(read_rate_member(object, "requests_per_second", pointer)),
                              TRY(read_rate_member(object, "burst", pointer))});
}

Result<void> merge_quotas(simdjson::dom::element value, Quotas& quotas) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS)
        return wrong("/quotas", "expected an object of tenant and principal");
    if (object.size() > 2)
        return wrong("/quotas", "has tenant and principal, each once, and no more");
    for (auto [name, rate] : object) {
        if (name == "tenant")
            quotas.tenant = TRY(read_rate(rate, "/quotas/tenant"));
        else if (name == "principal")
            quotas.principal = TRY(read_rate(rate, "/quotas/principal"));
        else
            return wrong("/quotas", "has no members but tenant and principal");
    }
    return {};
}

Result<std::vector<std::string>> read_hosts(simdjson::dom::element value) {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS)
        return wrong("/hosts", "expected a list of host names");
    std::vector<std::string> hosts;
    for (simdjson::dom::element element : array) {
        std::string_view host;
        if (element.get(host) != simdjson::SUCCESS)
            return wrong("/hosts/" + std::to_string(hosts.size()), "must be a string");
        hosts.emplace_back(host);
        if (hosts.size() > tenant_hosts_limit)
            return wrong("/hosts", "an institution has at most 20 hosts beside its slug's");
    }
    return hosts;
}

/// What JsonObject, which knows strings alone, has seen already: so it parses, and no member of it
/// stands twice.
Result<void> merge_structured(std::string_view body, TenantSettings& settings) {
    simdjson::dom::parser parser;
    simdjson::dom::element document, member;
    if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS)
        return fail(Code::bad_request, "the body is not valid JSON");
    if (document["hosts"].get(member) == simdjson::SUCCESS)
        settings.hosts = TRY(read_hosts(member));
    if (document["quotas"].get(member) == simdjson::SUCCESS)
        CHECK_OK(merge_quotas(member, settings.quotas));
    return {};
}

} // namespace

void write_tenant(JsonWriter& json, const TenantRecord& tenant) {
    json.object()
        .member("tenant_id", tenant.id.text())
        .member("slug", tenant.settings.slug)
        .member("name", tenant.settings.name)
        .member("state", wire_name(tenant.state))
        .member("zone", tenant.settings.zone)
        .member("locale", tenant.settings.locale)
        .key("hosts")
        .array();
    for (const std::string& host : tenant.settings.hosts)
        json.value(host);
    json.end().key("quotas").object();
    write_rate(json, "tenant", tenant.settings.quotas.tenant);
    write_rate(json, "principal", tenant.settings.quotas.principal);
    json.end()
        .member("version", tenant.version)
        .member("created_at", to_rfc3339(tenant.created_at))
        .member("changed_at", to_rfc3339(tenant.changed_at))
        .end();
}

Result<TenantSettings> read_new_tenant(const net::Request& request) {
    const JsonObject body =
        TRY(net::json_body(request, {"slug", "name", "zone", "locale", "hosts", "quotas"}));
    TenantSettings settings{.slug = TRY(body.string("slug", text_bytes_limit)),
                            .name = TRY(body.string("name", text_bytes_limit)),
                            .zone = TRY(body.string("zone", text_bytes_limit))};
    if (body.has("locale"))
        settings.locale = TRY(body.string("locale", text_bytes_limit));
    CHECK_OK(merge_structured(request.body, settings));
    return settings;
}

Result<TenantSettings> merge_tenant(const net::Request& request, TenantSettings settings) {
    const JsonObject body =
        TRY(net::json_body(request, {"slug", "name", "zone", "locale", "hosts", "quotas"}));
    if (body.has("slug"))
        change_slug(settings, TRY(body.string("slug", text_bytes_limit)));
    if (body.has("name"))
        settings.name = TRY(body.string("name", text_bytes_limit));
    if (body.has("zone"))
        settings.zone = TRY(body.string("zone", text_bytes_limit));
    if (body.has("locale"))
        settings.locale = TRY(body.string("locale", text_bytes_limit));
    CHECK_OK(merge_structured(request.body, settings));
    return settings;
}

} // namespace bw::tenancy
