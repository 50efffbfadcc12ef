// The directory as a file, so that a server can start while its database is away:
//
//   bellwether-directory 1 <SHA-256 of what follows, in hexadecimal>\n
//   {"origin":..,"as_of":..,"change":..,"tenants":[{..},..]}
#include <simdjson.h>

#include "base/json.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/host_name.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view head = "bellwether-directory 1 ";

Error damaged(const char* what) {
    return fail(Code::corrupt, std::string("the directory's file ") + what);
}

void write_rate(JsonWriter& json, std::string_view name, const std::optional<Rate>& rate) {
    if (rate)
        json.key(name).array().value(rate->per_second).value(rate->burst).end();
}

void write_tenant(JsonWriter& json, const TenantInfo& tenant) {
    json.object()
        .member("id", tenant.scope.tenant().text())
        .member("generation", tenant.scope.generation())
        .member("state", wire_name(tenant.state))
        .member("slug", tenant.slug)
        .member("name", tenant.name)
        .member("zone", tenant.zone)
        .member("locale", tenant.locale);
    write_rate(json, "tenant_quota", tenant.quotas.tenant);
    write_rate(json, "principal_quota", tenant.quotas.principal);
    json.key("hosts").array();
    for (const std::string& host : tenant.hosts)
        json.value(host);
    json.end().end();
}

Result<std::string> text_of(simdjson::dom::element object, const char* name) {
    std::string_view text;
    if (object[name].get(text) != simdjson::SUCCESS)
        return damaged("lacks a text");
    return std::string(text);
}

Result<std::int64_t> number_of(simdjson::dom::element object, const char* name) {
    std::int64_t number = 0;
    if (object[name].get(number) != simdjson::SUCCESS)
        return damaged("lacks a number");
    return number;
}

Result<std::optional<Rate>> read_rate(simdjson::dom::element tenant, const char* name) {
    simdjson::dom::element member;
    if (tenant[name].get(member) != simdjson::SUCCESS)
        return std::optional<Rate>();
    std::int64_t per_second = 0, burst = 0;
    if (member.at(0).get(per_second) != simdjson::SUCCESS ||
        member.at(1).get(burst) != simdjson::SUCCESS || per_second < 1 || per_second > rate_max ||
        burst < 1 || burst > rate_max)
        return damaged("has a quota out of range");
    return std::optional(
        Rate{static_cast<std::int32_t>(per_second), static_cast<std::int32_t>(burst)});
}

Result<std::vector<std::string>> read_hosts(simdjson::dom::element tenant) {
    simdjson::dom::array hosts;
    if (tenant["hosts"].get(hosts) != simdjson::SUCCESS)
        return damaged("lacks hosts");
    std::vector<std::string> out;
    for (simdjson::dom::element host : hosts) {
        std::string_view text;
        if (host.get(text) != simdjson::SUCCESS || (!is_slug(text) && !own_host(text)))
            return damaged("has a host that is none");
        out.emplace_back(text);
    }
    return out;
}

} // namespace

std::string TenantDirectory::to_file(std::string_view origin) const {
    const DirectoryStatus known = status();
    JsonWriter json;
    json.object()
        .member("origin", origin)
        .member("as_of", to_rfc3339(known.as_of.value_or(Instant{})))
        .member("change", known.change);
    json.key("tenants").array();
    for (const TenantInfo& tenant : all())
        write_tenant(json, tenant);
    json.end().end();
    return std::string(head) + to_hex(view(sha256(json.text()))) + "\n" + json.text();
}

Result<void> TenantDirectory::from_file(std::string_view text, std::string_view origin) {
    const std::size_t line_end = head.size() + 64;
    if (!text.starts_with(head) || text.size() <= line_end || text[line_end] != '\n')
        return damaged("does not begin as one");
    const std::string_view body = text.substr(line_end + 1);
    if (to_hex(view(sha256(body))) != text.substr(head.size(), 64))
        return damaged("was cut short or changed");
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    simdjson::dom::array tenants;
    if (parser.parse(simdjson::padded_string(body)).get(json) != simdjson::SUCCESS ||
        json["tenants"].get(tenants) != simdjson::SUCCESS)
        return damaged("is not what it should be");
    if (TRY(text_of(json, "origin")) != origin)
        return damaged("was written for another database");
    auto fresh = std::make_shared<Snapshot>();
    for (simdjson::dom::element tenant : tenants) {
        const auto id = TenantId::parse(TRY(text_of(tenant, "id")));
        const auto state = tenant_state_from(TRY(text_of(tenant, "state")));
        std::string slug = TRY(text_of(tenant, "slug"));
        if (!id || !state || !is_slug(slug))
            return damaged("has a tenant that is none");
        fresh->put(std::make_shared<const TenantInfo>(TenantInfo{
            .scope = TenantScope(*id, TRY(number_of(tenant, "generation"))),
            .slug = std::move(slug),
            .name = TRY(text_of(tenant, "name")),
            .zone = TRY(text_of(tenant, "zone")),
            .locale = TRY(text_of(tenant, "locale")),
            .state = *state,
            .hosts = TRY(read_hosts(tenant)),
            .quotas = {TRY(read_rate(tenant, "tenant_quota")),
                       TRY(read_rate(tenant, "principal_quota"))},
        }));
    }
    const Instant as_of = TRY(from_rfc3339(TRY(text_of(json, "as_of"))));
    publish(std::move(fresh), TRY(number_of(json, "change")), as_of, true);
    return {};
}

} // namespace bw::tenancy
