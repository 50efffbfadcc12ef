// What operators see and do over all institutions, over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "http_calls.hpp"
#include "jobs/queue.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using testing::HasSubstr;
using testing::Not;

struct OperatorsWork : testing::Test {
    World world;
    const Side &alpha = world.sides.alpha, &bravo = world.sides.bravo;

    Session& superuser() { return world.sides.installation.superuser(); }
    net::ClientResponse ask(net::Method method, const std::string& target,
                            const std::string& body = "", const std::string& token = "") {
        net::ClientRequest request{
            .method = method,
            .target = target,
            .host = World::base_host,
            .headers = {{"Authorization",
                         "Bearer " + (token.empty() ? world.operator_token : token)}},
            .body = body};
        if (!body.empty())
            request.headers.emplace_back("Content-Type", "application/json");
        return world.send(std::move(request));
    }
    void die(const Side& side, int count) {
        for (int i = 0; i < count; ++i)
            EXPECT_TRUE(world.sides.installation.database()->run(
                side.info.scope, world.sides.installation.soon(), [&](tenancy::TenantTx& tx) {
                    return jobs::enqueue(tx, {.kind = "test"}, world.clock, world.rng);
                }));
        superuser().run("update jobs set state = 'discarded', attempt = attempts_max, error = "
                        "'no document' where kind = 'test'");
    }
    bool eventually(auto&& holds) {
        const Deadline patience = Deadline::in(world.clock, 10s);
        while (!holds())
            if (patience.expired(world.clock))
                return false;
        return true;
    }
    static std::string id(const Side& side) { return side.info.scope.tenant().text(); }
};

TEST_F(OperatorsWork, AnOverviewIsForOperatorsAndNamesNoInstitution) {
    superuser().run("delete from jobs");
    die(alpha, 2);
    die(bravo, 1);
    const auto seen = ask(get, "/v1/operator/overview");
    ASSERT_EQ(seen.status, 200) << seen.body;
    EXPECT_EQ(member(seen, "/jobs/dead/value"), "3");
    EXPECT_EQ(member(seen, "/database/reachable/value"), "true");
    EXPECT_EQ(member(seen, "/lanes/0/threads/value"), "1");
    EXPECT_EQ(member(seen, "/recorder/behind/value"), "null");
    EXPECT_FALSE(world.betrayed(seen)) << seen.body;
    EXPECT_THAT(seen.body, Not(HasSubstr(id(alpha))));
    for (const std::string& token : {world.administrator(), std::string("bwop_no")})
        EXPECT_EQ(ask(get, "/v1/operator/overview", "", token).status, 401);
}

TEST_F(OperatorsWork, HoweverManyAskTheDatabaseIsAskedOnceASecond) {
    superuser().run("delete from jobs");
    const Monotonic began = world.clock.monotonic();
    const std::string first = ask(get, "/v1/operator/overview").body;
    die(alpha, 1);
    const std::string second = ask(get, "/v1/operator/overview").body;
    if (world.clock.monotonic() - began < 1s) // else this machine was too slow to see it
        EXPECT_EQ(first, second);
    EXPECT_TRUE(eventually(
        [&] { return member(ask(get, "/v1/operator/overview"), "/jobs/dead/value") == "1"; }));
}

struct DeadLettersOfAll : OperatorsWork {
    void SetUp() override { superuser().run("delete from jobs; delete from job_history"); }
    std::string dead_of(const Side& side) {
        return superuser().value("select count(*) from jobs where state = 'discarded' and "
                                 "tenant_id = '" +
                                 to_text(side.info.scope.tenant().uuid) + "'");
    }
};

TEST_F(DeadLettersOfAll, AreCountedByInstitutionAndComeBackForOne) {
    die(alpha, 1);
    die(bravo, 3);
    const auto all = ask(get, "/v1/operator/dead-letters");
    ASSERT_EQ(all.status, 200) << all.body;
    EXPECT_EQ(member(all, "/data/0/tenant_id"), "\"" + id(bravo) + "\"");
    EXPECT_EQ(member(all, "/data/0/slug"), "\"bravo\"");
    EXPECT_EQ(member(all, "/data/0/count"), "3");
    EXPECT_EQ(member(all, "/letters"), "4");
    EXPECT_EQ(member(all, "/reasons"), "2");
    const auto of_one = ask(get, "/v1/operator/dead-letters?kind=test&tenant_id=" + id(alpha));
    EXPECT_EQ(member(of_one, "/letters"), "1");
    EXPECT_THAT(of_one.body, Not(HasSubstr(id(bravo))));

    const std::string who = R"({"tenant_id":")" + id(bravo) + R"(","limit":2,)";
    const auto dry = ask(post, "/v1/operator/dead-letters/redrive", who + R"("dry_run":true})");
    ASSERT_EQ(dry.status, 200) << dry.body;
    EXPECT_EQ(member(dry, "/count"), "2");
    EXPECT_EQ(member(dry, "/left"), "1");
    EXPECT_EQ(dead_of(bravo), "3");
    const auto done =
        ask(post, "/v1/operator/dead-letters/redrive", who + R"("dry_run":false,"per_second":1})");
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(member(done, "/over_seconds"), "1");
    EXPECT_EQ(dead_of(bravo), "1");
    EXPECT_EQ(dead_of(alpha), "1") << "another institution's stay";
    const auto book = ask(get, "/v1/operator/events?limit=1");
    EXPECT_EQ(member(book, "/data/0/action"), "\"dead_letters.redriven\"");
    EXPECT_EQ(member(book, "/data/0/subject"), "\"" + id(bravo) + "\"");
}

