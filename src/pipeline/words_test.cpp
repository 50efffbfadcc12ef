#include "pipeline/words.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bw::pipeline {
namespace {

std::vector<std::uint64_t> hashes(std::string_view text) {
    std::vector<std::uint64_t> out;
    for (const Word& word : words_of(text))
        out.push_back(word.hash);
    return out;
}

/// The words that count, as they stand in the text.
std::string counted(std::string_view text) {
    std::string out;
    for (const Word& word : words_of(text))
        if (word.counts)
            out += (out.empty() ? "" : "|") + std::string(text.substr(word.byte, word.bytes));
    return out;
}

TEST(Words, AreTheSameWhateverTheirCasePunctuationAndForm) {
    EXPECT_EQ(hashes("The well-known cat, sat!"), hashes("the WELL known\ncat... sat"));
    EXPECT_EQ(hashes("ÉCOLE"), hashes("e\u0301cole"));               // composed, and not
    EXPECT_EQ(hashes("\uFB01nal \uFF21\uFF22"), hashes("final ab")); // a ligature, wide letters
    EXPECT_EQ(hashes("Straße"), hashes("STRASSE"));
    EXPECT_EQ(hashes("don't"), hashes("don\u2019t"));
    EXPECT_EQ(hashes("in\u200Bvisible soft\u00ADhyphen"), hashes("invisible softhyphen"));
    EXPECT_NE(hashes("one two"), hashes("two one"));
    EXPECT_NE(hashes("résumé"), hashes("resume"));
}

TEST(Words, KnowWhereTheyStand) {
    EXPECT_EQ(counted("  Ein schöner Tag, 3 Männer; it's ok'"), "Ein|schöner|Tag|3|Männer|it's|ok");
    EXPECT_EQ(counted("学校へ行く now"), "学|校|へ|行|く|now");
    EXPECT_EQ(counted("a\xff\xfe\x62 \xe2\x82"), "a|b"); // what is no UTF-8 stands between
    EXPECT_EQ(counted(""), "");
    EXPECT_EQ(counted("\u200B \u00AD . "), "");
}

TEST(Words, OfQuotationsDoNotCount) {
    EXPECT_EQ(counted("He said \"to be or not\" twice"), "He|said|twice");
    EXPECT_EQ(counted("a \u201Cb c\u201D d \u201Ee\u201C f \u00ABg\u00BB h"), "a|d|f|h");
    EXPECT_EQ(counted("a \"b c"), "a|b|c") << "nobody closed it";
    EXPECT_EQ(counted("a \"b\n\nc\" d \"e\" f"), "a|b|c|e|f") << "it ends with its paragraph";
    EXPECT_EQ(counted("a \"b\nc\" d"), "a|d") << "a line is no paragraph";
    std::string longest, longer;
    for (std::size_t i = 0; i < quotation_words_limit; ++i)
        longest += "w ";
    longer = longest + "w";
    EXPECT_EQ(counting(words_of("\"" + longest + "\"")), 0U);
    EXPECT_EQ(counting(words_of("\"" + longer + "\"")), quotation_words_limit + 1);
}

} // namespace
} // namespace bw::pipeline
