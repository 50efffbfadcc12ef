#include "roster/oneroster_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bw::roster {

namespace {

using enum Need;

constexpr std::size_t username_bytes_limit =
    200; // its normal form, at most eleven times as long, must fit an index entry

/// A reference from a row to another row of the same file, checked when the file is read.
struct OwnReference {
    std::string from, to;
    CsvPlace at;
};

/// Reports what leads nowhere or in a circle. Each row has one parent at most, so a walk is a line.
void check_parents(const std::vector<OwnReference>& references, const SourcedIds& ids,
                   std::string_view column, Findings& findings) {
    std::unordered_map<std::string_view, const OwnReference*> parent_of;
    for (const auto& r : references) {
        parent_of.emplace(r.from, &r);
        if (!ids.unknown() && !ids.has(r.to))
            findings.add({ids.file(), r.at,
                          fmt::format("{}: refers to {}, which is not in {}", column,
                                      in_quotes(r.to), ids.file())});
    }
    std::unordered_map<std::string_view, std::size_t> walk_of; // which walk came by
    for (std::size_t walk = 0; walk < references.size(); ++walk) {
        const OwnReference* at = &references[walk];
        while (at && walk_of.try_emplace(at->from, walk).second) {
            auto next = parent_of.find(at->to);
            at = next == parent_of.end() ? nullptr : next->second;
        }
        if (at && walk_of[at->from] == walk)
            findings.add(
                {ids.file(), at->at,
                 fmt::format("{}: {} is an ancestor of itself", column, in_quotes(at->from))});
    }
}

/// Usernames must differ without regard to case. ASCII only; the database says the rest when the
/// package is imported.
std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return out;
}

} // namespace

void FilesReader::read_all() {
    read_orgs();
    read_academic_sessions();
    read_courses();
    read_classes();
    read_users();
    if (!v11())
        read_roles();
    read_enrollments();
    if (files.contains("categories"))
        read_categories();
    if (files.contains("lineItems"))
        read_line_items();
}

Table FilesReader::open(const std::string& name, std::vector<Column> columns) {
    return Table(name + ".csv", files.at(name), limits, std::move(columns), findings);
}

void FilesReader::read_orgs() {
    auto t = open("orgs", {{"sourcedId", required},
                           {"status"},
                           {"name", required},
                           {"type", required},
                           {"identifier"},
                           {"parentSourcedId"}});
    std::vector<OwnReference> parents;
    while (t.next()) {
        package.orgs.push_back(
            {.sourced_id = t.key(0, orgs),
             .name = t.text(2),
             .type = t.word(3, {"department", "school", "district", "local", "state", "national"},
                            !v11()),
             .identifier = t.text(4),
             .parent = t.text(5)});
        if (!t.view(5).empty())
            parents.push_back({t.text(0), t.text(5), t.place(5)});
    }
    if (t.broken())
        orgs.give_up();
    check_parents(parents, orgs, "parentSourcedId", findings);
}

void FilesReader::read_academic_sessions() {
    auto t = open("academicSessions", {{"sourcedId", required},
                                       {"status"},
                                       {"title", required},
                                       {"type", required},
                                       {"startDate", required},
                                       {"endDate", required},
                                       {"parentSourcedId"},
                                       {"schoolYear", required}});
    std::vector<OwnReference> parents;
    while (t.next()) {
        auto start = t.date(4), end = t.date(5);
        if (start && end && *end < *start)
            t.wrong(5, "lies before startDate");
        package.academic_sessions.push_back(
            {.sourced_id = t.key(0, academic_sessions),
             .title = t.text(2),
             .type = t.word(3, {"gradingPeriod", "semester", "schoolYear", "term"}, !v11()),
             .parent = t.text(6),
             .school_year = t.text(7),
             .start_date = start.value_or(Date()),
             .end_date = end.value_or(Date())});
        if (!t.view(6).empty())
            parents.push_back({t.text(0), t.text(6), t.place(6)});
    }
    if (t.broken())
        academic_sessions.give_up();
    check_parents(parents, academic_sessions, "parentSourcedId", findings);
}

