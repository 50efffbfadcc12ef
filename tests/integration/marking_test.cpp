// Marking over HTTP: who is told what, and when. Marks and releases themselves are
// src/marking/marking_test.cpp's.
#include <gtest/gtest.h>

#include "http_calls.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using tenancy::Role;

/// The institution alpha with another teacher (12) and another student (13), and nothing marked.
class MarkingOverHttp : public ::testing::Test {
protected:
    MarkingOverHttp() {
        const Side& alpha = world.sides.alpha;
        auto id = [&](unsigned char kind) { return "'" + to_text(alpha.id(kind)) + "'"; };
        std::string sql = "begin; set local bw.tenant = '" +
                          to_text(alpha.info.scope.tenant().uuid) +
                          "'; delete from regrade_requests; delete from grades; delete from marks; "
                          "delete from marking_schemes; delete from marking;"
                          "update submissions set content = 'An essay.' where user_id = " +
                          id(5) + ";";
        for (auto [kind, name, role] : {std::tuple{12, "Tom", "teacher"}, {13, "Bob", "student"}}) {
            const auto k = static_cast<unsigned char>(kind);
            const std::string n = std::string("'") + name + "'";
            sql +=
                "insert into users (user_id, source, sourced_id, username, username_normal, "
                "given_name, family_name) values (" +
                id(k) + ", 's', " + n + ", " + n + ", lower(" + n + "), " + n +
                ", 'Byron'); insert into enrollments (enrollment_id, source, sourced_id, "
                "section_id, school_org_id, user_id, role, is_primary) values (gen_random_uuid(), "
                "'s', " +
                n + ", " + id(4) + ", " + id(1) + ", " + id(k) + ", '" + role + "', true);";
        }
        world.sides.installation.superuser().run(sql + "commit");
    }

