// Every report of the catalogue, on a made institution, against figures that are computed here by
// going over the source rows, and against the text in golden/ (BW_WRITE_GOLDEN=1 writes it anew).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "reporting/made_school_for_test.hpp"
#include "reporting/run_report.hpp"

namespace bw::reporting {
namespace {

using columnar::Day;
using columnar::Micros;
using columnar::Value;
using test::day_us;
using test::hour_us;
using test::MadeSchool;
using test::monday_us;
using test::soon;
using std::string_literals::operator""s;

using Rows = std::vector<std::vector<Value>>;

constexpr std::int64_t as_of_us = monday_us + 20 * day_us + 10 * hour_us;
constexpr std::int64_t offset_us = 11 * hour_us / 2; // Asia/Kolkata
std::int32_t local_day(std::int64_t us) {
    return test::day_of(us + offset_us);
}
const std::int32_t today = local_day(as_of_us);

/// Three schools of 3, 6 and 70 students; assignments of two months, work that is in time, late,
/// missing or refused, extensions, grades. Another institution beside it.
struct Made : MadeSchool {
    Made() : MadeSchool(42) {
        other = institution("UTC", 0);
        fill(other, {8});
        sections.clear();
        tenant = institution("Asia/Kolkata", 11);
        fill(tenant, {3, 6, 70});
        open_things();
        apply();
    }
    /// A third of the students opens nothing any more from some day on; teachers read along.
    void open_things() {
        const auto everybody = enrolled;
        for (const auto& [id, e] : everybody) {
            const std::int64_t rest = 1 + rows.upto(8),
                               stops = rows.upto(3) == 0 ? rows.upto(15) : 30;
            for (std::int64_t day = -9 + rows.upto(3); day < stops; day += 1 + rows.upto(rest))
                for (std::int64_t n = rows.upto(4); n >= 0; --n) {
                    const std::int64_t at = monday_us + day * day_us + rows.upto(24) * hour_us;
                    const std::int64_t came = at + rows.upto(20) * hour_us / 10;
                    const bool is_page = rows.upto(4) == 0;
                    if (came < as_of_us)
                        open(e.tenant, e.user, is_page ? std::nullopt : std::optional(e.section),
                             static_cast<std::size_t>(rows.upto(6)), at, came);
                }
        }
    }
    void fill(Uuid of, std::vector<int> sizes) {
        for (int size : sizes) {
            const Uuid in = school(of, "School of " + std::to_string(size));
            const Uuid made = section(of, in, "Class of " + std::to_string(size));
            sections.push_back(made);
            enrol(made, rows.id(), "teacher");
            std::vector<Uuid> students;
            for (int i = 0; i < size; ++i) {
                students.push_back(rows.id());
                const Uuid enrollment = enrol(made, students.back());
                if (i % 9 == 8)
                    leave(enrollment);
                for (int d = 0; d < 30; d += 1 + static_cast<int>(rows.upto(9)))
                    sign_in(of, students.back(), monday_us + d * day_us + rows.upto(24) * hour_us);
            }
            for (int n = 0; n < 6; ++n)
                fill_assignment(assign(made,
                                       monday_us + (n * 5 - 4) * day_us + rows.upto(24) * hour_us,
                                       n == 5 ? 0 : 1000, "Essay " + std::to_string(n)),
                                students);
        }
        for (int m = 0; m < 40; ++m)
            load.push_back(
                {of, monday_us + m * 7 * hour_us, rows.upto(50), rows.upto(500), rows.upto(20)});
        for (std::size_t i = load.size() - 40; i < load.size(); ++i)
            rows.put("load_minutes", {{"tenant_id", of},
                                      {"minute", Micros{load[i].at_us}},
                                      {"password", load[i].passwords},
                                      {"refresh", std::int64_t{2}},
                                      {"page_read", load[i].pages},
                                      {"submission", load[i].submissions}});
    }
    void fill_assignment(Uuid assignment, const std::vector<Uuid>& students) {
        const std::int64_t due = assigned[assignment].due_us;
        for (const Uuid& student : students) {
            const auto chance = rows.upto(10);
            if (chance == 0)
                extend(assignment, student, due + (1 + rows.upto(20)) * day_us);
            for (std::int64_t n = chance < 3 ? 0 : 1 + chance % 2; n > 0; --n)
                if (const std::int64_t at = due - 2 * day_us + rows.upto(60) * hour_us;
                    at < as_of_us)
                    hand_in(assignment, student, at, rows.upto(12) != 0);
            if (due < as_of_us && chance > 4)
                tell_grade(assignment, student, rows.upto(1001));
            if (due < as_of_us && chance == 9)
                tell_grade(assignment, student, rows.upto(1001));
        }
    }
    Rows run(std::string_view id, std::vector<Value> arguments,
             std::optional<std::vector<SectionId>> mine = {}) {
        const auto* report = find_report(id);
        EXPECT_NE(report, nullptr) << id;
        auto outcome =
            run_report(*rows.store().connect().value(), *report, arguments,
                       {TenantId{tenant}, std::move(mine), Instant{as_of_us / 1000}}, soon());
        EXPECT_TRUE(outcome) << id << ": " << outcome.error().text();
        return outcome ? outcome->rows : Rows();
    }

