#include "storm/plan.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace bw::storm {

namespace {

const std::string tenant = "ten_" + std::string(32, '1'),
                  other_tenant = "ten_" + std::string(32, '9');
const std::string user = "usr_" + std::string(32, '2');
const std::string assignment = "asg_" + std::string(32, '3');

std::string student(const std::string& tenant_id = tenant, const std::string& token = "s.e.cret") {
    return R"({"kind":"student","host":"ireland.localhost","tenant_id":")" + tenant_id +
           R"(","user_id":")" + user + R"(","assignment_id":")" + assignment +
           R"(","access_token":")" + token + "\"}\n";
}
std::string teacher() {
    return R"({"kind":"teacher","host":"ireland.localhost","tenant_id":")" + tenant +
           R"(","assignment_id":")" + assignment + R"(","access_token":"s.e.cret"})" + "\n";
}

TEST(Plan, ReadsStudentsAndTheTeacherOfTheirAssignmentInAnyOrder) {
    std::istringstream in(student() + "\n" + teacher() + student());
    auto plan = read_plan(in, "plan.jsonl");
    ASSERT_TRUE(plan) << plan.error().text();
    ASSERT_EQ(plan->students.size(), 2U);
    ASSERT_EQ(plan->assignments.size(), 1U);
    EXPECT_EQ(plan->students[1].user.text(), user);
    EXPECT_EQ(plan->students[1].host, "ireland.localhost");
    EXPECT_EQ(plan->students[1].access_token, "s.e.cret");
    EXPECT_EQ(plan->assignments[plan->students[1].assignment].id.text(), assignment);
    EXPECT_EQ(plan->assignments[0].tenant.text(), tenant);
}

TEST(Plan, SaysWhereItIsWrongAndNeverQuotesAToken) {
    struct Case {
        const char* name;
        std::string text, field, detail;
    };
    std::string long_id = student();
    long_id.replace(long_id.find(user), user.size(), user + "0");
    const Case cases[] = {
        {"empty", "", "p", "no student lines"},
        {"teachers alone", teacher(), "p", "no student lines"},
        {"not JSON", teacher() + "s.e.cret\n", "p:2", ""},
        {"cut off", teacher() + student().substr(0, 150), "p:2", ""},
        {"other kind", R"({"kind":"parent"})", "p:1", "not 'parent'"},
        {"no user", teacher() + R"({"kind":"student","host":"h","tenant_id":")" + tenant + "\"}",
         "p:2", "user_id"},
        {"unknown member", R"({"kind":"student","password":"s.e.cret"})", "p:1", "password"},
        {"no such id", teacher() + long_id, "p:2", "/user_id: "},
        {"two teachers", teacher() + student() + teacher(), "p:3", "has a teacher line already"},
        {"no teacher", student(), "p:1", "has no teacher line"},
        {"tenants differ", student(other_tenant) + teacher(), "p:1", "another tenant_id"},
        {"head injection", teacher() + student(tenant, "s.e.cret\\r\\nX: y"), "p:2",
         "visible ASCII"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        std::istringstream in(c.text);
        auto plan = read_plan(in, "p");
        ASSERT_FALSE(plan);
        EXPECT_EQ(plan.error().field, c.field) << plan.error().text();
        EXPECT_NE(plan.error().detail.find(c.detail), std::string::npos) << plan.error().text();
        EXPECT_EQ(plan.error().text().find("s.e.cret"), std::string::npos) << plan.error().text();
    }
}

TEST(Plan, NamesTheFileThatIsNotThere) {
    auto plan = read_plan_file("/nowhere/plan.jsonl");
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, Code::not_found);
    EXPECT_EQ(plan.error().field, "/nowhere/plan.jsonl");
}

} // namespace

} // namespace bw::storm
