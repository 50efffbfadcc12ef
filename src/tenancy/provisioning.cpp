#include "tenancy/provisioning.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "tenancy/host_name.hpp"
#include "tenancy/records.hpp"
#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view command_line = "command line";

Error conflicting(std::string_view host, const std::string& slug) {
    if (host == slug)
        return fail(Code::conflict,
                    "an institution with the slug '" + slug + "' exists already, or had it before",
                    "/slug");
    return fail(Code::conflict, "another institution has the host '" + std::string(host) + "'",
                "/hosts");
}

/// slug, hosts, name, zone, locale and quotas, as the doors take them.
void add_settings(pg::Params& params, const TenantSettings& settings) {
    params.text(settings.slug)
        .texts(settings.hosts)
        .text(settings.name)
        .text(settings.zone)
        .text(settings.locale);
    add_rate(params, settings.quotas.tenant);
    add_rate(params, settings.quotas.principal);
}

/// What was asked for, so that a retry can be told from another request.
Sha256 fingerprint(const TenantSettings& settings) {
    Bytes text;
    auto add = [&](std::string_view part) {
        put_le(text, static_cast<std::uint32_t>(part.size()));
        text += part;
    };
    add(settings.slug);
    add(settings.name);
    add(settings.zone);
    add(settings.locale);
    for (const auto& rate : {settings.quotas.tenant, settings.quotas.principal})
        add(rate ? std::to_string(rate->per_second) + " " + std::to_string(rate->burst) : "");
    for (const std::string& host : settings.hosts)
        add(host);
    return sha256(text);
}

Result<TenantRecord> record_of(const pg::Rows& rows, int row) {
    const auto state = tenant_state_from(rows.text(row, 1));
    if (!state)
        return fail(Code::corrupt, "a tenant is in an unknown state");
    return TenantRecord{rows.id<TenantId>(row, 0),
                        *state,
                        {std::string(rows.text(row, 2)),
                         std::string(rows.text(row, 4)),
                         std::string(rows.text(row, 5)),
                         std::string(rows.text(row, 6)),
                         words(rows.text(row, 3)),
                         {rate_of(rows, row, 7), rate_of(rows, row, 9)}},
                        rows.int8(row, 11),
                        rows.instant(row, 12),
                        rows.instant(row, 13)};
}

Error no_such_tenant() {
    return fail(Code::not_found, "there is no such institution");
}

bool is_locale(std::string_view text) { // BCP 47: language, then subtags
    auto is = [](char c, char from, char to) { return c >= from && c <= to; };
    std::size_t subtags = 0;
    while (true) {
        const std::string_view tag = text.substr(0, text.find('-'));
        const bool language = subtags == 0;
        if (tag.size() < 2 || tag.size() > (language ? 3U : 8U) ||
            !std::ranges::all_of(tag, [&](char c) {
                return is(c, 'a', 'z') || (!language && (is(c, 'A', 'Z') || is(c, '0', '9')));
            }))
            return false;
        if (tag.size() == text.size())
            return ++subtags <= 4;
        ++subtags;
        text.remove_prefix(tag.size() + 1);
    }
}

} // namespace

