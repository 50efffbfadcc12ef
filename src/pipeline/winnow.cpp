#include "pipeline/winnow.hpp"

#include <algorithm>
#include <array>

#include <xxhash.h>

namespace bw::pipeline {

namespace {

/// Calls fn(grams) for each stretch of grams whose words stand in a row.
template <class Fn>
void for_stretches(const std::vector<Print>& grams, Fn&& fn) {
    for (std::size_t begin = 0, end = 0; begin < grams.size(); begin = end) {
        for (end = begin + 1; end < grams.size() && grams[end].word == grams[end - 1].word + 1;)
            ++end;
        fn(std::span(grams).subspan(begin, end - begin));
    }
}

} // namespace

std::vector<Print> grams_of(std::span<const Word> words) {
    std::vector<Print> grams;
    std::size_t in_a_row = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        in_a_row = words[i].counts ? in_a_row + 1 : 0;
        if (in_a_row < gram_words)
            continue;
        const std::size_t first = i + 1 - gram_words;
        std::array<std::uint64_t, gram_words> hashes{};
        for (std::size_t k = 0; k < gram_words; ++k)
            hashes[k] = words[first + k].hash;
        grams.push_back(
            {XXH3_64bits(hashes.data(), sizeof hashes), static_cast<std::uint32_t>(first)});
    }
    return grams;
}

std::vector<Print> prints_of(std::span<const Word> words) {
    std::vector<Print> kept;
    for_stretches(grams_of(words), [&](std::span<const Print> grams) {
        const std::size_t window = std::min(window_grams, grams.size());
        for (std::size_t from = 0; from + window <= grams.size(); ++from) {
            const Print* least = &grams[from];
            for (const Print& gram : grams.subspan(from, window))
                if (gram.hash <= least->hash)
                    least = &gram;
            if (kept.empty() || !(kept.back() == *least))
                kept.push_back(*least);
        }
    });
    return kept;
}

std::vector<std::int64_t> distinct(const std::vector<Print>& prints) {
    std::vector<std::int64_t> hashes;
    hashes.reserve(prints.size());
    for (const Print& print : prints)
        hashes.push_back(static_cast<std::int64_t>(print.hash));
    std::ranges::sort(hashes);
    const auto rest = std::ranges::unique(hashes);
    hashes.erase(rest.begin(), rest.end());
    return hashes;
}

void discount(std::vector<Word>& words, const std::unordered_set<std::uint64_t>& grams) {
    if (grams.empty())
        return;
    for (const Print& gram : grams_of(words))
        if (grams.contains(gram.hash))
            for (std::size_t k = 0; k < gram_words; ++k)
                words[gram.word + k].counts = false;
}

void discount_template(std::vector<Word>& words, std::string_view text) {
    std::vector<Word> of_template = words_of(text);
    for (Word& word : of_template)
        word.counts = true; // its quotations too
    std::unordered_set<std::uint64_t> grams;
    for (const Print& gram : grams_of(of_template))
        grams.insert(gram.hash);
    discount(words, grams);
}

} // namespace bw::pipeline