    struct Load {
        Uuid tenant;
        std::int64_t at_us, passwords, pages, submissions;
    };
    Uuid tenant, other;
    std::vector<Uuid> sections;
    std::vector<Load> load;
};

// ---- by other means ----

struct Standing {
    Uuid section, assignment, user;
    std::int64_t due_us;
    bool enrolled = false, submitted = false, on_time = false, late = false, missing = false;
    std::optional<std::int64_t> share;
    std::optional<double> percent;
};

/// One for each student of a class and assignment with whom anything was.
std::vector<Standing> standings(const Made& made) {
    std::vector<Standing> out;
    const auto shares = made.shares();
    for (const auto& [id, a] : made.assigned) {
        if (a.tenant != made.tenant)
            continue;
        std::map<Uuid, Standing> of;
        const auto stand = [&](Uuid user) -> Standing& {
            Standing& s = of[user];
            s.section = a.section, s.assignment = a.id, s.user = user, s.due_us = a.due_us;
            return s;
        };
        for (const auto& [unused, e] : made.enrolled)
            if (e.section == a.section && e.role == "student" && e.status == "active")
                stand(e.user).enrolled = true;
        for (const auto& [unused, s] : made.handed_in)
            if (s.assignment == a.id && s.recorded) {
                stand(s.user).submitted = true;
                stand(s.user).on_time |= !s.late;
            }
        for (const test::Told& t : made.told)
            if (t.assignment == a.id && a.points_max > 0) {
                stand(t.user).percent =
                    static_cast<double>(t.points) * 100 / static_cast<double>(a.points_max);
                stand(t.user).share = shares.at({a.id, t.user});
            }
        for (auto& [user, s] : of) {
            if (const auto longer = made.extended.find({a.id, user}); longer != made.extended.end())
                s.due_us = std::max(s.due_us, longer->second);
            s.late = s.submitted && !s.on_time;
            s.missing = s.enrolled && !s.submitted && s.due_us <= as_of_us;
            out.push_back(s);
        }
    }
    return out;
}

struct Sums {
    std::int64_t students = 0, handed_in = 0, of_enrolled = 0, on_time = 0, enrolled_on_time = 0,
                 late = 0, missing = 0, graded = 0, share = 0;
};
Sums sums(const std::vector<Standing>& all, auto which) {
    Sums out;
    for (const Standing& s : all)
        if (which(s)) {
            out.students += s.enrolled;
            out.handed_in += s.submitted;
            out.of_enrolled += s.enrolled && s.submitted;
            out.on_time += s.on_time;
            out.enrolled_on_time += s.enrolled && s.on_time;
            out.late += s.late;
            out.missing += s.missing;
            out.graded += s.share.has_value();
            out.share += s.share.value_or(0);
        }
    return out;
}
Value ratio(double part, std::int64_t whole, double times) {
    return whole == 0 ? Value() : Value(part * times / static_cast<double>(whole));
}

/// The class's assignments, by due instant.
std::vector<test::Assigned> assignments_of(const Made& made, Uuid section) {
    std::vector<test::Assigned> out;
    for (const auto& [id, a] : made.assigned)
        if (a.section == section)
            out.push_back(a);
    std::ranges::sort(out, {}, [](const auto& a) { return std::pair(a.due_us, a.id); });
    return out;
}

bool same(const Value& a, const Value& b) {
    if (const auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
        x != nullptr && y != nullptr)
        return std::abs(*x - *y) < 1e-9 * std::max(1.0, std::abs(*x));
    return a == b;
}

std::string shown(const Value& value) {
    struct Show {
        std::string operator()(std::monostate) const { return "-"; }
        std::string operator()(bool v) const { return v ? "yes" : "no"; }
        std::string operator()(std::int64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const {
            std::ostringstream out;
            out.precision(6);
            out << v;
            return out.str();
        }
        std::string operator()(const std::string& v) const { return v; }
        std::string operator()(const columnar::Blob& v) const { return to_hex(v.value); }
        std::string operator()(const Uuid& v) const { return to_hex(view(v)).substr(24); }
        std::string operator()(Micros v) const { return to_rfc3339({v.value / 1000}); }
        std::string operator()(Day v) const {
            return to_rfc3339({v.value * std::int64_t{86'400'000}}).substr(0, 10);
        }
    };
    return std::visit(Show{}, value);
}

std::string shown(const Rows& rows) {
    std::string out;
    for (const auto& row : rows) {
        for (const Value& value : row)
            out += (&value == row.data() ? "" : " | ") + shown(value);
        out += '\n';
    }
    return out;
}

void golden(std::string_view id, const Rows& rows) {
    const std::string file = std::string(BW_GOLDEN) + "/" + std::string(id) + ".txt";
    if (std::getenv("BW_WRITE_GOLDEN") != nullptr)
        std::ofstream(file) << shown(rows);
    std::ifstream in(file);
    std::stringstream kept;
    kept << in.rdbuf();
    EXPECT_EQ(kept.str(), shown(rows)) << file;
}

void expect_same(std::string_view id, const Rows& computed, const Rows& reported) {
    EXPECT_FALSE(computed.empty()) << id << ": this proves nothing";
    EXPECT_TRUE(std::ranges::equal(
        computed, reported,
        [](const auto& a, const auto& b) { return std::ranges::equal(a, b, same); }))
        << id << "\ncomputed:\n"
        << shown(computed) << "reported:\n"
        << shown(reported);
}

class Reports : public testing::Test {
protected:
    static void SetUpTestSuite() { made_ = std::make_unique<Made>(); }
    static void TearDownTestSuite() { made_.reset(); }
    void check(std::string_view id, const Rows& computed, const std::vector<Value>& arguments) {
        const Rows reported = made_->run(id, arguments);
        expect_same(id, computed, reported);
        golden(id, reported);
    }
    static inline std::unique_ptr<Made> made_;
};

TEST_F(Reports, ClassProgress) {
    const auto all = standings(*made_);
    Rows computed;
    for (const auto& a : assignments_of(*made_, made_->sections[2])) {
        const Sums s = sums(all, [&](const Standing& at) { return at.assignment == a.id; });
        computed.push_back({a.id, made_->titles[a.id], Micros{a.due_us}, s.students, s.handed_in,
                            s.on_time, s.late, s.missing, s.graded,
                            ratio(static_cast<double>(s.share), s.graded, 0.01)});
    }
    check("class_progress", computed, {made_->sections[2]});
}

TEST_F(Reports, GradeDistribution) {
    const auto all = standings(*made_);
    Rows computed;
    for (const auto& a : assignments_of(*made_, made_->sections[2])) {
        std::vector<std::int64_t> steps(20);
        std::int64_t graded = 0;
        for (const Standing& s : all)
            if (s.assignment == a.id && s.percent) {
                ++steps[static_cast<std::size_t>(std::min(19, static_cast<int>(*s.percent / 5)))];
                ++graded;
            }
        for (std::int64_t i = 0; i < 20 && graded > 0; ++i)
            computed.push_back(
                {a.id, made_->titles[a.id], i * 5, steps[static_cast<std::size_t>(i)]});
    }
    check("grade_distribution", computed, {made_->sections[2], {}});
    EXPECT_EQ(made_->run("grade_distribution", {made_->sections[2], computed[0][0]}).size(), 20U);
}

TEST_F(Reports, Gradebook) {
    Rows computed;
    auto all = standings(*made_);
    std::ranges::sort(all, {}, [&](const Standing& s) {
        return std::tuple(s.user, made_->assigned[s.assignment].due_us, s.assignment);
    });
    for (const Standing& s : all) {
        const bool is_member = std::ranges::any_of(made_->enrolled, [&](const auto& e) {
            return e.second.section == s.section && e.second.user == s.user &&
                   e.second.status == "active" && e.second.role == "student";
        });
        if (s.section == made_->sections[1] && is_member)
            computed.push_back({s.user, s.assignment, made_->titles[s.assignment], Micros{s.due_us},
                                s.late        ? "late"s
                                : s.submitted ? "handed_in"s
                                : s.missing   ? "missing"s
                                              : "open"s,
                                s.percent ? Value(*s.percent) : Value()});
    }
    check("gradebook", computed, {made_->sections[1]});
}

TEST_F(Reports, AssignmentTimeline) {
    const Uuid assignment = assignments_of(*made_, made_->sections[2])[2].id;
    struct Hour {
        std::int64_t submissions = 0, late = 0;
    };
    std::map<std::int64_t, Hour> hours;
    std::map<Uuid, std::int64_t> first;
    for (const auto& [id, s] : made_->handed_in)
        if (s.assignment == assignment && s.recorded) {
            Hour& hour = hours[s.at_us / hour_us];
            ++hour.submissions;
            hour.late += s.late;
            const auto [at, fresh] = first.emplace(s.user, s.at_us);
            at->second = std::min(at->second, s.at_us);
        }
    Rows computed;
    for (const auto& [hour, of] : hours)
        computed.push_back(
            {Micros{hour * hour_us}, of.submissions, of.late,
             static_cast<std::int64_t>(std::ranges::count_if(
                 first, [&](const auto& f) { return f.second / hour_us <= hour; }))});
    check("assignment_timeline", computed, {assignment});
}

TEST_F(Reports, LateAndMissing) {
    auto all = standings(*made_);
    std::erase_if(all, [](const Standing& s) {
        return !(s.late || s.missing) || local_day(s.due_us) < today - 27 ||
               local_day(s.due_us) > today;
    });
    std::ranges::sort(
        all, {}, [](const Standing& s) { return std::tuple(-s.due_us, s.assignment, s.user); });
    Rows computed;
    for (const Standing& s : all)
        computed.push_back({s.user, s.section, s.assignment, made_->titles[s.assignment],
                            Micros{s.due_us}, s.missing ? "missing"s : "late"s});
    check("late_and_missing", computed, {{}, {}, {}});
}

TEST_F(Reports, EngagementByDay) {
    struct Engaged {
        std::set<Uuid> active;
        std::int64_t submissions = 0, late = 0, pages = 0, materials = 0, announcements = 0;
    };
    std::map<std::int32_t, Engaged> days;
    for (std::int32_t day = today - 27; day <= today; ++day)
        days[day] = {};
    for (const auto& [id, s] : made_->handed_in)
        if (made_->assigned[s.assignment].section == made_->sections[2] && s.recorded &&
            days.contains(local_day(s.at_us))) {
            Engaged& day = days[local_day(s.at_us)];
            ++day.submissions;
            day.late += s.late;
            day.active.insert(s.user);
        }
    for (const auto& [id, o] : made_->opened)
        if (o.section == made_->sections[2] && made_->is_student(*o.section, o.user) &&
            days.contains(local_day(o.at_us()))) {
            Engaged& day = days[local_day(o.at_us())];
            ++(o.kind < 3 ? day.pages : o.kind < 5 ? day.materials : day.announcements);
            day.active.insert(o.user);
        }
    Rows computed;
    for (const auto& [day, of] : days)
        computed.push_back({Day{day}, static_cast<std::int64_t>(of.active.size()), of.submissions,
                            of.late, of.pages, of.materials, of.announcements});
    check("engagement_by_day", computed, {made_->sections[2], {}, {}});
}

/// Days since each student of a class last opened anything of it, 28 at most.
std::map<Uuid, std::int64_t> inactive(const Made& made, Uuid section) {
    std::map<Uuid, std::int64_t> out;
    for (const auto& [id, e] : made.enrolled)
        if (e.section == section && e.role == "student" && e.status == "active")
            out[e.user] = 28;
    for (const auto& [id, o] : made.opened)
        if (const auto at = out.find(o.user); o.section == section && at != out.end())
            at->second = std::min<std::int64_t>(at->second, today - local_day(o.at_us()));
    return out;
}

double middle(const std::map<Uuid, std::int64_t>& of) {
    std::vector<std::int64_t> days;
    for (const auto& [user, n] : of)
        days.push_back(n);
    std::ranges::sort(days);
    return static_cast<double>(days[(days.size() - 1) / 2] + days[days.size() / 2]) / 2;
}

TEST_F(Reports, AtRisk) {
    std::map<std::pair<Uuid, Uuid>, std::vector<Standing>> by_student;
    for (const Standing& s : standings(*made_))
        if (s.enrolled && s.due_us <= as_of_us)
            by_student[{s.section, s.user}].push_back(s);
    Rows computed;
    for (auto& [key, of] : by_student) {
        if (of.size() < 3)
            continue;
        std::ranges::sort(of, std::ranges::greater(),
                          [](const Standing& s) { return std::pair(s.due_us, s.assignment); });
        std::int64_t missing = 0, late = 0, handed_in = 0, graded = 0;
        double percent = 0, recent = 0;
        for (const Standing& s : of) { // the last first
            missing += s.missing, late += s.late, handed_in += s.submitted;
            if (s.percent) {
                percent += *s.percent;
                recent += graded < 2 ? *s.percent : 0;
                ++graded;
            }
        }
        const auto idle = inactive(*made_, key.first);
        if (!idle.contains(key.second))
            continue; // no student any more
        std::string reasons;
        const auto reason = [&](bool holds, const char* name) {
            reasons += holds ? (reasons.empty() ? "" : ",") + std::string(name) : "";
        };
        reason(of[0].missing && of[1].missing && of[2].missing, "stopped");
        reason(missing * 10 >= static_cast<std::int64_t>(of.size()) * 3, "missing");
        reason(late > 0 && late * 2 >= handed_in, "late");
        reason(graded > 0 && percent / static_cast<double>(graded) < 50, "low_grades");
        reason(graded > 2 &&
                   recent / 2 <= (percent - recent) / static_cast<double>(graded - 2) - 15,
               "falling_grades");
        reason(static_cast<double>(idle.at(key.second)) >= middle(idle) + 7, "inactive");
        if (!reasons.empty())
            computed.push_back({key.second, key.first, static_cast<std::int64_t>(of.size()),
                                missing, late, ratio(percent, graded, 1),
                                ratio(recent, std::min<std::int64_t>(graded, 2), 1),
                                idle.at(key.second), middle(idle), reasons});
    }
    const auto number = [](const Value& v) { return std::get<std::int64_t>(v); };
    std::ranges::sort(computed, {}, [&](const auto& r) {
        return std::tuple(-number(r[3]), -number(r[4]), r[1], r[0]);
    });
    check("at_risk", computed, {{}});
}

/// Due in the last four weeks.
bool lately(const Made& made, const Standing& s) {
    const std::int64_t due = made.assigned.at(s.assignment).due_us;
    return due <= as_of_us && local_day(due) >= today - 27;
}

/// How many opened anything on these days; missing where they are fewer than five.
Value active_people(const Made& made, std::int32_t first, std::int32_t last) {
    std::set<Uuid> people;
    for (const auto& [id, o] : made.opened)
        if (o.tenant == made.tenant && local_day(o.at_us()) >= first &&
            local_day(o.at_us()) <= last)
            people.insert(o.user);
    return !people.empty() && people.size() < 5 ? Value()
                                                : Value(static_cast<std::int64_t>(people.size()));
}

TEST_F(Reports, InstitutionOverview) {
    const Sums s = sums(standings(*made_), [&](const Standing& at) { return lately(*made_, at); });
    std::int64_t students = 0, teachers = 0, due = 0, sign_ins = 0;
    for (const auto& [id, e] : made_->enrolled)
        if (e.tenant == made_->tenant && e.status == "active")
            ++(e.role == "student" ? students : teachers);
    for (const auto& [id, a] : made_->assigned)
        due +=
            a.tenant == made_->tenant && a.due_us <= as_of_us && local_day(a.due_us) >= today - 27;
    for (const auto& one : made_->signed_in)
        sign_ins += one.tenant == made_->tenant && local_day(one.at_us) >= today - 27 &&
                    local_day(one.at_us) <= today;
    check("institution_overview",
          {{std::int64_t{3}, std::int64_t{3}, students, teachers, due, s.students, s.of_enrolled,
            s.enrolled_on_time, s.missing, s.graded, sign_ins,
            active_people(*made_, today - 27, today), active_people(*made_, today - 6, today)}},
          {{}, {}});
}

TEST_F(Reports, SchoolComparison) {
    Rows computed;
    const auto all = standings(*made_);
    for (std::size_t i = 0; i < 3; ++i) {
        const Uuid section = made_->sections[i];
        const Sums s = sums(
            all, [&](const Standing& at) { return at.section == section && lately(*made_, at); });
        std::int64_t students = 0;
        for (const auto& [id, e] : made_->enrolled)
            students += e.section == section && e.status == "active" && e.role == "student";
        const Uuid school = made_->section_school[section];
        const bool small = i != 2; // of 3 is too small, and of 6 could be told from the total
        computed.push_back({school, made_->schools[school], std::int64_t{1}, students, s.students,
                            ratio(static_cast<double>(s.of_enrolled), s.students, 100),
                            ratio(static_cast<double>(s.enrolled_on_time), s.students, 100),
                            ratio(static_cast<double>(s.missing), s.students, 100),
                            ratio(static_cast<double>(s.share), s.graded, 0.01)});
        if (small)
            std::fill(computed.back().begin() + 2, computed.back().end(), Value());
    }
    std::ranges::sort(computed, {}, [](const auto& r) { return r[1]; });
    check("school_comparison", computed, {{}, {}});
}

TEST_F(Reports, SubmissionAudit) {
    std::vector<test::HandedIn> all;
    for (const auto& [id, s] : made_->handed_in)
        if (s.tenant == made_->tenant && local_day(s.at_us) >= today - 6 &&
            local_day(s.at_us) <= today)
            all.push_back(s);
    std::ranges::sort(all, {}, [](const auto& s) { return std::pair(-s.at_us, s.id); });
    Rows computed;
    for (const auto& s : all)
        computed.push_back({s.id, s.assignment, made_->assigned[s.assignment].section, s.user,
                            Micros{s.at_us}, Micros{s.at_us + 1000},
                            s.recorded ? "recorded"s : "refused"s, s.late,
                            s.recorded ? Value() : Value("attempts"s)});
    check("submission_audit", computed, {{}, {}, {}});
}

TEST_F(Reports, SignInActivity) {
    Rows computed;
    for (const auto& [key, day] : made_->computed().sign_in_day)
        if (key.first == made_->tenant && key.second >= today - 27 && key.second <= today)
            computed.push_back({Day{key.second}, day.sign_ins, day.people});
    const auto small = std::ranges::count_if(
        computed, [](const auto& r) { return std::get<std::int64_t>(r[2]) < small_group; });
    EXPECT_EQ(small, 0) << "else figures are missing, and this test must know which";
    check("sign_in_activity", computed, {{}, {}});
}

TEST_F(Reports, Usage) {
    struct Sum {
        std::int64_t sign_ins = 0, pages = 0, submissions = 0, busiest = 0;
    };
    std::map<std::int32_t, Sum> days;
    for (const auto& l : made_->load)
        if (l.tenant == made_->tenant && local_day(l.at_us) <= today) {
            Sum& day = days[local_day(l.at_us)];
            day.sign_ins += l.passwords + 2;
            day.pages += l.pages;
            day.submissions += l.submissions;
            day.busiest = std::max(day.busiest, l.pages);
        }
    Rows computed;
    for (const auto& [id, o] : made_->opened)
        if (o.tenant == made_->tenant && local_day(o.at_us()) >= today - 27)
            days[local_day(o.at_us())];
    for (const auto& [day, of] : days)
        computed.push_back({Day{day}, of.sign_ins, of.pages, of.submissions, of.busiest,
                            active_people(*made_, day, day), active_people(*made_, day - 6, day)});
    check("usage", computed, {{}, {}});
}

TEST_F(Reports, MarkingBacklog) {
    Rows computed;
    const auto all = standings(*made_);
    for (const Uuid& section : made_->sections)
        for (const auto& a : assignments_of(*made_, section)) {
            std::int64_t handed_in = 0, waiting = 0;
            for (const Standing& s : all)
                if (s.assignment == a.id && s.submitted) {
                    ++handed_in;
                    waiting += !s.share;
                }
            if (a.points_max > 0 && waiting > 0)
                computed.push_back(
                    {section, a.id, made_->titles[a.id], Micros{a.due_us}, handed_in, waiting});
        }
    std::ranges::sort(computed, {}, [](const auto& r) { return std::pair(r[3], r[1]); });
    check("marking_backlog", computed, {{}});
}

TEST_F(Reports, TeachersGetTheirClassesAlone) {
    const std::vector mine{SectionId{made_->sections[0]}};
    for (const Report& report : catalogue()) {
        if (!report.readers.has(tenancy::Role::teacher))
            continue;
        const auto section = std::ranges::find(report.columns, Kind::section, &ReportColumn::kind);
        std::vector<Value> arguments;
        for (const ReportParameter& parameter : report.parameters)
            arguments.push_back(!parameter.required ? Value()
                                : parameter.kind == Kind::section
                                    ? Value(made_->sections[2])
                                    : Value(assignments_of(*made_, made_->sections[2])[0].id));
        const Rows rows = made_->run(report.id, arguments, mine);
        if (section == report.columns.end())
            for (const auto& row : rows) // of a class that is not theirs: nothing, or zeros
                for (std::size_t i = 0; i < row.size(); ++i)
                    EXPECT_TRUE(report.columns[i].kind == Kind::day ||
                                row[i] == Value(std::int64_t{0}))
                        << report.id << ": " << shown(row[i]);
        for (const auto& row : rows)
            if (section != report.columns.end())
                EXPECT_EQ(row[static_cast<std::size_t>(section - report.columns.begin())],
                          Value(made_->sections[0]))
                    << report.id;
    }
}

TEST_F(Reports, EveryOneHasAGoldenText) {
    for (const Report& report : catalogue())
        EXPECT_TRUE(std::filesystem::exists(std::string(BW_GOLDEN) + "/" + report.id + ".txt"))
            << report.id << " has no test here: check() makes its golden text";
}

TEST_F(Reports, EveryOneStaysWithinItsScope) {
    auto connection = made_->rows.store().connect().value();
    for (const Report& report : catalogue()) {
        auto outcome = views_of(*connection, report.sql, soon());
        EXPECT_TRUE(outcome) << report.id << ": " << outcome.error().text();
    }
}

TEST_F(Reports, OneThatReachesBeyondIsRefusedBeforeItRuns) {
    const auto bad =
        parse_report("bad", "-- Bad\n-- Reads all.\n-- readers: administrator\n-- gives: n "
                            "integer\nselect count(*) as n from base.submissions")
            .value();
    auto outcome = run_report(*made_->rows.store().connect().value(), bad, {},
                              {TenantId{made_->tenant}, {}, Instant{as_of_us / 1000}}, soon());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::forbidden);
}

TEST_F(Reports, OneThatGivesOtherThanItSaysFails) {
    const auto bad = parse_report("bad", "-- Bad\n-- Gives text.\n-- readers: administrator\n-- "
                                         "gives: n integer\nselect 'x' as n")
                         .value();
    EXPECT_EQ(run_report(*made_->rows.store().connect().value(), bad, {},
                         {TenantId{made_->tenant}, {}, Instant{0}}, soon())
                  .error()
                  .code,
              Code::internal);
}

} // namespace
} // namespace bw::reporting