Result<TenantSettings> checked(TenantSettings settings) {
    if (!is_slug(settings.slug))
        return fail(Code::invalid_field,
                    "a slug is 1 to 63 lower-case letters, digits and inner hyphens", "/slug");
    if (settings.name.empty() || settings.name.size() > 200 || !is_utf8(settings.name) ||
        settings.name.contains('\0'))
        return fail(Code::invalid_field, "a name has 1 to 200 bytes of UTF-8", "/name");
    if (settings.zone.size() > 64 || !std::ranges::all_of(settings.zone, [](char c) {
            return c > ' ' && c <= '~';
        })) // else the server's complaint would name no field
        return fail(Code::invalid_field, "expected an IANA time zone such as Europe/London",
                    "/zone");
    if (!is_locale(settings.locale))
        return fail(Code::invalid_field, "expected a language tag such as en or en-GB", "/locale");
    for (auto [rate, field] : {std::pair{settings.quotas.tenant, "/quotas/tenant"},
                               std::pair{settings.quotas.principal, "/quotas/principal"}})
        if (rate && (rate->per_second < 1 || rate->per_second > rate_max || rate->burst < 1 ||
                     rate->burst > rate_max))
            return fail(Code::invalid_field,
                        "requests_per_second and burst are numbers from 1 to 1000000", field);
    std::vector<std::string> hosts;
    for (const std::string& given : settings.hosts) {
        const std::string field = "/hosts/" + std::to_string(hosts.size());
        if (is_slug(given)) {
            hosts.push_back(given);
        } else if (auto host = own_host(given)) {
            hosts.push_back(*std::move(host));
        } else {
            return fail(Code::invalid_field, host.error().detail, field);
        }
    }
    if (hosts.size() > tenant_hosts_limit)
        return fail(Code::invalid_field,
                    "an institution has at most " + std::to_string(tenant_hosts_limit) +
                        " hosts beside its slug's",
                    "/hosts");
    std::ranges::sort(hosts);
    hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
    std::erase(hosts, settings.slug);
    settings.hosts = std::move(hosts);
    return settings;
}

void change_slug(TenantSettings& settings, std::string slug) {
    if (slug == settings.slug)
        return;
    std::erase(settings.hosts, slug); // it may be one from before
    settings.hosts.push_back(std::exchange(settings.slug, std::move(slug)));
}

Result<Provisioning::Created> Provisioning::create(Database& operator_database,
                                                   const TenantSettings& given,
                                                   const std::optional<CreationKey>& key,
                                                   std::string_view actor, const Clock& clock,
                                                   Rng& rng, Deadline deadline) {
    const TenantSettings settings = TRY(checked(given));
    const Instant now = clock.now();
    const TenantId tenant =
        key ? TenantId{make_uuid_v8(view(sha256({"tenant", key->owner, "\n", key->key})))}
            : TenantId::make(now, rng);
    pg::Params params;
    params.id(tenant);
    add_settings(params, settings);
    params.bytes(view(fingerprint(settings))).text(actor).instant(now);
    auto answers = operator_database.run_plain({{sql::tenant_create, params}}, deadline);
    if (!answers)
        return explain(operator_database, std::move(answers).error(), settings.zone);
    const std::string_view outcome = answers->front().text(0, 0);
    if (outcome == "taken")
        return conflicting(answers->front().text(0, 1), settings.slug);
    if (outcome == "key_reused")
        return fail(Code::idempotency_key_reused,
                    "this key made another institution; make a new key for each",
                    "Idempotency-Key");
    if (outcome == "replayed")
        return Created{TRY(read(operator_database, tenant, deadline)), true};
    return Created{{tenant, TenantState::active, settings, 1, now, now}, false};
}

Result<TenantInfo> Provisioning::create(Database& operator_database, const std::string& slug,
                                        const std::string& name, const std::string& zone,
                                        const Clock& clock, Rng& rng, Deadline deadline) {
    const Created made = TRY(create(operator_database, {.slug = slug, .name = name, .zone = zone},
                                    std::nullopt, command_line, clock, rng, deadline));
    return TenantInfo{
        .scope = TenantScope(made.tenant.id, 1), .slug = slug, .name = name, .zone = zone};
}

Result<TenantRecord> Provisioning::read(Database& operator_database, TenantId tenant,
                                        Deadline deadline) {
    pg::Params params;
    params.id(tenant).null().null().int4(1);
    const pg::Rows rows = std::move(
        TRY(operator_database.run_plain({{sql::tenant_records, params}}, deadline)).front());
    if (rows.empty())
        return no_such_tenant();
    return record_of(rows, 0);
}

