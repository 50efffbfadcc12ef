// Reports over HTTP: who gets which, of what, with whose names.
#include "reporting/routes.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "reporting/made_school_for_test.hpp"
#include "support/installation.hpp"
#include "tenancy/http_for_test.hpp"

namespace bw::reporting {
namespace {

using tenancy::Role, tenancy::Roles;
using test::day_us;
using test::monday_us;

/// Two institutions, with the same class and people of other ids; the primary has the names, the
/// store the rest.
struct ReportRoutes : testing::Test {
    struct Place {
        tenancy::TenantInfo tenant;
        Uuid section, other, student, teacher;
    };
    bw::test::Installation installation;
    const Clock& clock = installation.clock();
    Rng& rng = installation.rng();
    test::MadeSchool made{17};
    Place north = place("north"), south = place("south");
    tenancy::TenantDirectory directory;
    SigningKey key = SigningKey::make(rng);
    tenancy::Revocations revocations;
    tenancy::KeyRing keys{key};
    tenancy::TokenVerifier verifier{"https://test", keys, directory, revocations, clock, rng};
    tenancy::Gate gate{verifier, directory, "school.test"};
    tenancy::DatabaseLane lane{lane::Budget{"report", 1, 64}, clock,
                               [this] { return installation.database(); }};
    std::optional<Freshness> fresh = Freshness{clock.now() - 3s, 1};
    Desk desk{[this] { return made.rows.store().connect(); }, [this] { return fresh; }, {}, clock};
    net::RouteTable routes;
    const RouteParts parts{gate, lane, desk, clock};

    void SetUp() override {
        installation.refresh(directory);
        made.apply();
        add_routes(routes, parts);
    }
    void TearDown() override { lane.stop(); }

