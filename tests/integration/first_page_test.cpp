// A student's first page over HTTP: one answer, from memory where nothing has changed, and for
// nobody whom the gate refuses.
#include <gmock/gmock.h>

#include "http_calls.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using ::testing::HasSubstr;
using ::testing::Not;

struct FirstPage : testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string student = world.student(), teacher = world.teacher();

    net::ClientResponse page(const std::string& token,
                             std::vector<std::pair<std::string, std::string>> headers = {}) {
        headers.emplace_back("Authorization", "Bearer " + token);
        return world.send({.method = get,
                           .target = "/v1/first-page",
                           .host = "localhost",
                           .headers = std::move(headers)});
    }
    std::string newest() { return page(student, {{"Cache-Control", "no-cache"}}).body; }
    /// Until it comes from memory: the feed must have been heard once.
    net::ClientResponse from_memory() {
        for (auto before = page(student);;) {
            auto now = page(student);
            if (member(now, "/prepared_at") == member(before, "/prepared_at"))
                return now;
            before = std::move(now);
        }
    }
};

TEST_F(FirstPage, SaysInOneAnswerWhatTodayShows) {
    const auto answer = page(student);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(member(answer, "/me/user_id"), "\"" + UserId{alpha.id(5)}.text() + "\"");
    EXPECT_EQ(member(answer, "/sections/data/0/section_id"),
              "\"" + SectionId{alpha.id(4)}.text() + "\"");
    EXPECT_EQ(member(answer, "/notices/unread"), "1");
    // Its parts are what the lists answer.
    for (const auto& [part, list] : {std::pair{"/notices/data/0", "/v1/notices"},
                                     {"/grades/data/0", "/v1/grades"},
                                     {"/assignments/data/0", "/v1/assignments"}})
        EXPECT_EQ(member(answer, part), member(call(world, get, list, student), "/data/0")) << part;
}

TEST_F(FirstPage, IsTheSameFromMemoryAndHasATagOfWhatItSays) {
    const auto first = from_memory();
    const std::string tag(first.header("etag").value_or(""));
    EXPECT_EQ(page(student, {{"If-None-Match", tag}}).status, 304);
    const auto anew = page(student, {{"Cache-Control", "no-cache"}});
    EXPECT_NE(anew.body, first.body) << "it says when it was read";
    EXPECT_EQ(anew.header("etag").value_or(""), tag);
    EXPECT_EQ(page(student, {{"Accept-Encoding", "gzip"}}).header("content-encoding"), "gzip");
}

TEST_F(FirstPage, ShowsAtOnceWhatItsPersonHasDone) {
    (void)from_memory();
    const auto read = call(world, post, "/v1/notices/read", student,
                           R"({"up_to":")" + notices::NoticeId{alpha.id(10)}.text() + "\"}");
    ASSERT_EQ(read.status, 200) << read.body;
    EXPECT_EQ(member(page(student), "/notices/unread"), "0");
}

TEST_F(FirstPage, ShowsWhatOthersHaveDoneToWhoeverAsksForTheNewest) {
    const std::string assignment = "/v1/assignments/" + AssignmentId{alpha.id(9)}.text();
    ASSERT_THAT(from_memory().body, HasSubstr(AssignmentId{alpha.id(9)}.text()));
    const auto title = call(world, patch, assignment, teacher, R"({"title":"Anew"})", "\"1\"");
    ASSERT_EQ(title.status, 200) << title.body;
    EXPECT_THAT(newest(), HasSubstr("\"Anew\""));
}

TEST_F(FirstPage, IsForNobodyWhomTheGateRefuses) {
    (void)from_memory();
    EXPECT_EQ(page("").status, 401);
    world.set_state(alpha, tenancy::TenantState::suspended);
    world.refresh();
    EXPECT_EQ(page(student).status, 403);
    world.set_state(alpha, tenancy::TenantState::active);
    world.refresh();
    EXPECT_EQ(page(student).status, 200);
    ASSERT_EQ(call(world, del, "/v1/sessions/current", student).status, 204);
    world.take_revocations();
    EXPECT_EQ(page(student).status, 401);
}

} // namespace
} // namespace bw::test
