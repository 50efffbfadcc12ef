// Answer keys: what is right for the questions of a structured assignment, and what handed-in
// answers are worth by one. Pure. Students see no key, whatever is released.
//
//   [{"id": "q1", "points": 2, "credit": [{"choice": "a", "points": 2}, {"choice": "b", "points":
//   0.5}]},
//    {"id": "q2", "points": 3, "number": 9.81, "tolerance": 0.01},
//    {"id": "q3", "points": 1, "accepted": ["Paris", "City of Paris"]},
//    {"id": "q4", "points": 5, "by_hand": true}]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "marking/points.hpp"

namespace bw::marking {

constexpr std::size_t key_bytes_limit = 64 * 1024;
constexpr std::size_t key_texts_limit = 50; // accepted for one question

struct KeyEntry {
    enum class Kind : std::uint8_t { choice, number, text, by_hand };
    std::string id;     // the question's
    Points points = {}; // for a right answer
    Kind kind = Kind::by_hand;
    std::vector<std::pair<std::string, Points>> credit = {}; // choices; others are worth nothing
    double number = 0, tolerance = 0;                        // right from - to + tolerance
    std::vector<std::string> accepted = {};
    bool exact = false; // case and spaces count
    bool operator==(const KeyEntry&) const = default;
};
using AnswerKey = std::vector<KeyEntry>;

/// A list of 1 to submissions::questions_limit entries; invalid_field with the place of the first
/// fault. `pointer` stands before it.
Result<AnswerKey> read_answer_key(std::string_view json, const std::string& pointer);
std::string to_json(const AnswerKey& key);
/// Is each of the questions in the key, and in the way that its kind allows, and nothing else?
/// `questions` are checked ones.
Result<void> fits_questions(const AnswerKey& key, std::string_view questions,
                            const std::string& pointer);

/// Points of each entry, in the key's order; nullopt: marked by hand. Answers are an object as it
/// was handed in; whatever it is, what is no right answer is worth nothing.
std::vector<std::optional<Points>> mark_answers(const AnswerKey& key, std::string_view answers);

/// Whether two short texts are the same but for case, and for spaces at the ends or how many are
/// between words. Case by Unicode's simple mapping (glibc's C.UTF-8); composed and decomposed
/// letters are not the same.
bool alike(std::string_view a, std::string_view b);

} // namespace bw::marking
