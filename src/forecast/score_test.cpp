#include "forecast/score.hpp"

#include <gtest/gtest.h>

namespace bw::forecast {
namespace {

const std::vector<bool> all;

TEST(Score, ByHand) {
    const std::vector<std::int64_t> expected{10'000, 20'000, 0, 2'000}, doubt{0, 0, 0, 0};
    const std::vector<std::uint32_t> came{8, 25, 0, 7}, before{8, 15, 4, 7};
    const Score score = score_of(errors_of({expected, doubt, came, before, all}));
    EXPECT_DOUBLE_EQ(*score.wape, 12.0 / 40);
    EXPECT_DOUBLE_EQ(*score.bias, -8.0 / 40);
    EXPECT_DOUBLE_EQ(*score.skill, 1 - 12.0 / 14);
    EXPECT_DOUBLE_EQ(*score.peak_naive, 10.0 / 25);
    EXPECT_DOUBLE_EQ(*score.peak, 5.0 / 25);   // as likely as not 20
    EXPECT_DOUBLE_EQ(*score.covered, 3.0 / 4); // 7 where 2 were expected is outside
}

TEST(Score, WhatCannotBeSaidIsNotSaid) {
    const std::vector<std::int64_t> nothing{0, 0};
    const std::vector<std::uint32_t> none{0, 0};
    const Score quiet = score_of(errors_of({nothing, nothing, none, {}, all}));
    EXPECT_FALSE(quiet.wape || quiet.bias || quiet.peak || quiet.skill || quiet.peak_naive);
    EXPECT_EQ(quiet.covered, 1);
    EXPECT_FALSE(score_of({}).covered);
    // No week before: no skill, and the rest as ever.
    const std::vector<std::int64_t> expected{5'000, 5'000};
    const std::vector<std::uint32_t> came{4, 6};
    const Score first = score_of(errors_of({expected, nothing, came, {}, all}));
    EXPECT_FALSE(first.skill || first.peak_naive);
    EXPECT_DOUBLE_EQ(*first.wape, 0.2);
}

TEST(Score, MinutesThatNobodyCountedDoNotCount) {
    const std::vector<std::int64_t> expected{5'000, 5'000}, doubt{0, 0};
    const std::vector<std::uint32_t> came{5, 0};
    const std::vector<bool> known{true, false};
    EXPECT_DOUBLE_EQ(*score_of(errors_of({expected, doubt, came, {}, known})).wape, 0);
}

TEST(Score, DaysAddUp) {
    const std::vector<std::int64_t> expected{5'000}, doubt{0};
    const std::vector<std::uint32_t> few{4}, many{10};
    Errors both = errors_of({expected, doubt, few, many, all});
    both += errors_of({expected, doubt, many, few, all});
    EXPECT_DOUBLE_EQ(both.days, 2);
    EXPECT_DOUBLE_EQ(*score_of(both).peak, (0.25 + 0.5) / 2);
    EXPECT_DOUBLE_EQ(*score_of(both).wape, 6.0 / 14);
    EXPECT_DOUBLE_EQ(*score_of(both).skill, 0.5);
}

TEST(Score, ChanceAloneIsAPoissonVariablesMeanDeviation) {
    const std::vector<std::int64_t> expected{1'000}, doubt{0};
    const std::vector<std::uint32_t> came{1};
    EXPECT_NEAR(*score_of(errors_of({expected, doubt, came, {}, all})).chance, 0.7358, 1e-4); // 2/e
}

} // namespace
} // namespace bw::forecast
