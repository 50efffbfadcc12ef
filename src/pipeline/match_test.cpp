#include "pipeline/match.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/essays_for_test.hpp"

namespace bw::pipeline {
namespace {

Match match(std::string_view here, std::string_view there) {
    return Comparable(words_of(here)).with(Comparable(words_of(there)));
}

TEST(Match, TellsThePassageInBothTexts) {
    const std::string here = "So: we know that Steam, changed everything in the north. Indeed.",
                      there = "Once we know that steam changed\neverything in the SOUTH";
    const Match m = match(here, there);
    ASSERT_EQ(m.spans.size(), 1U);
    const Span& span = m.spans[0];
    EXPECT_EQ(span.words, 8U);
    EXPECT_EQ(here.substr(span.here.byte, span.here.bytes),
              "we know that Steam, changed everything in the");
    EXPECT_EQ(there.substr(span.there.byte, span.there.bytes),
              "we know that steam changed\neverything in the");
    EXPECT_EQ(span.here.word, 1U);
    EXPECT_EQ(m.words_here, 8U);
    EXPECT_DOUBLE_EQ(m.score, 8.0 / 10);
}

TEST(Match, LooksForTheLongestPassageFromEachWord) {
    const Match m = match("a b c d e f g h", "a b c d e x a b c d e f g h");
    ASSERT_EQ(m.spans.size(), 1U);
    EXPECT_EQ(m.spans[0].words, 8U);
    EXPECT_EQ(m.spans[0].there.word, 6U);
    EXPECT_DOUBLE_EQ(m.score, 1);
}

TEST(Match, WhatStandsTwiceHereCountsOnceThere) {
    const Match m = match("a b c d e f a b c d e f", "a b c d e f g h i j k l");
    EXPECT_EQ(m.words_here, 12U);
    EXPECT_EQ(m.words_there, 6U);
    EXPECT_DOUBLE_EQ(m.score, 0.5);
}

TEST(Match, NothingOfWhatDoesNotCount) {
    EXPECT_TRUE(
        match("he wrote \"a b c d e f g\" then", "she wrote a b c d e f g too").spans.empty());
    EXPECT_EQ(match("", "a b c d e f").score, 0);
}

TEST(Match, TheLongestSpansAreKeptInTheirOrder) {
    std::string here, there;
    for (int i = 0; i < 300; ++i) {
        std::string passage;
        for (int k = 0; k < (i % 3 == 0 ? 9 : 6); ++k)
            passage += "w" + std::to_string(i) + "x" + std::to_string(k) + " ";
        here += passage + "left" + std::to_string(i) + " ";
        there += passage + "right" + std::to_string(i) + " ";
    }
    const Match m = match(here, there);
    EXPECT_EQ(m.spans.size(), spans_limit);
    EXPECT_EQ(std::ranges::count(m.spans, 9U, &Span::words), 100);
    EXPECT_TRUE(std::ranges::is_sorted(m.spans, {}, [](const Span& s) { return s.here.word; }));
    EXPECT_EQ(m.words_here, 100U * 9 + 200U * 6);
}

TEST(Match, RepetitionCostsNoMoreThanItsLength) {
    std::string yes;
    for (int i = 0; i < 100'000; ++i)
        yes += "yes ";
    EXPECT_DOUBLE_EQ(match(yes, yes).score, 1); // in quadratic time this test would not end
}

TEST(Match, TheSharedPartOfAllMatches) {
    const Match one = match("a b c d e f g h i j", "a b c d e f x"),
                two = match("a b c d e f g h i j", "y d e f g h i z");
    const std::vector<Match> both{one, two};
    EXPECT_EQ(covered(10, both), 9U);
}

// ---- calibration ----

struct Labelled {
    const char* how;
    bool copied;
    double share_caught; // of the copied ones
    std::vector<Match> matches = {};
};

TEST(Calibration, TheThresholdTellsCopiesFromTextsOnTheSameTopic) {
    std::vector<Labelled> set = {{"copied", true, 1},
                                 {"a word in ten replaced", true, 1},
                                 {"three words in ten replaced", true, 0.95},
                                 {"sentences shuffled", true, 1},
                                 {"shuffled, and a word in ten replaced", true, 1},
                                 {"a third of it copied", true, 0.95},
                                 {"written independently", false, 0}};
    Essays essays(7);
    for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t words = 150 + essays.below(850);
        const auto original = essays.write(words);
        const Essays::Sentences others[] = {original,
                                            essays.paraphrase(original, 0.1),
                                            essays.paraphrase(original, 0.3),
                                            essays.shuffle(original),
                                            essays.paraphrase(essays.shuffle(original), 0.1),
                                            essays.partly(original, 1.0 / 3, words),
                                            essays.write(words)};
        for (std::size_t k = 0; k < set.size(); ++k)
            set[k].matches.push_back(match(Essays::text(original), Essays::text(others[k])));
    }
    std::size_t caught_rightly = 0, caught_wrongly = 0, copied = 0;
    for (const Labelled& kind : set) {
        const auto caught =
            static_cast<std::size_t>(std::ranges::count_if(kind.matches, worth_a_look));
        const double share = static_cast<double>(caught) / static_cast<double>(kind.matches.size());
        std::vector<double> scores;
        for (const Match& m : kind.matches)
            scores.push_back(m.score);
        std::ranges::sort(scores);
        std::printf("%-40s caught %.3f, scores %.3f %.3f %.3f\n", kind.how, share, scores.front(),
                    scores[scores.size() / 2], scores.back());
        if (kind.copied) {
            EXPECT_GE(share, kind.share_caught) << kind.how;
            copied += kind.matches.size();
            caught_rightly += caught;
        } else {
            caught_wrongly += caught;
        }
    }
    const double recall = static_cast<double>(caught_rightly) / static_cast<double>(copied),
                 precision = static_cast<double>(caught_rightly) /
                             static_cast<double>(caught_rightly + caught_wrongly);
    std::printf("recall %.4f precision %.4f\n", recall, precision);
    EXPECT_GE(recall, 0.98);
    EXPECT_GE(precision, 0.99);
    EXPECT_LE(static_cast<double>(caught_wrongly),
              0.02 * static_cast<double>(set.back().matches.size()));
}

} // namespace
} // namespace bw::pipeline
