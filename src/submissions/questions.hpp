// Structured assignments: the questions that a teacher sets, as JSON, and whether answers fit them.
// Pure. A question is answered with a string (one of its choices, or text) or a number; leaving it
// out is no fault.
//
//   [{"id": "q1", "kind": "choice", "prompt": "Which one?", "choices": ["a", "b"]},
//    {"id": "q2", "kind": "number", "minimum": 0, "maximum": 10},
//    {"id": "q3", "kind": "text", "bytes_limit": 2000}]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw::submissions {

constexpr std::size_t questions_limit = 200;
constexpr std::size_t choices_limit = 50;
constexpr std::size_t prompt_bytes_limit = 4000; // what a question asks, in words; may be missing
constexpr std::size_t questions_bytes_limit = 64 * 1024;

/// Is it a list of questions? invalid_field with the place of the first that is none; `pointer`
/// stands before it.
Result<void> check_questions(std::string_view json, const std::string& pointer);

/// What others than this file have to know of a question.
struct QuestionFace {
    enum class Kind : std::uint8_t { choice, number, text };
    std::string id;
    Kind kind = Kind::text;
    std::vector<std::string> choices = {};
};
/// In their order; errors as check_questions.
Result<std::vector<QuestionFace>> list_questions(std::string_view json);

/// Is it an object of strings and numbers, as answers are handed in? invalid_field as above. What
/// the questions are is not asked: intake does not know.
Result<void> check_answers(std::string_view json, const std::string& pointer);

/// Each answer is to a question that there is, and of its kind and within its bounds.
bool answers_fit(std::string_view questions, std::string_view answers);

} // namespace bw::submissions