void FilesReader::read_courses() {
    auto t = open("courses", {{"sourcedId", required},
                              {"status"},
                              {"title", required},
                              {"courseCode"},
                              {"orgSourcedId", required},
                              {"schoolYearSourcedId"}});
    while (t.next())
        package.courses.push_back({.sourced_id = t.key(0, courses),
                                   .title = t.text(2),
                                   .course_code = t.text(3),
                                   .org = t.reference(4, orgs),
                                   .school_year = t.reference(5, academic_sessions)});
    if (t.broken())
        courses.give_up();
}

void FilesReader::read_classes() {
    auto t = open("classes", {{"sourcedId", required},
                              {"status"},
                              {"title", required},
                              {"classCode"},
                              {"classType", required},
                              {"location"},
                              {"courseSourcedId", required},
                              {"schoolSourcedId", required},
                              {"termSourcedIds", required}});
    while (t.next())
        package.sections.push_back({.sourced_id = t.key(0, classes),
                                    .title = t.text(2),
                                    .class_code = t.text(3),
                                    .class_type = t.word(4, {"homeroom", "scheduled"}, !v11()),
                                    .location = t.text(5),
                                    .course = t.reference(6, courses),
                                    .school = t.reference(7, orgs),
                                    .terms = t.references(8, academic_sessions)});
    if (t.broken())
        classes.give_up();
}

void FilesReader::read_users() {
    std::vector<Column> columns{{"sourcedId", required},
                                {"status"},
                                {"enabledUser", required},
                                {"username", required},
                                {"givenName", required},
                                {"familyName", required},
                                {"email"},
                                {"identifier"}};
    if (v11())
        columns.insert(columns.end(), {{"orgSourcedIds", required}, {"role", required}});
    else
        columns.push_back({"primaryOrgSourcedId"});
    auto t = open("users", columns);
    SourcedIds usernames("users.csv");
    while (t.next()) {
        Package::User user{.sourced_id = t.key(0, users),
                           .username = t.text(3),
                           .given_name = t.text(4),
                           .family_name = t.text(5),
                           .email = t.text(6),
                           .identifier = t.text(7),
                           .primary_org = {},
                           .enabled = t.flag(2)};
        if (user.username.size() > username_bytes_limit)
            t.wrong(3, fmt::format("longer than {} bytes", username_bytes_limit));
        else if (std::size_t line = user.username.empty()
                                        ? 0
                                        : usernames.add(lower(user.username), t.place(3).line))
            t.wrong(3, fmt::format("the username {} stands in line {} already",
                                   in_quotes(user.username), line));
        if (v11()) {
            auto role = t.word(9,
                               {"administrator", "aide", "guardian", "parent", "proctor",
                                "relative", "student", "teacher"},
                               false);
            auto of = t.references(8, orgs);
            for (const auto& org : of)
                package.roles.push_back({.sourced_id = user.sourced_id + "|" + org,
                                         .user = user.sourced_id,
                                         .org = org,
                                         .role = role,
                                         .role_type = org == of[0] ? "primary" : "secondary",
                                         .begin_date = {},
                                         .end_date = {}});
            user.primary_org = of.empty() ? "" : of[0];
        } else {
            user.primary_org = t.reference(8, orgs);
        }
        package.users.push_back(std::move(user));
    }
    if (t.broken())
        users.give_up();
}

void FilesReader::read_roles() {
    auto t = open("roles", {{"sourcedId", required},
                            {"status"},
                            {"userSourcedId", required},
                            {"orgSourcedId", required},
                            {"role", required},
                            {"roleType", required},
                            {"beginDate"},
                            {"endDate"}});
    SourcedIds own("roles.csv");
    while (t.next())
        package.roles.push_back(
            {.sourced_id = t.key(0, own),
             .user = t.reference(2, users),
             .org = t.reference(3, orgs),
             .role = t.word(4,
                            {"aide", "counselor", "districtAdministrator", "guardian", "parent",
                             "principal", "proctor", "relative", "siteAdministrator", "student",
                             "systemAdministrator", "teacher"},
                            true),
             .role_type = t.word(5, {"primary", "secondary"}, false),
             .begin_date = t.date(6),
             .end_date = t.date(7)});
}

