#include "marking/answer_key.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "marking/items_json.hpp"
#include "submissions/questions.hpp"

namespace bw::marking {

namespace {

constexpr std::size_t choice_bytes_limit = 4096, accepted_bytes_limit = 1024;

// ---- comparing texts ----

/// Of glibc itself, so it is there wherever the program runs; lives as long as the process.
locale_t letters() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    ENSURE(locale, "glibc's C.UTF-8 is missing");
    return locale;
}

/// The character at `at`, which it moves behind it. `text` is UTF-8.
char32_t next_character(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80)
        return first;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    char32_t out = first & (0x3f >> more);
    for (int i = 0; i < more && at < text.size(); ++i)
        out = (out << 6) | (static_cast<unsigned char>(text[at++]) & 0x3f);
    return out;
}

/// In small letters, words apart by one space.
std::u32string plain(std::string_view text) {
    std::u32string out;
    bool gap = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto c = static_cast<wint_t>(next_character(text, at));
        if (c == 0xa0 || iswspace_l(c, letters())) { // a no-break space is a space here
            gap = !out.empty();
            continue;
        }
        if (gap)
            out += U' ';
        gap = false;
        out += static_cast<char32_t>(towlower_l(c, letters()));
    }
    return out;
}

// ---- reading keys ----

Result<void> read_credit(KeyEntry& entry, Element in, const std::string& pointer) {
    const std::string here = pointer + "/credit";
    for (Element item :
         TRY(items_in(in["credit"].value_unsafe(), submissions::choices_limit, here))) {
        const std::string at = fmt::format("{}/{}", here, entry.credit.size());
        CHECK_OK(check_members(item, {"choice", "points"}, at));
        std::string choice = TRY(required_text_in(item, "choice", choice_bytes_limit, at));
        const Points points = TRY(required_points_in(item, "points", at));
        if (points > entry.points)
            return fail(Code::invalid_field, "is more than the question's points", at + "/points");
        if (std::ranges::find(entry.credit, choice, [](const auto& c) { return c.first; }) !=
            entry.credit.end())
            return fail(Code::invalid_field, "stands twice", at + "/choice");
        entry.credit.emplace_back(std::move(choice), points);
    }
    return {};
}

Result<void> read_accepted(KeyEntry& entry, Element in, const std::string& pointer) {
    const std::string here = pointer + "/accepted";
    for (Element item : TRY(items_in(in["accepted"].value_unsafe(), key_texts_limit, here))) {
        std::string_view text;
        if (item.get(text) != simdjson::SUCCESS || text.size() > accepted_bytes_limit ||
            text.find('\0') != std::string_view::npos || text.empty() ||
            (!entry.exact && plain(text).empty())) // an answer of spaces would be right
            return fail(Code::invalid_field,
                        fmt::format("expected a string of 1 to {} bytes, and more than spaces",
                                    accepted_bytes_limit),
                        fmt::format("{}/{}", here, entry.accepted.size()));
        entry.accepted.emplace_back(text);
    }
    if (entry.accepted.empty())
        return fail(Code::invalid_field, "name at least one right answer", here);
    return {};
}

Result<KeyEntry> read_entry(Element in, const std::string& pointer) {
    CHECK_OK(check_members(
        in, {"id", "points", "credit", "number", "tolerance", "accepted", "exact", "by_hand"},
        pointer));
    auto has = [&](const char* name) { return in[name].error() == simdjson::SUCCESS; };
    KeyEntry entry{.id = TRY(id_in(in, "id", pointer)),
                   .points = TRY(required_points_in(in, "points", pointer))};
    const bool by_hand = TRY(boolean_in(in, "by_hand", false, pointer));
    if (has("credit") + has("number") + has("accepted") + by_hand != 1)
        return fail(Code::invalid_field,
                    "say what is right by one of credit, number or accepted, or that it is marked "
                    "by_hand",
                    pointer);
    if ((has("tolerance") && !has("number")) || (has("exact") && !has("accepted")))
        return fail(Code::invalid_field, "tolerance goes with a number, exact with accepted texts",
                    pointer);
    if (has("credit")) {
        entry.kind = KeyEntry::Kind::choice;
        CHECK_OK(read_credit(entry, in, pointer));
    } else if (has("number")) {
        entry.kind = KeyEntry::Kind::number;
        entry.number = *TRY(number_in(in, "number", pointer));
        entry.tolerance = TRY(number_in(in, "tolerance", pointer)).value_or(0);
        if (entry.tolerance < 0)
            return fail(Code::invalid_field, "must not be negative", pointer + "/tolerance");
    } else if (has("accepted")) {
        entry.kind = KeyEntry::Kind::text;
        entry.exact = TRY(boolean_in(in, "exact", false, pointer));
        CHECK_OK(read_accepted(entry, in, pointer));
    }
    return entry;
}

/// Does an entry of this kind say what is right for such a question?
bool goes_with(const KeyEntry& entry, const submissions::QuestionFace& question) {
    using Asked = submissions::QuestionFace::Kind;
    switch (entry.kind) {
    case KeyEntry::Kind::choice:
        return question.kind == Asked::choice;
    case KeyEntry::Kind::number:
        return question.kind == Asked::number;
    case KeyEntry::Kind::text:
        return question.kind == Asked::text;
    case KeyEntry::Kind::by_hand:
        return true;
    }
    ensure_failed("goes_with", "a kind that is none");
}

