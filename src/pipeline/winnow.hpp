// Fingerprints by winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: Local Algorithms for Document
// Fingerprinting", SIGMOD 2003), over words instead of characters. Pure.
#pragma once

#include <span>
#include <unordered_set>
#include <vector>

#include "pipeline/words.hpp"

namespace bw::pipeline {

/// So many words in a row make a gram; one of so many grams in a row is kept.
constexpr std::size_t gram_words = 6, window_grams = 6;
/// A passage of so many words or more that two texts share leaves a print in both that is the same;
/// one of less than gram_words leaves none.
constexpr std::size_t passage_words_found = gram_words + window_grams - 1;

struct Print {
    std::uint64_t hash = 0;
    std::uint32_t word = 0; // the first of its gram
    bool operator==(const Print&) const = default;
};

/// Every gram of words that all count, by its first word.
std::vector<Print> grams_of(std::span<const Word> words);
/// Those that are kept: of each window_grams in a row the least, the last of equals. Of a stretch
/// with fewer grams, the least of them.
std::vector<Print> prints_of(std::span<const Word> words);
/// Each of them once, in order.
std::vector<std::int64_t> distinct(const std::vector<Print>& prints);

/// From now on the words of grams with these hashes do not count.
void discount(std::vector<Word>& words, const std::unordered_set<std::uint64_t>& grams);
/// The same for all that `words` has in common with a template.
void discount_template(std::vector<Word>& words, std::string_view text);

} // namespace bw::pipeline
