#include "roster/import.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <unordered_map>

#include "base/json.hpp"
#include "roster/import_sql.hpp"
#include "roster/users.hpp"

namespace bw::roster {

namespace {

/// The statements of one entity, and where its counts go.
struct Entity {
    const pg::Statement& known;
    const pg::Statement& stage;
    const pg::Statement& copy;
    const pg::Statement& merge;
    EntityCounts ImportReport::* counts;
};

// In the order in which the tables refer to each other.
enum Index : std::size_t {
    orgs,
    academic_sessions,
    courses,
    sections_,
    users,
    user_roles,
    enrollments,
    categories,
    line_items,
    entity_count
};

constexpr std::array<Entity, entity_count> entities{{
    {sql::known_orgs, sql::stage_orgs, sql::copy_orgs, sql::merge_orgs, &ImportReport::orgs},
    {sql::known_academic_sessions, sql::stage_academic_sessions, sql::copy_academic_sessions,
     sql::merge_academic_sessions, &ImportReport::academic_sessions},
    {sql::known_courses, sql::stage_courses, sql::copy_courses, sql::merge_courses,
     &ImportReport::courses},
    {sql::known_sections, sql::stage_sections, sql::copy_sections, sql::merge_sections,
     &ImportReport::sections},
    {sql::known_users, sql::stage_users, sql::copy_users, sql::merge_users, &ImportReport::users},
    {sql::known_user_roles, sql::stage_user_roles, sql::copy_user_roles, sql::merge_user_roles,
     &ImportReport::user_roles},
    {sql::known_enrollments, sql::stage_enrollments, sql::copy_enrollments, sql::merge_enrollments,
     &ImportReport::enrollments},
    {sql::known_categories, sql::stage_categories, sql::copy_categories, sql::merge_categories,
     &ImportReport::categories},
    {sql::known_line_items, sql::stage_line_items, sql::copy_line_items, sql::merge_line_items,
     &ImportReport::line_items},
}};

/// Rows in the text format of COPY. Empty text stands for an absent value and becomes NULL.
class CopyText {
public:
    CopyText& uuid(const Uuid* id) { return id ? raw(bw::to_text(*id)) : null(); }
    CopyText& boolean(bool b) { return raw(b ? "t" : "f"); }
    CopyText& date(std::optional<Date> date) { return date ? raw(to_text(*date)) : null(); }
    CopyText& instant(std::optional<Instant> at) { return at ? raw(to_rfc3339(*at)) : null(); }
    CopyText& number(std::optional<double> n) { return n ? raw(fmt::format("{}", *n)) : null(); }
    CopyText& null() { return raw("\\N"); }
    CopyText& text(std::string_view text) {
        if (text.empty())
            return null();
        separate();
        for (char c : text) {
            switch (c) {
            case '\\':
                out_ += "\\\\";
                break;
            case '\t':
                out_ += "\\t";
                break;
            case '\n':
                out_ += "\\n";
                break;
            case '\r':
                out_ += "\\r";
                break;
            default:
                out_ += c;
            }
        }
        return *this;
    }
    void end_row() {
        out_ += '\n';
        row_begun_ = false;
        ++rows_;
    }
    const std::string& out() const { return out_; }
    std::int64_t rows() const { return rows_; }

private:
    CopyText& raw(std::string_view text) {
        separate();
        out_ += text;
        return *this;
    }
    void separate() {
        if (row_begun_)
            out_ += '\t';
        row_begun_ = true;
    }

    std::string out_;
    std::int64_t rows_ = 0;
    bool row_begun_ = false;
};

/// The ids of one entity's rows by sourcedId: those that the database knows, and those made now.
class Ids {
public:
    void know(std::string sourced_id, const Uuid& id) {
        ids_.emplace(std::move(sourced_id), Known{id, false});
    }