Points worth(const KeyEntry& entry, Element answer) {
    std::string_view text;
    double number = 0;
    switch (entry.kind) {
    case KeyEntry::Kind::choice:
        if (answer.get(text) == simdjson::SUCCESS)
            for (const auto& [choice, points] : entry.credit)
                if (choice == text)
                    return points;
        return {};
    case KeyEntry::Kind::number: {
        if (answer.get(number) != simdjson::SUCCESS)
            return {};
        // The bound itself is right, although 9.82 - 9.81 is a little more than 0.01 in binary.
        const double slack = 1e-9 * std::max({1.0, std::abs(entry.number), entry.tolerance});
        return std::abs(number - entry.number) <=
                       entry.tolerance + (entry.tolerance > 0 ? slack : 0)
                   ? entry.points
                   : Points{};
    }
    case KeyEntry::Kind::text:
        if (answer.get(text) == simdjson::SUCCESS)
            for (const std::string& right : entry.accepted)
                if (entry.exact ? right == text : alike(right, text))
                    return entry.points;
        return {};
    case KeyEntry::Kind::by_hand:
        break;
    }
    ensure_failed("worth", "what is marked by hand");
}

} // namespace

Result<AnswerKey> read_answer_key(std::string_view json, const std::string& pointer) {
    thread_local simdjson::dom::parser parser;
    Element document;
    if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "expected a list", pointer);
    AnswerKey key;
    Points sum;
    for (Element item : TRY(items_in(document, submissions::questions_limit, pointer))) {
        const std::string here = fmt::format("{}/{}", pointer, key.size());
        KeyEntry entry = TRY(read_entry(item, here));
        if (std::ranges::find(key, entry.id, &KeyEntry::id) != key.end())
            return fail(Code::invalid_field, "another entry has this id", here + "/id");
        sum = sum + entry.points;
        if (sum > points_limit)
            return fail(
                Code::invalid_field,
                fmt::format("together these are more than {} points", to_text(points_limit)),
                here + "/points");
        key.push_back(std::move(entry));
    }
    if (key.empty())
        return fail(Code::invalid_field, "expected one entry for each question", pointer);
    return key;
}

std::string to_json(const AnswerKey& key) {
    JsonWriter json;
    json.array();
    for (const KeyEntry& entry : key) {
        json.object().member("id", entry.id);
        write_points(json, "points", entry.points);
        switch (entry.kind) {
        case KeyEntry::Kind::choice:
            json.key("credit").array();
            for (const auto& [choice, points] : entry.credit) {
                json.object().member("choice", choice);
                write_points(json, "points", points);
                json.end();
            }
            json.end();
            break;
        case KeyEntry::Kind::number:
            json.member("number", entry.number).member("tolerance", entry.tolerance);
            break;
        case KeyEntry::Kind::text:
            json.key("accepted").array();
            for (const std::string& text : entry.accepted)
                json.value(text);
            json.end().member("exact", entry.exact);
            break;
        case KeyEntry::Kind::by_hand:
            json.member("by_hand", true);
            break;
        }
        json.end();
    }
    json.end();
    return json.take();
}

Result<void> fits_questions(const AnswerKey& key, std::string_view questions,
                            const std::string& pointer) {
    const auto asked = TRY(submissions::list_questions(questions));
    for (std::size_t i = 0; i < key.size(); ++i) {
        const std::string here = fmt::format("{}/{}", pointer, i);
        const auto question = std::ranges::find(asked, key[i].id, &submissions::QuestionFace::id);
        if (question == asked.end())
            return fail(Code::invalid_field, "the assignment has no such question", here + "/id");
        if (!goes_with(key[i], *question))
            return fail(Code::invalid_field, "a question of this kind is answered in another way",
                        here);
        for (std::size_t c = 0; c < key[i].credit.size(); ++c)
            if (std::ranges::find(question->choices, key[i].credit[c].first) ==
                question->choices.end())
                return fail(Code::invalid_field, "the question has no such choice",
                            fmt::format("{}/credit/{}/choice", here, c));
    }
    for (const auto& question : asked)
        if (std::ranges::find(key, question.id, &KeyEntry::id) == key.end())
            return fail(Code::invalid_field,
                        fmt::format("question {} has no entry; give it points and what is right, "
                                    "or by_hand",
                                    question.id),
                        pointer);
    return {};
}

std::vector<std::optional<Points>> mark_answers(const AnswerKey& key, std::string_view answers) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::object object;
    const bool readable =
        parser.parse(answers.data(), answers.size()).get(object) == simdjson::SUCCESS;
    std::vector<std::optional<Points>> out;
    for (const KeyEntry& entry : key) {
        Element answer;
        if (entry.kind == KeyEntry::Kind::by_hand)
            out.emplace_back(std::nullopt);
        else if (readable && object[entry.id].get(answer) == simdjson::SUCCESS)
            out.emplace_back(worth(entry, answer));
        else
            out.emplace_back(Points{});
    }
    return out;
}

bool alike(std::string_view a, std::string_view b) {
    return plain(a) == plain(b);
}

} // namespace bw::marking
