// An institution's jobs over HTTP: who may look, retry, cancel and redrive, and what they see.
#include <gmock/gmock.h>
#include <simdjson.h>

#include "jobs/queue.hpp"
#include "jobs/worker.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Jobs : testing::Test {
    World world;
    const Side &alpha = world.sides.alpha, &bravo = world.sides.bravo;

    void SetUp() override { superuser().run("delete from jobs; delete from job_history"); }
    Session& superuser() { return world.sides.installation.superuser(); }
    std::string enqueue(const Side& side, const jobs::NewJob& job) {
        auto id = world.sides.installation.database()->run(
            side.info.scope, world.sides.installation.soon(),
            [&](tenancy::TenantTx& tx) { return jobs::enqueue(tx, job, world.clock, world.rng); });
        EXPECT_TRUE(id) << id.error().text();
        return id->text();
    }
    net::ClientResponse ask(net::Method method, const std::string& target, const std::string& body,
                            const std::string& who) {
        std::vector<std::pair<std::string, std::string>> headers{
            {"Authorization", "Bearer " + who}};
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/json");
        return world.send({.method = method,
                           .target = target,
                           .host = alpha.info.slug + ".school.test",
                           .headers = std::move(headers),
                           .body = body});
    }
    net::ClientResponse get(const std::string& target) {
        return ask(net::Method::get, target, {}, world.administrator());
    }
    net::ClientResponse post(const std::string& target, const std::string& body = {}) {
        return ask(net::Method::post, target, body, world.administrator());
    }
    /// As if somebody had tried in vain.
    void discard(const char* why) {
        superuser().run("update jobs set state = 'discarded', attempt = attempts_max, error = '" +
                        std::string(why) + "'");
    }
};

TEST_F(Jobs, AreForAdministratorsOfTheInstitutionAlone) {
    const std::string id = enqueue(alpha, {.kind = "test", .args = R"({"n": 1})"});
    const std::string foreign = enqueue(bravo, {.kind = "test"});
    EXPECT_EQ(ask(net::Method::get, "/v1/jobs", {}, world.student()).status, 403);
    EXPECT_EQ(ask(net::Method::get, "/v1/jobs", {}, world.teacher()).status, 403);
    const auto all = get("/v1/jobs");
    EXPECT_EQ(all.status, 200);
    EXPECT_THAT(all.body, HasSubstr(id));
    EXPECT_THAT(all.body, Not(HasSubstr(foreign)));
    const auto one = get("/v1/jobs/" + id);
    EXPECT_THAT(one.body, HasSubstr(R"("state":"available")"));
    EXPECT_THAT(one.body, HasSubstr(R"("args":{"n": 1})"));
    EXPECT_THAT(one.body, HasSubstr(R"("ahead":0)"));
    EXPECT_THAT(one.body, HasSubstr(R"("estimate_seconds":null)"));
    EXPECT_EQ(get("/v1/jobs/" + foreign).status, 404);
    EXPECT_EQ(post("/v1/jobs/" + foreign + "/cancel").status, 404);
}

TEST_F(Jobs, AreFoundByStateAndKindPageByPage) {
    for (int i = 0; i < 3; ++i)
        enqueue(alpha, {.kind = "a"});
    enqueue(alpha, {.kind = "b", .delay = 1h});
    EXPECT_THAT(get("/v1/jobs?kind=b").body, HasSubstr(R"("state":"scheduled")"));
    EXPECT_THAT(get("/v1/jobs?state=available").body, Not(HasSubstr(R"("kind":"b")")));
    superuser().run("update jobs set due_at = now() where kind = 'b'");
    EXPECT_THAT(get("/v1/jobs?state=available&kind=b").body, HasSubstr(R"("state":"available")"))
        << "due by now";
    const auto first = get("/v1/jobs?limit=3");
    simdjson::dom::parser parser;
    std::string_view next;
    ASSERT_EQ(parser.parse(first.body)["next"].get(next), simdjson::SUCCESS) << first.body;
    const auto rest = get("/v1/jobs?limit=3&cursor=" + std::string(next));
    EXPECT_THAT(rest.body, HasSubstr(R"("next":null)"));
    EXPECT_EQ(get("/v1/jobs?state=done").status, 422);
}

TEST_F(Jobs, AreCancelledAndRetried) {
    const std::string id = enqueue(alpha, {.kind = "test", .delay = 1h});
    EXPECT_THAT(post("/v1/jobs/" + id + "/retry").body, HasSubstr(R"("state":"available")"));
    const auto cancelled = post("/v1/jobs/" + id + "/cancel");
    EXPECT_EQ(cancelled.status, 200);
    EXPECT_THAT(cancelled.body, HasSubstr(R"("state":"cancelled")"));
    EXPECT_EQ(post("/v1/jobs/" + id + "/cancel").status, 409);
    EXPECT_EQ(post("/v1/jobs/" + id + "/retry").status, 409);
    EXPECT_THAT(get("/v1/jobs?state=cancelled").body, HasSubstr(id));
}

TEST_F(Jobs, DeadLettersAreCountedByReasonAndComeBackAfterADryRun) {
    for (int i = 0; i < 4; ++i)
        enqueue(alpha, {.kind = "test"});
    enqueue(bravo, {.kind = "test"});
    discard("unavailable: the scanner is away");
    const auto letters = get("/v1/dead-letters");
    EXPECT_THAT(letters.body, HasSubstr(R"("count":4)"));
    EXPECT_EQ(post("/v1/dead-letters/redrive", R"({"kind": "test"})").status, 422)
        << "dry or not must be said";
    const auto dry = post("/v1/dead-letters/redrive", R"({"kind": "test", "dry_run": true})");
    EXPECT_EQ(dry.status, 200) << dry.body;
    EXPECT_THAT(dry.body, HasSubstr(R"("count":4)"));
    EXPECT_THAT(get("/v1/job-backlog").body, HasSubstr(R"("discarded":4)"));
    const auto done = post("/v1/dead-letters/redrive",
                           R"({"kind": "test", "dry_run": false, "limit": 3, "per_second": 1})");
    EXPECT_THAT(done.body, HasSubstr(R"("count":3)"));
    EXPECT_THAT(done.body, HasSubstr(R"("left":1)"));
    EXPECT_THAT(done.body, HasSubstr(R"("over_seconds":2)"));
    EXPECT_THAT(get("/v1/job-backlog").body, HasSubstr(R"("discarded":1)"));
    EXPECT_EQ(superuser().value("select count(*) from jobs where state = 'discarded'"), "2")
        << "the other institution's stays";
}

} // namespace
} // namespace bw::test
