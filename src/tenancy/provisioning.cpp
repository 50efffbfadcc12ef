#include "tenancy/provisioning.hpp"

#include <algorithm>

#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

namespace {

bool is_slug(std::string_view slug) {
    auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !slug.empty() && slug.size() <= 63 && alphanumeric(slug.front()) &&
           alphanumeric(slug.back()) &&
           std::ranges::all_of(slug, [&](char c) { return alphanumeric(c) || c == '-'; });
}

} // namespace

Result<TenantInfo> Provisioning::create(Database& operator_database, const std::string& slug,
                                        const std::string& name, const std::string& zone,
                                        const Clock& clock, Rng& rng, Deadline deadline) {
    if (!is_slug(slug))
        return fail(Code::invalid_field,
                    "a slug is 1 to 63 lower-case letters, digits and inner hyphens", "slug");
    if (name.empty() || name.size() > 200 || !is_utf8(name) || name.contains('\0'))
        return fail(Code::invalid_field, "a name has 1 to 200 bytes of UTF-8", "name");
    if (!std::ranges::all_of(zone, [](char c) {
            return c > ' ' && c <= '~';
        })) // else the server's complaint would name no field
        return fail(Code::invalid_field, "expected an IANA time zone such as Europe/London",
                    "zone");
    TenantId tenant = TenantId::make(clock.now(), rng);
    pg::Params params;
    params.id(tenant).text(slug).text(name).text(zone);
    auto answers = operator_database.run_plain({{sql::tenant_create, params}}, deadline);
    if (!answers) {
        if (operator_database.last_sqlstate() == "BW003")
            return fail(Code::invalid_field,
                        "expected an IANA time zone such as Europe/London, not '" + zone + "'",
                        "zone");
        return std::move(answers).error();
    }
    if (!answers->front().boolean(0, 0))
        return fail(Code::conflict, "an institution with the slug '" + slug + "' exists already",
                    "slug");
    return TenantInfo{TenantScope(tenant, 1), slug, name, zone};
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
