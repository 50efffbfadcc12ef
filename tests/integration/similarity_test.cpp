// Similarity over HTTP: teachers have texts compared and see both sides; students see nothing.
#include <gmock/gmock.h>
#include <simdjson.h>

#include "jobs/worker.hpp"
#include "pipeline/essays_for_test.hpp"
#include "pipeline/similarity_jobs.hpp"
#include "world.hpp"

namespace bw::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Similarity : testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string assignment = "/v1/assignments/" + AssignmentId{alpha.id(9)}.text();

    Session& superuser() { return world.sides.installation.superuser(); }
    net::ClientResponse ask(net::Method method, const std::string& target, const std::string& who,
                            const std::string& body = {}, const std::string& etag = {}) {
        std::vector<std::pair<std::string, std::string>> headers{
            {"Authorization", "Bearer " + who}};
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/json");
        if (!etag.empty())
            headers.emplace_back("If-Match", etag);
        return world.send({.method = method,
                           .target = target,
                           .host = "alpha.school.test",
                           .headers = std::move(headers),
                           .body = body});
    }
    net::ClientResponse get(const std::string& target, const std::string& who) {
        return ask(net::Method::get, target, who);
    }
    /// By student `user` (made up), as recorded.
    std::string hand_in(unsigned char id, unsigned char user, const std::string& text) {
        superuser().run("insert into submissions (tenant_id, submission_id, assignment_id, "
                        "user_id, idempotency_key, state, received_at, late, content, "
                        "content_sha256, receipt, journal_epoch, journal_seq) select tenant_id, '" +
                        to_text(alpha.id(id)) + "', assignment_id, '" + to_text(alpha.id(user)) +
                        "', 'k', state, now(), false, decode('" + to_hex(text) +
                        "', 'hex'), content_sha256, receipt, 1, " + std::to_string(id) +
                        " from submissions where submission_id = '" + to_text(alpha.id(10)) + "'");
        return SubmissionId{alpha.id(id)}.text();
    }
    void do_the_jobs() {
        tenancy::TenantDirectory directory;
        world.sides.installation.refresh(directory);
        jobs::Worker worker([this] { return world.sides.installation.database(); }, directory,
                            pipeline::similarity_kinds(world.clock, world.rng), world.clock,
                            world.rng);
        ASSERT_TRUE(worker.keep());
        for (;;) {
            auto done = worker.step();
            ASSERT_TRUE(done) << done.error().text();
            if (*done == 0)
                return;
        }
    }
};

TEST_F(Similarity, IsForTheSectionsTeachersAlone) {
    const std::string submission =
        "/v1/submissions/" + SubmissionId{alpha.id(10)}.text() + "/similarity";
    EXPECT_EQ(get(assignment + "/similarity", world.student()).status, 403);
    EXPECT_EQ(get(submission, world.student()).status, 403) << "not even their own";
    EXPECT_EQ(ask(net::Method::put, assignment + "/similarity", world.student(),
                  R"({"similarity": "on"})", "\"1\"")
                  .status,
              403);
    superuser().run("delete from enrollments where role = 'teacher'");
    EXPECT_EQ(get(assignment + "/similarity", world.teacher()).status, 404);
    EXPECT_EQ(get(submission, world.teacher()).status, 404);
    EXPECT_EQ(get(submission, world.administrator()).status, 200);
}

