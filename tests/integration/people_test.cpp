// People, their roles and sections over HTTP: who is shown what, and how somebody becomes an
// administrator.
#include <gmock/gmock.h>

#include "http_calls.hpp"
#include "institution/people_sql.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using tenancy::Role;
using ::testing::HasSubstr;
using ::testing::Not;

struct People : ::testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string student = world.student(), teacher = world.teacher(),
                      administrator = world.administrator();

    void run(const std::string& sql) {
        world.sides.installation.superuser().run("begin; set local bw.tenant = '" +
                                                 to_text(alpha.info.scope.tenant().uuid) + "';" +
                                                 sql + ";commit");
    }
    std::string value(const std::string& sql) {
        return world.sides.installation.superuser().value(sql);
    }
    std::string id(unsigned char kind) const { return "'" + to_text(alpha.id(kind)) + "'"; }
    std::string user(unsigned char kind) const {
        return "/v1/users/" + UserId{alpha.id(kind)}.text();
    }
    void add(unsigned char kind, const std::string& username, const std::string& given,
             const std::string& family, const char* role = "student", bool active = true) {
        const std::string normal = active ? "lower('" + username + "')" : "null";
        run("insert into users (user_id, source, sourced_id, status, username, username_normal, "
            "given_name, family_name) values (" +
            id(kind) + ", 's', '" + username + "', '" + (active ? "active" : "inactive") + "', '" +
            username + "', " + normal + ", '" + given + "', '" + family + "')");
        run("insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
            "role_type) values (gen_random_uuid(), 's', '" +
            username + "', " + id(kind) + ", " + id(1) + ", '" + role + "', 'primary')");
    }
    net::ClientResponse get_as(const std::string& token, const std::string& target) {
        return call(world, get, target, token);
    }
    net::ClientResponse set(unsigned char kind, bool administrates, const std::string& token) {
        return call(world, put, user(kind) + "/roles", token,
                    administrates ? R"({"administrator":true})" : R"({"administrator":false})");
    }
    /// "ada bob": whom a list shows, as `member` of each.
    std::string shown(const std::string& target, const std::string& what = "username") {
        const auto page = get_as(administrator, target);
        EXPECT_EQ(page.status, 200) << page.body;
        std::string out;
        for (int i = 0;; ++i) {
            std::string one = member(page, "/data/" + std::to_string(i) + "/" + what);
            if (one.starts_with("nothing in"))
                return out;
            out += (out.empty() ? "" : " ") + one.substr(1, one.size() - 2);
        }
    }
    std::string next(const std::string& target) {
        const std::string cursor = member(get_as(administrator, target), "/next");
        return cursor == "null" ? "" : cursor.substr(1, cursor.size() - 2);
    }
    std::string roles(unsigned char kind) {
        return member(get_as(world.administrator(), user(kind)), "/roles");
    }
};

