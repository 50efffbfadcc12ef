#include "storm/report_hour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "storm/fake_reports.hpp"
#include "storm/fake_school_server.hpp"
#include "storm/report_store.hpp"

namespace bw::storm {

namespace {

using testing::HasSubstr, testing::Not;

/// A school whose reports can be spoiled on purpose.
class ReportHourTest : public testing::Test, protected FakeSchoolServer {
protected:
    ReportHourTest() {
        for (const char* target : {"/v1/first-page", "/v1/today", "/v1/assignments", "/v1/notices"})
            routes.add({net::Method::get, target, std::string("read") + (target + 4), "",
                        [this](const net::Request&, net::Responder respond) {
                            ++reads;
                            respond(reads_fail ? net::Response::json(500, "{}")
                                               : net::Response::json(200, "{}"));
                        }});
        routes.add({net::Method::get, "/v1/reports/{report}", "report", "",
                    [this](const net::Request& request, net::Responder respond) {
                        respond(report(request));
                    }});
        start();
        std::filesystem::create_directories(directory);
        std::ofstream(directory / "plan.jsonl") << school.plan_text();
        options.plan_path = directory / "plan.jsonl";
        options.port = server->port();
        options.reports = {"127.0.0.1", server->port()};
        options.rounds = 2;
        options.phase = 100ms;
        options.between = 100ms;
        options.every = 25ms;
        options.reads_a_second = 400;
        options.hand_ins_a_second = 50;
        options.list_for = 2s;
        options.progress = false;
    }
    ~ReportHourTest() override {
        server.reset();
        std::fclose(out);
        std::filesystem::remove_all(directory);
    }

    net::Response report(const net::Request& request) {
        ++asked;
        Rows rows = school.rows();
        spoil_reports(rows);
        return fake_report(request, school.plan().assignments[0].id, rows, clock.now() - behind);
    }
    ReportHourReport held() {
        auto report = run_report_hour(options, clock, rng, out);
        EXPECT_TRUE(report) << report.error().text();
        return report ? *std::move(report) : ReportHourReport();
    }

