// A text as a sequence of words that can be compared, whatever their case, punctuation, quotation
// marks or form in Unicode; each knows where it stands in the text. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace bw::pipeline {

struct Word {
    std::uint64_t hash = 0; // of its normal form: NFKC, case folded, what is invisible left out
    std::uint32_t byte = 0, bytes = 0; // where it stands
    bool counts = true;                // not: quoted, of the template, or a common phrase
};

/// What stands between quotation marks is a quotation up to so many words; more is a text.
constexpr std::size_t quotation_words_limit = 60;

/// A word is a run of letters, marks and digits (Unicode's categories L, M, N); apostrophes and
/// invisible characters neither end a word nor belong to it. Of scripts without spaces (Han, kana)
/// each character is one. Words of quotations do not count: of "...", “...”, „...“ and «...»,
/// within a paragraph. Bytes that are no UTF-8 stand between words. `text`: under 4 GiB.
std::vector<Word> words_of(std::string_view text);

std::size_t counting(const std::vector<Word>& words);

} // namespace bw::pipeline
