// Institutions with classes, assignments, hand-ins and grades, all made up; figures are computed
// here in plain C++, by going over all of it.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>

#include "base/ensure.hpp"
#include "reporting/made_rows_for_test.hpp"

namespace bw::reporting::test {

using std::string_literals::operator""s;

struct Institution {
    Uuid id;
    std::string zone;
    std::int64_t offset_us; // of the zone, all year
};
struct Enrolled {
    Uuid id, tenant, section, user;
    std::string role = "student", status = "active";
};
struct Assigned {
    Uuid tenant, id, section;
    std::int64_t due_us, points_max;
};
struct HandedIn {
    Uuid tenant, id, assignment, user;
    std::int64_t at_us;
    bool late, recorded;
};
struct Told {
    Uuid tenant, assignment, user;
    std::int64_t number, points;
};
struct SignedIn {
    Uuid tenant, id, user;
    std::int64_t at_us;
};
struct Opened {
    Uuid tenant, id, user;
    std::optional<Uuid> section; // none: a page that is of no class
    std::size_t kind;            // of opened_kinds
    std::int64_t occurred_us, received_us;
    /// The moment that it counts by.
    std::int64_t at_us() const {
        return occurred_us > received_us || occurred_us < received_us - 7 * day_us ? received_us
                                                                                   : occurred_us;
    }
};
inline constexpr std::array opened_kinds{"section_opened",  "assignment_opened",
                                         "grade_opened",    "material_opened",
                                         "file_downloaded", "announcement_read"};

/// What the rollups say, with masks resolved to users; and the same by other means.
struct ClassDay {
    std::int64_t submissions = 0, late = 0;
    std::set<Uuid> active;
    bool operator==(const ClassDay&) const = default;
};
struct ClassAssignment {
    std::set<Uuid> enrolled, submitted, on_time, graded;
    std::int64_t submissions = 0, share_sum = 0, share_squares = 0;
    std::array<std::int64_t, 20> histogram{};
    bool operator==(const ClassAssignment&) const = default;
};
struct SignInDay {
    std::int64_t sign_ins = 0, people = 0;
    bool operator==(const SignInDay&) const = default;
};
struct ActivityDay {
    std::set<Uuid> opened;
    std::array<std::int64_t, opened_kinds.size()> of_kind{};
    bool operator==(const ActivityDay&) const = default;
};
struct PeopleDay {
    std::set<Uuid> active;
    std::int64_t activities = 0;
    bool operator==(const PeopleDay&) const = default;
};
using TenantDay = std::pair<Uuid, std::int32_t>;
struct Figures {
    std::map<std::tuple<Uuid, Uuid, std::int32_t>, ClassDay> class_day; // tenant, section, day
    std::map<std::pair<Uuid, Uuid>, ClassAssignment> class_assignment;  // tenant, assignment
    std::map<TenantDay, SignInDay> sign_in_day;
    std::map<std::tuple<Uuid, Uuid, std::int32_t>, ActivityDay> activity_day;
    std::map<TenantDay, PeopleDay> people_day;
    bool operator==(const Figures&) const = default;
};

inline std::int32_t day_of(std::int64_t us) {
    return static_cast<std::int32_t>(us / day_us); // all are after 1970
}

/// The source. What is changed here reaches the store with apply().
class MadeSchool {
public:
    explicit MadeSchool(std::uint64_t seed, const columnar::StoreOptions& options = {})
        : rows(seed, options) {}