    std::filesystem::path directory =
        std::filesystem::temp_directory_path() / ("storm-report-test-" + std::to_string(getpid()));
    ReportHourOptions options;
    std::atomic<int> reads = 0, asked = 0;
    std::atomic<bool> reads_fail = false;
    std::function<void(Rows&)> spoil_reports = [](Rows&) {};
    Duration behind{};
    std::FILE* out = std::tmpfile();
};

TEST_F(ReportHourTest, EachWayIsHeldAgainstItsRoundWithoutReports) {
    std::set<std::string> elsewhere;
    options.others.emplace_back("elsewhere", [&](const ReportAsk& ask, Deadline) {
        elsewhere.insert(ask.report);
        return Result<std::size_t>(7);
    });
    options.html_path = directory / "report.html";
    options.store_path = directory / "kept";
    const ReportHourReport report = held();
    EXPECT_TRUE(report.right()) << report.text();
    ASSERT_EQ(report.ways.size(), 3U);
    EXPECT_THAT(elsewhere,
                testing::UnorderedElementsAre("class_progress", "gradebook", "engagement_by_day"))
        << "nobody is known who may read of the institution";
    for (const ReportWay& way : report.ways) {
        ASSERT_EQ(way.rounds.size(), 2U) << way.name;
        for (const ReportPhase& round : way.rounds) {
            EXPECT_GT(round.students.count(), 10U) << way.name;
            EXPECT_EQ(round.reports.latencies.count() + round.reports.left_out,
                      way.name == "none" ? 0U : 4U);
        }
    }
    EXPECT_EQ(report.ways[1].rounds[0].reports.lines, 28U);
    EXPECT_GT(report.first.students.count(), 10U);
    EXPECT_GT(report.last.students.count(), 10U);
    EXPECT_GT(report.counts.receipts, 40U);
    EXPECT_EQ(report.counts.receipts, report.tally.acknowledged);
    EXPECT_THAT(report.text(), HasSubstr("elsewhere"));
    EXPECT_THAT(report.html(), HasSubstr("</html>"));
    const auto head = report_head(report.json());
    ASSERT_TRUE(head) << head.error().text();
    EXPECT_TRUE(head->ok);
    EXPECT_EQ(stored_reports(directory / "kept", 10)->items.size(), 1U);
}

TEST_F(ReportHourTest, AReportThatSaysOtherThanReceiptsIsWrong) {
    using Spoil = std::function<void(Rows&)>;
    for (const auto& [what, spoil] : std::initializer_list<std::pair<const char*, Spoil>>{
             {"stands in the report 0 times", [](Rows& rows) { rows.pop_back(); }},
             {"stands in the report 2 times", [](Rows& rows) { rows.push_back(rows.back()); }},
             {"handed in, in class_progress of",
              [](Rows& rows) { rows.back().user = UserId(); }}}) {
        spoil_reports = [&](Rows& rows) {
            if (!rows.empty())
                spoil(rows);
        };
        options.rounds = 1;
        const ReportHourReport report = held();
        EXPECT_FALSE(report.right()) << what;
        EXPECT_THAT(report.text(), HasSubstr("WRONG: reports do not say what receipts say"));
        EXPECT_THAT(report.text(), HasSubstr(what));
        EXPECT_THAT(report.json(), HasSubstr("\"ok\":false"));
    }
}

TEST_F(ReportHourTest, ReportsThatStayBehindAreWrong) {
    behind = 10s;
    options.rounds = 1;
    options.list_for = 500ms;
    const ReportHourReport report = held();
    EXPECT_FALSE(report.right());
    EXPECT_THAT(report.text(), HasSubstr("reports are still as of"));
}

TEST_F(ReportHourTest, SubmissionsThatAreLostAreWrong) {
    spoil = [](Rows& rows) { rows.resize(rows.size() / 2); };
    options.rounds = 1;
    options.list_for = 500ms;
    const ReportHourReport report = held();
    EXPECT_FALSE(report.right());
    EXPECT_GT(report.reckoning.lost, 0U);
}

TEST_F(ReportHourTest, AReadThatFailsIsWrong) {
    reads_fail = true;
    options.rounds = 1;
    const ReportHourReport report = held();
    EXPECT_FALSE(report.right());
    EXPECT_THAT(report.text(), HasSubstr("reads of students failed, such as HTTP 500"));
}

TEST_F(ReportHourTest, WhatIsSlowElsewhereIsAFindingAndNoFault) {
    options.rounds = 1;
    options.others.emplace_back("elsewhere", [&](const ReportAsk& ask, Deadline) {
        return Result<std::size_t>(ask.report == std::string_view("class_progress")
                                       ? fail(Code::unavailable, "it went away")
                                       : fail(Code::deadline_exceeded, "it took too long"));
    });
    const ReportHourReport report = held();
    EXPECT_TRUE(report.right()) << report.text();
    EXPECT_GT(report.ways[1].rounds[0].reports.failed, 0U);
    EXPECT_GT(report.ways[1].rounds[0].reports.given_up, 0U);
    EXPECT_THAT(report.text(), HasSubstr("elsewhere: a report failed: class_progress"));
}

TEST_F(ReportHourTest, OptionsThatMakeNoSenseAreRefused) {
    using Change = std::function<void(ReportHourOptions&)>;
    for (const auto& [field, change] : std::initializer_list<std::pair<const char*, Change>>{
             {"rounds", [](auto& o) { o.rounds = 0; }},
             {"phase", [](auto& o) { o.phase = 10ms; }},
             {"reads", [](auto& o) { o.reads_a_second = 0; }},
             {"target", [](auto& o) { o.reports.second = 0; }}}) {
        ReportHourOptions wrong = options;
        change(wrong);
        const auto report = run_report_hour(wrong, clock, rng, out);
        ASSERT_FALSE(report) << field;
        EXPECT_EQ(report.error().field, field);
    }
}

/// So many reads of 1 ms, and the slowest two per cent of them of `slow`.
ReportPhase phase_of(Duration slow) {
    ReportPhase phase;
    for (int i = 0; i < 100; ++i)
        phase.students.add(i < 97 ? Duration(1ms) : slow);
    return phase;
}

TEST(ReportBars, AreMedianRatiosOfRounds) {
    ReportHourReport report;
    report.phase = report.every = 1s;
    report.ways = {
        {.name = "none", .beside = 0, .rounds = {phase_of(10ms), phase_of(20ms), phase_of(40ms)}},
        {.name = "ours",
         .beside = 0,
         .bar = 2.5,
         .rounds = {phase_of(20ms), phase_of(48ms), phase_of(400ms)}}};
    report.first = report.last = phase_of(10ms);
    const Spread p99 = times_idle(report.ways, 1, 0.99);
    EXPECT_NEAR(p99.low, 2, 0.1);
    EXPECT_NEAR(p99.median, 2.4, 0.1);
    EXPECT_NEAR(p99.high, 10, 0.5);
    EXPECT_TRUE(report.held());
    EXPECT_THAT(report.text(), HasSubstr("held"));
    report.ways[1].bar = 2.2;
    EXPECT_FALSE(report.held());
    EXPECT_TRUE(report.right()) << "a bar is no promise";
    EXPECT_THAT(report.text(), HasSubstr("MISSED"));
}

} // namespace

} // namespace bw::storm
