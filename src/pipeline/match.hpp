// Which passages two texts share, and how much of them that is. Pure.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "pipeline/winnow.hpp"

namespace bw::pipeline {

/// The same words in a row, here and there; each passage as words and as bytes of its text.
struct Passage {
    std::uint32_t word = 0, byte = 0, bytes = 0;
    bool operator==(const Passage&) const = default;
};
struct Span {
    std::uint32_t words = 0; // of both
    Passage here, there;
    bool operator==(const Span&) const = default;
};

struct Match {
    std::vector<Span> spans; // by where they stand here; the longest spans_limit of them
    std::uint32_t words_here = 0, words_there = 0; // that lie in a passage
    /// Of the shorter text's counting words, the share that the two have in common: 0 to 1.
    double score = 0;
};
constexpr std::size_t spans_limit = 100;

/// A pair is worth a look from this score on, if so many words are the same: calibrated by
/// match_test on texts that it knows the origin of.
constexpr double score_threshold = 0.15;
constexpr std::uint32_t words_threshold = 15;
inline bool worth_a_look(const Match& match) {
    return match.score >= score_threshold &&
           std::min(match.words_here, match.words_there) >= words_threshold;
}

/// One text, made ready to be compared with many. Words that do not count belong to no passage.
class Comparable {
public:
    explicit Comparable(std::vector<Word> words);
    const std::vector<Word>& words() const { return words_; }
    std::size_t counting() const { return counting_; }
    /// `here` is this text. Takes the longest passage from each word on, from the front; of equally
    /// long ones there, the first. Linear for texts that people write; of a gram that stands more
    /// than 16 times in `there`, the first 16 are looked at.
    Match with(const Comparable& there) const;

private:
    std::uint32_t run(std::size_t here, const Comparable& there, std::size_t at) const;

    std::vector<Word> words_;
    std::vector<Print> grams_;
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> places_; // of the grams
    std::size_t counting_ = 0;
};

/// Of so many words, how many lie in a passage here of one of the matches.
std::size_t covered(std::size_t words, std::span<const Match> matches);

} // namespace bw::pipeline
