// Bad input at the API: a precise problem that names the field and says what to do, and nothing
// changed by it.
#include <gtest/gtest.h>
#include <simdjson.h>

#include "world.hpp"

namespace bw::test {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Case {
    const char* name;
    net::Method method;
    std::string target;
    Headers headers; // beside the token
    std::string body;
    int status;
    const char* code;
    const char* field; // "" where the whole request is meant
};

class BadInput : public ::testing::Test {
protected:
    void expect(const Case& c, const std::string& token) {
        net::ClientRequest request{.method = c.method,
                                   .target = c.target,
                                   .host = "localhost",
                                   .headers = c.headers,
                                   .body = c.body};
        if (!token.empty())
            request.headers.emplace_back("Authorization", "Bearer " + token);
        const net::ClientResponse answer = world.send(std::move(request));
        EXPECT_EQ(answer.status, c.status) << c.name << ": " << answer.body;
        EXPECT_EQ(answer.header("content-type").value_or(""), "application/problem+json") << c.name;
        simdjson::dom::parser parser;
        simdjson::dom::element problem;
        ASSERT_EQ(parser.parse(answer.body).get(problem), simdjson::SUCCESS)
            << c.name << ": " << answer.body;
        auto text = [&](const char* member) {
            std::string_view value;
            return problem[member].get(value) == simdjson::SUCCESS ? std::string(value)
                                                                   : std::string();
        };
        EXPECT_EQ(text("code"), c.code) << c.name << ": " << answer.body;
        EXPECT_EQ(text("field"), c.field) << c.name << ": " << answer.body;
        EXPECT_EQ(text("type"), std::string("urn:bellwether:problem:") + c.code) << c.name;
        EXPECT_FALSE(text("detail").empty()) << c.name;
        EXPECT_FALSE(text("request_id").empty()) << c.name;
    }

