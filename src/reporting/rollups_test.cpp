// Whatever changes, in whatever order and cut: the figures are those of the rows.
#include <gtest/gtest.h>

#include "reporting/made_school_for_test.hpp"

namespace bw::reporting {
namespace {

using test::Assigned;
using test::day_us;
using test::hour_us;
using test::MadeSchool;
using test::monday_us;
using test::soon;

/// Two institutions far apart; a class of 70, so that masks have a second block.
struct Made : MadeSchool {
    explicit Made(std::uint64_t seed) : MadeSchool(seed) {
        for (const auto& [zone, halves] :
             {std::pair{"Asia/Kolkata", 11}, {"America/Phoenix", -14}}) {
            const Uuid tenant = institution(zone, halves);
            tenants.push_back(tenant);
            const Uuid in = school(tenant, "A school");
            for (int size : {70, 5}) {
                const Uuid made = section(tenant, in, "A class");
                sections.push_back(made);
                for (int i = 0; i < size; ++i) {
                    users.push_back(rows.id());
                    enrollments.push_back(enrol(made, users.back()));
                }
            }
        }
        apply();
    }
    template <class T>
    const T& any(const std::vector<T>& of) {
        return of[static_cast<std::size_t>(rows.upto(static_cast<std::int64_t>(of.size())))];
    }
    std::int64_t moment() { return monday_us + rows.upto(10 * 24 * 60) * (hour_us / 60); }
    /// What somebody opens, or is forgotten of it: by a clock that may be wrong, in a class or not.
    void change_activities() {
        if (!activities.empty() && rows.upto(8) == 0) {
            if (const Uuid which = any(activities); opened.contains(which))
                forget(which);
            return;
        }
        const Uuid section = any(sections);
        const std::int64_t received = moment();
        const bool in_class = rows.upto(5) != 0;
        activities.push_back(open(section_tenant[section], any(users),
                                  in_class ? std::optional(section) : std::nullopt,
                                  static_cast<std::size_t>(rows.upto(6)),
                                  received + hour_us - rows.upto(9 * 24 + 2) * hour_us, received));
    }
    /// Something that happens at a school.
    void change() {
        if (rows.upto(3) == 0)
            return change_activities();
        const auto choice = rows.upto(100);
        if (assignments.empty() || choice < 6) {
            assignments.push_back(
                assign(any(sections), moment(), rows.upto(5) == 0 ? 0 : 1 + rows.upto(2000)));
        } else if (choice < 60) {
            submissions.push_back(
                hand_in(any(assignments), any(users), moment(), rows.upto(10) != 0));
        } else if (choice < 66 && !submissions.empty()) {
            if (const Uuid which = any(submissions); handed_in.contains(which))
                erase(which);
        } else if (choice < 80) {
            tell_grade(
                any(assignments), any(users),
                rows.upto(1 + std::max<std::int64_t>(assigned[assignments.back()].points_max, 0)));
        } else if (choice < 83) {
            if (const Uuid which = any(enrollments); enrolled.contains(which))
                leave(which);
        } else if (choice < 84) {
            if (const Uuid which = any(enrollments); enrolled.contains(which))
                unenrol(which);
        } else if (choice < 88) {
            users.push_back(rows.id());
            enrollments.push_back(enrol(any(sections), rows.upto(2) ? users.back() : any(users)));
        } else if (choice < 91) {
            postpone(any(assignments), moment());
        } else if (choice < 94) {
            const Assigned& which = assigned[any(assignments)];
            for (const Uuid& to : sections)
                if (to != which.section && section_tenant[to] == which.tenant)
                    return move_assignment(which.id, to);
        } else {
            sign_in(any(tenants), any(users), moment());
        }
    }

