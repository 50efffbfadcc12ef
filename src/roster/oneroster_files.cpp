#include "roster/oneroster_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ensure.hpp"
#include "roster/users.hpp"

namespace bw::roster {

namespace {

using enum Need;

constexpr std::size_t username_bytes_limit =
    200; // its normal form, at most eleven times as long, must fit an index entry
constexpr std::int64_t rows_between_reports = 10'000;

constexpr std::array<std::string_view, 10> read_files{
    "orgs",  "academicSessions", "courses",     "classes",    "users",
    "roles", "demographics",     "enrollments", "categories", "lineItems"};

/// Demographics' columns that say true or false, in the order of the table's.
constexpr std::array<std::string_view, 7> origins{"americanIndianOrAlaskaNative",
                                                  "asian",
                                                  "blackOrAfricanAmerican",
                                                  "nativeHawaiianOrOtherPacificIslander",
                                                  "white",
                                                  "demographicRaceTwoOrMoreRaces",
                                                  "hispanicOrLatinoEthnicity"};

std::string_view without_ending(std::string_view file) {
    return file.substr(0, file.size() - 4);
}

} // namespace

bool is_read(std::string_view name, bool v11) {
    return std::ranges::find(read_files, name) != read_files.end() && !(v11 && name == "roles");
}

std::string file_of(Entity entity, bool v11) {
    switch (entity) {
    case Entity::academic_sessions:
        return "academicSessions.csv";
    case Entity::sections:
    case Entity::section_terms:
        return "classes.csv";
    case Entity::user_agents:
        return "users.csv";
    case Entity::user_roles:
        return v11 ? "users.csv" : "roles.csv";
    case Entity::line_items:
        return "lineItems.csv";
    default:
        return std::string(name_of(entity)) + ".csv";
    }
}

Error stopped() {
    return fail(Code::unavailable, "the import was stopped; nothing was changed");
}

Result<void> FilesReader::read_all() {
    const std::map<std::string_view, Result<void> (FilesReader::*)()> readers{
        {"orgs", &FilesReader::read_orgs},
        {"academicSessions", &FilesReader::read_academic_sessions},
        {"courses", &FilesReader::read_courses},
        {"classes", &FilesReader::read_classes},
        {"users", &FilesReader::read_users},
        {"roles", &FilesReader::read_roles},
        {"demographics", &FilesReader::read_demographics},
        {"enrollments", &FilesReader::read_enrollments},
        {"categories", &FilesReader::read_categories},
        {"lineItems", &FilesReader::read_line_items}};
    for (const std::string_view file : read_files)
        if (package_.mode(file) != FileMode::absent && is_read(file, v11()) && !findings_.full())
            CHECK_OK((this->*readers.at(file))());
    return out_.flush();
}

Result<void> FilesReader::read(std::string_view name, std::vector<Column> columns,
                               const RowFn& row) {
    Table t(package_, name, std::move(columns), findings_);
    std::int64_t rows = 0;
    auto report = [&] {
        if (progress_)
            progress_(
                {"reading", t.file(), rows, bytes_before_ + t.bytes_read(), package_.bytes()});
    };
    while (!findings_.full() && t.next()) {
        if (!t.sourced_id().empty()) // else it was said already
            row(t);
        CHECK_OK(out_.flow());
        if (++rows % rows_between_reports == 0) {
            report();
            if (stop_.stop_requested())
                return stopped();
        }
    }
    if (t.source_error())
        return *t.source_error();
    if (t.broken())
        broken_.insert(t.file());
    report();
    bytes_before_ += t.bytes_read();
    return {};
}

CopyText& FilesReader::begin(Entity entity, const Table& t, std::string_view sourced_id) {
    return out_.begin(entity)
        .integer(t.line())
        .uuid(make_uuid_v7(now_, rng_))
        .boolean(t.gone())
        .instant(t.modified_at())
        .text(sourced_id);
}

std::optional<Date> FilesReader::date(Table& t, std::size_t column) {
    auto date = t.date(column);
    return date ? std::optional(*date + shift_) : std::nullopt;
}

Result<void> FilesReader::read_orgs() {
    return read(
        "orgs", {{"name", required}, {"type", required}, {"identifier"}, {"parentSourcedId"}},
        [this](Table& t) {
            begin(Entity::orgs, t)
                .text(t.view(0))
                .text(t.word(1, {"department", "school", "district", "local", "state", "national"},
                             !v11()))
                .text(t.view(2))
                .text(t.view(3))
                .end_row();
        });
}

Result<void> FilesReader::read_academic_sessions() {
    return read("academicSessions",
                {{"title", required},
                 {"type", required},
                 {"startDate", required},
                 {"endDate", required},
                 {"schoolYear", required},
                 {"parentSourcedId"}},
                [this](Table& t) {
                    auto start = date(t, 2), end = date(t, 3);
                    if (start && end && *end < *start)
                        t.wrong(3, "lies before startDate");
                    begin(Entity::academic_sessions, t)
                        .text(t.view(0))
                        .text(
                            t.word(1, {"gradingPeriod", "semester", "schoolYear", "term"}, !v11()))
                        .date(start)
                        .date(end)
                        .text(t.view(4))
                        .text(t.view(5))
                        .end_row();
                });
}

Result<void> FilesReader::read_courses() {
    return read(
        "courses",
        {{"title", required}, {"courseCode"}, {"orgSourcedId", required}, {"schoolYearSourcedId"}},
        [this](Table& t) {
            begin(Entity::courses, t)
                .text(t.view(0))
                .text(t.view(1))
                .text(t.view(2))
                .text(t.view(3))
                .end_row();
        });
}

Result<void> FilesReader::read_classes() {
    return read("classes",
                {{"title", required},
                 {"classCode"},
                 {"classType", required},
                 {"location"},
                 {"courseSourcedId", required},
                 {"schoolSourcedId", required},
                 {"termSourcedIds", required}},
                [this](Table& t) {
                    begin(Entity::sections, t)
                        .text(t.view(0))
                        .text(t.view(1))
                        .text(t.word(2, {"homeroom", "scheduled"}, !v11()))
                        .text(t.view(3))
                        .text(t.view(4))
                        .text(t.view(5))
                        .end_row();
                    for (const auto& term : t.list(6))
                        out_.begin(Entity::section_terms)
                            .integer(t.line())
                            .text(t.sourced_id())
                            .text(term)
                            .end_row();
                });
}

Result<void> FilesReader::read_users() {
    std::vector<Column> columns{{"enabledUser", required},
                                {"username", required},
                                {"givenName", required},
                                {"familyName", required},
                                {"email"},
                                {"identifier"},
                                {"agentSourcedIds"}};
    if (v11())
        columns.insert(columns.end(), {{"orgSourcedIds", required}, {"role", required}});
    else
        columns.push_back({"primaryOrgSourcedId"});
    return read("users", columns, [this](Table& t) { read_user(t); });
}

void FilesReader::read_user(Table& t) {
    const bool enabled = t.flag(0).value_or(false);
    std::string_view username = t.view(1);
    if (username.size() > username_bytes_limit) {
        t.wrong(1, fmt::format("longer than {} bytes", username_bytes_limit));
        username = {};
    }
    std::vector<std::string> orgs;
    std::string_view role;
    if (v11()) {
        orgs = t.list(7);
        role = t.word(8,
                      {"administrator", "aide", "guardian", "parent", "proctor", "relative",
                       "student", "teacher"},
                      false);
    } else if (!t.view(7).empty()) {
        orgs.emplace_back(t.view(7));
    }
    begin(Entity::users, t)
        .text(enabled ? "active" : "inactive")
        .text(username)
        .text(enabled ? username_normal(username) : "")
        .text(t.view(2))
        .text(t.view(3))
        .text(t.view(4))
        .text(t.view(5))
        .text(orgs.empty() ? "" : orgs[0])
        .end_row();
    for (const auto& agent : t.list(6))
        out_.begin(Entity::user_agents)
            .integer(t.line())
            .text(t.sourced_id())
            .text(agent)
            .end_row();
    if (!v11() || t.gone())
        return;
    for (const auto& org : orgs) // one role a user and org
        begin(Entity::user_roles, t, fmt::format("{}|{}", t.sourced_id(), org))
            .text(t.sourced_id())
            .text(org)
            .text(role)
            .text(org == orgs[0] ? "primary" : "secondary")
            .null()
            .null()
            .end_row();
}

Result<void> FilesReader::read_roles() {
    return read(
        "roles",
        {{"userSourcedId", required},
         {"orgSourcedId", required},
         {"role", required},
         {"roleType", required},
         {"beginDate"},
         {"endDate"}},
        [this](Table& t) {
            begin(Entity::user_roles, t)
                .text(t.view(0))
                .text(t.view(1))
                .text(t.word(2,
                             {"aide", "counselor", "districtAdministrator", "guardian", "parent",
                              "principal", "proctor", "relative", "siteAdministrator", "student",
                              "systemAdministrator", "teacher"},
                             true))
                .text(t.word(3, {"primary", "secondary"}, false))
                .date(date(t, 4))
                .date(date(t, 5))
                .end_row();
        });
}

Result<void> FilesReader::read_demographics() {
    std::vector<Column> columns{{"birthDate"}, {"sex"}};
    for (const auto name : origins)
        columns.push_back({name});
    const std::size_t texts = columns.size();
    columns.insert(columns.end(), {{"countryOfBirthCode"},
                                   {"stateOfBirthAbbreviation"},
                                   {"cityOfBirth"},
                                   {"publicSchoolResidenceStatus"}});
    return read("demographics", columns, [this, texts, all = columns.size()](Table& t) {
        CopyText& row = begin(Entity::demographics, t);
        row.date(t.date(0)); // a birthday is not moved
        row.text(v11() ? t.word(1, {"male", "female"}, false)
                       : t.word(1, {"male", "female", "other", "unspecified"}, true));
        for (std::size_t column = 2; column < texts; ++column)
            row.boolean(t.flag(column));
        for (std::size_t column = texts; column < all; ++column)
            row.text(t.view(column));
        row.end_row();
    });
}

Result<void> FilesReader::read_enrollments() {
    return read("enrollments",
                {{"classSourcedId", required},
                 {"schoolSourcedId", required},
                 {"userSourcedId", required},
                 {"role", required},
                 {"primary"},
                 {"beginDate"},
                 {"endDate"}},
                [this](Table& t) {
                    begin(Entity::enrollments, t)
                        .text(t.view(0))
                        .text(t.view(1))
                        .text(t.view(2))
                        .text(t.word(3, {"administrator", "proctor", "student", "teacher"}, false))
                        .boolean(t.flag(4).value_or(false))
                        .date(date(t, 5))
                        .date(date(t, 6))
                        .end_row();
                });
}

Result<void> FilesReader::read_categories() {
    return read("categories", {{"title", required}, {"weight"}}, [this](Table& t) {
        begin(Entity::categories, t).text(t.view(0)).number(t.number(1)).end_row();
    });
}

Result<void> FilesReader::read_line_items() {
    return read("lineItems",
                {{"title", required},
                 {"description"},
                 {"assignDate", required},
                 {"dueDate", required},
                 {"classSourcedId", required},
                 {"categorySourcedId", required},
                 {"gradingPeriodSourcedId"},
                 {"schoolSourcedId"},
                 {"resultValueMin"},
                 {"resultValueMax"}},
                [this](Table& t) { read_line_item(t); });
}

void FilesReader::read_line_item(Table& t) {
    auto assigned = t.day_or_instant(2), due = t.day_or_instant(3);
    if (assigned.at)
        assigned.day =
            parse_date(t.view(2).substr(0, 10)); // the day as it is written, whatever its offset
    for (auto* moment : {&assigned, &due}) {
        if (moment->day)
            *moment->day += shift_;
        if (moment->at)
            moment->at->ms += std::chrono::milliseconds(shift_).count();
    }
    auto least = t.number(8), most = t.number(9);
    if (least && most && *most < *least)
        t.wrong(9, "is less than resultValueMin");
    const bool without_categories =
        package_.mode() == "bulk" && package_.mode("categories") == FileMode::absent;
    begin(Entity::line_items, t)
        .text(t.view(0))
        .text(t.view(1))
        .text(t.view(4))
        .text(without_categories ? "" : t.view(5))
        .text(t.view(6))
        .text(t.view(7))
        .date(assigned.day)
        .date(due.day)
        .instant(due.at)
        .number(least)
        .number(most)
        .end_row();
}

Result<std::chrono::days> days_to(const Package& package, Date date) {
    std::optional<Date> newest;
    if (package.mode("academicSessions") != FileMode::absent) {
        Findings findings(1);
        Table t(package, "academicSessions", {{"type", required}, {"startDate", required}},
                findings);
        while (t.next())
            if (auto start = t.date(1);
                start && t.view(0) == "term" && (!newest || *start > *newest))
                newest = start;
        if (t.source_error())
            return *t.source_error();
        if (!findings.none())
            return first_of(findings.errors());
    }
    if (!newest)
        return fail(Code::not_found,
                    "the package has no academic session of type term to shift by");
    return date - *newest;
}

Result<void> add_with_places(const Package& package, std::string_view file,
                             const std::multimap<std::int64_t, Misplaced>& lines,
                             Findings& findings) {
    std::vector<Column> columns;
    for (const auto& [line, what] : lines)
        if (std::ranges::find(columns, what.column, &Column::name) == columns.end())
            columns.push_back({what.column});
    Findings known(0); // what else is wrong in the file was said when it was read
    Table t(package, without_ending(file), columns, known, Table::Shape::plain);
    for (auto next = lines.begin(); next != lines.end() && t.next();) {
        for (; next != lines.end() && next->first == static_cast<std::int64_t>(t.line()); ++next) {
            const auto column = std::ranges::find(columns, next->second.column, &Column::name);
            t.wrong_in(static_cast<std::size_t>(column - columns.begin()), next->second.reason,
                       findings);
        }
    }
    if (t.source_error())
        return *t.source_error();
    return {};
}

} // namespace bw::roster