TEST_F(People, AreForAdministratorsToSeeByName) {
    for (const std::string& other : {student, teacher}) {
        EXPECT_EQ(get_as(other, "/v1/users").status, 403);
        EXPECT_EQ(get_as(other, user(6)).status, 403);
        EXPECT_EQ(set(6, true, other).status, 403);
    }
    run("delete from user_roles where user_id in (" + id(5) +
        "); update users set status = "
        "'inactive', username_normal = null where user_id = " +
        id(5));
    add(40, "zoe", "Zoé", "Étienne");
    add(41, "eve", "Eve", "Etienne", "teacher");
    add(42, "left", "Lea", "Left", "student", false);
    add(43, "del", "María", "del Carmen");
    const std::string admin = alpha.username("admin"), teaches = alpha.username("teacher");
    EXPECT_EQ(shown("/v1/users"), teaches + " " + admin + " del eve zoe");
    EXPECT_EQ(shown("/v1/users?limit=2"), teaches + " " + admin);
    const std::string second = "/v1/users?limit=2&cursor=" + next("/v1/users?limit=2");
    EXPECT_EQ(shown(second), "del eve");
    EXPECT_EQ(shown("/v1/users?limit=2&cursor=" + next(second)), "zoe");
    EXPECT_EQ(next("/v1/users?limit=2&cursor=" + next(second)), "");
    EXPECT_EQ(shown("/v1/users?status=inactive"), alpha.username("student") + " left");
    EXPECT_EQ(shown("/v1/users?role=teacher"), teaches + " eve");
    EXPECT_EQ(shown("/v1/users?role=administrator"), admin);
    for (const auto& [typed, found] : {std::pair{"etien", "eve zoe"},
                                       {"%C3%89T", "eve zoe"},
                                       {"zo", "zoe"},
                                       {"zo%20eti", "zoe"},
                                       {"Etienne%2C%20%20Zoe", "zoe"},
                                       {"etienne%20x", ""},
                                       {"maria", "del"},
                                       {"del%20car", "del"},
                                       {"tienne", ""},
                                       {"%25", ""},
                                       {"_", ""},
                                       {"lef", ""}})
        EXPECT_EQ(shown(std::string("/v1/users?q=") + typed), found) << typed;
    EXPECT_EQ(shown("/v1/users?q=lef&status=inactive"), "left");
    EXPECT_EQ(shown("/v1/users?q=&role=teacher"), teaches + " eve");
    for (const char* wrong :
         {"limit=201", "limit=0", "role=parent", "status=gone", "q=%ff", "cursor=AAAA"})
        EXPECT_EQ(get_as(administrator, std::string("/v1/users?") + wrong).status, 422) << wrong;
}

TEST_F(People, AreShownWithWhatMakesThemWhatTheyAre) {
    const auto one = get_as(administrator, user(5));
    ASSERT_EQ(one.status, 200) << one.body;
    EXPECT_EQ(member(one, "/roles"), R"(["student"])");
    EXPECT_EQ(member(one, "/has_password"), "true");
    EXPECT_EQ(member(one, "/has_second_factor"), "false") << "it was never confirmed";
    EXPECT_EQ(member(one, "/identities"), "1");
    EXPECT_EQ(member(one, "/role_sources/0/source"), "\"" + alpha.marker + "\"");
    EXPECT_EQ(member(one, "/role_sources/0/granted"), "false");
    EXPECT_EQ(member(one, "/sections/0/section_id"), "\"" + SectionId{alpha.id(4)}.text() + "\"");
    EXPECT_EQ(member(one, "/sections/0/role"), "\"student\"");
    EXPECT_THAT(member(one, "/signed_in_at"), HasSubstr(alpha.due));
    EXPECT_THAT(member(one, "/invited_until"), HasSubstr(alpha.due));
    run("update vouchers set expires_at = '2020-01-01' where voucher_id = " + id(10));
    EXPECT_EQ(member(get_as(administrator, user(5)), "/invited_until"), "null") << "it is over";
    EXPECT_EQ(get_as(administrator, user(99)).status, 404);
    EXPECT_EQ(get_as(administrator, "/v1/users/" + UserId{world.sides.bravo.id(5)}.text()).status,
              404);
    EXPECT_EQ(get_as(administrator, "/v1/users/usr_1").status, 404);
}

TEST_F(People, ATeacherBecomesAnAdministratorAndSignsInAgain) {
    EXPECT_EQ(get_as(teacher, "/v1/assignments").status, 200);
    const auto made = set(6, true, administrator);
    ASSERT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(member(made, "/roles"), R"(["teacher","administrator"])");
    EXPECT_THAT(made.body, HasSubstr(R"("source":"granted","granted":true)"));
    world.take_revocations();
    EXPECT_EQ(get_as(teacher, "/v1/assignments").status, 401) << "its token knows nothing of it";
    EXPECT_EQ(value("select string_agg(subject, ' ') from audit_events where action = "
                    "'administration.granted'"),
              UserId{alpha.id(6)}.text());

    const std::string epochs = value("select count(*) from revocations");
    EXPECT_EQ(set(6, true, administrator).status, 200);
    EXPECT_EQ(value("select count(*) from revocations"), epochs) << "nothing changed";

    EXPECT_EQ(set(6, false, administrator).status, 200);
    EXPECT_EQ(roles(6), R"(["teacher"])");
    EXPECT_EQ(set(6, true, administrator).status, 200) << "and again";
    EXPECT_EQ(roles(6), R"(["teacher","administrator"])");
    EXPECT_EQ(
        value("select count(*) from user_roles where source = 'granted' and user_id = " + id(6)),
        "1");
}

