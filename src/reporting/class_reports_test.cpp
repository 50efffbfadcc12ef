// The reports that teachers read of their classes, against figures computed here in plain C++.
#include "reporting/reports_for_test.hpp"

namespace bw::reporting::test {
namespace {

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

TEST_F(Reports, StillToHandIn) {
    auto all = standings(*made_);
    std::erase_if(all, [](const Standing& s) {
        return !s.enrolled || s.submitted || s.due_us <= as_of_us ||
               local_day(s.due_us) > today + 7;
    });
    std::ranges::sort(all, {},
                      [](const Standing& s) { return std::tuple(s.due_us, s.assignment, s.user); });
    Rows computed;
    for (const Standing& s : all) {
        std::optional<std::int32_t> last;
        for (const auto& [id, o] : made_->opened)
            if (o.section == s.section && o.user == s.user && local_day(o.at_us()) > today - 28)
                last = std::max(last, std::optional(local_day(o.at_us())));
        computed.push_back({s.user, s.section, s.assignment, made_->titles[s.assignment],
                            Micros{s.due_us}, last ? Value(Day{*last}) : Value()});
    }
    check("still_to_hand_in", computed, {{}, {}});
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

TEST_F(Reports, SubmissionAudit) {
    std::vector<HandedIn> all;
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

} // namespace
} // namespace bw::reporting::test