    Uuid institution(const std::string& zone, std::int64_t offset_hours_times_two) {
        const Institution made{rows.id(), zone, offset_hours_times_two * hour_us / 2};
        institutions[made.id] = made;
        tell(made);
        return made.id;
    }
    void move(Uuid tenant, const std::string& zone, std::int64_t offset_hours_times_two) {
        Institution& moved = institutions[tenant];
        moved.zone = zone;
        moved.offset_us = offset_hours_times_two * hour_us / 2;
        tell(moved);
    }
    Uuid school(Uuid tenant, const std::string& name) {
        const Uuid id = rows.id();
        schools[id] = name;
        rows.put("orgs", {{"tenant_id", tenant},
                          {"org_id", id},
                          {"status", "active"s},
                          {"name", name},
                          {"type", "school"s}});
        return id;
    }
    Uuid section(Uuid tenant, Uuid of_school, const std::string& title) {
        const Uuid id = rows.id();
        section_school[id] = of_school;
        section_tenant[id] = tenant;
        rows.put("sections", {{"tenant_id", tenant},
                              {"section_id", id},
                              {"status", "active"s},
                              {"title", title},
                              {"class_type", "scheduled"s},
                              {"course_id", of_school},
                              {"school_org_id", of_school}});
        return id;
    }
    Uuid enrol(Uuid section, Uuid user, const std::string& role = "student") {
        const Enrolled made{rows.id(), section_tenant[section], section, user, role, "active"};
        enrolled[made.id] = made;
        tell(made);
        return made.id;
    }
    void leave(Uuid enrollment) {
        enrolled[enrollment].status = "inactive";
        tell(enrolled[enrollment]);
    }
    void unenrol(Uuid enrollment) {
        rows.remove("enrollments", {enrolled[enrollment].tenant, enrollment});
        enrolled.erase(enrollment);
    }
    Uuid assign(Uuid section, std::int64_t due_us, std::int64_t points_max = 1000,
                const std::string& title = "An essay") {
        const Assigned made{section_tenant[section], rows.id(), section, due_us, points_max};
        assigned[made.id] = made;
        titles[made.id] = title;
        tell(made);
        if (points_max >= 0) {
            rows.put("marking", {{"tenant_id", made.tenant},
                                 {"assignment_id", made.id},
                                 {"version", std::int64_t{1}}});
            rows.put("marking_schemes", {{"tenant_id", made.tenant},
                                         {"assignment_id", made.id},
                                         {"version", std::int64_t{1}},
                                         {"points_max", points_max},
                                         {"counts", "latest"s}});
        }
        return made.id;
    }
    void postpone(Uuid assignment, std::int64_t due_us) {
        assigned[assignment].due_us = due_us;
        tell(assigned[assignment]);
    }
    /// To another class of the same institution, as a roster import may do.
    void move_assignment(Uuid assignment, Uuid to_section) {
        ENSURE(section_tenant[to_section] == assigned[assignment].tenant, "its own institution");
        assigned[assignment].section = to_section;
        tell(assigned[assignment]);
    }
    Uuid hand_in(Uuid assignment, Uuid user, std::int64_t at_us, bool recorded = true) {
        const Assigned& to = assigned[assignment];
        const HandedIn made{to.tenant, rows.id(),          assignment, user,
                            at_us,     at_us >= to.due_us, recorded};
        handed_in[made.id] = made;
        rows.put("submissions", {{"tenant_id", made.tenant},
                                 {"submission_id", made.id},
                                 {"assignment_id", assignment},
                                 {"user_id", user},
                                 {"state", recorded ? "recorded"s : "refused"s},
                                 {"reason", recorded ? Value() : Value("attempts"s)},
                                 {"received_at", Micros{at_us}},
                                 {"late", made.late},
                                 {"recorded_at", Micros{at_us + 1000}},
                                 {"kind", "text"s}});
        return made.id;
    }
    void erase(Uuid submission) {
        rows.remove("submissions", {handed_in[submission].tenant, submission});
        handed_in.erase(submission);
    }
    void tell_grade(Uuid assignment, Uuid user, std::int64_t points) {
        std::int64_t number = 1;
        for (const Told& t : told)
            number += t.assignment == assignment && t.user == user;
        told.push_back({assigned[assignment].tenant, assignment, user, number, points});
        rows.put("grades", {{"tenant_id", told.back().tenant},
                            {"assignment_id", assignment},
                            {"user_id", user},
                            {"number", number},
                            {"scheme_version", std::int64_t{1}},
                            {"points", points},
                            {"released_at", Micros{monday_us}}});
    }
    void extend(Uuid assignment, std::optional<Uuid> user, std::int64_t due_us) {
        extended[{assignment, user}] = due_us;
        rows.put("extensions", {{"tenant_id", assigned[assignment].tenant},
                                {"extension_id", rows.id()},
                                {"assignment_id", assignment},
                                {"user_id", user ? Value(*user) : Value()},
                                {"due_at", Micros{due_us}},
                                {"given_at", Micros{monday_us}}});
    }
    void sign_in(Uuid tenant, Uuid user, std::int64_t at_us) {
        signed_in.push_back({tenant, rows.id(), user, at_us});
        rows.put("audit_events", {{"tenant_id", tenant},
                                  {"audit_event_id", signed_in.back().id},
                                  {"at", Micros{at_us}},
                                  {"actor", "usr_" + to_hex(view(user))},
                                  {"action", "session.created"s}});
    }
    Uuid open(Uuid tenant, Uuid user, std::optional<Uuid> section, std::size_t kind,
              std::int64_t occurred_us, std::int64_t received_us) {
        const Opened made{tenant, rows.id(), user, section, kind, occurred_us, received_us};
        opened[made.id] = made;
        rows.put("activities",
                 {{"tenant_id", tenant},
                  {"user_id", user},
                  {"activity_id", made.id},
                  {"kind", section ? std::string(opened_kinds[kind]) : "page_viewed"s},
                  {"page", section ? Value() : Value("today"s)},
                  {"subject_id", section ? Value(*section) : Value()},
                  {"section_id", section ? Value(*section) : Value()},
                  {"occurred_at", Micros{occurred_us}},
                  {"received_at", Micros{received_us}}});
        return made.id;
    }
    void forget(Uuid activity) {
        rows.remove("activities", {opened[activity].tenant, opened[activity].user, activity});
        opened.erase(activity);
    }
    void apply() { rows.apply(); }

