#include "storm/deadline.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "storm/fake_school_server.hpp"
#include "storm/html_report.hpp"

namespace bw::storm {

namespace {

/// A school behind a real HTTP server and client.
class DeadlineTest : public testing::Test, protected FakeSchoolServer {
protected:
    DeadlineTest() {
        std::filesystem::create_directories(directory);
        std::ofstream(directory / "plan.jsonl") << school.plan_text();
        start();
        options.plan_path = directory / "plan.jsonl";
        options.report_path = directory / "report.json";
        options.port = server->port();
        options.submissions = 150;
        options.over = 300ms;
        options.connections = 16;
        options.duplicates = 0.1;
        options.list_for = 1s;
    }
    ~DeadlineTest() override {
        server.reset();
        std::fclose(out);
        std::filesystem::remove_all(directory);
    }

    std::string printed() {
        EXPECT_EQ(std::fseek(out, 0, SEEK_SET), 0);
        std::string text(static_cast<std::size_t>(1) << 16, '\0');
        text.resize(std::fread(text.data(), 1, text.size(), out));
        return text;
    }

    std::filesystem::path directory = std::filesystem::temp_directory_path() /
                                      ("storm-deadline-test-" + std::to_string(getpid()));
    DeadlineOptions options;
    std::FILE* out = std::tmpfile();
};

TEST_F(DeadlineTest, ReconcilesAGoodServer) {
    sheds = 10;
    auto report = run_deadline(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    const std::string text = printed();
    EXPECT_TRUE(report->ok()) << text;
    EXPECT_EQ(report->tally.acknowledged, 150U);
    EXPECT_EQ(report->reckoning.matched, 150U);
    EXPECT_EQ(report->tally.retries, 10U);
    EXPECT_EQ(report->tally.replays, report->tally.clicks_sent - report->tally.sent);
    EXPECT_EQ(report->receipts, 150U);
    EXPECT_TRUE(text.ends_with("\nreconciled: 0 lost, 0 doubled\n")) << text;
    std::ifstream json(options.report_path);
    const std::string written((std::istreambuf_iterator<char>(json)), {});
    EXPECT_EQ(written, report->json() + "\n");

    auto second = run_deadline(options, clock, rng, out); // the same seed, on what is there already
    ASSERT_TRUE(second) << second.error().text();
    EXPECT_TRUE(second->ok()) << second->text();
    EXPECT_EQ(second->reckoning.earlier, 150U);
}

TEST_F(DeadlineTest, FindsWhatABadServerDid) {
    spoil = [](Rows& rows) {
        if (rows.size() < 10)
            return;
        rows[1] = rows[0];
        rows[2].late = !rows[2].late;
    };
    auto report = run_deadline(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->ok());
    EXPECT_EQ(report->reckoning.lost, 1U);
    EXPECT_EQ(report->reckoning.doubled, 1U);
    EXPECT_EQ(report->reckoning.mismatched, 1U);
    EXPECT_NE(printed().find("\nNOT RECONCILED: 1 lost, 1 doubled, 1 mismatched"),
              std::string::npos);
}

TEST_F(DeadlineTest, FindsARewrittenJournal) {
    spoil = [this](Rows&) { school.rewrite_the_past(); }; // after the receipts were given out
    options.submissions = 41;                             // one page, and one more
    auto report = run_deadline(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->ok());
    EXPECT_TRUE(report->reckoning.reconciled());
    EXPECT_EQ(report->heads.heads, 41U);
    EXPECT_GT(report->heads.refused, 0U);
    EXPECT_NE(printed().find("\nNOT RECONCILED: the journal's heads"), std::string::npos);
}

TEST_F(DeadlineTest, KeysUsedTwiceAndUnwantedGuestsChangeNothing) {
    options.careless = 0.3;
    options.nuisances = 5;
    options.html_path = directory / "report.html";
    options.events_path = directory / "events";
    std::ofstream(options.events_path) << clock.now().ms + 3'000 << " the <primary> & its end\n";
    auto report = run_deadline(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->ok()) << report->text();
    EXPECT_GT(report->tally.key_taken, 20U) << "this school takes them in";
    EXPECT_GT(report->nuisances, 0U);
    std::ifstream html(options.html_path);
    const std::string page((std::istreambuf_iterator<char>(html)), {});
    EXPECT_TRUE(page.starts_with("<!doctype html>"));
    EXPECT_EQ(page.find("<primary>"), std::string::npos);
    EXPECT_EQ(page.find("nan,"), std::string::npos) << "a second without an answer has no point";
}

TEST(Events, AreReadLineByLine) {
    const auto events = read_events("12 the primary was killed\nnonsense\n13\n\n14 x");
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].at.ms, 12);
    EXPECT_EQ(events[0].what, "the primary was killed");
    EXPECT_EQ(events[1].what, "x");
}

TEST_F(DeadlineTest, KillsTheProcessThatTheFileNames) {
    const pid_t victim = fork();
    if (victim == 0) {
        execlp("sleep", "sleep", "60", nullptr);
        _exit(127);
    }
    std::ofstream(directory / "serve.pid") << victim << "\n";
    options.submissions = 20;
    options.kill = {(directory / "serve.pid").string(), 100ms};
    auto report = run_deadline(options, clock, rng, out);
    int status = 0;
    ASSERT_EQ(waitpid(victim, &status, 0), victim);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->killed);
    EXPECT_TRUE(report->ok()) << "nobody missed that process";
    EXPECT_EQ(report->tally.downtime, std::nullopt);
}

TEST_F(DeadlineTest, SaysWhenTheKillDidNotHappen) {
    options.submissions = 5;
    options.kill = {(directory / "no.pid").string(), 100ms};
    auto report = run_deadline(options, clock, rng, out);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->ok());
    EXPECT_TRUE(report->reconciled());
    EXPECT_FALSE(report->killed);
    EXPECT_NE(report->kill_error.find("no.pid"), std::string::npos);
}

TEST_F(DeadlineTest, RefusesOptionsThatMakeNoSense) {
    using Change = std::function<void(DeadlineOptions&)>;
    for (const auto& [field, change] : std::initializer_list<std::pair<const char*, Change>>{
             {"submissions", [](auto& o) { o.submissions = 0; }},
             {"submissions", [](auto& o) { o.submissions = storm_submissions_limit + 1; }},
             {"over", [](auto& o) { o.over = 0s; }},
             {"bell-after", [](auto& o) { o.bell_after_start = 301ms; }},
             {"content-bytes", [](auto& o) { o.content_bytes = 10; }},
             {"duplicates", [](auto& o) { o.duplicates = 1.5; }},
             {"target", [](auto& o) { o.port = 0; }}}) {
        DeadlineOptions wrong = options;
        change(wrong);
        auto report = run_deadline(wrong, clock, rng, out);
        ASSERT_FALSE(report) << field;
        EXPECT_EQ(report.error().field, field);
    }
}

} // namespace

} // namespace bw::storm
