#include "roster/import_check.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "roster/import_check_sql.hpp"

namespace bw::roster {

namespace {

/// What was found, by file and line, until it is given its place.
class Found {
public:
    void add(const std::string& file, std::int64_t line, std::string column, std::string reason) {
        by_file_[file].emplace(line, Misplaced{std::move(column), std::move(reason)});
    }
    Result<void> report(const Package& package, Findings& findings) const {
        for (const auto& [file, lines] : by_file_)
            CHECK_OK(add_with_places(package, file, lines, findings));
        return {};
    }

private:
    std::map<std::string, std::multimap<std::int64_t, Misplaced>> by_file_;
};

Entity known_entity(std::string_view name) {
    auto entity = entity_of(name);
    ENSURE(entity, "statements name entities");
    return *entity;
}

struct Astray {
    Entity entity;
    const pg::Statement& statement;
};
const Astray astray[] = {
    {Entity::orgs, sql::astray_orgs},
    {Entity::academic_sessions, sql::astray_academic_sessions},
    {Entity::courses, sql::astray_courses},
    {Entity::sections, sql::astray_sections},
    {Entity::users, sql::astray_users},
    {Entity::user_roles, sql::astray_user_roles},
    {Entity::demographics, sql::astray_demographics},
    {Entity::enrollments, sql::astray_enrollments},
    {Entity::line_items, sql::astray_line_items},
};

/// 1.1 has a user's orgs in one list, of which the first is the primary one and each makes a role:
/// said once.
std::string_view column_in_file(const Staged& staged, Entity entity, std::string_view column) {
    if (!staged.package.v11())
        return column;
    if (entity == Entity::users && column == "primaryOrgSourcedId")
        return "";
    return entity == Entity::user_roles && column == "orgSourcedId" ? "orgSourcedIds" : column;
}

void add_astray(const Staged& staged, Entity entity, const pg::Rows& rows, Found& found) {
    for (int i = 0; i < rows.count(); ++i) {
        const std::string_view column = column_in_file(staged, entity, rows.text(i, 1));
        const std::string to(rows.text(i, 3));
        if (column.empty() || staged.reader.broken(to))
            continue;
        const bool whole =
            staged.package.mode(std::string_view(to).substr(0, to.size() - 4)) == FileMode::bulk;
        found.add(
            file_of(entity, staged.package.v11()), rows.int8(i, 0), std::string(column),
            whole ? fmt::format("refers to {}, which is not in {}", in_quotes(rows.text(i, 2)), to)
                  : fmt::format("refers to {}, which is neither in {} nor known from an "
                                "earlier import",
                                in_quotes(rows.text(i, 2)), to));
    }
}

void add_circles(const Staged& staged, Entity entity, const pg::Rows& rows, Found& found) {
    for (int i = 0; i < rows.count(); ++i)
        found.add(file_of(entity, staged.package.v11()), rows.int8(i, 0), "parentSourcedId",
                  in_quotes(rows.text(i, 1)) +
                      (rows.boolean(i, 2) ? " is an ancestor of itself"
                                          : " stands more than 32 levels deep, or below a circle"));
}

} // namespace

FileMode Staged::mode(Entity entity) const {
    const std::string file = file_of(entity, package.v11());
    return package.mode(std::string_view(file).substr(0, file.size() - 4));
}

Result<void> check_keys(const Staged& staged, Findings& findings) {
    auto answers = TRY(staged.tx.run({{sql::twice, {}}, {sql::usernames_twice, {}}}));
    Found found;
    for (int i = 0; i < answers[0].count(); ++i) {
        const Entity entity = known_entity(answers[0].text(i, 0));
        if (entity == Entity::user_roles && staged.package.v11())
            continue; // the user was said to stand twice
        found.add(file_of(entity, staged.package.v11()), answers[0].int8(i, 1), "sourcedId",
                  fmt::format("the sourcedId {} stands in line {} already",
                              in_quotes(answers[0].text(i, 2)), answers[0].int8(i, 3)));
    }
    for (int i = 0; i < answers[1].count(); ++i)
        found.add("users.csv", answers[1].int8(i, 0), "username",
                  fmt::format("the username {} stands in line {} already",
                              in_quotes(answers[1].text(i, 1)), answers[1].int8(i, 2)));
    return found.report(staged.package, findings);
}

Result<void> check_references(const Staged& staged, Findings& findings) {
    std::vector<tenancy::Step> steps{{sql::circles_orgs, {}}, {sql::circles_academic_sessions, {}}};
    std::vector<Entity> asked;
    for (const auto& a : astray)
        if (staged.present(a.entity)) {
            steps.push_back({a.statement, {}});
            asked.push_back(a.entity);
        }
    auto answers = TRY(staged.tx.run(steps));
    Found found;
    add_circles(staged, Entity::orgs, answers[0], found);
    add_circles(staged, Entity::academic_sessions, answers[1], found);
    for (std::size_t i = 0; i < asked.size(); ++i)
        add_astray(staged, asked[i], answers[2 + i], found);
    if (staged.present(Entity::users)) {
        pg::Params params = staged.by_source();
        params.boolean(staged.delta(Entity::users));
        const pg::Rows taken = TRY(staged.tx.run(sql::usernames_taken, params));
        for (int i = 0; i < taken.count(); ++i)
            found.add("users.csv", taken.int8(i, 0), "username",
                      fmt::format("the username {} belongs to user {} of source {} already",
                                  in_quotes(taken.text(i, 1)), in_quotes(taken.text(i, 4)),
                                  in_quotes(taken.text(i, 3))));
    }
    return found.report(staged.package, findings);
}

} // namespace bw::roster
