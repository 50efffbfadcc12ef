#include "accounts/people.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "accounts/people_sql.hpp"
#include "roster/users.hpp"

namespace bw::accounts {

namespace {

constexpr std::int32_t persons_of_one_address_limit = 5;

std::vector<Person> read_persons(const pg::Rows& rows) {
    std::vector<Person> out;
    for (int i = 0; i < rows.count(); ++i) {
        Person person{.id = rows.id<UserId>(i, 0),
                      .username = std::string(rows.text(i, 1)),
                      .given_name = std::string(rows.text(i, 2)),
                      .family_name = std::string(rows.text(i, 3)),
                      .email = {},
                      .roles = roster::roles_from_names(rows.optional_text(i, 5).value_or(""))};
        if (auto email = rows.optional_text(i, 4); email && !email->empty())
            person.email = std::string(*email);
        out.push_back(std::move(person));
    }
    return out;
}

std::optional<Person> first(std::vector<Person> persons) {
    return persons.empty() ? std::nullopt : std::optional(std::move(persons.front()));
}

} // namespace

Result<std::optional<Person>> person_by_id(tenancy::TenantTx& tx, UserId id) {
    pg::Params params;
    params.id(id);
    return first(read_persons(TRY(tx.run(sql::person_by_id, params))));
}

Result<std::optional<Person>> person_by_name(tenancy::TenantTx& tx, std::string_view username) {
    pg::Params params;
    params.text(roster::username_normal(username));
    return first(read_persons(TRY(tx.run(sql::person_by_name, params))));
}

Result<std::vector<Person>> persons_by_mail(tenancy::TenantTx& tx, std::string_view address) {
    pg::Params params;
    params.text(roster::username_normal(address)).int4(persons_of_one_address_limit);
    return read_persons(TRY(tx.run(sql::persons_by_mail, params)));
}

Result<std::string> taught_section(tenancy::TenantTx& tx, const tenancy::Principal& principal,
                                   SectionId section, Instant now) {
    auto found = TRY(roster::section_by_id(tx, section));
    if (!found || !found->active ||
        !(principal.roles.has(tenancy::Role::administrator) ||
          TRY(roster::teaches(tx, principal.user, section, now))))
        return fail(Code::not_found, "you teach no such section");
    return std::move(found->title);
}

Result<std::vector<Student>> section_students(tenancy::TenantTx& tx, SectionId section,
                                              Instant now) {
    pg::Params params;
    params.id(section).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::section_students, params));
    std::vector<Student> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back({.id = rows.id<UserId>(i, 0),
                       .username = std::string(rows.text(i, 1)),
                       .given_name = std::string(rows.text(i, 2)),
                       .family_name = std::string(rows.text(i, 3)),
                       .has_password = rows.boolean(i, 4),
                       .has_code = rows.boolean(i, 5)});
    return out;
}

Result<std::vector<Student>> chosen_students(std::vector<Student> all,
                                             const std::vector<UserId>& wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (std::ranges::find(all, wanted[i], &Student::id) == all.end())
            return fail(Code::invalid_field,
                        "this is no student of the section, or not a student alone: whoever "
                        "teaches or administers anywhere gets a link by mail instead",
                        fmt::format("/user_ids/{}", i));
    std::erase_if(all, [&](const Student& student) {
        return std::ranges::find(wanted, student.id) == wanted.end();
    });
    return all;
}

Result<std::optional<Duration>> count_try(tenancy::Database& database,
                                          const tenancy::TenantScope& scope, const SecretMacs& macs,
                                          const TryLimit& limit, std::string_view name, Instant now,
                                          Deadline deadline) {
    pg::Params params;
    params.text(limit.purpose)
        .int4(macs.cell_of(scope.tenant(), roster::username_normal(name)))
        .instant(now)
        .instant(now - limit.window);
    const pg::Rows rows = TRY(database.fetch(scope, deadline, sql::count_try, params));
    if (rows.int8(0, 0) <= limit.tries)
        return std::optional<Duration>();
    return std::optional(
        std::clamp<Duration>(rows.instant(0, 1) + limit.window - now, 0s, limit.window));
}

Result<void> forget_tries(tenancy::TenantTx& tx, const SecretMacs& macs,
                          const std::vector<std::string>& names) {
    std::vector<std::int64_t> cells;
    for (const std::string& name : names)
        cells.push_back(macs.cell_of(tx.tenant(), roster::username_normal(name)));
    pg::Params params;
    params.int8s(cells);
    TRY(tx.run(sql::forget_tries, params));
    return {};
}

} // namespace bw::accounts
