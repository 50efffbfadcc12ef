// Answer keys: what is one, and what answers are worth by it, as a table.
#include "marking/answer_key.hpp"

#include <gtest/gtest.h>

namespace bw::marking {
namespace {

constexpr const char* whole = R"([
    {"id": "c", "points": 2, "credit": [{"choice": "a", "points": 2}, {"choice": "b", "points": 0.5}]},
    {"id": "n", "points": 3, "number": 9.81, "tolerance": 0.01},
    {"id": "x", "points": 1, "number": 42},
    {"id": "t", "points": 1.25, "accepted": ["Paris", "City of  Paris", "Äpfel und ÖL"]},
    {"id": "e", "points": 1, "accepted": ["int main[]"], "exact": true
},
    {"id": "h", "points": 5, "by_hand": true}])";

TEST(AnswerKey, Table) {
    const AnswerKey key = *read_answer_key(whole, "");
    struct Case {
        const char* question;
        const char* answer;
        const char* points;
    };
    const Case cases[] = {
        {"c", R"("a")", "2"},
        {"c", R"("b")", "0.5"},
        {"c", R"("c")", "0"},
        {"c", R"("A")", "0"}, // choices are given by the question, letter by letter
        {"c", "1", "0"},
        {"n", "9.81", "3"},
        {"n", "9.82", "3"}, // the bound is right, whatever binary makes of it
        {"n", "9.80", "3"},
        {"n", "9.8201", "0"},
        {"n", "9.79", "0"},
        {"n", R"("9.81")", "0"},
        {"n", "1e300", "0"},
        {"x", "42", "1"},
        {"x", "42.0", "1"},
        {"x", "42.0000000001", "0"},
        {"t", R"("Paris")", "1.25"},
        {"t", R"("  pARIS\t ")", "1.25"},
        {"t", R"("city of\n paris")", "1.25"},
        {"t", R"("cityof paris")", "0"},
        {"t", R"("ÄPFEL UND öl")", "1.25"},
        {"t", R"("Apfel und Ol")", "0"},
        {"t", R"("Paris\u00a0")", "1.25"},
        {"t", R"("")", "0"},
        {"t", "7", "0"},
        {"e", R"("int main[]")", "1"},
        {"e", R"("Int main[]")", "0"},
        {"e", R"("int  main[]")", "0"},
        {"h", R"("an essay")", "by hand"},
    };
    for (const Case& c : cases) {
        const auto points =
            mark_answers(key, std::string("{\"") + c.question + "\": " + c.answer + "}");
        ASSERT_EQ(points.size(), key.size());
        for (std::size_t i = 0; i < key.size(); ++i)
            if (key[i].id == c.question)
                EXPECT_EQ(points[i] ? to_text(*points[i]) : "by hand", c.points)
                    << c.question << " " << c.answer;
            else
                EXPECT_EQ(points[i].has_value(), key[i].kind != KeyEntry::Kind::by_hand)
                    << "left out is worth nothing, and what is marked by hand stays so";
    }
}

TEST(AnswerKey, WhateverComesAsAnswersIsWorthNothing) {
    const AnswerKey key = *read_answer_key(whole, "");
    for (const char* answers : {"", "[]", "null", "{", R"({"c": ["a"]})", R"({"c": {"a": 1}})"}) {
        Points sum;
        for (auto points : mark_answers(key, answers))
            sum = sum + points.value_or(Points{});
        EXPECT_EQ(sum, Points{}) << answers;
    }
}

TEST(AnswerKey, ComesBackAsItWasWritten) {
    const AnswerKey key = *read_answer_key(whole, "");
    EXPECT_EQ(*read_answer_key(to_json(key), ""), key);
}