    World world;
    const std::string assignment = AssignmentId{world.sides.alpha.id(9)}.text();
};

TEST_F(BadInput, IsAPreciseProblemAndChangesNothing) {
    using enum net::Method;
    const Headers json{{"Content-Type", "application/json"}};
    const Headers keyed{{"Content-Type", "application/json"}, {"Idempotency-Key", "k"}};
    auto with_key = [](std::string key) {
        return Headers{{"Content-Type", "application/json"}, {"Idempotency-Key", std::move(key)}};
    };
    auto with_version = [](std::string tag) {
        return Headers{{"Content-Type", "application/json"}, {"If-Match", std::move(tag)}};
    };
    const std::string good = R"({"assignment_id":")" + assignment + R"(","text":"x"})";
    const std::string one = "/v1/assignments/" + assignment;
    auto with_answers = [&](const std::string& answers) {
        return R"({"assignment_id":")" + assignment + R"(","answers":)" + answers + "}";
    };
    std::string many_answers = "{";
    for (int i = 0; i < 201; ++i)
        many_answers += (i ? ",\"q" : "\"q") + std::to_string(i) + "\":1";
    many_answers += "}";
    const std::string extensions = one + "/extensions", for_all = extensions + "/section";
    const std::string granted = R"({"due_at":"2040-01-01T00:00:00Z","reason":"ill"})";
    const Case student[] = {
        {"no key", post, "/v1/submissions", json, good, 400, "idempotency_key_missing",
         "Idempotency-Key"},
        {"an empty key", post, "/v1/submissions", with_key("\"\""), good, 400, "bad_request",
         "Idempotency-Key"},
        {"an open quote", post, "/v1/submissions", with_key("\"k"), good, 400, "bad_request",
         "Idempotency-Key"},
        {"a key with a space", post, "/v1/submissions", with_key("a b"), good, 400, "bad_request",
         "Idempotency-Key"},
        {"a key of 129 characters", post, "/v1/submissions", with_key(std::string(129, 'k')), good,
         400, "bad_request", "Idempotency-Key"},
        {"two keys",
         post,
         "/v1/submissions",
         {{"Content-Type", "application/json"}, {"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}},
         good,
         400,
         "bad_request",
         "Idempotency-Key"},
        {"no content type",
         post,
         "/v1/submissions",
         {{"Idempotency-Key", "k"}},
         good,
         415,
         "unsupported_media_type",
         "Content-Type"},
        {"a form",
         post,
         "/v1/submissions",
         {{"Idempotency-Key", "k"}, {"Content-Type", "application/x-www-form-urlencoded"}},
         good,
         415,
         "unsupported_media_type",
         "Content-Type"},
        {"no body", post, "/v1/submissions", keyed, "", 400, "bad_request", ""},
        {"broken JSON", post, "/v1/submissions", keyed, R"({"assignment_id":)", 400, "bad_request",
         ""},
        {"two documents", post, "/v1/submissions", keyed, good + good, 400, "bad_request", ""},
        {"bad UTF-8", post, "/v1/submissions", keyed,
         R"({"assignment_id":")" + assignment + "\",\"text\":\"\xff\"}", 400, "bad_request", ""},
        {"an array", post, "/v1/submissions", keyed, "[]", 400, "bad_request", ""},
        {"text missing", post, "/v1/submissions", keyed,
         R"({"assignment_id":")" + assignment + R"("})", 422, "invalid_field", "/text"},
        {"text empty", post, "/v1/submissions", keyed,
         R"({"assignment_id":")" + assignment + R"(","text":""})", 422, "invalid_field", "/text"},
        {"text a number", post, "/v1/submissions", keyed,
         R"({"assignment_id":")" + assignment + R"(","text":1})", 422, "invalid_field", "/text"},
        {"text too long", post, "/v1/submissions", keyed,
         R"({"assignment_id":")" + assignment + R"(","text":")" + std::string(300'000, 'x') + "\"}",
         422, "invalid_field", "/text"},
        {"a body over the limit", post, "/v1/submissions", keyed, std::string(600'000, 'x'), 413,
         "payload_too_large", ""},
        {"a member too many", post, "/v1/submissions", keyed,
         R"({"assignment_id":")" + assignment + R"(","text":"x","tenant_id":"ten_1"})", 422,
         "invalid_field", "/tenant_id"},
        {"no such kind of id", post, "/v1/submissions", keyed,
         R"({"assignment_id":"usr_1","text":"x"})", 422, "invalid_field", "/assignment_id"},
        {"a text and answers", post, "/v1/submissions", keyed,
         with_answers(R"({"a":1},"text":"x")"), 422, "invalid_field", "/answers"},
        {"answers in a text", post, "/v1/submissions", keyed, with_answers("\"a\""), 422,
         "invalid_field", "/answers"},
        {"a list of answers", post, "/v1/submissions", keyed, with_answers("[1]"), 422,
         "invalid_field", "/answers"},
        {"no answers", post, "/v1/submissions", keyed, with_answers("{}"), 422, "invalid_field",
         "/answers"},
        {"an answer to no id", post, "/v1/submissions", keyed, with_answers(R"({"A b":1})"), 422,
         "invalid_field", "/answers/A b"},
        {"an answer twice", post, "/v1/submissions", keyed, with_answers(R"({"a":1,"a":2})"), 422,
         "invalid_field", "/answers/a"},
        {"an answer too deep", post, "/v1/submissions", keyed, with_answers(R"({"a":{"b":1}})"),
         422, "invalid_field", "/answers/a"},
        {"answers ten thousand deep", post, "/v1/submissions", keyed,
         with_answers(R"({"a":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}"), 400,
         "bad_request", ""},
        {"answers too long", post, "/v1/submissions", keyed,
         with_answers(R"({"a":")" + std::string(300'000, 'x') + "\"}"), 422, "invalid_field",
         "/answers"},
        {"too many answers", post, "/v1/submissions", keyed, with_answers(many_answers), 422,
         "invalid_field", "/answers"},
        {"a limit of 0", get, "/v1/assignments?limit=0", {}, "", 422, "invalid_field", "limit"},
        {"a limit of words",
         get,
         "/v1/assignments?limit=ten",
         {},
         "",
         422,
         "invalid_field",
         "limit"},
        {"a cursor of our own making",
         get,
         "/v1/assignments?cursor=AAAA",
         {},
         "",
         422,
         "invalid_field",
         "cursor"},
        {"a date for an instant",
         get,
         "/v1/assignments?due_from=2026-11-23",
         {},
         "",
         422,
         "invalid_field",
         "due_from"},
        {"an id that is none", get, "/v1/assignments/asg_1", {}, "", 404, "not_found", ""},
        {"a student moves a due instant", patch, one, with_version("\"1\""),
         R"({"due_at":"2030-01-01T00:00:00Z"})", 403, "forbidden", ""},
        {"a student lists extensions", get, extensions, {}, "", 403, "forbidden", ""},
        {"a student gives one", put, for_all, json, granted, 403, "forbidden", ""},
        {"another method", put, one, {}, "", 405, "method_not_allowed", ""},
        {"nothing there", get, "/v1/nothing", {}, "", 404, "not_found", ""},
    };
    const Case teacher[] = {
        {"no version", patch, one, json, R"({"due_at":"2030-01-01T00:00:00Z"})", 428,
         "precondition_required", "If-Match"},
        {"a version that is none", patch, one, with_version("*"),
         R"({"due_at":"2030-01-01T00:00:00Z"})", 412, "precondition_failed", "If-Match"},
        {"an old version", patch, one, with_version("\"0\""),
         R"({"due_at":"2030-01-01T00:00:00Z"})", 412, "precondition_failed", "If-Match"},
        {"no instant", patch, one, with_version("\"1\""), R"({"due_at":"tomorrow"})", 422,
         "invalid_field", "/due_at"},
        {"a day that is none", patch, one, with_version("\"1\""),
         R"({"due_at":"2026-02-30T00:00:00Z"})", 422, "invalid_field", "/due_at"},
        {"no due instant", patch, one, with_version("\"1\""), R"({"due_at":null})", 422,
         "invalid_field", "/due_at"},
        {"no attempt", patch, one, with_version("\"1\""), R"({"attempts_limit":0})", 422,
         "invalid_field", "/attempts_limit"},
        {"half an attempt", patch, one, with_version("\"1\""), R"({"attempts_limit":1.5})", 422,
         "invalid_field", "/attempts_limit"},
        {"late before it is due", patch, one, with_version("\"1\""), R"({"late_seconds_limit":-1})",
         422, "invalid_field", "/late_seconds_limit"},
        {"larger than there is", patch, one, with_version("\"1\""),
         R"({"content_bytes_limit":262145})", 422, "invalid_field", "/content_bytes_limit"},
        {"a rule that is none", patch, one, with_version("\"1\""), R"({"extended":true})", 422,
         "invalid_field", "/extended"},
        {"no questions", patch, one, with_version("\"1\""), R"({"questions":[]})", 422,
         "invalid_field", "/questions"},
        {"a question of no kind", patch, one, with_version("\"1\""),
         R"({"questions":[{"id":"a","kind":"text"},{"id":"b","kind":"essay"}]})", 422,
         "invalid_field", "/questions/1/kind"},
        {"another kind than was handed in", patch, one, with_version("\"1\""),
         R"({"questions":[{"id":"a","kind":"text"}]})", 409, "conflict", "/kind"},
        {"an extension without a reason", put, for_all, json,
         R"({"due_at":"2040-01-01T00:00:00Z"})", 422, "invalid_field", "/reason"},
        {"an empty reason", put, for_all, json, R"({"due_at":"2040-01-01T00:00:00Z","reason":""})",
         422, "invalid_field", "/reason"},
        {"an extension until never", put, for_all, json, R"({"reason":"ill"})", 422,
         "invalid_field", "/due_at"},
        {"too many attempts", put, for_all, json,
         R"({"due_at":"2040-01-01T00:00:00Z","reason":"ill","attempts_extra":1001})", 422,
         "invalid_field", "/attempts_extra"},
        {"an extension for a class", put, extensions + "/everybody", json, granted, 404,
         "not_found", ""},
        {"for who is no student", put, extensions + "/" + UserId{world.sides.alpha.id(6)}.text(),
         json, granted, 404, "not_found", "grantee"},
        {"beside one that stands", put, extensions + "/" + UserId{world.sides.alpha.id(5)}.text(),
         json, granted, 428, "precondition_required", "If-Match"},
        {"instead of one that is none", put, for_all, with_version("\"1\""), granted, 412,
         "precondition_failed", "If-Match"},
        {"instead of another's", put, for_all,
         with_version("\"ext_" + to_hex(view(world.sides.alpha.id(27))) + "\""), granted, 412,
         "precondition_failed", "If-Match"},
        {"revoked unseen",
         del,
         extensions + "/" + UserId{world.sides.alpha.id(5)}.text(),
         {},
         "",
         428,
         "precondition_required",
         "If-Match"},
        {"revoked where none stands",
         del,
         for_all,
         {{"If-Match", "\"ext_" + to_hex(view(world.sides.alpha.id(27))) + "\""}},
         "",
         404,
         "not_found",
         ""},
    };
    const std::string before = digest(world.sides.installation.superuser(), world.sides.alpha);
    for (const Case& c : student)
        expect(c, world.student());
    for (const Case& c : teacher)
        expect(c, world.teacher());
    expect({"no token", get, "/v1/assignments", {}, "", 401, "unauthenticated", "Authorization"},
           "");
    world.record_all();
    EXPECT_EQ(digest(world.sides.installation.superuser(), world.sides.alpha), before)
        << "something was changed";
}

TEST_F(BadInput, TheControlTheSameRequestsWithoutTheFaultAreTaken) {
    const std::string before = digest(world.sides.installation.superuser(), world.sides.alpha);
    auto submit = [&](const char* text) {
        return world.send(
            {.method = net::Method::post,
             .target = "/v1/submissions",
             .host = "localhost",
             .headers = {{"Authorization", "Bearer " + world.student()},
                         {"Content-Type", "application/json"},
                         {"Idempotency-Key", "\"k\""}},
             .body = R"({"assignment_id":")" + assignment + R"(","text":")" + text + "\"}"});
    };
    EXPECT_EQ(submit("x").status, 202);
    const net::ClientResponse again = submit("x");
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.header("idempotency-replayed").value_or(""), "true");
    const net::ClientResponse other = submit("y");
    EXPECT_EQ(other.status, 422) << other.body;
    EXPECT_NE(other.body.find("idempotency_key_reused"), std::string::npos);
    const net::ClientResponse moved =
        world.send({.method = net::Method::patch,
                    .target = "/v1/assignments/" + assignment,
                    .host = "localhost",
                    .headers = {{"Authorization", "Bearer " + world.teacher()},
                                {"Content-Type", "application/json"},
                                {"If-Match", "\"1\""}},
                    .body = R"({"due_at":"2031-01-01T00:00:00+01:00"})"});
    EXPECT_EQ(moved.status, 200) << moved.body;
    EXPECT_EQ(moved.header("etag").value_or(""), "\"2\"");
    EXPECT_NE(moved.body.find("2030-12-31T23:00:00.000Z"), std::string::npos) << moved.body;
    world.record_all();
    EXPECT_NE(digest(world.sides.installation.superuser(), world.sides.alpha), before);
}

} // namespace
} // namespace bw::test
