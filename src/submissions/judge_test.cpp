// The judgement: every row of the README's table, its order, and a plain restatement for what
// tables miss. Questions and answers too.
#include "submissions/judge.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.hpp"
#include "submissions/declared_files.hpp"
#include "submissions/questions.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

constexpr Instant due{1'000'000'000};

struct Case {
    const char* name;
    Facts facts;
    Instant received_at = due - 1h;
    std::optional<std::uint32_t> clock_error_ms = {};
    std::string content = "text";
    ContentKind kind = ContentKind::text;
    Verdict expected = {};
};

Facts facts(Rules rules = {.due_at = due}, std::uint64_t earlier_attempts = 0) {
    return {.rules = std::move(rules), .enrolled = true, .earlier_attempts = earlier_attempts};
}

Verdict verdict(const Case& c) {
    Statement statement;
    statement.received_at = c.received_at;
    statement.clock_error.ms = c.clock_error_ms;
    statement.kind = c.kind;
    return judge(c.facts, statement, c.content);
}

/// A declaration of so many files of so many bytes each.
std::string declared(std::size_t files, std::uint64_t size) {
    std::vector<DeclaredFile> out;
    for (std::size_t i = 0; i < files; ++i)
        out.push_back({"page-" + std::to_string(i), size, "application/pdf", sha256("x")});
    return declaration_of(out);
}

constexpr const char* questions =
    R"([{"id":"a","kind":"choice","choices":["x","y"]},{"id":"b","kind":"number","minimum":0,"maximum":10},)"
    R"({"id":"c","kind":"text","bytes_limit":4}])";

TEST(Judge, Table) {
    Facts nobody = facts(), withdrawn = facts();
    nobody.enrolled = false;
    withdrawn.withdrawn_at = due - 1h;
    const Rules day_late{.due_at = due, .late_limit = 24h};
    const Rules nothing_late{.due_at = due, .late_limit = 0s};
    const Rules opens{.opens_at = due - 2h, .due_at = due};
    const Rules two{.due_at = due, .attempts_limit = 2};
    const Rules small{.due_at = due, .content_bytes_limit = 4};
    const Rules wants_files{.kind = ContentKind::file,
                            .due_at = due,
                            .content_bytes_limit = 1, // of texts
                            .files_limit = 2,
                            .file_bytes_limit = 100};
    const Rules asks{.kind = ContentKind::structured, .questions = questions, .due_at = due};
    const Rules all{.kind = ContentKind::structured,
                    .questions = questions,
                    .opens_at = due + 9h,
                    .due_at = due,
                    .late_limit = 0s,
                    .content_bytes_limit = 1,
                    .attempts_limit = 1};
    const Rules used_up{.kind = ContentKind::structured,
                        .questions = questions,
                        .due_at = due,
                        .attempts_limit = 1};
    Facts everything = facts(all, 1);
    everything.enrolled = false;
    const Case cases[] = {
        {"no such assignment",
         {.enrolled = true},
         due,
         {},
         "text",
         {},
         {"unknown_assignment", false}},
        {"before it was withdrawn", withdrawn, due - 1h - 1ms},
        {"as it was withdrawn: half-open",
         withdrawn,
         due - 1h,
         {},
         "text",
         {},
         {"unknown_assignment", false}},
        {"after, but within our clock's doubt", withdrawn, due - 1h + 4ms, 5},
        {"not of the section", nobody, due - 1h, {}, "text", {}, {"not_enrolled", false}},
        {"not of the section, and late", nobody, due, {}, "text", {}, {"not_enrolled", true}},
        {"long before", facts()},
        {"one millisecond before", facts(), due - 1ms},
        {"at the due instant: half-open", facts(), due, {}, "text", {}, {{}, true}},
        {"long after, without a limit", facts(), due + 9999h, {}, "text", {}, {{}, true}},
        {"after, but within our clock's doubt", facts(), due + 4ms, 5},
        {"after by just the doubt", facts(), due + 5ms, 5, "text", {}, {{}, true}},
        {"late within the limit", facts(day_late), due + 24h - 1ms, {}, "text", {}, {{}, true}},
        {"at the limit: half-open", facts(day_late), due + 24h, {}, "text", {}, {"too_late", true}},
        {"at the limit, within the doubt", facts(day_late), due + 24h, 1, "text", {}, {{}, true}},
        {"nothing late counts", facts(nothing_late), due, {}, "text", {}, {"too_late", true}},
        {"in time where nothing late counts", facts(nothing_late), due - 1ms},
        {"before it opens", facts(opens), due - 2h - 1ms, {}, "text", {}, {"not_open", false}},
        {"before it opens, within the doubt", facts(opens), due - 2h - 1ms, 1},
        {"as it opens", facts(opens), due - 2h},
        {"the last attempt", facts(two, 1)},
        {"one attempt too many", facts(two, 2), due - 1h, {}, "text", {}, {"attempts_used", false}},
        {"just small enough", facts(small)},
        {"too large", facts(small), due - 1h, {}, "texts", {}, {"too_large", false}},
        {"answers to a text",
         facts(),
         due - 1h,
         {},
         "{}",
         ContentKind::structured,
         {"wrong_kind", false}},
        {"a text to questions", facts(asks), due - 1h, {}, "text", {}, {"wrong_kind", false}},
        {"answers that fit",
         facts(asks),
         due - 1h,
         {},
         R"({"a":"x","b":3})",
         ContentKind::structured},
        {"answers that do not",
         facts(asks),
         due - 1h,
         {},
         R"({"a":"z"})",
         ContentKind::structured,
         {"answers_do_not_fit", false}},
        {"everything at once: the first reason",
         everything,
         due + 1h,
         {},
         "{}",
         ContentKind::structured,
         {"not_enrolled", true}},
        {"the next", facts(all, 1), due + 1h, {}, "text", {}, {"wrong_kind", true}},
        {"the next",
         facts(all, 1),
         due + 1h,
         {},
         "{}",
         ContentKind::structured,
         {"too_large", true}},
        {"the next", facts(all, 1), due + 1h, {}, "1", ContentKind::structured, {"not_open", true}},
        {"the next", facts(all, 1), due + 9h, {}, "1", ContentKind::structured, {"too_late", true}},
        {"the next",
         facts(used_up, 1),
         due - 1h,
         {},
         R"({"a":"z"})",
         ContentKind::structured,
         {"attempts_used", false}},
        {"files", facts(wants_files), due - 1h, {}, declared(2, 100), ContentKind::file},
        {"files to a text",
         facts(),
         due - 1h,
         {},
         declared(1, 1),
         ContentKind::file,
         {"wrong_kind", false}},
        {"a text where files are asked for",
         facts(wants_files),
         due - 1h,
         {},
         "text",
         ContentKind::text,
         {"wrong_kind", false}},
        {"what declares none",
         facts(wants_files),
         due - 1h,
         {},
         "[]",
         ContentKind::file,
         {"wrong_kind", false}},
        {"one file a byte too large",
         facts(wants_files),
         due - 1h,
         {},
         declared(3, 101),
         ContentKind::file,
         {"too_large", false}},
        {"one file too many",
         facts(wants_files),
         due - 1h,
         {},
         declared(3, 100),
         ContentKind::file,
         {"too_many_files", false}},
        {"files, late", facts(wants_files), due, {}, declared(1, 1), ContentKind::file, {{}, true}},
        {"an unsynchronised clock: no doubt that anybody could name",
         facts(),
         due,
         std::nullopt,
         "text",
         {},
         {{}, true}},
    };
    for (const Case& c : cases)
        EXPECT_EQ(verdict(c), c.expected)
            << c.name << ": " << verdict(c).refused.value_or("recorded");
}

/// The README's table once more, in whole milliseconds and without a word in common with judge().
std::string as_the_table_reads(const Case& c, bool answers_fit, std::size_t files,
                               std::uint64_t file_bytes) {
    const std::int64_t at = c.received_at.ms, doubt = c.clock_error_ms.value_or(0);
    const std::pair<const char*, bool> table[] = {
        {"unknown_assignment",
         !c.facts.rules || (c.facts.withdrawn_at && at - doubt >= c.facts.withdrawn_at->ms)},
        {"not_enrolled", !c.facts.enrolled},
        {"wrong_kind", c.facts.rules && c.facts.rules->kind != c.kind},
        {"too_large",
         c.facts.rules &&
             (c.kind == ContentKind::file ? file_bytes > c.facts.rules->file_bytes_limit
                                          : c.content.size() > c.facts.rules->content_bytes_limit)},
        {"too_many_files",
         c.facts.rules && c.kind == ContentKind::file && files > c.facts.rules->files_limit},
        {"not_open",
         c.facts.rules && c.facts.rules->opens_at && c.facts.rules->opens_at->ms - at > doubt},
        {"too_late", c.facts.rules && c.facts.rules->late_limit &&
                         at - doubt >= c.facts.rules->due_at.ms + *c.facts.rules->late_limit / 1ms},
        {"attempts_used", c.facts.rules && c.facts.rules->attempts_limit &&
                              c.facts.earlier_attempts >= *c.facts.rules->attempts_limit},
        {"answers_do_not_fit", c.kind == ContentKind::structured && !answers_fit},
    };
    for (const auto& [reason, applies] : table)
        if (applies)
            return reason;
    return at - doubt >= c.facts.rules->due_at.ms ? "late" : "recorded";
}

TEST(Judge, IsAsTheTableReads) {
    SeededRng rng(3);
    auto dice = [&](std::uint64_t sides) { return rng.u64() % sides; };
    auto instant = [&] { return due + std::chrono::milliseconds(dice(21)) - 10ms; };
    std::map<std::string, int> met;
    for (int i = 0; i < 100'000; ++i) {
        Case c{.name = "", .facts = facts({.due_at = instant()}, dice(4))};
        Rules& rules = *c.facts.rules;
        if (dice(2)) {
            rules.kind = ContentKind::structured;
            rules.questions = questions;
        } else if (dice(2)) {
            rules.kind = ContentKind::file;
            rules.files_limit = static_cast<std::uint32_t>(1 + dice(3));
            rules.file_bytes_limit = 1 + dice(8);
        }
        if (dice(3) == 0)
            rules.opens_at = instant();
        if (dice(2))
            rules.late_limit = std::chrono::milliseconds(dice(10));
        if (dice(2))
            rules.attempts_limit = 1 + static_cast<std::uint32_t>(dice(3));
        if (dice(6) == 0)
            rules.content_bytes_limit = static_cast<std::uint32_t>(1 + dice(20));
        c.facts.enrolled = dice(8) > 0;
        c.received_at = instant();
        if (dice(2))
            c.clock_error_ms = static_cast<std::uint32_t>(dice(5));
        const bool fit = dice(3) > 0;
        c.kind = dice(5) == 0 ? ContentKind::text : rules.kind;
        c.content = fit ? R"({"a":"x"})" : R"({"a":"z"})";
        const std::size_t files = 1 + dice(3);
        const std::uint64_t file_bytes = 1 + dice(8);
        if (c.kind == ContentKind::file)
            c.content = declared(files, file_bytes);
        if (dice(12) == 0)
            c.facts.rules.reset();
        const Verdict v = verdict(c);
        const std::string got(v.refused.value_or(v.late ? "late" : "recorded"));
        ASSERT_EQ(got, as_the_table_reads(c, fit, files, file_bytes));
        ++met[got];
    }
    EXPECT_EQ(met.size(), 11U) << "not every row was met";
}

TEST(Judge, BytesMayComeForTheGraceAfterTheLaterOfTwoInstants) {
    const Rules rules{.due_at = due, .upload_grace = 1h};
    Statement statement;
    statement.received_at = due - 48h;
    EXPECT_EQ(upload_until(rules, statement), due + 1h) << "early work waits for the due instant";
    statement.received_at = due + 2h;
    EXPECT_EQ(upload_until(rules, statement), due + 3h) << "late work has a grace of its own";
    statement.clock_error.ms = 500;
    EXPECT_EQ(upload_until(rules, statement), due + 3h + 500ms) << "doubt favours the student";
    EXPECT_EQ(upload_until(extended(rules, {due + 5h, 0}), statement), due + 6h + 500ms);
}

TEST(Judge, AnExtensionTakesNothingAwayAndAddsWhatItSays) {
    const Rules rules{.due_at = due, .late_limit = 1h, .attempts_limit = 2};
    EXPECT_EQ(extended(rules, {due - 1h, 0}), rules);
    const Rules more = extended(rules, {due + 5h, 3});
    EXPECT_EQ(more.due_at, due + 5h);
    EXPECT_EQ(more.attempts_limit, 5u);
    EXPECT_EQ(more.late_limit, rules.late_limit) << "counted from the later instant";
    EXPECT_FALSE(extended({.due_at = due}, {due, 3}).attempts_limit) << "no limit stays none";
}

/// The more a student is given, the better the verdict; doubt never harms. What tables miss.
TEST(Judge, MoreTimeMoreAttemptsAndMoreDoubtNeverHarm) {
    SeededRng rng(11);
    auto dice = [&](std::uint64_t sides) { return rng.u64() % sides; };
    auto instant = [&] { return due + std::chrono::milliseconds(dice(41)) - 20ms; };
    auto is_worse = [](const Verdict& now, const Verdict& before) {
        return (now.refused && !before.refused) || (now.late && !before.late);
    };
    for (int i = 0; i < 200'000; ++i) {
        Case c{.name = "", .facts = facts({.due_at = instant()}, dice(4))};
        Rules& rules = *c.facts.rules;
        if (dice(2))
            rules.opens_at = instant();
        if (dice(2))
            rules.late_limit = std::chrono::milliseconds(dice(10));
        if (dice(2))
            rules.attempts_limit = 1 + static_cast<std::uint32_t>(dice(3));
        c.received_at = instant();
        if (dice(2))
            c.clock_error_ms = static_cast<std::uint32_t>(dice(5));
        const Verdict before = verdict(c);
        if (before.refused == "too_late")
            ASSERT_TRUE(before.late);
        Case better = c;
        better.facts.rules = extended(rules, {instant(), static_cast<std::uint32_t>(dice(2))});
        ASSERT_FALSE(is_worse(verdict(better), before));
        better = c;
        better.clock_error_ms = c.clock_error_ms.value_or(0) + 1;
        ASSERT_FALSE(is_worse(verdict(better), before));
        if (c.facts.earlier_attempts > 0) {
            better = c;
            --better.facts.earlier_attempts;
            ASSERT_FALSE(is_worse(verdict(better), before));
        }
    }
}

TEST(Questions, AreCheckedPlaceByPlace) {
    EXPECT_TRUE(check_questions(questions, "/questions"));
    const std::pair<const char*, const char*> wrong[] = {
        {"{}", "/questions"},
        {"[]", "/questions"},
        {"[1]", "/questions/0"},
        {R"([{"kind":"text"}])", "/questions/0/id"},
        {R"([{"id":"A","kind":"text"}])", "/questions/0/id"},
        {R"([{"id":"a"}])", "/questions/0/kind"},
        {R"([{"id":"a","kind":"essay"}])", "/questions/0/kind"},
        {R"([{"id":"a","kind":"text"},{"id":"a","kind":"text"}])", "/questions/1/id"},
        {R"([{"id":"a","kind":"text","choices":["x","y"]}])", "/questions/0/choices"},
        {R"([{"id":"a","kind":"choice"}])", "/questions/0/choices"},
        {R"([{"id":"a","kind":"choice","choices":["x"]}])", "/questions/0/choices"},
        {R"([{"id":"a","kind":"choice","choices":["x","x"]}])", "/questions/0/choices"},
        {R"([{"id":"a","kind":"choice","choices":["x",2]}])", "/questions/0/choices"},
        {R"([{"id":"a","kind":"number","minimum":"1"}])", "/questions/0/minimum"},
        {R"([{"id":"a","kind":"number","minimum":2,"maximum":1}])", "/questions/0/maximum"},
        {R"([{"id":"a","kind":"text","bytes_limit":0}])", "/questions/0/bytes_limit"},
        {R"([{"id":"a","kind":"text","bytes_limit":1.5}])", "/questions/0/bytes_limit"},
    };
    for (const auto& [json, place] : wrong) {
        auto checked = check_questions(json, "/questions");
        ASSERT_FALSE(checked) << json;
        EXPECT_EQ(checked.error().code, Code::invalid_field) << json;
        EXPECT_EQ(checked.error().field, place) << json;
    }
    std::string many = "[";
    for (std::size_t i = 0; i <= questions_limit; ++i)
        many += (i ? "," : "") + (R"({"kind":"text","id":"q)" + std::to_string(i) + "\"}");
    EXPECT_EQ(check_questions(many + "]", "/questions").error().field, "/questions");
}

