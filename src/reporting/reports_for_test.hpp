// The institution that every report is run on and, by going over its source rows, what was so
// there.
#pragma once

#include "reporting/golden_for_test.hpp"
#include "reporting/made_school_for_test.hpp"
#include "reporting/run_report.hpp"

namespace bw::reporting::test {

using std::string_literals::operator""s;

inline constexpr std::int64_t as_of_us = monday_us + 20 * day_us + 10 * hour_us;
inline constexpr std::int64_t offset_us = 11 * hour_us / 2; // Asia/Kolkata
inline std::int32_t local_day(std::int64_t us) {
    return day_of(us + offset_us);
}
inline const std::int32_t today = local_day(as_of_us);

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
inline std::vector<Standing> standings(const Made& made) {
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
        for (const Told& t : made.told)
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
inline Value ratio(double part, std::int64_t whole, double times) {
    return whole == 0 ? Value() : Value(part * times / static_cast<double>(whole));
}

/// The class's assignments, by due instant.
inline std::vector<Assigned> assignments_of(const Made& made, Uuid section) {
    std::vector<Assigned> out;
    for (const auto& [id, a] : made.assigned)
        if (a.section == section)
            out.push_back(a);
    std::ranges::sort(out, {}, [](const auto& a) { return std::pair(a.due_us, a.id); });
    return out;
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

} // namespace bw::reporting::test