void FilesReader::read_enrollments() {
    auto t = open("enrollments", {{"sourcedId", required},
                                  {"status"},
                                  {"classSourcedId", required},
                                  {"schoolSourcedId", required},
                                  {"userSourcedId", required},
                                  {"role", required},
                                  {"primary"},
                                  {"beginDate"},
                                  {"endDate"}});
    SourcedIds own("enrollments.csv");
    while (t.next())
        package.enrollments.push_back(
            {.sourced_id = t.key(0, own),
             .section = t.reference(2, classes),
             .school = t.reference(3, orgs),
             .user = t.reference(4, users),
             .role = t.word(5, {"administrator", "proctor", "student", "teacher"}, false),
             .primary = t.flag(6),
             .begin_date = t.date(7),
             .end_date = t.date(8)});
}

void FilesReader::read_categories() {
    auto t =
        open("categories", {{"sourcedId", required}, {"status"}, {"title", required}, {"weight"}});
    auto& out = package.categories.emplace();
    while (t.next())
        out.push_back(
            {.sourced_id = t.key(0, categories), .title = t.text(2), .weight = t.number(3)});
    if (t.broken())
        categories.give_up();
}

void FilesReader::read_line_items() {
    auto t = open("lineItems", {{"sourcedId", required},
                                {"status"},
                                {"title", required},
                                {"description"},
                                {"assignDate", required},
                                {"dueDate", required},
                                {"classSourcedId", required},
                                {"categorySourcedId", required},
                                {"gradingPeriodSourcedId"},
                                {"schoolSourcedId"},
                                {"resultValueMin"},
                                {"resultValueMax"}});
    SourcedIds own("lineItems.csv");
    auto& out = package.line_items.emplace();
    const bool without_categories = !files.contains("categories");
    if (without_categories)
        package.warnings.push_back(
            "categories.csv is absent: the categories of line items are ignored");
    // A plain date, or an instant: 1.1 gives dates, 1.2 either.
    auto day_or_instant = [&](std::size_t column, std::optional<Date>& day,
                              std::optional<Instant>& at) {
        std::string_view value = t.view(column);
        if (value.empty())
            return;
        day = parse_date(value);
        if (day)
            return;
        auto instant = from_rfc3339(value);
        // PostgreSQL's own bounds are wider, but a year 0 or an instant that leaves four digits is
        // a mistake.
        if (instant && value.substr(0, 4) != "0000" && value.substr(0, 4) != "9999")
            at = *instant;
        else
            t.wrong(column, fmt::format("{} is neither a date such as 2026-11-23 nor a time such "
                                        "as 2026-11-23T08:59:00Z",
                                        in_quotes(value)));
    };
    while (t.next()) {
        Package::LineItem item{.sourced_id = t.key(0, own),
                               .title = t.text(2),
                               .description = t.text(3),
                               .section = t.reference(6, classes),
                               .category = without_categories ? "" : t.reference(7, categories),
                               .grading_period = t.reference(8, academic_sessions),
                               .school = t.reference(9, orgs),
                               .assign_date = {},
                               .due_date = {},
                               .due_at = {},
                               .result_min = t.number(10),
                               .result_max = t.number(11)};
        std::optional<Date> assigned;
        std::optional<Instant> assigned_at;
        day_or_instant(4, assigned, assigned_at);
        if (assigned_at)
            assigned = parse_date(
                t.view(4).substr(0, 10)); // the day as it is written, whatever its offset
        item.assign_date = assigned.value_or(Date());
        day_or_instant(5, item.due_date, item.due_at);
        if (item.result_min && item.result_max && *item.result_max < *item.result_min)
            t.wrong(11, "is less than resultValueMin");
        out.push_back(std::move(item));
    }
}

} // namespace bw::roster
