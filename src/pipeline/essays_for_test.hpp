// Texts whose origin is known: essays on one topic, each made by itself from a small grammar, and
// what copiers do to them. For tests and benchmarks.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"

namespace bw::pipeline {

class Essays {
public:
    explicit Essays(std::uint64_t seed) : rng_(seed) {}

    using Sentences = std::vector<std::string>;

    /// An essay of its own, of so many words or a few more.
    Sentences write(std::size_t words) {
        Sentences out;
        for (std::size_t have = 0; have < words;) {
            out.push_back(sentence());
            have += 1 + static_cast<std::size_t>(std::ranges::count(out.back(), ' '));
        }
        return out;
    }
    static std::string text(const Sentences& sentences) {
        std::string out;
        for (const std::string& one : sentences)
            out += (out.empty() ? "" : " ") + one;
        return out;
    }

    /// Each word replaced with this probability by one that means as much.
    Sentences paraphrase(Sentences sentences, double share) {
        for (std::string& sentence : sentences) {
            std::string out, word;
            for (char c : sentence + " ")
                if (c == ' ') {
                    if (rng_.unit() < share)
                        word = pick(synonyms) + (word.ends_with('.') ? "." : "");
                    out += (out.empty() ? "" : " ") + word;
                    word.clear();
                } else {
                    word += c;
                }
            sentence = out;
        }
        return sentences;
    }
    Sentences shuffle(Sentences sentences) {
        for (std::size_t i = sentences.size(); i > 1; --i)
            std::swap(sentences[i - 1], sentences[below(i)]);
        return sentences;
    }
    /// The beginning of one, and another one's own words.
    Sentences partly(const Sentences& from, double share, std::size_t words) {
        Sentences out = write(words);
        const auto taken = static_cast<std::size_t>(share * static_cast<double>(from.size()));
        for (std::size_t i = 0; i < std::min({taken, from.size(), out.size()}); ++i)
            out[i] = from[i];
        return out;
    }

    std::size_t below(std::size_t end) { return static_cast<std::size_t>(rng_.u64() % end); }

private:
    using Words = std::vector<std::string_view>;
    std::string pick(const Words& from) { return std::string(from[below(from.size())]); }

    std::string sentence() {
        static const Words patterns = {
            "S had T, and so P could M V.",
            "It is T that S never V because P M.",
            "In D, P V M S.",
            "Many historians think that S V P.",
            "When S M V, P became A.",
            "The A role of S in D cannot be denied.",
            "P was A, whereas S M V P.",
            "T, S V A P.",
            "By D most of P had M V S.",
            "This shows that P M V, T.",
            "Nobody in D expected S to M V P.",
            "One reason was A: S V P T.",
            "Whoever reads about P will find S A.",
            "M, S and P V in D.",
        };
        static const Words
            subjects = {"the factory owners", "steam engines",
                        "the railways",       "coal",
                        "young weavers",      "the new towns",
                        "parliament",         "cheap cotton",
                        "canal builders",     "the old guilds",
                        "inventors",          "rich merchants",
                        "migrant families",   "the spinning jenny",
                        "farm labourers",     "child workers"},
            objects = {"the countryside",  "working people",     "whole valleys", "small workshops",
                       "trade with India", "the price of bread", "family life",   "public health",
                       "northern England", "skilled craftsmen",  "the banks",     "village schools",
                       "the rivers",       "foreign rivals"},
            verbs = {"changed",   "fed",           "ruined",    "drew in",  "overtook",
                     "paid for",  "depended upon", "drove out", "enriched", "connected",
                     "disturbed", "replaced",      "outgrew",   "served"},
            manners = {"slowly",          "at once",          "against all advice",
                       "for a while",     "without noticing", "almost everywhere",
                       "by chance",       "quite openly",     "year after year",
                       "with great cost", "in silence",       "sooner than expected"},
            adjectives = {"decisive", "rather weak", "widely feared", "profitable",
                          "dirty",    "unpopular",   "surprising",    "well documented",
                          "fragile",  "crowded",     "modern",        "cruel"},
            times = {"after the war",       "before the reforms",      "within one generation",
                     "as wages fell",       "while prices rose",       "despite the laws",
                     "during bad harvests", "to the surprise of most", "thanks to loans",
                     "far from London"},
            dates = {"1760",       "the 1780s",       "1815", "the late century", "1832",
                     "Manchester", "the early years", "1848", "the north"};
        std::string out;
        for (char c : pick(patterns))
            switch (c) {
            case 'S':
                out += pick(subjects);
                break;
            case 'P':
                out += pick(objects);
                break;
            case 'V':
                out += pick(verbs);
                break;
            case 'M':
                out += pick(manners);
                break;
            case 'A':
                out += pick(adjectives);
                break;
            case 'T':
                out += pick(times);
                break;
            case 'D':
                out += pick(dates);
                break;
            default:
                out += c;
            }
        return out;
    }

    static inline const Words synonyms = {
        "hence",     "rapidly", "society",   "gradual",  "labour",  "economy",  "growth",
        "citizens",  "poverty", "machinery", "commerce", "shaped",  "forced",   "moved",
        "important", "notable", "therefore", "people",   "regions", "altered",  "influence",
        "industry",  "output",  "demand",    "supply",   "wealth",  "conflict", "progress"};

    SeededRng rng_;
};

} // namespace bw::pipeline