    std::string token(unsigned char user, tenancy::Roles roles) {
        return tenancy::sign_token(world.claims(world.sides.alpha, user, roles), world.key);
    }
    net::ClientResponse call(net::Method method, const std::string& target,
                             const std::string& token, const std::string& body = "",
                             const std::string& if_match = "") {
        return test::call(world, method, target, token, body, if_match);
    }
    void set(const std::string& body) {
        auto answer = call(put, one + "/marking", teacher, body);
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    /// The works' ids: of whoever handed in, and of whoever did not.
    std::pair<std::string, std::string> works() {
        const auto list = call(get, one + "/works", teacher);
        EXPECT_EQ(list.status, 200) << list.body;
        std::pair<std::string, std::string> out;
        for (const char* at : {"/data/0", "/data/1"}) {
            std::string id = member(list, std::string(at) + "/work_id");
            id = id.substr(1, id.size() - 2);
            (member(list, std::string(at) + "/handed_in") == "true" ? out.first : out.second) = id;
        }
        return out;
    }
    std::string audited(const std::string& action) {
        return world.sides.installation.superuser().value(
            "select count(*) from audit_events where action = '" + action + "'");
    }

    World world;
    const std::string one = "/v1/assignments/" + AssignmentId{world.sides.alpha.id(9)}.text();
    const std::string student = world.student(), teacher = world.teacher(),
                      administrator = world.administrator(),
                      other_teacher = token(12, Role::teacher), bob = token(13, Role::student);
};

TEST_F(MarkingOverHttp, WhoTeachesElsewhereAndAttendsThisSectionIsAStudentHere) {
    set(R"({"points_max":10})");
    const std::string work = one + "/works/" + works().first;
    const std::string elsewhere = token(13, Role::teacher); // Bob, who attends
    for (const std::string& path :
         {one + "/marking", one + "/works", work, work + "/mark", one + "/regrade-requests"})
        EXPECT_EQ(call(get, path, elsewhere).status, 403) << path;
    EXPECT_EQ(call(put, work + "/mark", elsewhere, R"({"done":true,"points":10})").status, 403);
    EXPECT_EQ(call(post, one + "/grades:release", elsewhere, "{}").status, 403);
    EXPECT_EQ(call(get, one + "/works", other_teacher).status, 200);
}

TEST_F(MarkingOverHttp, AStudentIsToldWhatWasReleasedToThemAndNothingElse) {
    EXPECT_EQ(call(get, one + "/marking", teacher).status, 404) << "nothing is set yet";
    set(R"({"criteria":[{"id":"a","title":"Argument","points_max":6,"levels":[{"id":"ok","title":"Good","points":5}]}],"regrade_days":7})");
    const std::string work = one + "/works/" + works().first;
    for (const std::string& path :
         {one + "/marking", one + "/works", work, work + "/mark", work + "/agreed-mark",
          work + "/grades", one + "/regrade-requests"})
        EXPECT_EQ(call(get, path, student).status, 403) << path;
    EXPECT_EQ(call(post, one + "/grades:release", student, "{}").status, 403);
    EXPECT_EQ(call(post, one + "/marking:open-identities", teacher).status, 403)
        << "administrators alone";
    const char* mark =
        R"({"done":true,"items":[{"id":"a","level":"ok","feedback":"Sound."}],"feedback":"Well done."})";
    ASSERT_EQ(call(put, work + "/mark", teacher, mark).status, 200);
    EXPECT_EQ(call(get, one + "/grade", student).status, 404) << "it is not released";

    const auto released = call(post, one + "/grades:release", teacher, "{}");
    ASSERT_EQ(released.status, 200) << released.body;
    EXPECT_EQ(member(released, "/released"), "1");
    EXPECT_EQ(audited("grades.released"), "1");
    const auto grade = call(get, one + "/grade", student);
    ASSERT_EQ(grade.status, 200) << grade.body;
    EXPECT_EQ(member(grade, "/points"), "5");
    EXPECT_EQ(member(grade, "/points_max"), "6");
    EXPECT_EQ(
        member(grade, "/items/0"),
        R"({"id":"a","title":"Argument","level":"Good","points":5,"points_max":6,"feedback":"Sound."})");
    EXPECT_EQ(member(grade, "/feedback"), R"("Well done.")");
    EXPECT_EQ(grade.body.find(UserId{world.sides.alpha.id(6)}.text()), std::string::npos)
        << "students are not told who marked";
    EXPECT_EQ(call(get, one + "/grade", bob).status, 404) << "another's";
    const auto grades = call(get, "/v1/grades", student);
    ASSERT_EQ(grades.status, 200) << grades.body;
    EXPECT_EQ(member(grades, "/data/0/points"), "5");
    EXPECT_EQ(member(grades, "/data/0/points_max"), "6");
    EXPECT_EQ(member(call(get, "/v1/grades", bob), "/data"), "[]");

    const auto asked =
        call(post, one + "/regrade-requests", student, R"({"text":"Look at page two."})");
    ASSERT_EQ(asked.status, 201) << asked.body;
    const std::string id = member(asked, "/regrade_id");
    const std::string request = "/v1/regrade-requests/" + id.substr(1, id.size() - 2);
    EXPECT_EQ(call(post, request + "/withdrawal", bob).status, 404);
    const std::string decision = R"({"outcome":"upheld","answer":"Page two was read."})";
    EXPECT_EQ(call(post, request + "/decision", student, decision).status, 403);
    EXPECT_EQ(member(call(get, one + "/works?lane=regrade", teacher), "/data/0/lane"),
              "\"regrade\"");
    EXPECT_EQ(member(call(get, one + "/works?lane=marking", teacher), "/data/1"),
              "nothing in " + call(get, one + "/works?lane=marking", teacher).body)
        << "apart from first marking";
    ASSERT_EQ(call(post, request + "/decision", other_teacher, decision).status, 200);
    const auto answered = call(get, one + "/grade", student);
    EXPECT_EQ(member(answered, "/regrade_request/state"), "\"upheld\"");
    EXPECT_EQ(member(answered, "/regrade_request/answer"), "\"Page two was read.\"");
    EXPECT_EQ(audited("regrade.decided"), "1");
}

TEST_F(MarkingOverHttp, WhoeverIsTooLateIsShownWhatStands) {
    set(R"({"points_max":10})");
    const std::string mark = one + "/works/" + works().first + "/mark";
    const auto draft = call(put, mark, teacher, R"({"points":5,"feedback":"so far"})");
    ASSERT_EQ(draft.status, 200) << draft.body;
    EXPECT_EQ(etag(call(get, mark, teacher)), etag(draft));
    const auto blind = call(put, mark, other_teacher, R"({"points":6})");
    EXPECT_EQ(blind.status, 428);
    EXPECT_EQ(member(blind, "/standing/feedback"), "\"so far\"");
    const auto next = call(put, mark, teacher, R"({"points":5,"feedback":"more"})", etag(draft));
    ASSERT_EQ(next.status, 200) << next.body;
    const auto late = call(put, mark, other_teacher, R"({"points":6})", etag(draft));
    EXPECT_EQ(late.status, 412);
    EXPECT_EQ(member(late, "/standing"), call(get, mark, other_teacher).body);
    EXPECT_EQ(call(put, mark, other_teacher, R"({"points":6})", etag(next)).status, 200);
    EXPECT_EQ(call(put, mark, teacher, R"({"points":10.5})", etag(next)).status, 422);
}

TEST_F(MarkingOverHttp, MarkersOfAnonymousWorkAreToldNothingThatLeadsToTheStudent) {
    const auto receipt =
        call(post, "/v1/submissions", student,
             R"({"assignment_id":")" + AssignmentId{world.sides.alpha.id(9)}.text() +
                 R"(","text":"An essay."})");
    ASSERT_EQ(receipt.status, 202) << receipt.body;
    world.record_all();
    auto told = [&](const char* name) {
        const std::string quoted = member(receipt, name);
        return quoted.substr(1, quoted.size() - 2);
    };
    const std::string submission = "/v1/submissions/" + told("/submission_id");
    set(R"({"points_max":10,"anonymous":true})");
    const std::string work = one + "/works/" + works().first;
    ASSERT_EQ(call(put, work + "/mark", teacher, R"({"points":5,"done":true})").status, 200);
    const UserId who{world.sides.alpha.id(5)};
    auto tells = [&](const net::ClientResponse& answer) {
        for (const std::string& sign : {who.text(), to_text(who.uuid), told("/submission_id"),
                                        told("/received_at"), world.sides.alpha.marker})
            if (answer.body.find(sign) != std::string::npos)
                return sign;
        return std::string();
    };
    for (const std::string& caller : {teacher, other_teacher, administrator})
        for (const std::string& path :
             {one + "/works", work, work + "/mark", work + "/grades", one + "/submissions",
              submission, one + "/marking", one + "/regrade-requests"})
            EXPECT_EQ(tells(call(get, path, caller)), "") << path;
    EXPECT_EQ(call(get, one + "/submissions", teacher).status, 403);
    EXPECT_EQ(call(get, submission, administrator).status, 403);
    EXPECT_EQ(call(get, submission, student).status, 200) << "one's own";
    EXPECT_EQ(call(get, one + "/submissions", student).status, 200);
    EXPECT_EQ(member(call(get, work, teacher), "/text"), "\"An essay.\"");
    EXPECT_EQ(call(put, one + "/marking", teacher, R"({"points_max":10})", "\"1\"").status, 409)
        << "no way around it";

    ASSERT_EQ(call(post, one + "/marking:open-identities", administrator).status, 204);
    EXPECT_EQ(audited("identities.opened"), "1");
    EXPECT_EQ(member(call(get, work, teacher), "/user_id"), "\"" + who.text() + "\"");
    EXPECT_EQ(call(get, submission, teacher).status, 200);
}

