// What a day may not be, and how days are held against each other.
#include "storm/day_report.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "storm/day_figures.hpp"
#include "storm/report_store.hpp"

namespace bw::storm {
namespace {

using testing::HasSubstr;

DayReport good_day() {
    DayReport day;
    day.people = 3;
    day.submissions = 2;
    day.pages = 6;
    day.pages_afterwards = 2;
    day.lesson = 60s;
    day.over = 20s;
    for (int i = 0; i < 2; ++i)
        day.bells.push_back({.arrivals = 3, .in = 3});
    day.tally.acknowledged = 2;
    day.reckoning.matched = 2;
    day.answers.came = {.password = 1, .refresh = 5, .page_read = 20, .submission = 3};
    day.answers.unanswered = 1;
    day.counted = day.answers.came;
    return day;
}

TEST(DayReport, WhatADayMayNotBe) {
    struct Row {
        const char* says; // empty: nothing is wrong
        std::function<void(DayReport&)> spoil;
    };
    const Row rows[] = {
        {"", [](DayReport&) {}},
        {"to bell 2 2 of 3 came in", [](DayReport& d) { d.bells[1].in = 2; }},
        {"1 requests came to nothing", [](DayReport& d) { d.failed = 1; }},
        {"4 first pages: shows", [](DayReport& d) { d.page_faults["shows another"] = 4; }},
        {"looked at", [](DayReport& d) { d.pages = 0; }},
        {"1 afterwards", [](DayReport& d) { d.pages_afterwards = 1; }},
        {"answers: HTTP 500", [](DayReport& d) { d.answers.dishonest["HTTP 500"] = 1; }},
        {"1 of 2 submissions were", [](DayReport& d) { d.tally.acknowledged = 1; }},
        {"of 2 submissions were", [](DayReport& d) { d.tally.failed = 1; }},
        {"not reconciled: 1 lost", [](DayReport& d) { d.reckoning.lost = 1; }},
        {"1 doubled", [](DayReport& d) { d.reckoning.doubled = 1; }},
        {"1 mismatched", [](DayReport& d) { d.reckoning.mismatched = 1; }},
        {"1 unexpected", [](DayReport& d) { d.reckoning.unexpected = 1; }},
        {"1 of 2 as they should be", [](DayReport& d) { d.reckoning.matched = 1; }},
        {"1 bad receipts", [](DayReport& d) { d.bad_receipts = 1; }},
        {"could not be listed", [](DayReport& d) { d.listing_error = "no"; }},
        {"heads", [](DayReport& d) { d.heads.forked = 1; }},
        {"counted 1 passwords, 4", [](DayReport& d) { d.counted->refresh = 4; }},
        {"counted 3 passwords", [](DayReport& d) { d.counted->password = 3; }},
        {"", [](DayReport& d) { d.counted->page_read = 21; }}, // one was not answered
        {"not known", [](DayReport& d) { d.counted.reset(), d.counts_wanted = true; }},
        {"", [](DayReport& d) { d.counted.reset(); }},
    };
    for (const Row& row : rows) {
        DayReport day = good_day();
        row.spoil(day);
        const std::string text = day.text();
        EXPECT_EQ(day.ok(), std::string_view(row.says).empty()) << row.says << text;
        EXPECT_THAT(text, HasSubstr(row.says));
        EXPECT_THAT(text, HasSubstr(day.ok() ? "the day was as it should be" : "WRONG: "));
    }
}

TEST(DayReport, IsKeptAsOthersAre) {
    DayReport day = good_day();
    day.started_at = {1'000'000};
    day.seconds.resize(2);
    const auto head = report_head(day.json());
    ASSERT_TRUE(head) << head.error().text();
    EXPECT_EQ(head->storm, "day");
    EXPECT_TRUE(head->ok);
    EXPECT_THAT(day.html(), HasSubstr("</html>"));
}

TEST(DayFigures, HoldLabelsAgainstEachOther) {
    auto report = [](const char* label, double queue) {
        DayReport day = good_day();
        day.label = label;
        day.figures = {{"queue", "", queue}, {"p99", "ms", queue / 8}};
        return std::pair(std::string("file"), day.json());
    };
    const auto days = labelled(
        {report("on", 1), report("off", 30), report("on", 3), report("off", 10), report("on", 2)});
    ASSERT_TRUE(days);
    const std::string table = comparison(*days);
    EXPECT_THAT(table, HasSubstr("on (n=3)"));
    EXPECT_THAT(table, HasSubstr("off (n=2)"));
    EXPECT_THAT(table, HasSubstr("2 (1..3)"));
    EXPECT_THAT(table, HasSubstr("20 (10..30)"));
    EXPECT_THAT(table, HasSubstr("0.10"));
    EXPECT_THAT(table, HasSubstr("p99, ms"));
    EXPECT_FALSE(labelled({{"file", "{}"}}));
    EXPECT_FALSE(labelled({{"file", R"({"storm":"deadline","label":"x","figures":{}})"}}));
}

TEST(ServerWatch, ReadsWhatItLooksFor) {
    const auto read = read_metrics("# HELP process_cpu_seconds_total x\n"
                                   "process_cpu_seconds_total 1.5\n"
                                   "bellwether_lane_queued_items{lane=\"api\"} 9\n"
                                   "bellwether_lane_queued_items{lane=\"auth\"} 7\n"
                                   "bellwether_http_request_duration_seconds_count{a=\"b\"} 4\n"
                                   "bellwether_http_request_duration_seconds_count{a=\"c\"} 5\n");
    EXPECT_EQ(read.at("cpu_s"), 1.5);
    EXPECT_EQ(read.at("hash_queue"), 7);
    EXPECT_EQ(read.at("requests"), 9);
    const Samples samples = read_samples("Mon Nov 30 (every 1s)\n\n2000 x 5\n1000 x 3\n1500 y 8\n"
                                         "3000 x 4\nx 1 2\n4000 x\n");
    ASSERT_EQ(samples.size(), 4U);
    EXPECT_EQ(peak(samples, "x", {1'500}, {9'000}), 5);
    EXPECT_EQ(grown(samples, "x", {1'000}, {2'500}), 2);
    EXPECT_EQ(grown(samples, "nothing", {0}, {9'000}), 0);
}

TEST(DayFigures, TheDeadlinesBellStandsByItself) {
    DayReport day = good_day();
    day.bells[0].first_page.add(10ms);
    day.bells[1].first_page.add(500ms);
    add_figures(day, {}, {0}, Instant{0} + day.lesson);
    auto value = [&](std::string_view name) {
        const auto found = std::ranges::find(day.figures, name, &Figure::name);
        return found == day.figures.end() ? -1 : found->value;
    };
    EXPECT_NEAR(value("first page, p99, other bells"), 10, 1);
    EXPECT_NEAR(value("first page, p99, deadline's bell"), 500, 20);
    EXPECT_EQ(value("refresh, p99, other bells"), -1) << "nobody refreshed";
}

TEST(DayFigures, CountsAreWhatGrewSinceTheFirstSample) {
    EXPECT_EQ(counted_in({}), std::nullopt);
    const Samples samples = read_samples("1 counted_password 7\n1 counted_page_read 2\n"
                                         "2 counted_password 9\n2 counted_page_read 2\n");
    EXPECT_EQ(counted_in(samples), (Came{.password = 2}));
}

TEST(Answers, AnHonestRefusalSaysWhenToComeAgain) {
    Answers answers;
    auto response = [](int status, bool later) {
        net::ClientResponse out{.status = status};
        if (later)
            out.headers.emplace_back("Retry-After", "1");
        return Result<net::ClientResponse>(std::move(out));
    };
    answers.see(&Came::page_read, response(200, false));
    answers.see(&Came::page_read, response(404, false));
    answers.see(nullptr, response(200, false));
    answers.see(&Came::refresh, response(503, true));
    EXPECT_TRUE(answers.seen().dishonest.empty());
    EXPECT_EQ(answers.seen().came, (Came{.page_read = 1}));
    answers.see(&Came::refresh, response(503, false));
    answers.see(&Came::refresh, response(500, true));
    answers.see(&Came::refresh, fail(Code::outcome_unknown, "cut"));
    const auto seen = answers.seen();
    EXPECT_EQ(seen.dishonest.size(), 2U);
    EXPECT_EQ(seen.refused, 1U);
    EXPECT_EQ(seen.unanswered, 1U);
    EXPECT_EQ(seen.requests, 7U);
}

} // namespace
} // namespace bw::storm
