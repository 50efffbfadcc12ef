// Whatever the bytes: words stand in order within them, each is the same word when it stands alone,
// and what winnowing keeps of them are grams of words that count.
#include <cstdint>
#include <cstdlib>

#include "pipeline/match.hpp"

namespace {

void expect(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw::pipeline;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::vector<Word> words = words_of(text);
    std::size_t end = 0;
    for (const Word& word : words) {
        expect(word.byte >= end && word.bytes > 0);
        end = word.byte + word.bytes;
        expect(end <= size);
        const std::vector<Word> alone = words_of(text.substr(word.byte, word.bytes));
        expect(alone.size() == 1 && alone[0].hash == word.hash);
    }
    for (const Print& print : prints_of(words))
        for (std::size_t k = 0; k < gram_words; ++k)
            expect(words.at(print.word + k).counts);
    const Comparable all(words);
    const Match with_itself = all.with(all);
    expect(with_itself.words_here <= all.counting() && with_itself.score <= 1.0);
    if (!grams_of(words).empty())
        expect(!with_itself.spans.empty());
    return 0;
}
