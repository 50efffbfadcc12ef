#include "pipeline/winnow.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/rng.hpp"

namespace bw::pipeline {
namespace {

std::string numbered(std::size_t from, std::size_t count) {
    std::string out;
    for (std::size_t i = from; i < from + count; ++i)
        out += "word" + std::to_string(i) + " ";
    return out;
}

bool share_a_print(const std::string& a, const std::string& b) {
    const auto left = distinct(prints_of(words_of(a))), right = distinct(prints_of(words_of(b)));
    std::vector<std::int64_t> both;
    std::ranges::set_intersection(left, right, std::back_inserter(both));
    return !both.empty();
}

TEST(Winnow, APassageAsLongAsPromisedIsFoundWhereverItStands) {
    const std::string passage = numbered(5000, passage_words_found);
    for (std::size_t seed = 0; seed < 200; ++seed) {
        SeededRng rng(seed);
        const auto before = static_cast<std::size_t>(rng.u64() % 40),
                   after = static_cast<std::size_t>(rng.u64() % 40);
        EXPECT_TRUE(share_a_print(numbered(0, before) + passage + numbered(100, after),
                                  numbered(1000, after) + passage + numbered(2000, before)))
            << seed;
    }
}

TEST(Winnow, WhatIsShorterThanAGramIsNeverFound) {
    EXPECT_FALSE(
        share_a_print(numbered(0, 30) + numbered(5000, gram_words - 1) + numbered(40, 30),
                      numbered(100, 30) + numbered(5000, gram_words - 1) + numbered(140, 30)));
    EXPECT_TRUE(prints_of(words_of(numbered(0, gram_words - 1))).empty());
    EXPECT_EQ(prints_of(words_of(numbered(0, gram_words))).size(), 1U);
}

TEST(Winnow, KeepsAboutTwoOfAWindow) {
    const std::size_t kept = prints_of(words_of(numbered(0, 10'000))).size();
    EXPECT_NEAR(static_cast<double>(kept), 10'000 * 2.0 / (window_grams + 1), 300);
}

TEST(Winnow, RepetitionLeavesOneDistinctPrint) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "yes ";
    EXPECT_EQ(distinct(prints_of(words_of(text))).size(), 1U);
}

TEST(Winnow, ATemplateIsDiscountedWithItsQuotations) {
    const std::string given = "Write about " + numbered(0, 12) + "and \"" + numbered(20, 9) + "\"";
    auto words = words_of(given + " My answer: " + numbered(100, 20));
    discount_template(words, given);
    EXPECT_EQ(counting(words), 22U);
    for (const Print& print : prints_of(words))
        EXPECT_GE(print.word, words.size() - 22);
}

TEST(Winnow, WordsThatDoNotCountStandInNoGram) {
    auto words = words_of(numbered(0, 20));
    words[10].counts = false;
    for (const Print& gram : grams_of(words))
        EXPECT_TRUE(gram.word + gram_words <= 10 || gram.word > 10) << gram.word;
    EXPECT_EQ(grams_of(words).size(), (10 - gram_words + 1) + (9 - gram_words + 1));
}

} // namespace
} // namespace bw::pipeline