    Place place(const std::string& slug) {
        Place out{installation.provision(slug, "UTC"), {}, {}, {}, {}};
        const Uuid tenant = out.tenant.scope.tenant().uuid;
        made.institutions[tenant] = {tenant, "UTC", 0};
        made.move(tenant, "UTC", 0);
        const Uuid school = made.school(tenant, "School of " + slug);
        out.section = made.section(tenant, school, "Art"),
        out.other = made.section(tenant, school, "Music");
        out.student = made.rows.id(), out.teacher = made.rows.id();
        made.enrol(out.section, out.student);
        made.enrol(out.section, out.teacher, "teacher");
        made.enrol(out.other, made.rows.id());
        made.assign(out.section, monday_us, 1000, "Essay of " + slug); // long ago: it is missing
        made.assign(out.other, monday_us, 1000, "Song of " + slug);
        const auto text = [](const Uuid& id) { return "'" + to_text(id) + "'"; };
        const auto person = [&](const Uuid& id, const std::string& name, const std::string& role) {
            return "insert into users (user_id, source, sourced_id, username, username_normal, "
                   "given_name, family_name) values (" +
                   text(id) + ", 's', '" + name + "', '" + name + "', '" + name + "', '" + name +
                   "', 'of " + slug +
                   "');insert into enrollments (enrollment_id, source, sourced_id, section_id, "
                   "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', '" +
                   name + "', " + text(out.section) + ", " + text(school) + ", " + text(id) +
                   ", '" + role + "', true);";
        };
        installation.superuser().run(
            "begin; set local bw.tenant = " + text(tenant) +
            ";insert into orgs (org_id, source, sourced_id, name, type) values (" + text(school) +
            ", 's', 'o', 'O', 'school');insert into courses (course_id, source, sourced_id, title, "
            "org_id) values (" +
            text(school) + ", 's', 'c', 'C', " + text(school) +
            ");insert into sections (section_id, source, sourced_id, title, class_type, course_id, "
            "school_org_id) values (" +
            text(out.section) + ", 's', 'art', 'Art', 'scheduled', " + text(school) + ", " +
            text(school) + ");" + person(out.student, "ada", "student") +
            person(out.teacher, "tess", "teacher") + "commit");
        return out;
    }
    net::Response get(const std::string& target, const Place& at, Roles roles, const Uuid& user) {
        const Instant now = clock.now();
        const std::string token =
            tenancy::sign_token({"https://test", at.tenant.scope.tenant(), UserId{user},
                                 AuthSessionId::make(now, rng), roles, now, now + 1h, now + 30min},
                                key);
        return tenancy::test::call(routes,
                                   {.target = target,
                                    .headers = {{"Host", at.tenant.slug + ".school.test"},
                                                {"Authorization", "Bearer " + token}}},
                                   clock);
    }
    net::Response as_teacher(const std::string& target) {
        return get(target, north, Role::teacher, north.teacher);
    }
    net::Response as_administrator(const std::string& target) {
        return get(target, north, Role::administrator, rng.bytes<16>());
    }
    static std::string of(const Uuid& section) { return "?section=" + SectionId{section}.text(); }
};

TEST_F(ReportRoutes, AreListedForWhoMayReadThem) {
    const std::string all = as_administrator("/v1/reports").body,
                      some = as_teacher("/v1/reports").body;
    EXPECT_NE(all.find("school_comparison"), std::string::npos);
    EXPECT_EQ(some.find("school_comparison"), std::string::npos);
    EXPECT_NE(some.find("class_progress"), std::string::npos);
    EXPECT_EQ(get("/v1/reports", north, Role::student, north.student).status, 403);
    EXPECT_EQ(
        get("/v1/reports/class_progress" + of(north.section), north, Role::student, north.student)
            .status,
        403);
    EXPECT_EQ(as_teacher("/v1/reports/school_comparison").status, 403);
}

TEST_F(ReportRoutes, SayAsOfWhenAndHowStale) {
    auto answer = as_teacher("/v1/reports/class_progress" + of(north.section));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(tenancy::test::header(answer, "Report-As-Of"), to_rfc3339(fresh->as_of));
    EXPECT_GE(std::stod(tenancy::test::header(answer, "Report-Lag")), 3.0);
    EXPECT_NE(answer.body.find("\"as_of\":\"" + to_rfc3339(fresh->as_of)), std::string::npos)
        << answer.body;
    EXPECT_NE(answer.body.find("\"stale\":false"), std::string::npos);
    EXPECT_NE(answer.body.find("Essay of north\",\"2026-09-07T00:00:00.000Z\",1,0,0,0,1,0,null"),
              std::string::npos)
        << answer.body;
    fresh = Freshness{clock.now() - 61s, 2};
    EXPECT_NE(
        as_teacher("/v1/reports/class_progress" + of(north.section)).body.find("\"stale\":true"),
        std::string::npos);
    fresh.reset();
    answer = as_teacher("/v1/reports/class_progress" + of(north.section));
    EXPECT_EQ(answer.status, 503) << answer.body;
}

TEST_F(ReportRoutes, NameThePeopleOfTheirInstitutionAlone) {
    const auto mine = as_teacher("/v1/reports/late_and_missing?from=2026-09-01&until=2026-09-30");
    ASSERT_EQ(mine.status, 200) << mine.body;
    EXPECT_NE(mine.body.find(UserId{north.student}.text() +
                             "\":{\"given_name\":\"ada\",\"family_name\":\"of north\"}"),
              std::string::npos)
        << mine.body;
    EXPECT_EQ(mine.body.find("Song"), std::string::npos) << "a class that she does not teach";
    EXPECT_EQ(mine.body.find("south"), std::string::npos);
    const auto all =
        as_administrator("/v1/reports/late_and_missing?from=2026-09-01&until=2026-09-30");
    EXPECT_NE(all.body.find("Song of north"), std::string::npos);
    EXPECT_EQ(all.body.find("south"), std::string::npos) << all.body;
}

TEST_F(ReportRoutes, OfOthersShowNothing) {
    EXPECT_EQ(as_teacher("/v1/reports/class_progress" + of(north.other)).status, 404)
        << "not her class";
    EXPECT_EQ(as_teacher("/v1/reports/class_progress" + of(south.section)).status, 404);
    EXPECT_EQ(as_administrator("/v1/reports/class_progress" + of(south.section)).status, 404);
    EXPECT_EQ(as_administrator("/v1/reports/assignment_timeline?assignment=" +
                               AssignmentId{north.section}.text())
                  .status,
              404);
    EXPECT_EQ(
        get("/v1/reports/class_progress" + of(south.section), north, Role::teacher, south.teacher)
            .status,
        404)
        << "a token of here with a name of there";
}

TEST_F(ReportRoutes, BadInputIsNamed) {
    struct Bad {
        const char *target, *word;
    };
    for (const auto& [target, word] :
         {Bad{"/v1/reports/class_progress", "section"},
          {"/v1/reports/class_progress?section=sec_1", "sec_ and 32 hex digits"},
          {"/v1/reports/assignment_timeline?assignment=x", "asg_"},
          {"/v1/reports/marking_backlog?from=2026-09-01", "no such argument"},
          {"/v1/reports/late_and_missing?from=yesterday", "from"},
          {"/v1/reports/late_and_missing?from=2026-02-30", "2026-09-01"},
          {"/v1/reports/late_and_missing?from=2026-09-02&until=2026-09-01", "until"},
          {"/v1/reports/late_and_missing?from=2020-09-02&until=2026-09-01", "400 days"}}) {
        const auto answer = as_teacher(target);
        EXPECT_EQ(answer.status, 422) << target << answer.body;
        EXPECT_NE(answer.body.find(word), std::string::npos) << target << answer.body;
    }
    EXPECT_EQ(as_teacher("/v1/reports/no_such").status, 404);
}

} // namespace
} // namespace bw::reporting
