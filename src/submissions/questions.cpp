#include "submissions/questions.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>

namespace bw::submissions {

namespace {

using simdjson::dom::element;

struct Question {
    using Kind = QuestionFace::Kind;
    std::string_view id;
    Kind kind = Kind::text;
    std::vector<std::string_view> choices = {};
    std::optional<double> minimum = {}, maximum = {};
    std::size_t bytes_limit = SIZE_MAX;
};

/// The members that a question of a kind may have.
bool may_have(Question::Kind kind, std::string_view member) {
    if (member == "id" || member == "kind" || member == "prompt")
        return true;
    switch (kind) {
    case Question::Kind::choice:
        return member == "choices";
    case Question::Kind::number:
        return member == "minimum" || member == "maximum";
    case Question::Kind::text:
        return member == "bytes_limit";
    }
    return false;
}

std::optional<std::string_view> string_of(element in, const char* name) {
    std::string_view value;
    return in[name].get(value) == simdjson::SUCCESS ? std::optional(value) : std::nullopt;
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

Result<std::vector<std::string_view>> read_choices(element in, const std::string& pointer) {
    auto wrong = [&] {
        return fail(Code::invalid_field,
                    "expected 2 to " + std::to_string(choices_limit) + " different strings",
                    pointer + "/choices");
    };
    simdjson::dom::array array;
    if (in["choices"].get(array) != simdjson::SUCCESS)
        return wrong();
    std::vector<std::string_view> choices;
    for (element choice : array) {
        std::string_view text;
        if (choice.get(text) != simdjson::SUCCESS || text.empty() ||
            std::ranges::find(choices, text) != choices.end() || choices.size() == choices_limit)
            return wrong();
        choices.push_back(text);
    }
    if (choices.size() < 2)
        return wrong();
    return choices;
}

Result<std::optional<double>> read_bound(element in, const char* name, const std::string& pointer) {
    element bound;
    if (in[name].get(bound) != simdjson::SUCCESS)
        return std::optional<double>();
    double value = 0;
    if (bound.get(value) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "must be a number", pointer + "/" + name);
    return std::optional(value);
}

Result<Question> read_question(element in, const std::string& pointer) {
    simdjson::dom::object object;
    if (in.get(object) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "must be an object", pointer);
    Question question{.id = string_of(in, "id").value_or("")};
    if (!is_id(question.id))
        return fail(Code::invalid_field, "expected 1 to 32 lower-case letters, digits, _ or -",
                    pointer + "/id");
    const std::string_view kind = string_of(in, "kind").value_or("");
    if (kind != "choice" && kind != "number" && kind != "text")
        return fail(Code::invalid_field, "expected choice, number or text", pointer + "/kind");
    question.kind = kind == "choice"   ? Question::Kind::choice
                    : kind == "number" ? Question::Kind::number
                                       : Question::Kind::text;
    for (auto [name, value] : object)
        if (!may_have(question.kind, name))
            return fail(Code::invalid_field, "a question of this kind has no such member",
                        pointer + "/" + std::string(name.substr(0, 64)));
    if (element prompt; in["prompt"].get(prompt) == simdjson::SUCCESS) {
        std::string_view text;
        if (prompt.get(text) != simdjson::SUCCESS || text.empty() ||
            text.size() > prompt_bytes_limit)
            return fail(Code::invalid_field,
                        "expected a text of 1 to " + std::to_string(prompt_bytes_limit) + " bytes",
                        pointer + "/prompt");
    }
    if (question.kind == Question::Kind::choice)
        question.choices = TRY(read_choices(in, pointer));
    question.minimum = TRY(read_bound(in, "minimum", pointer));
    question.maximum = TRY(read_bound(in, "maximum", pointer));
    if (question.minimum && question.maximum && *question.minimum > *question.maximum)
        return fail(Code::invalid_field, "is less than the minimum", pointer + "/maximum");
    if (element limit; in["bytes_limit"].get(limit) == simdjson::SUCCESS) {
        std::uint64_t bytes = 0;
        if (limit.get(bytes) != simdjson::SUCCESS || bytes == 0)
            return fail(Code::invalid_field, "must be a whole number, 1 or more",
                        pointer + "/bytes_limit");
        question.bytes_limit = bytes;
    }
    return question;
}

/// The views live as long as `parser` is not used again.
Result<std::vector<Question>> read_questions(simdjson::dom::parser& parser, std::string_view json,
                                             const std::string& pointer) {
    simdjson::dom::array array;
    if (parser.parse(json.data(), json.size()).get(array) != simdjson::SUCCESS ||
        array.size() == 0 || array.size() > questions_limit)
        return fail(Code::invalid_field,
                    "expected a list of 1 to " + std::to_string(questions_limit) + " questions",
                    pointer);
    std::vector<Question> questions;
    for (element item : array) {
        const std::string here = pointer + "/" + std::to_string(questions.size());
        Question question = TRY(read_question(item, here));
        if (std::ranges::find(questions, question.id, &Question::id) != questions.end())
            return fail(Code::invalid_field, "another question has this id", here + "/id");
        questions.push_back(std::move(question));
    }
    return questions;
}

bool fits(const Question& question, element answer) {
    std::string_view text;
    double number = 0;
    switch (question.kind) {
    case Question::Kind::choice:
        return answer.get(text) == simdjson::SUCCESS &&
               std::ranges::find(question.choices, text) != question.choices.end();
    case Question::Kind::number:
        return answer.get(number) == simdjson::SUCCESS &&
               number >= question.minimum.value_or(number) &&
               number <= question.maximum.value_or(number);
    case Question::Kind::text:
        return answer.get(text) == simdjson::SUCCESS && text.size() <= question.bytes_limit;
    }
    return false;
}

} // namespace

Result<void> check_questions(std::string_view json, const std::string& pointer) {
    thread_local simdjson::dom::parser parser;
    TRY(read_questions(parser, json, pointer));
    return {};
}

Result<std::vector<QuestionFace>> list_questions(std::string_view json) {
    thread_local simdjson::dom::parser parser;
    std::vector<QuestionFace> out;
    for (const Question& question : TRY(read_questions(parser, json, "")))
        out.push_back({std::string(question.id),
                       question.kind,
                       {question.choices.begin(), question.choices.end()}});
    return out;
}

Result<void> check_answers(std::string_view json, const std::string& pointer) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS ||
        object.size() == 0 || object.size() > questions_limit)
        return fail(Code::invalid_field,
                    "expected an object of 1 to " + std::to_string(questions_limit) + " answers",
                    pointer);
    std::vector<std::string_view> seen;
    for (auto [name, value] : object) {
        const std::string here = pointer + "/" + std::string(name.substr(0, 32));
        if (!is_id(name) || std::ranges::find(seen, name) != seen.end())
            return fail(Code::invalid_field,
                        "expected a question's id: 1 to 32 lower-case letters, digits, _ or -, "
                        "each once",
                        here);
        if (!value.is_string() && !value.is_number())
            return fail(Code::invalid_field, "must be a string or a number", here);
        seen.push_back(name);
    }
    return {};
}

bool answers_fit(std::string_view questions_json, std::string_view answers_json) {
    thread_local simdjson::dom::parser questions_parser, answers_parser;
    auto questions = read_questions(questions_parser, questions_json, "");
    simdjson::dom::object answers;
    if (!questions || answers_parser.parse(answers_json.data(), answers_json.size()).get(answers) !=
                          simdjson::SUCCESS)
        return false;
    return std::all_of(answers.begin(), answers.end(), [&](auto answer) {
        auto question = std::ranges::find(*questions, answer.key, &Question::id);
        return question != questions->end() && fits(*question, answer.value);
    });
}

} // namespace bw::submissions
