// The reports that administrators read of their institution, against figures computed here in plain
// C++.
#include "reporting/reports_for_test.hpp"

namespace bw::reporting::test {
namespace {

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

} // namespace
} // namespace bw::reporting::test
