// An assignment's rules as teachers set them and students are told them, over HTTP: extensions and
// their ETags, attempts left, and the quota of what one person may hand in.
#include <gtest/gtest.h>

#include "http_calls.hpp"

namespace bw::test {
namespace {

using enum net::Method;

TEST(AssignmentRules, EachIsToldWhatIsInForceForThem) {
    World world;
    const std::string one = "/v1/assignments/" + AssignmentId{world.sides.alpha.id(9)}.text();
    const std::string student = world.student(), teacher = world.teacher();
    const std::string handed_in =
        R"({"assignment_id":")" + AssignmentId{world.sides.alpha.id(9)}.text() + R"(","text":"x"})";
    auto told = [&](const std::string& token, const char* name) {
        const std::string alone = member(call(world, get, one, token), std::string("/") + name);
        EXPECT_EQ(
            member(call(world, get, "/v1/assignments", token), std::string("/data/0/") + name),
            alone)
            << "the list says something else of " << name;
        return alone;
    };
    // The sample's student has handed in twice; here it was once.
    world.sides.installation.superuser().run("delete from submissions where submission_id = '" +
                                             to_text(world.sides.alpha.id(9)) + "'");
    EXPECT_EQ(told(student, "attempts_left"), "null") << "without a limit";
    const auto changed = call(world, patch, one, teacher,
                              R"({"attempts_limit":3,"late_seconds_limit":3600})", "\"1\"");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(told(student, "attempts_left"), "2") << "one was handed in already";
    ASSERT_EQ(call(world, post, "/v1/submissions", student, handed_in).status, 202);
    world.record_all();
    EXPECT_EQ(told(student, "attempts_left"), "1");
    EXPECT_EQ(told(student, "due_at"), "\"2032-02-02T07:07:07.000Z\"");
    EXPECT_EQ(told(student, "late_until"), "\"2032-02-02T08:07:07.000Z\"");

    const auto given =
        call(world, put, one + "/extensions/section", teacher,
             R"({"due_at":"2032-02-03T00:00:00Z","attempts_extra":2,"reason":"snow"})");
    ASSERT_EQ(given.status, 200) << given.body;
    EXPECT_EQ(told(student, "due_at"), "\"2032-02-03T00:00:00.000Z\"");
    EXPECT_EQ(told(student, "late_until"), "\"2032-02-03T01:00:00.000Z\"");
    EXPECT_EQ(told(student, "attempts_limit"), "5");
    EXPECT_EQ(told(student, "attempts_left"), "3");
    EXPECT_EQ(told(student, "extended"), "true");
    for (const auto& [name, base] : std::initializer_list<std::pair<const char*, const char*>>{
             {"due_at", "\"2032-02-02T07:07:07.000Z\""},
             {"attempts_limit", "3"},
             {"attempts_left", "null"},
             {"extended", "false"}})
        EXPECT_EQ(told(teacher, name), base) << "a teacher is told what the assignment says";

    for (int i = 0; i < 4; ++i)
        ASSERT_EQ(call(world, post, "/v1/submissions", student, handed_in).status, 202)
            << "intake refuses nothing that the recorder judges";
    world.record_all();
    EXPECT_EQ(told(student, "attempts_left"), "0");
    const auto all = call(world, get, one + "/submissions", student);
    EXPECT_NE(all.body.find("attempts_used"), std::string::npos) << all.body;
}

TEST(AssignmentRules, AnExtensionIsChangedAndRevokedByWhoeverSawIt) {
    World world;
    const std::string one = "/v1/assignments/" + AssignmentId{world.sides.alpha.id(9)}.text();
    const std::string extensions = one + "/extensions", mine = extensions + "/section";
    const std::string teacher = world.teacher();
    const std::string week = R"({"due_at":"2040-01-08T00:00:00Z","reason":"snow"})",
                      month = R"({"due_at":"2040-02-01T00:00:00Z","reason":"more snow"})";
    EXPECT_EQ(call(world, get, mine, teacher).status, 404);
    const std::string first = etag(call(world, put, mine, teacher, week));
    EXPECT_EQ(etag(call(world, get, mine, teacher)), first);
    EXPECT_EQ(call(world, put, mine, teacher, month).status, 428);
    const auto changed = call(world, put, mine, teacher, month, first);
    ASSERT_EQ(changed.status, 200) << changed.body;
    const std::string second = etag(changed);
    EXPECT_NE(second, first);
    EXPECT_EQ("\"" + second.substr(1, second.size() - 2) + "\"", member(changed, "/extension_id"));
    EXPECT_EQ(call(world, put, mine, teacher, week, first).status, 412) << "a colleague was faster";
    EXPECT_EQ(call(world, del, mine, teacher, "", first).status, 412);
    const auto stands = call(world, get, mine, teacher);
    EXPECT_EQ(etag(stands), second);
    EXPECT_EQ(member(stands, "/reason"), "\"more snow\"");
    EXPECT_EQ(member(call(world, get, extensions, teacher), "/data/0/extension_id"), second);
    EXPECT_EQ(call(world, del, mine, teacher, "", second).status, 204);
    EXPECT_EQ(call(world, get, mine, teacher).status, 404);
    EXPECT_EQ(call(world, del, mine, teacher, "", second).status, 404);
    EXPECT_EQ(call(world, put, mine, teacher, week).status, 200) << "anew";
}

TEST(AssignmentRules, WhoHandsInTooMuchIsToldWhenToGoOn) {
    World world(
        {.quota = submissions::IntakeQuota{.submissions_a_minute = 2, .kib_a_minute = 256}});
    const std::string body =
        R"({"assignment_id":")" + AssignmentId{world.sides.alpha.id(9)}.text() + R"(","text":"x"})";
    for (int i = 0; i < 2; ++i)
        ASSERT_EQ(call(world, post, "/v1/submissions", world.student(), body).status, 202);
    const auto refused = call(world, post, "/v1/submissions", world.student(), body);
    EXPECT_EQ(refused.status, 429) << refused.body;
    EXPECT_EQ(member(refused, "/code"), "\"quota_exceeded\"");
    EXPECT_EQ(member(refused, "/retryable"), "true");
    const int wait = std::stoi(std::string(refused.header("retry-after").value_or("0")));
    EXPECT_GE(wait, 20) << "two a minute, less what passed since";
    EXPECT_LE(wait, 45) << "and its jitter";
    EXPECT_EQ(call(world, post, "/v1/submissions", world.teacher(), body).status, 202)
        << "another person";
    EXPECT_EQ(call(world, get, "/v1/assignments", world.student()).status, 200)
        << "what is read is not counted";
}

} // namespace
} // namespace bw::test
