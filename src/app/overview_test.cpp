// What could not be learnt is missing, and nothing is told under a name without a meaning.
#include "app/overview.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "support/temporary_directory.hpp"

namespace bw::app {
namespace {

struct OverviewTest : testing::Test {
    SystemClock clock;
    SystemRng rng;
    test::TemporaryDirectory directory;
    tenancy::TenantDirectory tenants;
    tenancy::DatabaseLane lane{lane::Budget{.name = "api", .threads = 0}, clock,
                               [] { return std::unique_ptr<tenancy::Database>(); }};
    OverviewSources sources{.health = {.journal = nullptr,
                                       .recorder = nullptr,
                                       .lanes = {&lane},
                                       .directory = &tenants},
                            .instance = "a test",
                            .roles = {"api"},
                            .started_at = clock.now()};
    simdjson::dom::parser parser;

    simdjson::dom::element look(Result<jobs::Overview> jobs = jobs::Overview()) {
        const std::string text = overview_json(sources, {std::move(jobs), 5ms}, clock.now());
        simdjson::dom::element document;
        EXPECT_EQ(parser.parse(text).get(document), simdjson::SUCCESS) << text;
        return document;
    }
    static std::string at(simdjson::dom::element document, const std::string& pointer) {
        simdjson::dom::element value;
        return document.at_pointer(pointer).get(value) == simdjson::SUCCESS
                   ? simdjson::minify(value)
                   : "nothing at " + pointer;
    }
    std::unique_ptr<journal::Journal> open_journal() {
        return journal::Journal::open(
                   {.directory = directory.path(),
                    .segment_bytes = 1 << 20,
                    .record_bytes_limit = 1024},
                   [](ByteView) { return Signature{}; }, clock, rng)
            .value();
    }
};

/// Every figure below `node`: {value, metric, missing}.
template <class Fn>
void each_figure(simdjson::dom::element node, const std::string& path, Fn&& fn) {
    if (node.is_array()) {
        for (simdjson::dom::element item : simdjson::dom::array(node))
            each_figure(item, path + "/*", fn);
    } else if (node.is_object()) {
        simdjson::dom::element missing;
        if (node.at_key("missing").get(missing) == simdjson::SUCCESS)
            return fn(path, node);
        for (const auto member : simdjson::dom::object(node))
            each_figure(member.value, path + "/" + std::string(member.key), fn);
    }
}

TEST_F(OverviewTest, WhatIsNotHereIsMissingAndNeverZero) {
    const auto seen = look(fail(Code::unavailable, "the primary does not answer"));
    EXPECT_EQ(at(seen, "/ready"), "true");
    EXPECT_EQ(
        at(seen, "/journal/durable_seq"),
        R"({"value":null,"metric":"bellwether_journal_durable_seq","missing":"this process has no role intake"})");
    EXPECT_EQ(at(seen, "/jobs/waiting/value"), "null");
    EXPECT_NE(at(seen, "/jobs/waiting/missing").find("the primary does not answer"),
              std::string::npos);
    EXPECT_EQ(at(seen, "/database/reachable/value"), "false");
    EXPECT_EQ(at(seen, "/replicas"), "[]");
    int count = 0;
    each_figure(seen, "", [&](const std::string& path, simdjson::dom::element figure) {
        ++count;
        const bool known = at(figure, "/value") != "null";
        EXPECT_EQ(at(figure, "/missing") == "null", known) << path;
        EXPECT_NE(at(figure, "/missing"), "\"\"") << path << " is missing without a reason";
    });
    EXPECT_GT(count, 40);
}

TEST_F(OverviewTest, WhatIsHereIsTold) {
    auto journal = open_journal();
    sources.health.journal = journal.get();
    sources.journal_directory = directory.path();
    sources.replica = [] {
        return pg::ReplicaStatus{
            .state = pg::ReplicaState::streaming, .lag_bytes = 4096, .lag = 250ms};
    };
    sources.health.breakers = [] {
        return std::vector<BreakerStatus>{{"api primary", true}, {"auth primary", false}};
    };
    sources.reports = []() -> Result<ReportState> {
        return ReportState{
            .state = "waiting", .reason = "the disk is full", .slot_bytes_left = 7, .set_aside = 2};
    };
    jobs::Overview jobs;
    jobs.kinds = {{{.kind = "slow", .waiting = 6, .oldest = 90s, .per_second = 2}, 1},
                  {{.kind = "stuck", .waiting = 1, .oldest = 5s, .paused = true}, 2}};
    jobs.workers = {{"one", 3}};
    const auto seen = look(jobs);
    EXPECT_EQ(at(seen, "/lanes/0/name"), "\"api\"");
    EXPECT_EQ(at(seen, "/lanes/0/queued/value"), "0");
    EXPECT_EQ(at(seen, "/journal/durability/value"), "\"local-fsync\"");
    EXPECT_NE(at(seen, "/journal/disk_free_bytes/value"), "null");
    EXPECT_EQ(at(seen, "/journal/follower_in_step/missing"), "\"no follower is configured\"");
    EXPECT_EQ(at(seen, "/replicas/0/state/value"), "\"streaming\"");
    EXPECT_EQ(at(seen, "/replicas/0/lag_seconds/value"), "0.25");
    EXPECT_EQ(at(seen, "/replicas/0/lag_bytes/value"), "4096");
    EXPECT_EQ(at(seen, "/database/breakers_open/value"), "1");
    EXPECT_EQ(at(seen, "/jobs/waiting/value"), "7");
    EXPECT_EQ(at(seen, "/jobs/oldest_seconds/value"), "90");
    EXPECT_EQ(at(seen, "/jobs/dead/value"), "3");
    EXPECT_EQ(at(seen, "/jobs/kinds/0/left_seconds/value"), "3");
    EXPECT_EQ(at(seen, "/jobs/kinds/1/left_seconds/missing"), "\"none of it is being completed\"");
    EXPECT_EQ(at(seen, "/jobs/workers_alive/0/running"), "3");
    EXPECT_EQ(at(seen, "/reports/state/value"), "\"waiting\"");
    EXPECT_EQ(at(seen, "/reports/reason"), "\"the disk is full\"");
    EXPECT_EQ(at(seen, "/reports/set_aside/value"), "2");
    EXPECT_EQ(at(seen, "/reports/slot_left_bytes/value"), "7");
    EXPECT_EQ(at(seen, "/reports/lag_seconds/missing"), "\"the first copy is not done\"");
}

TEST_F(OverviewTest, AJournalThatTakesNothingSaysWhy) {
    auto journal = journal::Journal::open(
        {.directory = directory.path(),
         .segment_bytes = 64 << 10,
         .total_bytes_limit = 256 << 10,
         .record_bytes_limit = 1024},
        [](ByteView) { return Signature{}; }, clock, rng);
    ASSERT_TRUE(journal) << journal.error().text();
    sources.health.journal = journal->get();
    for (int i = 0; i < 1000 && !(*journal)->status().full; ++i) {
        std::atomic<bool> done = false;
        (*journal)->append(Bytes(1000, 'x'), [&](const Result<journal::Committed>&) {
            done = true;
            done.notify_one();
        });
        done.wait(false);
    }
    const auto seen = look();
    EXPECT_EQ(at(seen, "/ready"), "false");
    EXPECT_EQ(at(seen, "/not_ready_because"), "\"the journal is full\"");
    EXPECT_EQ(at(seen, "/journal/full/value"), "true");
}

TEST_F(OverviewTest, EveryFigureIsDescribedInItsSchema) {
    std::size_t described = 0;
    for (const auto& [name, schema] : overview_schemas()) {
        simdjson::dom::element document;
        ASSERT_EQ(parser.parse(schema).get(document), simdjson::SUCCESS) << name << schema;
        simdjson::dom::element properties;
        ASSERT_EQ(document.at_key("properties").get(properties), simdjson::SUCCESS) << name;
        for (const auto member : simdjson::dom::object(properties))
            if (at(member.value, "/$ref") == "\"#/components/schemas/Figure\"") {
                ++described;
                EXPECT_GT(at(member.value, "/description").size(), 6u) << name << member.key;
            }
    }
    EXPECT_GT(described, 60u);
}

} // namespace
} // namespace bw::app
