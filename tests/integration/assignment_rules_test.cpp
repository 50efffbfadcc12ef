// An assignment's rules as teachers set them and students are told them, over HTTP: extensions and
// their ETags, attempts left, and the quota of what one person may hand in.
#include <gmock/gmock.h>

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

/// POST with a key of the caller's choice.
net::ClientResponse make(World& world, const std::string& section, const std::string& token,
                         const std::string& body, const std::string& key) {
    return world.send({.method = post,
                       .target = "/v1/sections/" + section + "/assignments",
                       .host = "localhost",
                       .headers = {{"Authorization", "Bearer " + token},
                                   {"Content-Type", "application/json"},
                                   {"Idempotency-Key", key}},
                       .body = body});
}
const std::string essay =
    R"({"title":"Essay","instructions":"Ten lines.\n","due_at":"2040-01-01T00:00:00Z"})";

TEST(AssignmentRules, ATeacherMakesOneAndStudentsReadWhatIsAsked) {
    World world;
    const std::string section = SectionId{world.sides.alpha.id(4)}.text();
    const std::string teacher = world.teacher(), student = world.student();
    const auto made = make(world, section, teacher, essay, "k1");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string one = std::string(made.header("location").value_or(""));
    EXPECT_EQ(one, "/v1/assignments/" + member(made, "/assignment_id").substr(1, 36));
    EXPECT_EQ(etag(made), "\"1\"");
    EXPECT_EQ(member(made, "/kind"), "\"text\"");
    const auto again = make(world, section, teacher, essay, "k1");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.header("idempotency-replayed").value_or(""), "true");
    EXPECT_EQ(again.body, made.body) << "once";
    const auto other = make(world, section, teacher,
                            R"({"title":"Another","due_at":"2040-01-01T00:00:00Z"})", "k1");
    EXPECT_EQ(other.status, 422) << other.body;
    EXPECT_EQ(member(other, "/code"), "\"idempotency_key_reused\"");
    ASSERT_EQ(call(world, patch, one, teacher, R"({"late_seconds_limit":60})", "\"1\"").status,
              200);
    const auto later = make(world, section, teacher, essay, "k1");
    EXPECT_EQ(later.status, 201) << "a retry still, after a change";
    EXPECT_EQ(etag(later), "\"2\"");
    EXPECT_EQ(make(world, section, teacher,
                   R"({"title":"Essay","due_at":"2040-01-01T00:00:00Z",)"
                   R"("questions":[{"id":"q","kind":"text"}]})",
                   "k1")
                  .status,
              422)
        << "another request still, after a change";

    const auto read = call(world, get, one, student);
    EXPECT_EQ(member(read, "/instructions"), "\"Ten lines.\\n\"");
    EXPECT_EQ(member(read, "/latest_submission"), "null");
    ASSERT_EQ(call(world, post, "/v1/submissions", student,
                   R"({"assignment_id":)" + member(made, "/assignment_id") + R"(,"text":"x"})")
                  .status,
              202);
    world.record_all();
    for (const char* pointer : {"/latest_submission/state", "/latest_submission/late"})
        EXPECT_EQ(member(call(world, get, one, student), pointer),
                  std::string(pointer).ends_with("late") ? "false" : "\"recorded\"");
    const auto list = call(world, get, "/v1/assignments", student);
    EXPECT_EQ(list.body.find("Ten lines"), std::string::npos) << "lists are short";
    EXPECT_NE(list.body.find(R"("latest_submission":{"submission_id")"), std::string::npos);
    EXPECT_EQ(member(call(world, get, one, teacher), "/latest_submission"), "null");
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select count(*) from audit_events where action = 'assignment.made'"),
              "1");
}

