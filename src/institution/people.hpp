// The institution's people, as its administrators see them: who they are, what makes them what they
// are, whether they can sign in. Reads alone; roles that are given here are roster's
// granted_roles.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roster/users.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::institution {

struct Person {
    UserId id;
    std::string username, given_name, family_name;
    std::optional<std::string> email;
    bool active = false;
    tenancy::Roles roles;
    bool has_password = false, has_second_factor = false;
    std::optional<Instant> signed_in_at;  // the newest sign-in that is still known
    std::optional<Instant> invited_until; // an invitation that still counts
};

struct PeopleAsked {
    std::optional<tenancy::Role> role = {};
    bool active = true;
    std::string typed = {}; // the beginning of a name, of a user name, or of both names; empty: all
    std::optional<UserId> after = {}; // the last of the page before
    int limit = 50;
};
/// By family name, given name and id, without case and accents.
Result<std::vector<Person>> people(tenancy::TenantTx& tx, const PeopleAsked& asked, Instant now);

/// Why somebody has a role.
struct RoleSource {
    std::string name; // OneRoster's
    std::string org, source;
};
struct PersonRecord {
    Person person;
    std::string source, sourced_id;
    std::int64_t identities = 0; // at providers elsewhere
    std::vector<RoleSource> roles;
    std::vector<roster::Enrollment> sections;
};
/// nullopt: there is nobody of this id.
Result<std::optional<PersonRecord>> person(tenancy::TenantTx& tx, UserId id, Instant now);

} // namespace bw::institution