TEST_F(DeadLettersOfAll, AreForOperatorsAlone) {
    die(bravo, 1);
    const std::string body = R"({"tenant_id":")" + id(bravo) + R"(","dry_run":false})";
    for (const std::string& token : {world.administrator(), std::string("bwop_no")}) {
        EXPECT_EQ(ask(get, "/v1/operator/dead-letters", "", token).status, 401);
        EXPECT_EQ(ask(post, "/v1/operator/dead-letters/redrive", body, token).status, 401);
    }
    EXPECT_EQ(dead_of(bravo), "1");
}

TEST_F(DeadLettersOfAll, WhatIsWrongIsNamed) {
    for (const auto& [body, status, field] :
         {std::tuple{R"({"dry_run":true})", 422, "/tenant_id"},
          {R"({"tenant_id":"ten_x","dry_run":true})", 422, "/tenant_id"},
          {R"({"tenant_id":"ten_00000000000000000000000000000000"})", 422, "/dry_run"},
          {R"({"tenant_id":"ten_00000000000000000000000000000000","dry_run":true})", 404, ""}}) {
        const auto bad = ask(post, "/v1/operator/dead-letters/redrive", body);
        EXPECT_EQ(bad.status, status) << bad.body;
        if (*field)
            EXPECT_EQ(member(bad, "/field"), "\"" + std::string(field) + "\"") << bad.body;
    }
    EXPECT_EQ(ask(get, "/v1/operator/dead-letters?tenant_id=north").status, 422);
    EXPECT_EQ(ask(get, "/v1/operator/dead-letters?limit=0").status, 422);
}

struct StormReports : OperatorsWork {
    void write(const std::string& name, const std::string& text) {
        std::ofstream(world.storm_reports.path() / name) << text;
    }
    static constexpr const char* good =
        R"({"storm":"deadline","started_at":"2026-11-30T09:00:00Z","users":3,"ok":true,"sent":3,)"
        R"("plots":[{"title":"A second","unit":"","logarithmic":false,)"
        R"("lines":[{"name":"clicks","values":[1,null,2]}]}],"marks":[{"second":1,"what":"the bell"}]})";
};

TEST_F(StormReports, AreListedAndShownToOperatorsAlone) {
    const auto none = ask(get, "/v1/operator/storm-reports");
    ASSERT_EQ(none.status, 200) << none.body;
    EXPECT_THAT(member(none, "/missing"), HasSubstr("no report was kept"));
    write("a-good-one.json", good);
    write("cut.json", std::string(good).substr(0, 50));
    const auto listed = ask(get, "/v1/operator/storm-reports?limit=10");
    EXPECT_EQ(member(listed, "/reports"), "2") << listed.body;
    EXPECT_EQ(member(listed, "/missing"), "null");
    EXPECT_THAT(listed.body,
                HasSubstr(R"("id":"a-good-one","storm":"deadline",)"
                          R"("started_at":"2026-11-30T09:00:00.000Z","users":3,"ok":true)"));
    EXPECT_THAT(listed.body, HasSubstr(R"("damaged":"it is no storm's report: )"));
    EXPECT_EQ(ask(get, "/v1/operator/storm-reports/a-good-one").body, good);
    EXPECT_EQ(ask(get, "/v1/operator/storm-reports/cut").status, 409);
    for (const std::string& token : {world.administrator(), std::string("bwop_no")})
        for (const char* path : {"", "/a-good-one"})
            EXPECT_EQ(ask(get, std::string("/v1/operator/storm-reports") + path, "", token).status,
                      401);
}

TEST_F(StormReports, ANameIsNeverAPath) {
    std::ofstream(world.storm_reports.path() / ".." / "outside.json") << good;
    for (const char* name : {"..%2Foutside", "%2e%2e%2foutside", "nothing", "a%00b", ".."})
        EXPECT_GE(ask(get, std::string("/v1/operator/storm-reports/") + name).status, 400) << name;
    std::filesystem::remove(world.storm_reports.path() / ".." / "outside.json");
}

} // namespace
} // namespace bw::test