TEST_F(MarkingOverHttp, OfTwoMarkersNeitherIsShownTheOthersMark) {
    set(R"({"points_max":10,"second_marking_tolerance":1})");
    const std::string work = one + "/works/" + works().first;
    ASSERT_EQ(
        call(put, work + "/mark", teacher, R"({"points":4,"done":true,"feedback":"thin"})").status,
        200);
    auto sees = [&](const std::string& caller) {
        return call(get, work, caller).body.find("thin") != std::string::npos;
    };
    EXPECT_TRUE(sees(teacher));
    EXPECT_FALSE(sees(other_teacher));
    EXPECT_FALSE(sees(administrator));
    EXPECT_EQ(call(get, work + "/mark", other_teacher).status, 404);
    ASSERT_EQ(call(put, work + "/mark", other_teacher, R"({"points":8,"done":true})").status, 200);
    EXPECT_TRUE(sees(other_teacher)) << "both are done";
    EXPECT_EQ(member(call(get, work, teacher), "/state"), "\"differs\"");
    const std::string agreed = work + "/agreed-mark";
    ASSERT_EQ(call(put, agreed, other_teacher, R"({"points":6,"done":true})").status, 200);
    EXPECT_EQ(member(call(get, agreed, teacher), "/total"), "6");
    EXPECT_EQ(member(call(get, work, teacher), "/state"), "\"ready\"");
    EXPECT_EQ(audited("mark.agreed"), "1");
}

