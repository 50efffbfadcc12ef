#include "tenancy/permission.hpp"

#include "base/ensure.hpp"

namespace bw::tenancy {

namespace {

struct Grant {
    Permission permission;
    std::string_view name;
    Roles to;
};

constexpr Roles student = Role::student, administrator = Role::administrator;
constexpr Roles everybody = staff.with(Role::student);

constexpr Grant grants[] = {
    {Permission::assignments_read, "assignments:read", everybody},
    {Permission::assignments_write, "assignments:write", staff},
    {Permission::submissions_write, "submissions:write", student},
    {Permission::submissions_read, "submissions:read", everybody},
    {Permission::submissions_read_others, "submissions:read_others", staff},
    {Permission::roster_read, "roster:read", staff},
    {Permission::roster_read_demographics, "roster:read_demographics", administrator},
    {Permission::roster_write, "roster:write", administrator},
    {Permission::credentials_write, "credentials:write", administrator},
    {Permission::sign_in_policy, "sign_in_policy:write", administrator},
    {Permission::sign_in_delays, "sign_in_delays:write", staff},
    {Permission::audit_read, "audit:read", administrator},
    {Permission::identity_providers_write, "identity_providers:write", administrator},
    {Permission::bells_write, "bells:write", administrator},
    {Permission::jobs_read, "jobs:read", administrator},
    {Permission::jobs_write, "jobs:write", administrator},
    {Permission::marking_write, "marking:write", staff},
    {Permission::notice_policy, "notice_policy:write", administrator},
    {Permission::content_write, "content:write", staff},
    {Permission::identities_open, "identities:open", administrator},
    {Permission::grades_read, "grades:read", everybody},
    {Permission::regrades_write, "regrades:write", everybody},
};

const Grant& grant_of(Permission permission) {
    for (const Grant& grant : grants)
        if (grant.permission == permission)
            return grant;
    ensure_failed("grant_of", "a permission that is not in the table");
}

} // namespace

std::string_view wire_name(Permission permission) {
    return grant_of(permission).name;
}

bool permits(Roles roles, Permission permission) {
    return roles.any_of(grant_of(permission).to);
}

} // namespace bw::tenancy