TEST_F(People, WhatTheRosterSaysIsNotChangedHere) {
    add(44, "head", "Hedda", "Head", "principal");
    const auto refused = set(44, false, administrator);
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("principal"));
    EXPECT_THAT(refused.body, HasSubstr("'s'"));
    EXPECT_EQ(set(44, true, administrator).status, 200) << "she is one already";
    EXPECT_EQ(
        value("select count(*) from user_roles where source = 'granted' and user_id = " + id(44)),
        "0");
    EXPECT_EQ(roles(44), R"(["administrator"])");
}

TEST_F(People, NobodyRemovesThemselvesNorTheLastAdministrator) {
    EXPECT_EQ(set(7, false, administrator).status, 403);
    EXPECT_EQ(set(7, true, administrator).status, 403);
    // The last: whoever asks has lost the role, and their token does not know it yet.
    ASSERT_EQ(set(6, true, administrator).status, 200);
    run("update user_roles set status = 'inactive' where user_id = " + id(7));
    const auto last = set(6, false, administrator);
    EXPECT_EQ(last.status, 409);
    EXPECT_THAT(last.body, HasSubstr("last administrator"));
    EXPECT_EQ(value("select count(*) from user_roles where source = 'granted' and status = "
                    "'active' and user_id = " +
                    id(6)),
              "1");
    add(45, "gone", "Gus", "Gone", "teacher", false);
    EXPECT_EQ(set(45, true, administrator).status, 409);
    EXPECT_EQ(set(99, true, administrator).status, 404);
    EXPECT_EQ(call(world, put, "/v1/users/" + UserId{world.sides.bravo.id(6)}.text() + "/roles",
                   administrator, R"({"administrator":true})")
                  .status,
              404);
    EXPECT_EQ(call(world, put, user(6) + "/roles", administrator, R"({"administrator":1})").status,
              422);
    world.fall_silent();
    EXPECT_EQ(set(6, false, administrator).status, 503) << "its token may have ended unheard";
}

TEST_F(People, OfTwoAdministratorsWhoRemoveEachOtherOneStays) {
    ASSERT_EQ(set(6, true, administrator).status, 200);
    run("insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
        "role_type) values (gen_random_uuid(), 'granted', 'x', " +
        id(7) + ", " + id(1) +
        ", 'administrator', 'secondary'); update user_roles set status = 'inactive' where "
        "source <> 'granted' and user_id = " +
        id(7));
    const std::string six = tenancy::sign_token(
        [&] {
            auto claims = world.claims(alpha, 6, Role::administrator);
            claims.epoch = 1'000'000;
            return claims;
        }(),
        world.key);
    const int first = set(7, false, six).status, second = set(6, false, administrator).status;
    EXPECT_EQ(first, 200);
    EXPECT_EQ(second, 409);
}