    /// By going over everything.
    Figures computed() const {
        Figures out;
        const auto local_day = [&](Uuid tenant, std::int64_t us) {
            return day_of(us + institutions.at(tenant).offset_us);
        };
        for (const auto& [id, s] : handed_in) {
            if (!s.recorded)
                continue;
            ClassDay& day = out.class_day[{s.tenant, assigned.at(s.assignment).section,
                                           local_day(s.tenant, s.at_us)}];
            ++day.submissions;
            day.late += s.late;
            day.active.insert(s.user);
            ClassAssignment& of = out.class_assignment[{s.tenant, s.assignment}];
            ++of.submissions;
            of.submitted.insert(s.user);
            if (!s.late)
                of.on_time.insert(s.user);
        }
        for (const auto& [id, a] : assigned)
            for (const auto& [unused, e] : enrolled)
                if (e.section == a.section && e.role == "student" && e.status == "active")
                    out.class_assignment[{a.tenant, id}].enrolled.insert(e.user);
        for (const auto& [key, share] : shares()) {
            ClassAssignment& of = out.class_assignment[{assigned.at(key.first).tenant, key.first}];
            of.graded.insert(key.second);
            of.share_sum += share;
            of.share_squares += share * share;
            ++of.histogram[static_cast<std::size_t>(std::min<std::int64_t>(share / 500, 19))];
        }
        std::map<TenantDay, std::set<Uuid>> people;
        for (const SignedIn& s : signed_in) {
            const TenantDay day{s.tenant, local_day(s.tenant, s.at_us)};
            ++out.sign_in_day[day].sign_ins;
            people[day].insert(s.user);
        }
        for (const auto& [day, users] : people)
            out.sign_in_day[day].people = static_cast<std::int64_t>(users.size());
        for (const auto& [id, o] : opened) {
            const std::int32_t day = local_day(o.tenant, o.at_us());
            PeopleDay& all = out.people_day[{o.tenant, day}];
            ++all.activities;
            all.active.insert(o.user);
            if (!o.section || !is_student(*o.section, o.user))
                continue;
            ActivityDay& of = out.activity_day[{o.tenant, *o.section, day}];
            ++of.of_kind[o.kind];
            of.opened.insert(o.user);
        }
        return out;
    }
    /// Of whatever status.
    bool is_student(Uuid section, Uuid user) const {
        return std::ranges::any_of(enrolled, [&](const auto& e) {
            return e.second.section == section && e.second.user == user &&
                   e.second.role == "student";
        });
    }
    /// The newest grade of each (assignment, user), in ten-thousandths.
    std::map<std::pair<Uuid, Uuid>, std::int64_t> shares() const {
        std::map<std::pair<Uuid, Uuid>, std::int64_t> out;
        for (const Told& t : told) // later ones overwrite
            if (const std::int64_t of = assigned.at(t.assignment).points_max; of > 0)
                out[{t.assignment, t.user}] = t.points * 10'000 / of;
        return out;
    }

