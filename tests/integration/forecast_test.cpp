// The forecast over HTTP: who is told, of what, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/long_work.hpp"
#include "http_calls.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using testing::HasSubstr;

struct ForecastRoutes : testing::Test {
    World world;

    void look() { world.forecast().keeper.step(*world.sides.installation.database()); }
    net::ClientResponse told(const std::string& query = "") {
        return call(world, get, "/v1/forecast" + query, world.administrator());
    }
    net::ClientResponse ops(const std::string& query = "", const std::string& token = "",
                            const std::string& host = World::base_host) {
        return world.send(
            {.method = get,
             .target = "/v1/ops/forecast" + query,
             .host = host,
             .headers = {
                 {"Authorization", "Bearer " + (token.empty() ? world.operator_token : token)}}});
    }
    std::string ahead(Duration time) { return to_rfc3339(world.clock.now() + time); }
    void refused(const net::ClientResponse& answer, const char* field) {
        EXPECT_EQ(answer.status, 422) << answer.body;
        EXPECT_EQ(member(answer, "/field"), "\"" + std::string(field) + "\"") << answer.body;
    }
};

TEST_F(ForecastRoutes, AdministratorsAreToldOnWhatItRestsAndNobodyElseIs) {
    const auto before = told();
    ASSERT_EQ(before.status, 200) << before.body;
    EXPECT_EQ(member(before, "/made_at"), "null");
    EXPECT_EQ(member(before, "/kinds/1/basis"), "\"unknown\"");
    EXPECT_EQ(member(before, "/kinds/1/expected"), "null");
    look();
    const auto after = told("?kind=refresh&step_minutes=60");
    ASSERT_EQ(after.status, 200) << after.body;
    EXPECT_EQ(member(after, "/kinds/0/kind"), "\"refresh\"");
    EXPECT_EQ(member(after, "/kinds/0/basis"), "\"prior\"");
    EXPECT_EQ(member(after, "/kinds/0/score/days"), "0");
    EXPECT_EQ(member(after, "/kinds/0/score/wape"), "null");
    EXPECT_THAT(member(after, "/kinds/0/expected/167"), testing::Not(HasSubstr("nothing")));
    EXPECT_EQ(member(told(), "/kinds/5/expected"), "null") << "no live lessons are known";
    for (const std::string& token : {world.teacher(), world.student()})
        EXPECT_EQ(call(world, get, "/v1/forecast", token).status, 403);
}

TEST_F(ForecastRoutes, WhatGivesWayToAPeakIsServedUnderThatName) {
    for (const std::string_view name : app::long_operations())
        EXPECT_EQ(std::ranges::count(world.routes.routes(), name, &net::Route::operation), 1)
            << name;
}

TEST_F(ForecastRoutes, WhatIsAskedWronglyIsNamed) {
    refused(told("?from=yesterday"), "from");
    refused(told("?from=" + ahead(-5min)), "from");
    refused(told("?from=" + ahead(8 * 24h)), "from");
    refused(told("?until=" + ahead(-5min)), "until");
    refused(told("?until=" + ahead(8 * 24h)), "until");
    for (const char* step : {"0", "61", "-1", "x", "1x", "", "99999999999"})
        refused(told("?step_minutes=" + std::string(step)), "step_minutes");
    refused(told("?kind=cheating"), "kind");
    refused(told("?step_minutes=1"), "step_minutes"); // 70,560 values
    EXPECT_EQ(told("?step_minutes=1&kind=job").status, 200);
    EXPECT_EQ(told("?step_minutes=1&until=" + ahead(24h)).status, 200);
}

TEST_F(ForecastRoutes, OperatorsHearOfThePeakAheadOrThatThereIsNone) {
    const auto before = ops();
    ASSERT_EQ(before.status, 200) << before.body;
    EXPECT_EQ(member(before, "/made_at"), "null");
    EXPECT_EQ(member(before, "/kinds"), "[]");
    look();
    const auto after = ops("?within_minutes=30");
    ASSERT_EQ(after.status, 200) << after.body;
    EXPECT_EQ(member(after, "/institutions"), "2");
    EXPECT_EQ(member(after, "/kinds/1/prior"), "2");
    EXPECT_EQ(member(after, "/kinds/5/unknown"), "2");
    EXPECT_FALSE(betrays(world.sides.alpha, after.body));
    EXPECT_EQ(member(before, "/hints/made_at"), "null");
    EXPECT_EQ(member(after, "/hints/made_at"), member(after, "/made_at"));
    for (const char* within : {"0", "241", "x"})
        refused(ops("?within_minutes=" + std::string(within)), "within_minutes");
    EXPECT_EQ(ops("", world.administrator()).status, 401);
    EXPECT_EQ(ops("", "", "alpha." + std::string(World::base_host)).status, 404);
}

