// What an institution asks of a password, and whether one is good enough for a person: its length,
// that it is not among the first guesses, that no leak has made it known (NIST SP 800-63B, 5.1.1.2:
// nothing about its composition, no end to its life).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "accounts/breached_list.hpp"
#include "accounts/people.hpp"
#include "auth/token_issuer.hpp"

namespace bw::accounts {

struct PasswordPolicy {
    std::int32_t staff_chars_min = 10;
    std::int32_t student_chars_min = 8;
    std::int32_t shared_device_minutes = // how long a session on a shared device lives
        std::chrono::duration_cast<std::chrono::minutes>(auth::shared_device_lifetime).count();
    std::int64_t version = 0; // 0: the defaults, nobody has set anything

    std::int32_t chars_min(tenancy::Roles roles) const;
    bool operator==(const PasswordPolicy&) const = default;
};
constexpr std::int32_t staff_chars_floor = 8, student_chars_floor = 4, chars_min_max = 64;
constexpr std::int32_t shared_device_minutes_min = 5, shared_device_minutes_max = 24 * 60;

Result<PasswordPolicy> password_policy(tenancy::TenantTx& tx);
/// precondition_failed unless the version that stands is `policy.version`. The new version.
Result<std::int64_t> set_password_policy(tenancy::TenantTx& tx, const PasswordPolicy& policy,
                                         Instant now);

struct PasswordRules {
    PasswordPolicy policy;
    std::string institution;                // its name, which is nobody's password
    const BreachedList* breached = nullptr; // null: the operator placed none
};
/// invalid_field with what to do instead. Where an institution lets young pupils have fewer than 8
/// characters, their passwords are not looked for among the leaked ones: every short one is.
Result<void> check_password(std::string_view password, const Person& person,
                            const PasswordRules& rules, std::string field);

} // namespace bw::accounts
