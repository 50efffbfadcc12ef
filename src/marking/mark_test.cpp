// Schemes, marks and what follows from them: the README's tables.
#include "marking/mark.hpp"

#include <gtest/gtest.h>

namespace bw::marking {
namespace {

constexpr const char* rubric_json = R"([
    {"id": "argument", "title": "Argument", "points_max": 6, "levels": [
        {"id": "weak", "title": "Weak", "points": 2}, {"id": "good", "title": "Good", "points": 6}]},
    {"id": "style", "title": "Style", "description": "And spelling.", "points_max": 4}])";

Scheme by_rubric() {
    return {.version = 1, .points_max = Points{1000}, .rubric = *read_rubric(rubric_json, "")};
}

TEST(PointsTest, AreExactInHundredths) {
    struct Case {
        double number;
        const char* text; // "": none
    };
    for (const Case& c : {Case{0, "0"},
                          {0.07, "0.07"},
                          {12.5, "12.5"},
                          {10'000, "10000"},
                          {3.29, "3.29"},
                          {0.005, ""},
                          {-0.01, ""},
                          {10'000.01, ""},
                          {1e300, ""}}) {
        const auto points = points_from(c.number);
        EXPECT_EQ(points ? to_text(*points) : "", c.text) << c.number;
    }
    EXPECT_FALSE(points_from(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_EQ(mean(Points{100}, Points{101}), Points{101});
}

TEST(SchemeTest, ARubricComesBackAndItsFaultsAreNamed) {
    EXPECT_EQ(*read_rubric(to_json(*read_rubric(rubric_json, "")), ""),
              *read_rubric(rubric_json, ""));
    struct Case {
        const char* rubric;
        const char* place;
    };
    const Case cases[] = {
        {"[]", "/r"},
        {R"([{"id": "a", "title": "", "points_max": 1}])", "/r/0/title"},
        {R"([{"id": "a", "title": "A"}])", "/r/0/points_max"},
        {R"([{"id": "a", "title": "A", "points_max": 1}, {"id": "a", "title": "A", "points_max": 1}])",
         "/r/1/id"},
        {R"([{"id": "a", "title": "A", "points_max": 1, "levels": [{"id": "l", "title": "L", "points": 2}]}])",
         "/r/0/levels/0/points"},
        {R"([{"id": "a", "title": "A", "points_max": 1, "levels": [{"id": "l", "title": "L", "points": 1}, {"id": "l", "title": "L", "points": 0}]}])",
         "/r/0/levels/1/id"},
        {R"([{"id": "a", "title": "A", "points_max": 9999}, {"id": "b", "title": "B", "points_max": 2}])",
         "/r/1/points_max"},
        {R"([{"id": "a", "title": "A", "points_max": 1, "weight": 2}])", "/r/0"},
    };
    for (const Case& c : cases) {
        auto rubric = read_rubric(c.rubric, "/r");
        ASSERT_FALSE(rubric) << c.rubric;
        EXPECT_EQ(rubric.error().field, c.place) << c.rubric;
    }
}

TEST(MarkTest, FitsItsSchemeOrSaysWhereNot) {
    const Scheme plain{.version = 1, .points_max = Points{1000}};
    struct Case {
        const Scheme scheme;
        const char* mark;
        bool done;
        const char* wrong; // place; "": none
        const char* total; // "": not complete
    };
    const Case cases[] = {
        {plain, R"({"points": 7.5})", true, "", "7.5"},
        {plain, R"({"feedback": "so far"})", false, "", ""},
        {plain, R"({"feedback": "so far"})", true, "/points", ""},
        {plain, R"({"points": 10.01})", false, "/points", ""},
        {plain, R"({"items": [{"id": "style"}]})", false, "/items/0/id", ""},
        {by_rubric(),
         R"({"items": [{"id": "argument", "level": "good"}, {"id": "style", "points": 3.5}]})",
         true, "", "9.5"},
        {by_rubric(),
         R"({"items": [{"id": "argument", "points": 2}, {"id": "style", "points": 0}]})", true, "",
         "2"},
        {by_rubric(), R"({"items": [{"id": "argument", "points": 3}]})", false, "/items/0/points",
         ""},
        {by_rubric(), R"({"items": [{"id": "argument", "level": "best"}]})", false,
         "/items/0/level", ""},
        {by_rubric(), R"({"items": [{"id": "argument", "level": "good", "points": 5}]})", false,
         "/items/0/points", ""},
        {by_rubric(), R"({"items": [{"id": "style", "points": 4.01}]})", false, "/items/0/points",
         ""},
        {by_rubric(), R"({"items": [{"id": "style", "points": 4}]})", false, "", ""},
        {by_rubric(), R"({"items": [{"id": "style", "points": 4}]})", true, "/items", ""},
        {by_rubric(), R"({"points": 4})", false, "/points", ""},
        {by_rubric(), R"({"items": [{"id": "other", "points": 4}]})", false, "/items/0/id", ""},
    };
    for (const Case& c : cases) {
        auto fits = fitted(c.scheme, *read_mark(c.mark), c.done);
        EXPECT_EQ(fits ? "" : fits.error().field, c.wrong) << c.mark;
        if (!fits)
            continue;
        const auto points = total(c.scheme, *fits);
        EXPECT_EQ(points ? to_text(*points) : "", c.total) << c.mark;
        EXPECT_EQ(*read_mark(to_json(*fits)), *fits) << "as it is stored";
    }
    for (const char* bad :
         {R"({"items": [{"id": "a"}, {"id": "a"}]})", R"({"items": [{"id": "a", "grade": 1}]})",
          R"({"points": 1.001})", R"({"feedback": "\u0000"})", R"({"items": {}})"})
        EXPECT_FALSE(read_mark(bad)) << bad;
}

TEST(MarkTest, IsCarriedOverToAnotherVersionWhereItCanBe) {
    const MarkContent old = *fitted(
        by_rubric(),
        *read_mark(
            R"({"items": [{"id": "argument", "level": "good", "feedback": "f"}, {"id": "style", "points": 3}]})"),
        true);
    auto now = [&](const char* rubric) {
        auto carried = carried_over({.version = 2, .rubric = *read_rubric(rubric, "")}, old);
        return carried ? to_text(*total({.rubric = *read_rubric(rubric, "")}, *carried))
                       : "by hand";
    };
    EXPECT_EQ(now(rubric_json), "9");
    EXPECT_EQ(
        now(R"([{"id": "argument", "title": "A", "points_max": 8, "levels": [{"id": "good", "title": "G", "points": 8}]},
        {"id": "style", "title": "S", "points_max": 4}])"),
        "11")
        << "a level is worth something else";
    EXPECT_EQ(
        now(R"([{"id": "argument", "title": "A", "points_max": 6, "levels": [{"id": "best", "title": "G", "points": 6}]},
        {"id": "style", "title": "S", "points_max": 4}])"),
        "by hand")
        << "the level is gone";
    EXPECT_EQ(
        now(R"([{"id": "argument", "title": "A", "points_max": 6, "levels": [{"id": "good", "title": "G", "points": 6}]},
        {"id": "style", "title": "S", "points_max": 2}])"),
        "by hand")
        << "more than there is now";
    EXPECT_EQ(
        now(R"([{"id": "argument", "title": "A", "points_max": 6, "levels": [{"id": "good", "title": "G", "points": 6}]},
        {"id": "style", "title": "S", "points_max": 4}, {"id": "third", "title": "T", "points_max": 1}])"),
        "by hand");
}