    std::vector<Uuid> tenants, sections, users, enrollments, assignments, submissions, activities;
};

std::string told(const test::Figures& figures) {
    std::string out = std::to_string(figures.class_day.size()) + " class-days, " +
                      std::to_string(figures.class_assignment.size()) + " assignments, " +
                      std::to_string(figures.sign_in_day.size()) + " days of sign-ins\n";
    for (const auto& [key, d] : figures.class_day)
        out += to_hex(view(std::get<1>(key))).substr(20) + " day " +
               std::to_string(std::get<2>(key)) + ": " + std::to_string(d.submissions) + " " +
               std::to_string(d.late) + " " + std::to_string(d.active.size()) + "\n";
    for (const auto& [key, d] : figures.sign_in_day)
        out += "sign-ins on " + std::to_string(key.second) + ": " + std::to_string(d.sign_ins) +
               " " + std::to_string(d.people) + "\n";
    for (const auto& [key, d] : figures.activity_day) {
        out += to_hex(view(std::get<1>(key))).substr(20) + " opened on " +
               std::to_string(std::get<2>(key)) + ": " + std::to_string(d.opened.size());
        for (const auto n : d.of_kind)
            out += " " + std::to_string(n);
        out += "\n";
    }
    for (const auto& [key, d] : figures.people_day)
        out += "people on " + std::to_string(key.second) + ": " + std::to_string(d.active.size()) +
               " " + std::to_string(d.activities) + "\n";
    for (const auto& [key, a] : figures.class_assignment)
        out += to_hex(view(key.second)).substr(20) + ": " + std::to_string(a.enrolled.size()) +
               " " + std::to_string(a.submitted.size()) + " " + std::to_string(a.on_time.size()) +
               " " + std::to_string(a.graded.size()) + " " + std::to_string(a.submissions) + " " +
               std::to_string(a.share_sum) + " " + std::to_string(a.share_squares) + " " + "\n";
    return out;
}

TEST(Rollups, AreWhatTheRowsSayAfterAnyChange) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        Made made(seed);
        for (int batch = 0; batch < 10; ++batch) {
            for (std::int64_t n = made.rows.upto(30); n >= 0; --n)
                made.change();
            made.apply();
            if (HasFatalFailure())
                return;
            const auto computed = made.computed(), stored = test::stored(made.rows);
            ASSERT_TRUE(computed == stored)
                << "seed " << seed << ", batch " << batch << "\ncomputed: " << told(computed)
                << "stored: " << told(stored);
        }
        ASSERT_TRUE(rebuild_rollups(made.rows.connection(), soon()));
        ASSERT_TRUE(made.computed() == test::stored(made.rows))
            << "rebuilt, seed " << seed << "\ncomputed: " << told(made.computed())
            << "stored: " << told(test::stored(made.rows));
        ASSERT_TRUE(rebuild_rollups(made.rows.connection(), soon())) << "twice";
        ASSERT_TRUE(made.computed() == test::stored(made.rows));
    }
}

TEST(Rollups, MoveWithTheInstitutionsZone) {
    Made made(7);
    for (int i = 0; i < 200; ++i)
        made.change();
    made.apply();
    const auto before = made.computed();
    made.move(made.tenants[0], "America/Phoenix", -14);
    made.apply();
    ASSERT_FALSE(before == made.computed()) << "days are others";
    EXPECT_TRUE(made.computed() == test::stored(made.rows));
    made.move(made.tenants[0], "Mars/Olympus_Mons", 0); // unknown here: UTC, and nothing stops
    made.apply();
    EXPECT_TRUE(made.computed() == test::stored(made.rows));
}

/// Whoever sits down on a seat that became free is not who sat there: days go with the assignment.
TEST(Rollups, AnAssignmentThatMovesTakesItsDaysAlong) {
    MadeSchool made(10);
    const Uuid tenant = made.institution("America/Phoenix", -14);
    const Uuid in = made.school(tenant, "S");
    const Uuid one = made.section(tenant, in, "1"), other = made.section(tenant, in, "2");
    const Uuid was_there = made.rows.id(), came_later = made.rows.id();
    const Uuid enrollment = made.enrol(one, was_there);
    const Uuid assignment = made.assign(one, monday_us + day_us);
    made.hand_in(assignment, was_there, monday_us);
    made.apply();
    made.move_assignment(assignment, other);
    made.apply();
    EXPECT_TRUE(made.computed() == test::stored(made.rows)) << "moved";
    made.unenrol(enrollment);
    made.apply();
    made.enrol(one, came_later);
    made.apply();
    EXPECT_TRUE(made.computed() == test::stored(made.rows)) << told(test::stored(made.rows));
}