Result<TenantPage> Provisioning::list(Database& operator_database, std::optional<TenantId> after,
                                      std::optional<TenantState> state, int limit,
                                      Deadline deadline) {
    pg::Params params;
    params.null();
    after ? params.id(*after) : params.null();
    state ? params.text(wire_name(*state)) : params.null();
    params.int4(limit + 1); // one more tells whether there is a next page
    const pg::Rows rows = std::move(
        TRY(operator_database.run_plain({{sql::tenant_records, params}}, deadline)).front());
    TenantPage page;
    for (int i = 0; i < std::min(rows.count(), limit); ++i)
        page.items.push_back(TRY(record_of(rows, i)));
    if (rows.count() > limit)
        page.next = page.items.back().id;
    return page;
}

Result<TenantRecord> Provisioning::change(Database& operator_database, TenantId tenant,
                                          std::int64_t seen, const TenantSettings& given,
                                          std::string_view actor, const Clock& clock,
                                          Deadline deadline) {
    const TenantSettings settings = TRY(checked(given));
    pg::Params params;
    params.id(tenant).int8(seen);
    add_settings(params, settings);
    params.text(actor).instant(clock.now());
    auto answers = operator_database.run_plain({{sql::tenant_change, params}}, deadline);
    if (!answers)
        return explain(operator_database, std::move(answers).error(), settings.zone);
    const std::string_view outcome = answers->front().text(0, 0);
    if (outcome == "unknown")
        return no_such_tenant();
    if (outcome == "version")
        return fail(Code::precondition_failed, "the institution has changed since; read it again",
                    "If-Match");
    if (outcome == "taken")
        return conflicting(answers->front().text(0, 1), settings.slug);
    return read(operator_database, tenant, deadline);
}

Result<TenantRecord> Provisioning::set_state(Database& operator_database, TenantId tenant,
                                             TenantState state, std::string_view actor,
                                             const Clock& clock, Deadline deadline) {
    pg::Params params;
    params.id(tenant).text(wire_name(state)).text(actor).instant(clock.now());
    auto answers = TRY(operator_database.run_plain({{sql::tenant_set_state, params}}, deadline));
    if (answers.front().text(0, 0) == "unknown")
        return no_such_tenant();
    return read(operator_database, tenant, deadline);
}

Result<std::vector<OperatorEvent>> Provisioning::events(Database& operator_database,
                                                        std::optional<std::int64_t> before,
                                                        int limit, Deadline deadline) {
    pg::Params params;
    before ? params.int8(*before) : params.null();
    params.int4(limit);
    const pg::Rows rows = std::move(
        TRY(operator_database.run_plain({{sql::operator_event_records, params}}, deadline))
            .front());
    std::vector<OperatorEvent> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back({rows.int8(i, 0), rows.instant(i, 1), std::string(rows.text(i, 2)),
                       std::string(rows.text(i, 3)), rows.uuid(i, 4),
                       std::string(rows.json(i, 5))});
    return out;
}

Error Provisioning::explain(const Database& operator_database, Error error,
                            const std::string& zone) {
    if (operator_database.last_sqlstate() == "BW003")
        return fail(Code::invalid_field,
                    "expected an IANA time zone such as Europe/London, not '" + zone + "'",
                    "/zone");
    return error;
}

Result<void> Provisioning::check_isolation(Database& database, Deadline deadline) {
    pg::Rows me = std::move(TRY(database.run_plain({{sql::who_am_i, {}}}, deadline)).front());
    auto refuse = [](const std::string& why) {
        return fail(Code::forbidden, "refusing to serve: " + why);
    };
    if (me.boolean(0, 0))
        return refuse("the database role is a superuser, so row-level security does not bind it; "
                      "sign in as bw_app");
    if (me.boolean(0, 1))
        return refuse("the database role has BYPASSRLS; take it away or sign in as bw_app");
    if (me.boolean(0, 2))
        return refuse("the database role owns tables; sign in as bw_app");
    if (me.boolean(0, 3))
        return refuse("the database role is a member of bw_door, which sees every institution; "
                      "take that away");
    if (me.int8(0, 4) != 0)
        return refuse(std::to_string(me.int8(0, 4)) +
                      " tables with a tenant_id do not force row-level security");
    return {};
}

} // namespace bw::tenancy