TEST_F(Similarity, ATeacherAsksForItAndSeesThePassagesOfBoth) {
    superuser().run("delete from jobs");
    pipeline::Essays essays(3);
    const std::string text = pipeline::Essays::text(essays.write(120));
    const std::string first = hand_in(60, 70, "Given to all, by the teacher, for this. " + text),
                      copy = hand_in(61, 71, text + " Given to all, by the teacher, for this.");
    const auto before = get(assignment + "/similarity", world.teacher());
    EXPECT_EQ(before.status, 200);
    EXPECT_THAT(before.body, HasSubstr(R"("similarity":"off")"));
    EXPECT_THAT(before.body, HasSubstr(R"("texts_waiting":0)"));
    const auto etag = before.header("ETag");
    ASSERT_TRUE(etag);
    const auto set =
        ask(net::Method::put, assignment + "/similarity", world.teacher(),
            R"({"similarity": "on", "template": "Given to all, by the teacher, for this."})",
            std::string(*etag));
    EXPECT_EQ(set.status, 200) << set.body;
    EXPECT_THAT(get(assignment + "/similarity", world.teacher()).body,
                HasSubstr(R"("texts_waiting":3)"))
        << "the sample's too, though nobody has begun with them";
    EXPECT_EQ(ask(net::Method::put, assignment + "/similarity", world.teacher(),
                  R"({"similarity": "off"})", std::string(*etag))
                  .status,
              412);
    do_the_jobs();
    const auto pairs = get(assignment + "/similarity", world.teacher());
    EXPECT_THAT(pairs.body, HasSubstr(R"("texts_waiting":0)"));
    EXPECT_THAT(pairs.body, HasSubstr(R"("score":1,)"));
    EXPECT_THAT(pairs.body, HasSubstr(first));
    const auto report = get("/v1/submissions/" + copy + "/similarity", world.teacher());
    ASSERT_EQ(report.status, 200) << report.body;
    simdjson::dom::parser parser;
    simdjson::dom::element seen;
    ASSERT_EQ(parser.parse(report.body).get(seen), simdjson::SUCCESS);
    const simdjson::dom::element match = seen["data"].at(0);
    EXPECT_EQ(std::string_view(match["submission_id"]), first);
    EXPECT_EQ(double(seen["share"]), 1.0);
    const simdjson::dom::element span = match["spans"].at(0);
    EXPECT_EQ(std::uint64_t(span["here"]["byte"]), 0U);
    const std::string_view here = span["here"]["quote"], there = span["there"]["quote"];
    EXPECT_EQ(here, there);
    EXPECT_EQ(here, text.substr(0, here.size()));
    EXPECT_THAT(std::string(here), Not(HasSubstr("Given")));
}

TEST_F(Similarity, AnonymousMarkersAreNotToldWhoseTextsAreAlike) {
    std::string words;
    for (int i = 0; i < 40; ++i)
        words += "word" + std::to_string(i) + " ";
    hand_in(60, 70, words);
    const std::string copy = hand_in(61, 71, words);
    const auto set = ask(
        net::Method::put, assignment + "/similarity", world.teacher(), R"({"similarity": "on"})",
        std::string(*get(assignment + "/similarity", world.teacher()).header("ETag")));
    ASSERT_EQ(set.status, 200) << set.body;
    do_the_jobs();
    const std::string report = "/v1/submissions/" + copy + "/similarity";
    EXPECT_THAT(get(assignment + "/similarity", world.teacher()).body, HasSubstr(copy));
    EXPECT_EQ(get(report, world.teacher()).status, 200);
    superuser().run("update assignments set identities_hidden = true");
    for (const std::string& who : {world.teacher(), world.administrator()}) {
        EXPECT_EQ(get(assignment + "/similarity", who).status, 403);
        EXPECT_EQ(get(report, who).status, 403);
    }
    const auto again = ask(net::Method::put, assignment + "/similarity", world.teacher(),
                           R"({"similarity": "on"})", std::string(*set.header("ETag")));
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_THAT(again.body, Not(HasSubstr(copy)));
}

TEST_F(Similarity, BadInputIsRefusedByName) {
    auto put = [&](const std::string& body) {
        return ask(net::Method::put, assignment + "/similarity", world.teacher(), body, "\"1\"");
    };
    EXPECT_THAT(put(R"({"similarity": "maybe"})").body, HasSubstr("/similarity"));
    EXPECT_EQ(
        put(R"({"similarity": "on", "template": ")" + std::string(65'537, 'x') + "\"}").status,
        422);
    for (const char* wrong : {"?score_min=2", "?score_min=x", "?score_min=nan", "?cursor=AAAA"})
        EXPECT_EQ(get(assignment + "/similarity" + wrong, world.teacher()).status, 422) << wrong;
}

} // namespace
} // namespace bw::test
