#include "walls/walls.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace bw::walls {
namespace {

using ::testing::HasSubstr;

constexpr Instant now{1'795'000'000'000};

Reading reading(std::optional<double> capacity, std::optional<double> peak,
                std::vector<WeekPeak> past = {}) {
    return {.limit = "things",
            .unit = "a minute",
            .capacity = capacity,
            .peak = peak,
            .past = std::move(past),
            .remedy = "more"};
}
/// `weeks` weeks before now, each `factor` times the one before.
std::vector<WeekPeak> grown(double first, double factor, int weeks) {
    std::vector<WeekPeak> out;
    for (int i = 0; i < weeks; ++i)
        out.push_back({now - (weeks - i) * 7 * 24h, first * std::pow(factor, i)});
    return out;
}

TEST(Walls, AWallStandsByItsHeadroom) {
    struct Case {
        std::optional<double> capacity, peak;
        Standing standing;
    };
    for (const auto& [capacity, peak, standing] :
         std::initializer_list<Case>{{1'000, 100, Standing::far},
                                     {1'000, 501, Standing::near},
                                     {1'000, 1'000, Standing::reached},
                                     {1'000, 4'000, Standing::reached},
                                     {1'000, 0, Standing::far}, // nothing is expected
                                     {{}, 100, Standing::unknown},
                                     {1'000, {}, Standing::unknown}})
        EXPECT_EQ(judge("w", {reading(capacity, peak)}, now).standing, standing)
            << capacity.value_or(-1) << " " << peak.value_or(-1);
    EXPECT_EQ(judge("w", {}, now).standing, Standing::unknown);
}

TEST(Walls, TheLimitWithTheLeastHeadroomSpeaks) {
    Reading tight = reading(100, 80), wide = reading(1'000, 10), dark = reading({}, 10);
    tight.limit = "tight";
    const Verdict verdict = judge("w", {dark, wide, tight}, now);
    EXPECT_EQ(verdict.reading.limit, "tight");
    EXPECT_EQ(verdict.others.size(), 2U);
    EXPECT_FALSE(verdict.others.back().capacity);
}

TEST(Walls, GrowthIsThatOfTheLogarithms) {
    EXPECT_NEAR(*growth_a_week(grown(100, 1.05, 6)), 0.05, 1e-9);
    EXPECT_NEAR(*growth_a_week(grown(100, 0.9, 4)), -0.1, 1e-9);
    EXPECT_EQ(growth_a_week(grown(100, 1.05, 2)), std::nullopt);
    EXPECT_EQ(growth_a_week(grown(0, 1, 6)), std::nullopt) << "weeks without load tell nothing";
    EXPECT_EQ(growth_a_week({{now, 1}, {now, 2}, {now, 3}}), std::nullopt) << "one moment";
}

TEST(Walls, GrowthSaysWhen) {
    // Ten times as much can be done; the peak doubles each week: log2(10) weeks.
    const Verdict verdict = judge("w", {reading(1'000, 100, grown(1, 2, 5))}, now);
    ASSERT_TRUE(verdict.reached_at);
    EXPECT_NEAR(static_cast<double>(verdict.reached_at->ms - now.ms) / (7 * 86'400'000.0),
                std::log2(10), 1e-6);
    EXPECT_EQ(verdict.standing, Standing::near) << "within four weeks, whatever the headroom";
    EXPECT_EQ(judge("w", {reading(1'000, 100, grown(1, 0.9, 5))}, now).reached_at, std::nullopt);
    EXPECT_EQ(judge("w", {reading(1'000, 100, grown(1, 1.0001, 5))}, now).reached_at, std::nullopt)
        << "in decades: not foreseeable";
    EXPECT_EQ(judge("w", {reading(100, 200)}, now).reached_at, now);
}

TEST(Walls, TheNearestIsNamedAndNoneIsSaidToBeNone) {
    Register walls;
    std::optional<double> signs_in = 100, deadline = 100, tenancy = 100;
    walls.add("sign-in", [&] { return std::vector{reading(1'000, signs_in)}; });
    walls.add("deadline", [&] { return std::vector{reading(1'000, deadline)}; });
    walls.add("tenancy", [&] { return std::vector{reading(1'000, tenancy)}; });
    EXPECT_EQ(walls.look(now).nearest, std::nullopt);
    EXPECT_EQ(walls.look(now).said, "No wall is near.");
    struct Case {
        std::optional<double>* of;
        const char* wall;
    };
    for (const auto& [of, wall] : std::initializer_list<Case>{
             {&signs_in, "sign-in"}, {&deadline, "deadline"}, {&tenancy, "tenancy"}}) {
        *of = 900;
        const Diagnosis found = walls.look(now);
        EXPECT_EQ(found.nearest, wall);
        EXPECT_EQ(found.walls.front().wall, wall);
        EXPECT_THAT(found.said, HasSubstr("900"));
        *of = 100;
    }
    tenancy.reset();
    EXPECT_THAT(walls.look(now).said, HasSubstr("1 of 3 cannot be judged"));
    EXPECT_EQ(walls.look(now).walls.back().wall, "tenancy");
    signs_in.reset();
    deadline.reset();
    EXPECT_THAT(walls.look(now).said, HasSubstr("Nothing can be said yet"));
}

TEST(Walls, OneThatGrowthReachesSoonIsNamedBeforeOneThatStandsStill) {
    const Diagnosis found = diagnose({judge("still", {reading(300, 100)}, now),
                                      judge("grows", {reading(1'000, 100, grown(1, 3, 5))}, now)});
    EXPECT_EQ(found.nearest, "grows");
}

} // namespace
} // namespace bw::walls