TEST(AnswerKey, WhatIsNoneIsRefusedByItsPlace) {
    struct Case {
        const char* key;
        const char* place;
    };
    const Case cases[] = {
        {"{}", "/k"},
        {"[]", "/k"},
        {"[1]", "/k/0"},
        {R"([{"points": 1, "number": 1}])", "/k/0/id"},
        {R"([{"id": "A", "points": 1, "number": 1}])", "/k/0/id"},
        {R"([{"id": "a", "number": 1}])", "/k/0/points"},
        {R"([{"id": "a", "points": -1, "number": 1}])", "/k/0/points"},
        {R"([{"id": "a", "points": 1.005, "number": 1}])", "/k/0/points"},
        {R"([{"id": "a", "points": 10001, "number": 1}])", "/k/0/points"},
        {R"([{"id": "a", "points": 1}])", "/k/0"},
        {R"([{"id": "a", "points": 1, "number": 1, "by_hand": true}])", "/k/0"},
        {R"([{"id": "a", "points": 1, "by_hand": false}])", "/k/0"},
        {R"([{"id": "a", "points": 1, "number": "1"}])", "/k/0/number"},
        {R"([{"id": "a", "points": 1, "number": 1, "tolerance": -1}])", "/k/0/tolerance"},
        {R"([{"id": "a", "points": 1, "by_hand": true, "tolerance": 1}])", "/k/0"},
        {R"([{"id": "a", "points": 1, "number": 1, "exact": true}])", "/k/0"},
        {R"([{"id": "a", "points": 1, "accepted": []}])", "/k/0/accepted"},
        {R"([{"id": "a", "points": 1, "accepted": [""]}])", "/k/0/accepted/0"},
        {R"([{"id": "a", "points": 1, "accepted": ["x\u0000"]}])", "/k/0/accepted/0"},
        {R"([{"id": "a", "points": 1, "accepted": ["x", " \t"]}])", "/k/0/accepted/1"},
        {R"([{"id": "a", "points": 1, "credit": [{"choice": "x", "points": 2}]}])",
         "/k/0/credit/0/points"},
        {R"([{"id": "a", "points": 1, "credit": [{"choice": "x", "points": 1}, {"choice": "x", "points": 0}]}])",
         "/k/0/credit/1/choice"},
        {R"([{"id": "a", "points": 1, "number": 1, "answer": 1}])", "/k/0"},
        {R"([{"id": "a", "id": "b", "points": 1, "number": 1}])", "/k/0"},
        {R"([{"id": "a", "points": 1, "number": 1}, {"id": "a", "points": 1, "number": 1}])",
         "/k/1/id"},
        {R"([{"id": "a", "points": 9999, "number": 1}, {"id": "b", "points": 2, "number": 1}])",
         "/k/1/points"},
    };
    for (const Case& c : cases) {
        auto key = read_answer_key(c.key, "/k");
        ASSERT_FALSE(key) << c.key;
        EXPECT_EQ(key.error().field, c.place) << c.key << ": " << key.error().detail;
        EXPECT_EQ(key.error().code, Code::invalid_field);
    }
}

TEST(AnswerKey, HasAnEntryForEachQuestionOfItsKind) {
    const char* questions =
        R"([{"id": "c", "kind": "choice", "choices": ["a", "b"]}, {"id": "n", "kind": "number"}, {"id": "t", "kind": "text"}])";
    struct Case {
        const char* key;
        const char* place; // "": it fits
    };
    const Case cases[] = {
        {R"([{"id": "c", "points": 1, "credit": [{"choice": "a", "points": 1}]}, {"id": "n", "points": 1, "number": 1}, {"id": "t", "points": 1, "accepted": ["x"]}])",
         ""},
        {R"([{"id": "c", "points": 1, "by_hand": true}, {"id": "n", "points": 1, "by_hand": true}, {"id": "t", "points": 1, "by_hand": true}])",
         ""},
        {R"([{"id": "c", "points": 1, "by_hand": true}, {"id": "n", "points": 1, "by_hand": true}])",
         "/k"},
        {R"([{"id": "z", "points": 1, "by_hand": true}])", "/k/0/id"},
        {R"([{"id": "t", "points": 1, "number": 1}])", "/k/0"},
        {R"([{"id": "c", "points": 1, "accepted": ["a"]}])", "/k/0"},
        {R"([{"id": "c", "points": 1, "credit": [{"choice": "z", "points": 1}]}])",
         "/k/0/credit/0/choice"},
    };
    for (const Case& c : cases) {
        auto fits = fits_questions(*read_answer_key(c.key, "/k"), questions, "/k");
        EXPECT_EQ(fits ? "" : fits.error().field, c.place) << c.key;
    }
}

} // namespace
} // namespace bw::marking
