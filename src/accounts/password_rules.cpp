#include "accounts/password_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "accounts/common_passwords.hpp"
#include "accounts/people_sql.hpp"
#include "auth/passwords.hpp"

namespace bw::accounts {

namespace {

constexpr std::int32_t breached_chars_min = 8;

/// Code points of UTF-8.
std::int32_t chars_of(std::string_view text) {
    return static_cast<std::int32_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::vector<std::string> own_words(const Person& person, const std::string& institution) {
    std::vector<std::string> words{person.username,
                                   person.given_name,
                                   person.family_name,
                                   person.given_name + person.family_name,
                                   person.family_name + person.given_name,
                                   institution};
    if (person.email)
        words.push_back(person.email->substr(0, person.email->find('@')));
    for (std::size_t at = 0; at < institution.size();) { // each of its words, too
        const std::size_t end = std::min(institution.find(' ', at), institution.size());
        words.push_back(institution.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

} // namespace

std::int32_t PasswordPolicy::chars_min(tenancy::Roles roles) const {
    const tenancy::Roles student = tenancy::Role::student;
    return roles == student ? student_chars_min : staff_chars_min; // whoever is unknown is staff
}

Result<PasswordPolicy> password_policy(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::password_policy));
    if (rows.empty())
        return PasswordPolicy();
    return PasswordPolicy{static_cast<std::int32_t>(rows.int8(0, 0)),
                          static_cast<std::int32_t>(rows.int8(0, 1)),
                          static_cast<std::int32_t>(rows.int8(0, 2)), rows.int8(0, 3)};
}

Result<std::int64_t> set_password_policy(tenancy::TenantTx& tx, const PasswordPolicy& policy,
                                         Instant now) {
    pg::Params params;
    params.int4(policy.staff_chars_min)
        .int4(policy.student_chars_min)
        .int4(policy.shared_device_minutes)
        .int8(policy.version)
        .instant(now);
    const pg::Rows rows = TRY(tx.run(sql::set_password_policy, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "somebody else has changed it; read it again, then change it", "If-Match");
    return rows.int8(0, 0);
}

Result<void> check_password(std::string_view password, const Person& person,
                            const PasswordRules& rules, std::string field) {
    if (password.size() > auth::password_bytes_limit)
        return fail(Code::invalid_field,
                    fmt::format("a password has at most {} bytes", auth::password_bytes_limit),
                    std::move(field));
    const std::int32_t least = rules.policy.chars_min(person.roles);
    if (chars_of(password) < least)
        return fail(Code::invalid_field,
                    fmt::format("choose a longer one: at least {} characters; a few words in a row "
                                "are easy to keep",
                                least),
                    std::move(field));
    const auto words = own_words(person, rules.institution);
    if (const std::string_view why = guessed_first(password, words); !why.empty())
        return fail(Code::invalid_field,
                    fmt::format("choose another: this one {}, which is what others try first", why),
                    std::move(field));
    if (rules.breached && least >= breached_chars_min && rules.breached->contains(password))
        return fail(Code::invalid_field,
                    "choose another: this one is on lists of passwords that were stolen elsewhere",
                    std::move(field));
    return {};
}

} // namespace bw::accounts