    template <class Rows>
    void make_missing(const Rows& rows, const ImportOptions& options, Instant now) {
        for (const auto& row : rows)
            if (auto [at, missing] = ids_.try_emplace(row.sourced_id); missing)
                at->second = {make_uuid_v7(now, options.rng), true};
    }
    /// Null for an empty reference. References were checked when the package was read.
    const Uuid* find(const std::string& sourced_id) const {
        auto at = ids_.find(sourced_id);
        return at == ids_.end() ? nullptr : &at->second.id;
    }
    /// Begins the row: id, fresh, sourced_id.
    CopyText& begin_row(CopyText& out, const std::string& sourced_id) const {
        const Known& known = ids_.at(sourced_id);
        return out.uuid(&known.id).boolean(known.fresh).text(sourced_id);
    }

private:
    struct Known {
        Uuid id;
        bool fresh;
    };
    std::unordered_map<std::string, Known> ids_;
};

/// The package as COPY data, references resolved.
struct Staged {
    std::array<CopyText, entity_count> rows;
    CopyText section_terms;
};

void stage_places(const Package& p, const std::array<Ids, entity_count>& ids, Staged& out) {
    for (const auto& o : p.orgs)
        ids[orgs]
            .begin_row(out.rows[orgs], o.sourced_id)
            .text(o.name)
            .text(o.type)
            .text(o.identifier)
            .uuid(ids[orgs].find(o.parent))
            .end_row();
    const Ids& sessions = ids[academic_sessions];
    for (const auto& s : p.academic_sessions)
        sessions.begin_row(out.rows[academic_sessions], s.sourced_id)
            .text(s.title)
            .text(s.type)
            .date(s.start_date)
            .date(s.end_date)
            .text(s.school_year)
            .uuid(sessions.find(s.parent))
            .end_row();
    for (const auto& c : p.courses)
        ids[courses]
            .begin_row(out.rows[courses], c.sourced_id)
            .text(c.title)
            .text(c.course_code)
            .uuid(ids[orgs].find(c.org))
            .uuid(sessions.find(c.school_year))
            .end_row();
    for (const auto& s : p.sections) {
        ids[sections_]
            .begin_row(out.rows[sections_], s.sourced_id)
            .text(s.title)
            .text(s.class_code)
            .text(s.class_type)
            .text(s.location)
            .uuid(ids[courses].find(s.course))
            .uuid(ids[orgs].find(s.school))
            .end_row();
        for (const auto& term : s.terms)
            out.section_terms.uuid(ids[sections_].find(s.sourced_id))
                .uuid(sessions.find(term))
                .end_row();
    }
}

void stage_people(const Package& p, const std::array<Ids, entity_count>& ids, Staged& out) {
    for (const auto& u : p.users)
        ids[users]
            .begin_row(out.rows[users], u.sourced_id)
            .text(u.enabled ? "active" : "inactive")
            .text(u.username)
            .text(u.enabled ? username_normal(u.username) : "")
            .text(u.given_name)
            .text(u.family_name)
            .text(u.email)
            .text(u.identifier)
            .uuid(ids[orgs].find(u.primary_org))
            .end_row();
    for (const auto& r : p.roles)
        ids[user_roles]
            .begin_row(out.rows[user_roles], r.sourced_id)
            .uuid(ids[users].find(r.user))
            .uuid(ids[orgs].find(r.org))
            .text(r.role)
            .text(r.role_type)
            .date(r.begin_date)
            .date(r.end_date)
            .end_row();
    for (const auto& e : p.enrollments)
        ids[enrollments]
            .begin_row(out.rows[enrollments], e.sourced_id)
            .uuid(ids[sections_].find(e.section))
            .uuid(ids[orgs].find(e.school))
            .uuid(ids[users].find(e.user))
            .text(e.role)
            .boolean(e.primary)
            .date(e.begin_date)
            .date(e.end_date)
            .end_row();
}

void stage_gradebook(const Package& p, const std::array<Ids, entity_count>& ids, Staged& out) {
    if (p.categories)
        for (const auto& c : *p.categories)
            ids[categories]
                .begin_row(out.rows[categories], c.sourced_id)
                .text(c.title)
                .number(c.weight)
                .end_row();
    if (p.line_items)
        for (const auto& l : *p.line_items)
            ids[line_items]
                .begin_row(out.rows[line_items], l.sourced_id)
                .text(l.title)
                .text(l.description)
                .uuid(ids[sections_].find(l.section))
                .uuid(ids[categories].find(l.category))
                .uuid(ids[academic_sessions].find(l.grading_period))
                .uuid(ids[orgs].find(l.school))
                .date(l.assign_date)
                .date(l.due_date)
                .instant(l.due_at)
                .number(l.result_min)
                .number(l.result_max)
                .end_row();
}

/// Locks, makes the temporary tables and reads what the database knows: one round trip.
Result<std::array<Ids, entity_count>> begin(tenancy::TenantTx& tx, const std::string& source) {
    pg::Params by_source;
    by_source.text(source);
    std::vector<tenancy::Step> steps{{sql::lock_roster, {}}, {sql::stage_section_terms, {}}};
    for (const auto& entity : entities)
        steps.push_back({entity.stage, {}});
    const std::size_t first_known = steps.size();
    for (const auto& entity : entities)
        steps.push_back({entity.known, by_source});
    auto answers = TRY(tx.run(steps));
    std::array<Ids, entity_count> ids;
    for (std::size_t i = 0; i < entity_count; ++i) {
        const pg::Rows& rows = answers[first_known + i];
        for (int row = 0; row < rows.count(); ++row)
            ids[i].know(std::string(rows.text(row, 0)), rows.uuid(row, 1));
    }
    return ids;
}

void make_missing_ids(const Package& p, const ImportOptions& options,
                      std::array<Ids, entity_count>& ids) {
    const Instant now = options.clock.now();
    ids[orgs].make_missing(p.orgs, options, now);
    ids[academic_sessions].make_missing(p.academic_sessions, options, now);
    ids[courses].make_missing(p.courses, options, now);
    ids[sections_].make_missing(p.sections, options, now);
    ids[users].make_missing(p.users, options, now);
    ids[user_roles].make_missing(p.roles, options, now);
    ids[enrollments].make_missing(p.enrollments, options, now);
    if (p.categories)
        ids[categories].make_missing(*p.categories, options, now);
    if (p.line_items)
        ids[line_items].make_missing(*p.line_items, options, now);
}

Result<void> refuse_taken_usernames(tenancy::TenantTx& tx, const pg::Params& by_source) {
    pg::Rows taken = TRY(tx.run(sql::username_taken, by_source));
    if (taken.empty())
        return {};
    return fail(
        Code::conflict,
        fmt::format(
            "the username \"{}\" of user \"{}\" belongs to user \"{}\" of source \"{}\" already",
            taken.text(0, 3), taken.text(0, 0), taken.text(0, 2), taken.text(0, 1)),
        "username");
}

/// A file that is absent is not a file without rows: what is known of it stays as it is.
bool present(const Package& p, std::size_t entity) {
    return (entity != categories || p.categories) && (entity != line_items || p.line_items);
}

EntityCounts counts_of(const pg::Rows& rows, std::int64_t staged) {
    EntityCounts c{
        .added = rows.int8(0, 0), .changed = rows.int8(0, 1), .removed = rows.int8(0, 2)};
    c.unchanged = staged - c.added - c.changed;
    return c;
}

} // namespace

Result<ImportReport> import(tenancy::TenantTx& tx, const Package& package,
                            const ImportOptions& options) {
    auto ids = TRY(begin(tx, options.source));
    make_missing_ids(package, options, ids);
    Staged staged;
    stage_places(package, ids, staged);
    stage_people(package, ids, staged);
    stage_gradebook(package, ids, staged);
    for (std::size_t i = 0; i < entity_count; ++i)
        CHECK_OK(tx.copy_in(entities[i].copy, staged.rows[i].out()));
    CHECK_OK(tx.copy_in(sql::copy_section_terms, staged.section_terms.out()));

    pg::Params by_source;
    by_source.text(options.source);
    CHECK_OK(refuse_taken_usernames(tx, by_source));
    std::vector<tenancy::Step> steps;
    std::vector<std::size_t> merged;
    for (std::size_t i = 0; i < entity_count; ++i) {
        if (!present(package, i))
            continue;
        steps.push_back({entities[i].merge, by_source});
        merged.push_back(i);
    }
    steps.push_back({sql::merge_section_terms, {}});
    steps.push_back({sql::unstage, {}});
    auto answers = TRY(tx.run(steps));
    ImportReport report;
    for (std::size_t i = 0; i < merged.size(); ++i)
        report.*entities[merged[i]].counts = counts_of(answers[i], staged.rows[merged[i]].rows());
    report.section_terms = counts_of(answers[merged.size()], staged.section_terms.rows());
    return report;
}

bool ImportReport::nothing_written() const {
    auto written = [](const EntityCounts& c) { return c.added + c.changed + c.removed; };
    std::int64_t all = written(section_terms);
    for (const auto& entity : entities)
        all += written(this->*entity.counts);
    return all == 0;
}

std::string ImportReport::json() const {
    JsonWriter json;
    json.object();
    auto member = [&json](std::string_view name, const EntityCounts& c) {
        json.key(name)
            .object()
            .member("added", c.added)
            .member("changed", c.changed)
            .member("unchanged", c.unchanged)
            .member("removed", c.removed)
            .end();
    };
    member("orgs", orgs);
    member("academic_sessions", academic_sessions);
    member("courses", courses);
    member("sections", sections);
    member("section_terms", section_terms);
    member("users", users);
    member("user_roles", user_roles);
    member("enrollments", enrollments);
    member("categories", categories);
    member("line_items", line_items);
    return json.end().take();
}

} // namespace bw::roster
