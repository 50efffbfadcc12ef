// Whom this module asks about: persons as its rules need them, a teacher's section and its
// students, and tries counted by the name that was tried.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/secrets.hpp"
#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::accounts {

struct Person {
    UserId id;
    std::string username, given_name, family_name;
    std::optional<std::string> email;
    tenancy::Roles roles;
};

// Active ones alone.
Result<std::optional<Person>> person_by_id(tenancy::TenantTx& tx, UserId id);
/// Case does not count in the name.
Result<std::optional<Person>> person_by_name(tenancy::TenantTx& tx, std::string_view username);
/// Case does not count; siblings may share one. The first few by id.
Result<std::vector<Person>> persons_by_mail(tenancy::TenantTx& tx, std::string_view address);

/// What a teacher works on: not_found unless the section is active and the caller teaches it; an
/// administrator teaches everywhere. Its title.
Result<std::string> taught_section(tenancy::TenantTx& tx, const tenancy::Principal& principal,
                                   SectionId section, Instant now);

struct Student {
    UserId id;
    std::string username, given_name, family_name;
    bool has_password = false;
    bool has_code = false; // a card or a code of their own that counts now
};
/// Those enrolled now who are students and nothing else anywhere, by name.
Result<std::vector<Student>> section_students(tenancy::TenantTx& tx, SectionId section,
                                              Instant now);
/// Those of `wanted`, each once; invalid_field (/user_ids/N) for whoever is none of the section's.
Result<std::vector<Student>> chosen_students(std::vector<Student> all,
                                             const std::vector<UserId>& wanted);

/// What is tried, and how often in a while.
struct TryLimit {
    std::string_view purpose; // "code", "mail", "change"
    std::int32_t tries = 0;
    Duration window{};
};
/// Nobody's account is closed by it: the window passes, whoever opens a way in for somebody forgets
/// their tries, and a card's code is long enough to be under none of them.
constexpr TryLimit class_code_tries{"code", 100, 15min}, mail_tries{"mail", 3, 1h},
    change_tries{"change", 10, 15min};

/// One more, counted whatever happens next (not in a transaction of the caller's). nullopt: it is
/// within the limit; else how long until the window ends. Costs the same for a name that nobody
/// has.
Result<std::optional<Duration>> count_try(tenancy::Database& database,
                                          const tenancy::TenantScope& scope, const SecretMacs& macs,
                                          const TryLimit& limit, std::string_view name, Instant now,
                                          Deadline deadline);
/// Of all kinds.
Result<void> forget_tries(tenancy::TenantTx& tx, const SecretMacs& macs,
                          const std::vector<std::string>& names);

} // namespace bw::accounts
