#include "roster/users.hpp"

#include <algorithm>
#include <charconv>

#include "base/ensure.hpp"
#include "roster/users_sql.hpp"

namespace bw::roster {

namespace {

std::string text_or_empty(const pg::Rows& rows, int row, int column) {
    return std::string(rows.optional_text(row, column).value_or(""));
}

std::optional<Date> date(const pg::Rows& rows, int row, int column) {
    auto text = rows.optional_text(row, column);
    return text ? parse_date(*text) : std::nullopt;
}

std::optional<double> number(const pg::Rows& rows, int row, int column) {
    auto text = rows.optional_text(row, column);
    double value = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
        return std::nullopt;
    return value;
}

std::optional<User> read_user(const pg::Rows& rows) {
    if (rows.empty())
        return std::nullopt;
    return User{.id = rows.id<UserId>(0, 0),
                .username = std::string(rows.text(0, 1)),
                .given_name = std::string(rows.text(0, 2)),
                .family_name = std::string(rows.text(0, 3)),
                .email = text_or_empty(rows, 0, 4),
                .active = rows.boolean(0, 5),
                .roles = roles_from_names(rows.optional_text(0, 6).value_or(""))};
}

Section read_section(const pg::Rows& rows, int row) {
    return {.id = rows.id<SectionId>(row, 0),
            .title = std::string(rows.text(row, 1)),
            .class_code = text_or_empty(rows, row, 2),
            .active = rows.boolean(row, 3)};
}

pg::Params one_uuid(const Uuid& id) {
    return std::move(pg::Params().uuid(id));
}
pg::Params one_text(std::string_view text) {
    return std::move(pg::Params().text(text));
}

} // namespace

std::string username_normal(std::string_view username) {
    std::string out(username);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::span<const std::string> names_of(tenancy::Role role) {
    static const std::vector<std::string> student{"student"}, teacher{"teacher"},
        administrator{"administrator", "districtAdministrator", "siteAdministrator",
                      "systemAdministrator", "principal"};
    switch (role) {
    case tenancy::Role::student:
        return student;
    case tenancy::Role::teacher:
        return teacher;
    case tenancy::Role::administrator:
        return administrator;
    }
    ensure_failed("names_of", "a role without names");
}

tenancy::Roles roles_from_names(std::string_view names) {
    tenancy::Roles roles;
    while (!names.empty()) {
        auto blank = names.find(' ');
        std::string_view name = names.substr(0, blank);
        names = blank == names.npos ? std::string_view() : names.substr(blank + 1);
        for (const tenancy::Role role : tenancy::all_roles)
            if (std::ranges::find(names_of(role), name) != names_of(role).end())
                roles = roles.with(role);
    }
    return roles;
}

Result<std::optional<User>> user_by_username(tenancy::TenantTx& tx, std::string_view username) {
    return read_user(TRY(tx.run(sql::user_by_username, one_text(username_normal(username)))));
}

Result<std::optional<User>> user_by_username(tenancy::Database& database,
                                             const tenancy::TenantScope& scope,
                                             std::string_view username, Deadline deadline) {
    return read_user(TRY(database.fetch(scope, deadline, sql::user_by_username,
                                        one_text(username_normal(username)))));
}

Result<std::optional<User>> user_by_id(tenancy::TenantTx& tx, UserId user) {
    return read_user(TRY(tx.run(sql::user_by_id, one_uuid(user.uuid))));
}

Result<std::optional<User>> user_by_id(tenancy::Database& database,
                                       const tenancy::TenantScope& scope, UserId user,
                                       Deadline deadline) {
    return read_user(TRY(database.fetch(scope, deadline, sql::user_by_id, one_uuid(user.uuid))));
}

Result<std::vector<Enrollment>> enrollments_of(tenancy::TenantTx& tx, UserId user) {
    pg::Rows rows = TRY(tx.run(sql::enrollments_of_user, one_uuid(user.uuid)));
    std::vector<Enrollment> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.section = read_section(rows, row),
                       .role = std::string(rows.text(row, 4)),
                       .active = rows.boolean(row, 5),
                       .begin_date = date(rows, row, 6),
                       .end_date = date(rows, row, 7)});
    return out;
}

namespace {

Result<bool> teaches_whom(tenancy::TenantTx& tx, UserId teacher, const Uuid& whom, Instant now) {
    pg::Params params;
    params.id(teacher).uuid(whom).instant(now);
    return TRY(tx.run(sql::teaches, params)).boolean(0, 0);
}

} // namespace

Result<bool> teaches(tenancy::TenantTx& tx, UserId teacher, SectionId section, Instant now) {
    return teaches_whom(tx, teacher, section.uuid, now);
}

Result<bool> teaches(tenancy::TenantTx& tx, UserId teacher, UserId student, Instant now) {
    return teaches_whom(tx, teacher, student.uuid, now);
}

Result<std::optional<SectionPlace>> place_in_section(tenancy::TenantTx& tx, UserId user,
                                                     SectionId section, Instant now) {
    pg::Params params;
    params.id(section).id(user).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::place_in_section, params));
    if (rows.empty())
        return std::optional<SectionPlace>();
    return std::optional(
        SectionPlace{std::string(rows.text(0, 0)), rows.boolean(0, 1), rows.boolean(0, 2)});
}

Result<std::vector<Section>> sections(tenancy::TenantTx& tx, std::optional<SectionId> after,
                                      std::int32_t limit) {
    pg::Params params;
    if (after)
        params.id(*after);
    else
        params.null();
    params.int4(limit);
    pg::Rows rows = TRY(tx.run(sql::list_sections, params));
    std::vector<Section> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(read_section(rows, row));
    return out;
}

Result<std::optional<Section>> section_by_id(tenancy::TenantTx& tx, SectionId section) {
    pg::Rows rows = TRY(tx.run(sql::section_by_id, one_uuid(section.uuid)));
    return rows.empty() ? std::nullopt : std::optional(read_section(rows, 0));
}

Result<std::vector<LineItem>> line_items_of(tenancy::TenantTx& tx, SectionId section) {
    pg::Rows rows = TRY(tx.run(sql::line_items_of_section, one_uuid(section.uuid)));
    std::vector<LineItem> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.id = rows.uuid(row, 0),
                       .section = rows.id<SectionId>(row, 1),
                       .title = std::string(rows.text(row, 2)),
                       .description = text_or_empty(rows, row, 3),
                       .due_date = date(rows, row, 4),
                       .due_at_given = rows.is_null(row, 5) ? std::nullopt
                                                            : std::optional(rows.instant(row, 5)),
                       .points_min = number(rows, row, 6),
                       .points_max = number(rows, row, 7),
                       .active = rows.boolean(row, 8)});
    return out;
}

} // namespace bw::roster
