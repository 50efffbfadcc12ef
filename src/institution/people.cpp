#include "institution/people.hpp"

#include <algorithm>

#include "institution/people_sql.hpp"

namespace bw::institution {

namespace {

std::optional<Instant> optional_instant(const pg::Rows& rows, int row, int column) {
    return rows.is_null(row, column) ? std::nullopt : std::optional(rows.instant(row, column));
}

Person person_in(const pg::Rows& rows, int row) {
    Person out{.id = rows.id<UserId>(row, 0),
               .username = std::string(rows.text(row, 1)),
               .given_name = std::string(rows.text(row, 2)),
               .family_name = std::string(rows.text(row, 3)),
               .email = {},
               .active = rows.boolean(row, 5),
               .roles = roster::roles_from_names(rows.optional_text(row, 6).value_or("")),
               .has_password = rows.boolean(row, 7),
               .has_second_factor = rows.boolean(row, 8),
               .signed_in_at = optional_instant(rows, row, 9),
               .invited_until = optional_instant(rows, row, 10)};
    if (const auto email = rows.optional_text(row, 4); email && !email->empty())
        out.email = std::string(*email);
    return out;
}

/// "Abara,  Ada": one space between words, and no comma behind the first.
struct Typed {
    std::string all, first, rest;

    explicit Typed(std::string_view text) {
        for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) < text.size();) {
            const std::size_t end = std::min(text.find(' ', at), text.size());
            std::string_view word = text.substr(at, end - at);
            at = end;
            if (first.empty()) {
                if (word.ends_with(',') && word.size() > 1)
                    word.remove_suffix(1);
                first = word;
            } else {
                rest += (rest.empty() ? "" : " ") + std::string(word);
            }
        }
        all = rest.empty() ? first : first + " " + rest;
    }
};

} // namespace

Result<std::vector<Person>> people(tenancy::TenantTx& tx, const PeopleAsked& asked, Instant now) {
    const Typed typed(asked.typed);
    pg::Params params;
    asked.role ? params.texts(roster::names_of(*asked.role)) : params.null();
    params.boolean(asked.active);
    asked.after ? params.id(*asked.after) : params.null();
    params.int8(asked.limit)
        .instant(now)
        .optional_text(typed.all.empty() ? std::nullopt
                                         : std::optional<std::string_view>(typed.all))
        .text(typed.first)
        .text(typed.rest);
    const pg::Rows rows = TRY(tx.run(sql::people_page, params));
    std::vector<Person> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(person_in(rows, row));
    return out;
}

Result<std::optional<PersonRecord>> person(tenancy::TenantTx& tx, UserId id, Instant now) {
    pg::Params params, of;
    params.id(id).instant(now);
    of.id(id);
    const auto answers = TRY(tx.run({{sql::one_person, params}, {sql::roles_of_person, of}}));
    const pg::Rows &one = answers[0], &roles = answers[1];
    if (one.empty())
        return std::optional<PersonRecord>();
    PersonRecord out{.person = person_in(one, 0),
                     .source = std::string(one.text(0, 11)),
                     .sourced_id = std::string(one.text(0, 12)),
                     .identities = one.int8(0, 13),
                     .roles = {},
                     .sections = TRY(roster::enrollments_of(tx, id))};
    for (int row = 0; row < roles.count(); ++row)
        out.roles.push_back({std::string(roles.text(row, 0)), std::string(roles.text(row, 1)),
                             std::string(roles.text(row, 2))});
    return std::optional(std::move(out));
}

} // namespace bw::institution