TEST_F(ForecastRoutes, TheBellBoardSaysWhatIsKnownAndWhatIsNot) {
    const auto board = [&](const std::string& query = "", const std::string& token = "") {
        return world.send(
            {.method = get,
             .target = "/v1/ops/bell-board" + query,
             .host = World::base_host,
             .headers = {
                 {"Authorization", "Bearer " + (token.empty() ? world.operator_token : token)}}});
    };
    auto told = board();
    ASSERT_EQ(told.status, 200) << told.body;
    for (const char* unknown : {"/made_at", "/hints/made_at", "/counted_until", "/whole_from",
                                "/minutes/expected/700", "/minutes/came/700"})
        EXPECT_EQ(member(told, unknown), "null") << unknown;
    EXPECT_EQ(member(told, "/bells"), "[]");
    EXPECT_EQ(member(told, "/kind"), "\"page_read\"");
    world.sides.installation.superuser().run(
        "begin; set local bw.tenant = '" + to_text(world.sides.alpha.info.scope.tenant().uuid) +
        "'; insert into bells (bell_id, starts_at, lasts_seconds) values (gen_random_uuid(), '" +
        ahead(2h) +
        "', 60); update control.tenants set change = control.take_change() where "
        "slug = 'alpha'; commit");
    world.refresh();
    look();
    told = board("?kind=refresh");
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(member(told, "/institutions"), "2");
    EXPECT_EQ(member(told, "/kind"), "\"refresh\"");
    EXPECT_NE(member(told, "/made_at"), "null");
    EXPECT_NE(member(told, "/minutes/expected/730"), "null");
    EXPECT_NE(member(told, "/minutes/now_expected/730"), "null");
    EXPECT_EQ(member(told, "/minutes/now_expected/700"), "null") << "it is over";
    EXPECT_EQ(member(told, "/minutes/came/700"), "null") << "nobody counted";
    EXPECT_THAT(told.body, HasSubstr(world.sides.alpha.info.scope.tenant().text()));
    EXPECT_EQ(board("?kind=cheating").status, 422);
    EXPECT_EQ(board("", world.administrator()).status, 401);
}

TEST_F(ForecastRoutes, ATeacherSeesWhatADueInstantCollidesWith) {
    const Instant due = world.clock.now() + 30h;
    world.sides.installation.superuser().run("update assignments set due_at = '" + to_rfc3339(due) +
                                             "' where active");
    const std::string section = SectionId{world.sides.alpha.id(4)}.text(),
                      assignment = AssignmentId{world.sides.alpha.id(9)}.text();
    const auto load = [&](const std::string& token, const std::string& of, const std::string& at,
                          const std::string& more = "") {
        return call(world, get, "/v1/deadline-load?section_id=" + of + "&due_at=" + at + more,
                    token);
    };
    const std::string near = to_rfc3339(due + 1h);
    auto answer = load(world.teacher(), section, near);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(member(answer, "/students"), "1");
    EXPECT_EQ(member(answer, "/collisions/0/students"), "1");
    EXPECT_EQ(member(answer, "/collisions/0/due_at"), "\"" + to_rfc3339(due) + "\"");
    EXPECT_THAT(member(answer, "/calmer/due_at"), HasSubstr("T"));
    EXPECT_EQ(member(answer, "/calmer/colliding_students"), "0");
    EXPECT_EQ(member(answer, "/busy"), "null");
    look();
    answer = load(world.administrator(), section, near);
    EXPECT_EQ(member(answer, "/busy/basis"), "\"prior\"") << answer.body;
    // Where it is now does not count when it is moved.
    answer = load(world.teacher(), section, near, "&assignment_id=" + assignment);
    EXPECT_EQ(member(answer, "/collisions"), "[]") << answer.body;
    EXPECT_EQ(load(world.student(), section, near).status, 403);
    EXPECT_EQ(load(world.teacher(), SectionId{world.sides.bravo.id(4)}.text(), near).status, 404);
    refused(load(world.teacher(), section, ahead(-1h)), "due_at");
    refused(load(world.teacher(), section, ahead(401 * 24h)), "due_at");
    refused(load(world.teacher(), section, "soon"), "due_at");
    refused(load(world.teacher(), "sec_1", near), "section_id");
    refused(load(world.teacher(), section, near, "&assignment_id=asg_1"), "assignment_id");
    refused(call(world, get, "/v1/deadline-load?due_at=" + near, world.teacher()), "section_id");
}

} // namespace
} // namespace bw::test