/// What was opened counts for students of the class, whenever they became it; and a seat that is
/// taken again brings no days along.
TEST(Rollups, WhatSomebodyOpenedCountsWhileTheyAreAStudentOfTheClass) {
    MadeSchool made(11);
    const Uuid tenant = made.institution("America/Phoenix", -14);
    const Uuid section = made.section(tenant, made.school(tenant, "S"), "C");
    const Uuid first = made.rows.id(), second = made.rows.id();
    made.open(tenant, first, section, 0, monday_us, monday_us);
    made.apply();
    EXPECT_TRUE(test::stored(made.rows).activity_day.empty()) << "of nobody who is a student";
    EXPECT_EQ(test::stored(made.rows).people_day.size(), 1U);
    const Uuid enrollment = made.enrol(section, first);
    made.apply();
    EXPECT_EQ(test::stored(made.rows).activity_day.size(), 1U);
    made.leave(enrollment);
    made.apply();
    EXPECT_EQ(test::stored(made.rows).activity_day.size(), 1U) << "who left was there";
    made.unenrol(enrollment);
    made.apply();
    made.enrol(section, second);
    made.apply();
    EXPECT_TRUE(test::stored(made.rows).activity_day.empty());
    EXPECT_TRUE(made.computed() == test::stored(made.rows)) << told(test::stored(made.rows));
}

/// A store that another version of the program left has other tables, or none.
TEST(Rollups, AreMadeAnewWhereAnotherVersionMadeThem) {
    Made made(12);
    for (int i = 0; i < 100; ++i)
        made.change();
    made.apply();
    EXPECT_FALSE(prepare_rollups(made.rows.connection(), soon()).value()) << "they are this one's";
    made.rows.script("drop schema rollup cascade; drop schema work cascade; create schema rollup; "
                     "create table rollup.seats (tenant_id uuid); "
                     "create table rollup.made_by_others (nothing boolean)");
    EXPECT_TRUE(prepare_rollups(made.rows.connection(), soon()).value());
    ASSERT_TRUE(rebuild_rollups(made.rows.connection(), soon()));
    EXPECT_TRUE(made.computed() == test::stored(made.rows)) << told(test::stored(made.rows));
}

TEST(Rollups, WhatIsNotNotedStaysStale) { // the negative control
    Made made(8);
    for (int i = 0; i < 100; ++i)
        made.change();
    made.apply();
    made.rows.script("delete from base.submissions");
    ASSERT_TRUE(refresh_rollups(made.rows.connection(), soon()));
    EXPECT_TRUE(made.computed() == test::stored(made.rows)) << "nobody noted anything";
    ASSERT_TRUE(rebuild_rollups(made.rows.connection(), soon()));
    EXPECT_FALSE(made.computed() == test::stored(made.rows));
}

/// In Berlin the hour from 02:00 happens twice on 2026-10-25, which has 25 hours.
TEST(Rollups, ADayOfTwentyFiveHoursIsOneDay) {
    MadeSchool made(9);
    const Uuid tenant = made.institution("Europe/Berlin", 0);
    const Uuid section = made.section(tenant, made.school(tenant, "S"), "C");
    const Uuid user = made.rows.id();
    made.enrol(section, user);
    const std::int64_t midnight = 1'792'879'200'000'000; // 2026-10-24T22:00:00Z
    const Uuid assignment = made.assign(section, midnight + 10 * day_us);
    for (std::int64_t hours = -1; hours <= 25; ++hours)
        made.hand_in(assignment, user, midnight + hours * hour_us);
    made.apply();
    std::vector<std::int64_t> counts;
    for (const auto& [key, day] : test::stored(made.rows).class_day)
        counts.push_back(day.submissions);
    EXPECT_EQ(counts, (std::vector<std::int64_t>{1, 25, 1}));
}

} // namespace
} // namespace bw::reporting