TEST(AssignmentRules, WhatIsWrongWithANewOneIsSaidByItsField) {
    World world;
    const std::string section = SectionId{world.sides.alpha.id(4)}.text();
    const std::string teacher = world.teacher();
    const std::string due = R"("due_at":"2040-01-01T00:00:00Z")";
    struct Case {
        std::string body, field;
    };
    for (const Case& c : std::initializer_list<Case>{
             {"{" + due + "}", "/title"},
             {R"({"title":"x"})", "/due_at"},
             {R"({"title":" ",)" + due + "}", "/title"},
             {R"({"title":"two\nlines",)" + due + "}", "/title"},
             {R"({"title":")" + std::string(201, 'x') + R"(",)" + due + "}", "/title"},
             {R"({"title":"x","instructions":"\u0000",)" + due + "}", "/instructions"},
             {R"({"title":"x","instructions":")" + std::string(65537, 'x') + R"(",)" + due + "}",
              "/instructions"},
             {R"({"title":"x","due_at":"tomorrow"})", "/due_at"},
             {R"({"title":"x","questions":[{"id":"q","kind":"text","prompt":""}],)" + due + "}",
              "/questions/0/prompt"},
             {R"({"title":"x","questions":[{"id":"q","kind":"text","prompt":")" +
                  std::string(4001, 'x') + R"("}],)" + due + "}",
              "/questions/0/prompt"},
             {R"({"title":"x","active":true,)" + due + "}", "/active"}}) {
        const auto answer = make(world, section, teacher, c.body, "k");
        EXPECT_EQ(answer.status, 422) << c.body.substr(0, 80) << answer.body;
        EXPECT_EQ(member(answer, "/field"), "\"" + c.field + "\"") << answer.body;
    }
    EXPECT_EQ(make(world, section, world.student(), essay, "k").status, 403);
    EXPECT_EQ(make(world, SectionId{world.sides.bravo.id(4)}.text(), teacher, essay, "k").status,
              404)
        << "another institution's";
    EXPECT_EQ(world.sides.installation.superuser().value(
                  "select count(*) from assignments where title_set_here"),
              "0")
        << "nothing was changed";
    const auto asked = make(
        world, section, teacher,
        R"({"title":"x","questions":[{"id":"q","kind":"text","prompt":"Why?"}],)" + due + "}", "q");
    EXPECT_EQ(member(asked, "/questions/0/prompt"), "\"Why?\"") << asked.body;
}

TEST(AssignmentRules, OneThatIsWithdrawnKeepsWhatCameAndCanBeBroughtBack) {
    World world;
    const std::string one = "/v1/assignments/" + AssignmentId{world.sides.alpha.id(9)}.text();
    const std::string teacher = world.teacher(), student = world.student();
    const std::string handed_in =
        R"({"assignment_id":")" + AssignmentId{world.sides.alpha.id(9)}.text() + R"(","text":"x"})";
    const auto renamed = call(world, patch, one, teacher, R"({"title":"Renamed"})", "\"1\"");
    ASSERT_EQ(renamed.status, 200) << renamed.body;
    const auto before = call(world, post, "/v1/submissions", student, handed_in);
    ASSERT_EQ(before.status, 202);
    EXPECT_EQ(call(world, del, one, teacher, "", "\"1\"").status, 412);
    EXPECT_EQ(call(world, del, one, student, "", etag(renamed)).status, 403);
    const auto gone = call(world, del, one, teacher, "", etag(renamed));
    ASSERT_EQ(gone.status, 204) << gone.body;
    EXPECT_EQ(call(world, get, one, student).status, 404);
    EXPECT_EQ(member(call(world, get, one, teacher), "/active"), "false");
    EXPECT_EQ(member(call(world, get, "/v1/assignments?active=false", teacher), "/data/0/title"),
              "\"Renamed\"");
    EXPECT_EQ(member(call(world, get, "/v1/assignments?active=false", student), "/data"), "[]");
    EXPECT_EQ(call(world, get, "/v1/assignments?active=no", teacher).status, 422);
    const auto after = call(world, post, "/v1/submissions", student, handed_in);
    ASSERT_EQ(after.status, 202);
    world.record_all();
    const auto becomes = [&](const net::ClientResponse& answer) {
        const std::string id = member(answer, "/submission_id");
        const auto read =
            call(world, get, "/v1/submissions/" + id.substr(1, id.size() - 2), student);
        return member(read, "/state") + member(read, "/reason");
    };
    EXPECT_THAT(becomes(before), testing::StartsWith("\"recorded\""))
        << "received before it was withdrawn";
    EXPECT_EQ(becomes(after), "\"refused\"\"unknown_assignment\"");

    EXPECT_EQ(call(world, patch, one, teacher, R"({"active":true,"title":"x"})", etag(gone)).status,
              422);
    EXPECT_EQ(call(world, patch, one, teacher, R"({"active":false})", etag(gone)).status, 422);
    const auto back = call(world, patch, one, teacher, R"({"active":true})", etag(gone));
    ASSERT_EQ(back.status, 200) << back.body;
    EXPECT_EQ(member(call(world, get, one, student), "/title"), "\"Renamed\"");
    EXPECT_EQ(call(world, patch, one, teacher, R"({"active":true})", etag(back)).status, 409);
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