TEST_F(MarkingOverHttp, AnAnswerKeyIsForTeachersAlone) {
    world.sides.installation.superuser().run(
        "update assignments set kind = 'structured', questions = "
        "'[{\"id\":\"q\",\"kind\":\"text\"}]' where title like 'ALPHA%';"
        "update submissions set kind = 'structured', content = '{\"q\":\"rome\"}' where content = "
        "'An essay.'");
    EXPECT_EQ(call(post, one + "/marking:mark-automatically", teacher, "{}").status, 409);
    const auto misfit = call(put, one + "/marking", teacher,
                             R"({"answer_key":[{"id":"z","points":1,"number":1}]})");
    EXPECT_EQ(misfit.status, 422);
    EXPECT_EQ(member(misfit, "/field"), "\"/answer_key/0/id\"");
    set(R"({"answer_key":[{"id":"q","points":2,"accepted":["Kathmandu"]}]})");
    const auto told =
        call(post, one + "/marking:mark-automatically", teacher, R"({"dry_run":true})");
    EXPECT_EQ(member(told, "/examined"), "2") << told.body;
    ASSERT_EQ(call(post, one + "/marking:mark-automatically", teacher, "{}").status, 200);
    ASSERT_EQ(call(post, one + "/grades:release", teacher, "{}").status, 200);
    for (const std::string& path : {one, one + "/grade", one + "/submissions", one + "/marking",
                                    std::string("/v1/assignments")}) {
        const auto answer = call(get, path, student);
        EXPECT_EQ(answer.body.find("athmandu"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(member(call(get, one + "/grade", student), "/points"), "0");
    ASSERT_EQ(call(put, one + "/marking", teacher,
                   R"({"answer_key":[{"id":"q","points":2,"accepted":["Rome"]}]})", "\"1\"")
                  .status,
              200);
    const auto would = call(post, one + "/marking:regrade", teacher, R"({"dry_run":true})");
    EXPECT_EQ(member(would, "/changed/0/before") + member(would, "/changed/0/after"), "02")
        << would.body;
    EXPECT_EQ(member(call(post, one + "/marking:regrade", teacher, "{}"), "/changed/0/released"),
              "true");
    EXPECT_EQ(call(post, one + "/grades:release", teacher, "{}").status, 422) << "say why";
    ASSERT_EQ(call(post, one + "/grades:release", teacher, R"({"reason":"key"})").status, 200);
    EXPECT_EQ(member(call(get, one + "/grade", student), "/points"), "2");
}

TEST_F(MarkingOverHttp, TeachersOfOtherSectionsDoNotExistHere) {
    set(R"({"points_max":10})");
    const std::string stranger = token(30, Role::teacher);
    const auto [work, other] = works();
    for (const std::string& path : {one + "/marking", one + "/works", one + "/works/" + work,
                                    one + "/works/" + work + "/mark", one + "/regrade-requests"})
        EXPECT_EQ(call(get, path, stranger).status, 404) << path;
    EXPECT_EQ(call(put, one + "/works/" + work + "/mark", stranger, R"({"points":1})").status, 404);
    EXPECT_EQ(call(post, one + "/grades:release", stranger, "{}").status, 404);
}

} // namespace
} // namespace bw::test