TEST_F(People, AmongTenThousandTheyAreFoundByIndexes) {
    run("insert into users (user_id, source, sourced_id, username, username_normal, given_name, "
        "family_name) select gen_random_uuid(), 's', 'n' || n, 'n' || n, 'n' || n, 'Given' || n, "
        "'Family' || n from generate_series(1, 10000) n");
    world.sides.installation.superuser().run("analyze users");
    Session session(world.sides.installation.conninfo());
    auto plan = [&](const std::string& values) {
        session.run("begin");
        session.run("select scope_enter('" + to_text(alpha.info.scope.tenant().uuid) + "', 1)");
        session.run("prepare page as " + std::string(institution::sql::people_page.text()));
        std::string out;
        for (const auto& row : session.run("explain execute page(" + values + ")"))
            out += *row[0] + "\n";
        session.run("deallocate page");
        session.run("rollback");
        return out;
    };
    const std::string listed = plan("null, true, null, 51, now(), null, '', ''");
    EXPECT_THAT(listed, HasSubstr("Index Scan using users_by_family")) << listed;
    const std::string found = plan("null, true, null, 51, now(), 'family99', 'family99', ''");
    EXPECT_THAT(found, HasSubstr("BitmapOr")) << found;
    EXPECT_THAT(found, Not(HasSubstr("Seq Scan on users"))) << found;
    EXPECT_EQ(shown("/v1/users?q=family999"),
              "n999 n9990 n9991 n9992 n9993 n9994 n9995 n9996 n9997 n9998 n9999");
}

TEST_F(People, SectionsAreShownToThoseWhoAreInThem) {
    add(46, "tom", "Tom", "Thumb");
    run("insert into enrollments (enrollment_id, source, sourced_id, section_id, school_org_id, "
        "user_id, role, is_primary) values (gen_random_uuid(), 's', 'tom', " +
        id(4) + ", " + id(1) + ", " + id(46) +
        ", 'student', true);"
        "insert into sections (section_id, source, sourced_id, title, class_type, course_id, "
        "school_org_id) values (" +
        id(16) + ", 's', 's', 'Another', 'scheduled', " + id(3) + ", " + id(1) + ")");
    const std::string section = "/v1/sections/" + SectionId{alpha.id(4)}.text(),
                      another = "/v1/sections/" + SectionId{alpha.id(16)}.text();
    for (const auto& [token, role] : {std::pair{student, "student"}, {teacher, "teacher"}}) {
        const auto own = get_as(token, "/v1/sections");
        EXPECT_EQ(member(own, "/data/0/title"), "\"" + alpha.marker + " section\"") << own.body;
        EXPECT_EQ(member(own, "/data/0/roles"), "[\"" + std::string(role) + "\"]");
        EXPECT_THAT(own.body, Not(HasSubstr("Another")));
        EXPECT_EQ(get_as(token, "/v1/sections?of=institution").status, 403);
        EXPECT_EQ(get_as(token, another).status, 404);
        EXPECT_EQ(get_as(token, another + "/people").status, 404);
    }
    EXPECT_EQ(shown("/v1/sections", "title"), "");
    EXPECT_EQ(shown("/v1/sections?of=institution", "title"), alpha.marker + " section Another");
    const std::string one = "/v1/sections?of=institution&limit=1";
    EXPECT_EQ(shown(one, "title"), alpha.marker + " section");
    EXPECT_EQ(shown(one + "&cursor=" + next(one), "title"), "Another");

    const auto details = get_as(student, section);
    EXPECT_EQ(member(details, "/course"), "\"" + alpha.marker + " course\"");
    EXPECT_EQ(member(details, "/students"), "2");
    EXPECT_EQ(member(details, "/teachers"), "1");
    EXPECT_EQ(member(details, "/terms/0/begin_date"), "\"2026-09-01\"");
    const auto classmates = get_as(student, section + "/people");
    EXPECT_EQ(member(classmates, "/data/0/user_id"), "\"" + UserId{alpha.id(6)}.text() + "\"");
    EXPECT_EQ(member(classmates, "/data/0/username"), "null");
    EXPECT_THAT(classmates.body, Not(HasSubstr("Thumb"))) << "students are told who teaches";
    EXPECT_EQ(shown(section + "/people"),
              alpha.username("student") + " " + alpha.username("teacher") + " tom");
    const std::string first = section + "/people?limit=2";
    EXPECT_EQ(shown(first + "&cursor=" + next(first)), "tom");
    run("update enrollments set end_date = '2020-01-01' where user_id = " + id(5));
    EXPECT_EQ(get_as(student, section).status, 404) << "it is over";
    EXPECT_EQ(member(get_as(student, "/v1/sections"), "/data"), "[]");
}

} // namespace
} // namespace bw::test