    MadeRows rows;
    std::map<Uuid, Institution> institutions;
    std::map<Uuid, std::string> schools, titles;
    std::map<Uuid, Uuid> section_school, section_tenant;
    std::map<Uuid, Enrolled> enrolled;
    std::map<Uuid, Assigned> assigned;
    std::map<Uuid, HandedIn> handed_in;
    std::vector<Told> told;
    std::map<std::pair<Uuid, std::optional<Uuid>>, std::int64_t>
        extended; // assignment, whom; till when
    std::vector<SignedIn> signed_in;
    std::map<Uuid, Opened> opened;

private:
    void tell(const Institution& i) {
        rows.put("tenants", {{"tenant_id", i.id}, {"state", "active"s}, {"zone", i.zone}});
    }
    void tell(const Enrolled& e) {
        rows.put("enrollments", {{"tenant_id", e.tenant},
                                 {"enrollment_id", e.id},
                                 {"status", e.status},
                                 {"section_id", e.section},
                                 {"school_org_id", section_school[e.section]},
                                 {"user_id", e.user},
                                 {"role", e.role}});
    }
    void tell(const Assigned& a) {
        rows.put("assignments", {{"tenant_id", a.tenant},
                                 {"assignment_id", a.id},
                                 {"section_id", a.section},
                                 {"title", titles[a.id]},
                                 {"due_at", Micros{a.due_us}},
                                 {"active", true},
                                 {"kind", "text"s}});
    }
};

/// What stands in the store.
inline Figures stored(MadeRows& rows) {
    Figures out;
    std::map<std::tuple<Uuid, Uuid, std::int64_t>, Uuid> seats;
    for (const auto& row : rows.rows("select * from rollup.seats")) {
        const bool first = seats
                               .emplace(std::tuple{std::get<Uuid>(row[0]), std::get<Uuid>(row[1]),
                                                   std::get<std::int64_t>(row[3])},
                                        std::get<Uuid>(row[2]))
                               .second;
        EXPECT_TRUE(first) << "two sit on one seat";
    }
    const auto resolve = [&](const Value& tenant, const Value& section, const Value& block,
                             const Value& mask, std::set<Uuid>& into) {
        const auto bits = std::stoull(std::get<std::string>(mask));
        for (int bit = 0; bit < 64; ++bit)
            if (bits >> bit & 1)
                into.insert(seats.at({std::get<Uuid>(tenant), std::get<Uuid>(section),
                                      std::get<std::int64_t>(block) * 64 + bit}));
    };
    const auto number = [](const Value& v) { return std::get<std::int64_t>(v); };
    for (const auto& row :
         rows.rows("select * replace (active::varchar as active) from rollup.class_day")) {
        ClassDay& day = out.class_day[{std::get<Uuid>(row[0]), std::get<Uuid>(row[1]),
                                       std::get<columnar::Day>(row[2]).value}];
        day.submissions += number(row[4]);
        day.late += number(row[5]);
        resolve(row[0], row[1], row[3], row[6], day.active);
    }
    for (const auto& row :
         rows.rows("select * replace (enrolled::varchar as enrolled, submitted::varchar as "
                   "submitted, on_time::varchar as on_time, graded::varchar as graded) from "
                   "rollup.class_assignment")) {
        ClassAssignment& of =
            out.class_assignment[{std::get<Uuid>(row[0]), std::get<Uuid>(row[2])}];
        resolve(row[0], row[1], row[3], row[4], of.enrolled);
        resolve(row[0], row[1], row[3], row[5], of.submitted);
        resolve(row[0], row[1], row[3], row[6], of.on_time);
        resolve(row[0], row[1], row[3], row[7], of.graded);
        of.submissions += number(row[8]);
        of.share_sum += number(row[9]);
        of.share_squares += number(row[10]);
        for (std::size_t i = 0; i < 20; ++i)
            of.histogram[i] += number(row[11 + i]);
    }
    for (const auto& row : rows.rows("select * from rollup.sign_in_day"))
        out.sign_in_day[{std::get<Uuid>(row[0]), std::get<columnar::Day>(row[1]).value}] = {
            number(row[2]), number(row[3])};
    for (const auto& row :
         rows.rows("select * replace (opened::varchar as opened) from rollup.activity_day")) {
        ActivityDay& day = out.activity_day[{std::get<Uuid>(row[0]), std::get<Uuid>(row[1]),
                                             std::get<columnar::Day>(row[2]).value}];
        resolve(row[0], row[1], row[3], row[4], day.opened);
        for (std::size_t i = 0; i < opened_kinds.size(); ++i)
            day.of_kind[i] += number(row[5 + i]);
    }
    for (const auto& row : rows.rows("select tenant_id, day, activities from rollup.people_day"))
        out.people_day[{std::get<Uuid>(row[0]), std::get<columnar::Day>(row[1]).value}]
            .activities += number(row[2]);
    for (const auto& row : rows.rows(
             "select d.tenant_id, d.day, p.user_id from rollup.people_day d join rollup.people p "
             "on p.tenant_id = d.tenant_id and p.ordinal // 64 = d.block "
             "where (d.active & (1::ubigint << (p.ordinal % 64)::ubigint)) <> 0"))
        out.people_day[{std::get<Uuid>(row[0]), std::get<columnar::Day>(row[1]).value}]
            .active.insert(std::get<Uuid>(row[2]));
    return out;
}

} // namespace bw::reporting::test