// ---- the states ----

const UserId anna{{1}}, ben{{2}}, cleo{{3}};

/// "-": none; "d": a draft; "7": done with so many points; "7v2": by version 2.
Marks marks(const char* automatic, const char* first, const char* second, const char* agreed) {
    Marks out;
    auto add = [&](MarkKind kind, std::optional<UserId> marker, std::string_view what) {
        if (what == "-")
            return;
        Mark mark{.kind = kind, .marker = marker, .scheme_version = 1};
        if (what.ends_with("v2"))
            mark.scheme_version = 2;
        if (what != "d") {
            mark.done = true;
            mark.points = mark.content.points = Points{100 * (what[0] - '0')};
        }
        mark.content.feedback = wire_name(kind);
        out.push_back(mark);
    };
    add(MarkKind::automatic, std::nullopt, automatic);
    add(MarkKind::first, anna, first);
    add(MarkKind::second, ben, second);
    add(MarkKind::agreed, cleo, agreed);
    return out;
}

TEST(WorkStates, Table) {
    struct Row {
        const char *automatic, *first, *second, *agreed;
        const char *one, *two; // with one marker; with two and a tolerance of 2
    };
    const Row rows[] = {
        {"-", "-", "-", "-", "unmarked", "unmarked"},
        {"d", "-", "-", "-", "unmarked", "unmarked"},
        {"5", "-", "-", "-", "ready 5", "ready 5"},
        {"5", "d", "-", "-", "being_marked", "being_marked"},
        {"5", "7", "-", "-", "ready 7", "waiting_for_second"},
        {"-", "d", "-", "-", "being_marked", "being_marked"},
        {"-", "d", "d", "-", "being_marked", "being_marked"},
        {"-", "7", "-", "-", "ready 7", "waiting_for_second"},
        {"-", "7", "d", "-", "ready 7", "waiting_for_second"},
        {"-", "d", "7", "-", "being_marked", "waiting_for_second"},
        {"-", "7", "7", "-", "ready 7", "ready 7"},
        {"-", "6", "8", "-", "ready 6", "ready 7"},
        {"-", "7", "6", "-", "ready 7", "ready 6.5"},
        {"-", "5", "8", "-", "ready 5", "differs"},
        {"-", "7", "7v2", "-", "ready 7", "differs"},
        {"-", "5", "8", "d", "ready 5", "differs"},
        {"-", "5", "8", "9", "ready 9", "ready 9"},
        {"-", "6", "8", "9", "ready 9", "ready 9"},
    };
    auto shown = [](const Outcome& outcome) {
        return std::string(wire_name(outcome.state)) +
               (outcome.state == WorkState::ready ? " " + to_text(outcome.points) : "");
    };
    for (const Row& row : rows) {
        const Marks all = marks(row.automatic, row.first, row.second, row.agreed);
        SCOPED_TRACE(std::string(row.automatic) + row.first + row.second + row.agreed);
        EXPECT_EQ(shown(outcome_of(all, std::nullopt)), row.one);
        EXPECT_EQ(shown(outcome_of(all, Points{200})), row.two);
    }
    EXPECT_EQ(outcome_of(marks("-", "6", "8", "-"), Points{200}).content.feedback,
              "first\n\nsecond");
}