TEST(Questions, AnswersAreCheckedForTheirShapeAlone) {
    EXPECT_TRUE(check_answers(R"({"never-asked":"x","b":1e3,"c":""})", "/answers"));
    for (const auto& [json, place] : std::initializer_list<std::pair<const char*, const char*>>{
             {"[]", "/answers"},
             {"{}", "/answers"},
             {R"({"A":1})", "/answers/A"},
             {R"({"a":1,"a":2})", "/answers/a"},
             {R"({"a":null})", "/answers/a"},
             {R"({"a":true})", "/answers/a"},
             {R"({"a":[1]})", "/answers/a"},
             {R"({"a":{}})", "/answers/a"}}) {
        auto checked = check_answers(json, "/answers");
        ASSERT_FALSE(checked) << json;
        EXPECT_EQ(checked.error().field, place) << json;
    }
}

TEST(Questions, AnswersFitOrNot) {
    for (const auto& [answers, fit] : std::initializer_list<std::pair<const char*, bool>>{
             {R"({"a":"x"})", true},
             {R"({"a":"y","b":0,"c":"four"})", true},
             {R"({"b":10})", true},
             {R"({"b":2.5})", true},
             {R"({"b":10.01})", false},
             {R"({"b":-1})", false},
             {R"({"b":"3"})", false},
             {R"({"a":1})", false},
             {R"({"c":"fiver"})", false},
             {R"({"c":5})", false},
             {R"({"d":"x"})", false},
             {"nonsense", false}})
        EXPECT_EQ(answers_fit(questions, answers), fit) << answers;
}

} // namespace
} // namespace bw::submissions
