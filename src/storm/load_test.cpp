#include "storm/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/json.hpp"

namespace bw::storm {

namespace {

Plan small_plan() {
    SeededRng rng(11);
    Plan plan;
    for (int a = 0; a < 3; ++a)
        plan.assignments.push_back(
            {AssignmentId::make({1}, rng), TenantId::make({1}, rng), "h", "t"});
    for (std::uint32_t s = 0; s < 30; ++s)
        plan.students.push_back({UserId::make({1}, rng), s % 3, "h", "t"});
    return plan;
}

TEST(Load, IsDrawnFromTheSeedAndGivesEverybodyTheirTurn) {
    const Plan plan = small_plan();
    const LoadShape shape{
        .submissions = 300, .over = 10s, .bell = 9s, .content_bytes = 256, .duplicates = 0.1};
    SeededRng one(4), same(4), other(5);
    const Load load = draw_load(plan, shape, "aa", one), again = draw_load(plan, shape, "bb", same),
               different = draw_load(plan, shape, "aa", other);
    EXPECT_EQ(load.student_of, again.student_of);
    EXPECT_NE(load.student_of, different.student_of);
    EXPECT_TRUE(std::ranges::is_sorted(load.clicks, {}, &Click::at));

    std::set<SubmissionId> ids;
    std::set<Sha256> contents;
    std::vector<int> turns(plan.students.size());
    for (std::size_t i = 0; i < load.submitted.size(); ++i) {
        ids.insert(load.submitted[i].id);
        contents.insert(load.submitted[i].content_sha256);
        ++turns[load.student_of[i]];
        EXPECT_EQ(load.submitted[i].user, plan.students[load.student_of[i]].user);
        EXPECT_EQ(load.submitted[i].assignment, plan.students[load.student_of[i]].assignment);
        EXPECT_NE(load.submitted[i].id, again.submitted[i].id) << "another run's keys";
    }
    EXPECT_EQ(ids.size(), 300U);
    EXPECT_EQ(contents.size(), 300U);
    EXPECT_EQ(std::ranges::count(turns, 10), 30);
    EXPECT_NEAR(static_cast<double>(load.clicks.size()), 330, 25);
}

TEST(Load, DoubleClicksAreAtOnce) {
    SeededRng rng(4);
    const Load load = draw_load(
        small_plan(), {.submissions = 50, .over = 1s, .bell = 1s, .duplicates = 1}, "aa", rng);
    ASSERT_EQ(load.clicks.size(), 100U);
    for (std::size_t i = 0; i < load.clicks.size(); i += 2) {
        EXPECT_EQ(load.clicks[i].submission, load.clicks[i + 1].submission);
        EXPECT_EQ(load.clicks[i].at, load.clicks[i + 1].at);
    }
}

TEST(Load, ContentsAreAsLongAsAskedForAndNeedNoEscapes) {
    const std::string text = content_of("0123456789abcdef", 7, 1024);
    EXPECT_EQ(text.size(), 1024U);
    EXPECT_EQ(text, content_of("0123456789abcdef", 7, 1024)) << "a retry sends the same";
    std::string escaped;
    append_json_escaped(escaped, text);
    EXPECT_EQ(escaped, text);
}

} // namespace

} // namespace bw::storm