TEST(WorkStates, OfTwoMarkersNobodySeesWhatTheOtherSaysBeforeBothAreDone) {
    struct Row {
        const char *first, *second;
        const char* seen; // of first and second, by anna (first), ben (second), cleo
    };
    for (const Row& row : {Row{"d", "-", "1 - -"},
                           {"7", "-", "1 - -"},
                           {"7", "d", "1 2 -"},
                           {"d", "7", "1 2 -"},
                           {"7", "8", "12 12 12"}}) {
        const Marks all = marks("-", row.first, row.second, "-");
        std::string seen;
        for (UserId viewer : {anna, ben, cleo}) {
            std::string sees;
            for (const Mark& mark : all) {
                if (may_see(viewer, mark, all, true))
                    sees += mark.kind == MarkKind::first ? "1" : "2";
                EXPECT_TRUE(may_see(viewer, mark, all, false)) << "one marker hides nothing";
            }
            seen += (seen.empty() ? "" : " ") + (sees.empty() ? "-" : sees);
        }
        EXPECT_EQ(seen, row.seen) << row.first << row.second;
    }
}

TEST(WorkStates, WhoWritesWhichMark) {
    struct Row {
        const char *first, *second;
        const char* slots; // of anna, ben, cleo
    };
    auto slot = [](UserId who, const Marks& all, bool two) {
        auto kind = slot_for(who, all, two);
        return kind ? std::string(wire_name(*kind)) : "conflict";
    };
    for (const Row& row : {Row{"-", "-", "first first first"},
                           {"d", "-", "first second second"},
                           {"d", "d", "first second conflict"},
                           {"7", "-", "first second second"},
                           {"7", "d", "first second conflict"},
                           {"7", "8", "conflict conflict conflict"}}) {
        const Marks all = marks("-", row.first, row.second, "-");
        EXPECT_EQ(slot(anna, all, true) + " " + slot(ben, all, true) + " " + slot(cleo, all, true),
                  row.slots)
            << row.first << row.second;
        EXPECT_EQ(slot(cleo, all, false), "first");
    }
}

} // namespace
} // namespace bw::marking
