#include "pipeline/match.hpp"

#include <algorithm>

namespace bw::pipeline {

namespace {

constexpr std::size_t places_limit = 16;

Passage passage(const std::vector<Word>& words, std::size_t from, std::uint32_t count) {
    const Word& first = words[from];
    const Word& last = words[from + count - 1];
    return {static_cast<std::uint32_t>(from), first.byte, last.byte + last.bytes - first.byte};
}

std::uint32_t words_in(std::size_t words, std::span<const Span> spans, Passage Span::* side) {
    std::vector<bool> in(words);
    for (const Span& span : spans)
        for (std::uint32_t i = 0; i < span.words; ++i)
            in[(span.*side).word + i] = true;
    return static_cast<std::uint32_t>(std::ranges::count(in, true));
}

} // namespace

Comparable::Comparable(std::vector<Word> words)
    : words_(std::move(words)), grams_(grams_of(words_)), counting_(pipeline::counting(words_)) {
    places_.reserve(grams_.size());
    for (const Print& gram : grams_)
        if (auto& places = places_[gram.hash]; places.size() < places_limit)
            places.push_back(gram.word);
}

/// How many words from `here` on are those of `there` from `at` on.
std::uint32_t Comparable::run(std::size_t here, const Comparable& there, std::size_t at) const {
    std::uint32_t n = 0;
    while (here + n < words_.size() && at + n < there.words_.size() && words_[here + n].counts &&
           there.words_[at + n].counts && words_[here + n].hash == there.words_[at + n].hash)
        ++n;
    return n;
}

Match Comparable::with(const Comparable& there) const {
    Match match;
    std::size_t free_from = 0;
    for (const Print& gram : grams_) {
        if (gram.word < free_from)
            continue;
        const auto places = there.places_.find(gram.hash);
        if (places == there.places_.end())
            continue;
        std::uint32_t longest = 0, at = 0;
        for (const std::uint32_t place : places->second)
            if (const std::uint32_t words = run(gram.word, there, place); words > longest) {
                longest = words;
                at = place;
            }
        if (longest < gram_words) // two grams of one hash
            continue;
        match.spans.push_back(
            {longest, passage(words_, gram.word, longest), passage(there.words_, at, longest)});
        free_from = gram.word + longest;
    }
    match.words_here = words_in(words_.size(), match.spans, &Span::here);
    match.words_there = words_in(there.words_.size(), match.spans, &Span::there);
    if (const std::size_t shorter = std::min(counting_, there.counting_); shorter > 0)
        match.score = static_cast<double>(std::min(match.words_here, match.words_there)) /
                      static_cast<double>(shorter);
    if (match.spans.size() > spans_limit) {
        std::ranges::sort(match.spans, std::ranges::greater(), &Span::words);
        match.spans.resize(spans_limit);
        std::ranges::sort(match.spans, {}, [](const Span& span) { return span.here.word; });
    }
    return match;
}

std::size_t covered(std::size_t words, std::span<const Match> matches) {
    std::vector<bool> in(words);
    for (const Match& match : matches)
        for (const Span& span : match.spans)
            for (std::uint32_t i = 0; i < span.words; ++i)
                in.at(span.here.word + i) = true;
    return static_cast<std::size_t>(std::ranges::count(in, true));
}

} // namespace bw::pipeline
