// What an import writes: everything at first, later the difference, and nothing of anybody else's.
#include <chrono>
#include <functional>

#include "roster/sample.hpp"
#include "support/epoch_last.hpp"
#include "support/roster_import.hpp"

namespace bw::roster {
namespace {

using test::expect_written;
using test::Expected;
using test::Files; // of package_for_test.hpp
class ImportTest : public test::ImportFixture {};

constexpr EntityCounts added(std::int64_t n) {
    return {.added = n};
}

TEST_F(ImportTest, writes_a_package_and_reads_it_back) {
    auto scope = tenant("elm");
    auto report = must_import(scope, Files().package());
    expect_written(report, {{Entity::orgs, added(2)},
                            {Entity::academic_sessions, added(3)},
                            {Entity::courses, added(1)},
                            {Entity::sections, added(2)},
                            {Entity::section_terms, added(3)},
                            {Entity::users, added(3)},
                            {Entity::user_roles, added(3)},
                            {Entity::enrollments, added(2)},
                            {Entity::categories, added(1)},
                            {Entity::line_items, added(2)}});

    auto ada = user(scope, "ADA");
    ASSERT_TRUE(ada);
    EXPECT_EQ(ada->username, "Ada");
    EXPECT_EQ(ada->email, "ada@example.org");
    EXPECT_TRUE(ada->active);
    EXPECT_EQ(ada->roles,
              tenancy::Roles(tenancy::Role::teacher).with(tenancy::Role::administrator));
    EXPECT_FALSE(user(scope, "gone")) << "enabledUser is false";
    EXPECT_FALSE(user(scope, "nobody"));
    auto again = user_by_id(app_, scope, ada->id, soon());
    ASSERT_TRUE(again && *again);
    EXPECT_EQ((*again)->username, "Ada");

    auto ben = user(scope, "ben");
    ASSERT_TRUE(ben);
    auto of_ben = read(scope, [&](tenancy::TenantTx& tx) { return enrollments_of(tx, ben->id); });
    ASSERT_EQ(of_ben.size(), 1U);
    EXPECT_EQ(of_ben[0].section.title, "Music, one");
    EXPECT_EQ(of_ben[0].role, "student");
    EXPECT_EQ(of_ben[0].end_date, parse_date("2024-01-31"));

    auto first = read(scope, [&](tenancy::TenantTx& tx) { return sections(tx, std::nullopt, 1); });
    ASSERT_EQ(first.size(), 1U);
    auto second = read(scope, [&](tenancy::TenantTx& tx) { return sections(tx, first[0].id, 10); });
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(first[0].title, second[0].title);

    auto items =
        read(scope, [&](tenancy::TenantTx& tx) { return line_items_of(tx, of_ben[0].section.id); });
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].description, "A \"short\"\nessay") << "tabs and line breaks survive COPY";
    EXPECT_EQ(items[0].due_date, parse_date("2024-02-29"));
    EXPECT_EQ(items[0].points_max, 100);
}

TEST_F(ImportTest, the_same_package_again_writes_nothing) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const std::string before = everything();
    auto report = must_import(scope, Files().package());
    EXPECT_TRUE(report.nothing_written()) << report.json();
    EXPECT_EQ(report[Entity::users], EntityCounts{.unchanged = 3});
    EXPECT_EQ(report[Entity::section_terms], EntityCounts{.unchanged = 3});
    EXPECT_EQ(everything(), before);
}

TEST_F(ImportTest, whoever_loses_an_account_or_a_role_is_signed_out) {
    struct Case {
        const char* what;
        std::function<void(Files&)> change;
        std::string out; // their given names
    };
    const Case cases[] = {
        {"a name", [](Files& f) { f.replace("users.csv", "Baker", "Bird"); }, ""},
        {"somebody more",
         [](Files& f) {
             f.replace("users.csv", "u2,", "u4,,,true,cy,,Cy,Cook,,s\nu2,")
                 .replace("roles.csv", "r2,", "r4,,,u4,primary,student,,,s,\nr2,");
         },
         ""},
        {"a user disabled", [](Files& f) { f.replace("users.csv", "true,ben", "false,ben"); },
         "Ben"},
        {"a user removed",
         [](Files& f) {
             f.replace("users.csv", "u2,,,true,ben,,Ben,Baker,,s\n", "")
                 .replace("roles.csv", "r2,,,u2,primary,student,2023-09-01,,s,\n", "")
                 .replace("enrollments.csv", "e2,,,k1,s,u2,student,false,2023-09-01,2024-01-31\n",
                          "");
         },
         "Ben"},
        {"a role taken",
         [](Files& f) { f.replace("roles.csv", "r3,,,u1,secondary,principal,,,s,\n", ""); }, "Ada"},
        {"a role for another", [](Files& f) { f.replace("roles.csv", "principal", "aide"); },
         "Ada"},
        {"a role given to somebody else",
         [](Files& f) { f.replace("roles.csv", "r3,,,u1", "r3,,,u2"); }, "Ada"},
        {"the same role by another row",
         [](Files& f) { f.replace("roles.csv", "r2,,,u2", "r5,,,u2"); }, ""},
        {"all of it at once",
         [](Files& f) {
             f.replace("users.csv", "true,ben", "false,ben")
                 .replace("roles.csv", "r3,,,u1,secondary,principal,,,s,\n", "");
         },
         "Ada Ben"},
    };
    bw::test::nothing_follows_the_epoch(installation_.superuser());
    auto revoked = [&](const tenancy::TenantScope& scope) {
        return installation_.superuser().value(
            "select coalesce(string_agg(u.given_name, ' ' order by u.given_name), '') from "
            "revocations r join users u using (tenant_id, user_id) where r.tenant_id = '" +
            bw::to_text(scope.tenant().uuid) + "'");
    };
    int n = 0;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto scope = tenant(fmt::format("case-{}", n++));
        must_import(scope, Files().package());
        EXPECT_EQ(revoked(scope), "") << "nobody has lost anything yet";
        Files files;
        c.change(files);
        ImportOptions dry = options();
        dry.dry_run = true;
        ASSERT_TRUE(import_with(scope, files.package(), dry));
        EXPECT_EQ(revoked(scope), "");
        must_import(scope, files.package());
        EXPECT_EQ(revoked(scope), c.out);
        must_import(scope, files.package());
        EXPECT_EQ(revoked(scope), c.out) << "once";
    }
    EXPECT_EQ(installation_.superuser().value("select value - (select count(*) from revocations) "
                                              "from control.revocation_epoch"),
              "0");
}

TEST_F(ImportTest, writes_only_what_changed) {
    struct Case {
        const char* what;
        std::function<void(Files&)> change;
        Expected expected; // against an import of the unchanged files
    };
    const Case cases[] = {
        {"a name", [](Files& f) { f.replace("users.csv", "Baker", "Bäcker"); },
         Expected{{Entity::users, {.changed = 1, .unchanged = 2}}}},
        {"a value that appears",
         [](Files& f) { f.replace("users.csv", "Baker,", "Baker,b@example.org"); },
         Expected{{Entity::users, {.changed = 1, .unchanged = 2}}}},
        {"swapped usernames",
         [](Files& f) {
             f.replace("users.csv", ",Ada,,", ",BEN,,").replace("users.csv", ",ben,", ",ada,");
         },
         Expected{{Entity::users, {.changed = 2, .unchanged = 1}}}},
        {"a user enabled", [](Files& f) { f.replace("users.csv", "false,gone", "true,gone"); },
         Expected{{Entity::users, {.reactivated = 1, .unchanged = 2}}}},
        {"a user disabled", [](Files& f) { f.replace("users.csv", "true,ben", "false,ben"); },
         Expected{{Entity::users, {.disabled = 1, .unchanged = 2}}}},
        {"an enrollment removed",
         [](Files& f) { f.replace("enrollments.csv", "e1,,,k1,s,u1,teacher,true,,\n", ""); },
         Expected{{Entity::enrollments, {.unchanged = 1, .removed = 1}}}},
        {"a user removed with all of theirs, and the username given on",
         [](Files& f) {
             f.replace("users.csv", "u2,,,true,ben,,Ben,Baker,,s", "u4,,,true,Ben,,Benno,Bird,,s")
                 .replace("roles.csv", "r2,,,u2", "r2,,,u4");
             f.replace("enrollments.csv", "e2,,,k1,s,u2", "e2,,,k1,s,u4");
         },
         Expected{{Entity::users, {.added = 1, .unchanged = 2, .removed = 1}},
                  {Entity::user_roles, {.changed = 1, .unchanged = 2}},
                  {Entity::enrollments, {.changed = 1, .unchanged = 1}}}},
        {"a section moved to another term",
         [](Files& f) { f.replace("classes.csv", "\"t1,t2\"", "t1"); },
         Expected{{Entity::section_terms, {.unchanged = 2, .removed = 1}}}},
        {"a due date that becomes an instant",
         [](Files& f) { f.replace("lineItems.csv", "2024-02-29", "2024-02-29T12:00:00Z"); },
         Expected{{Entity::line_items, {.changed = 1, .unchanged = 1}}}},
        {"an org on top",
         [](Files& f) {
             f.replace("orgs.csv", "d,,,District,district,,\n",
                       "d,,,District,district,,n\nn,,,Nation,national,,\n");
         },
         Expected{{Entity::orgs, {.added = 1, .changed = 1, .unchanged = 1}}}},
        {"files without rows: all removed",
         [](Files& f) { f.text["lineItems.csv"].resize(f.text["lineItems.csv"].find('\n') + 1); },
         Expected{{Entity::line_items, {.removed = 2}}}},
        {"an absent file: left alone",
         [](Files& f) {
             f.replace("manifest.csv", "file.lineItems,bulk\n", "").text.erase("lineItems.csv");
         },
         Expected{}},
    };
    int n = 0;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto scope = tenant(fmt::format("case-{}", n++));
        must_import(scope, Files().package());
        Files files;
        c.change(files);
        auto report = must_import(scope, files.package());
        expect_written(report, c.expected);
        EXPECT_TRUE(must_import(scope, files.package()).nothing_written()) << "and it has settled";
    }
}

TEST_F(ImportTest, what_disappears_becomes_inactive_and_may_come_back_as_itself) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const UserId ben = user(scope, "ben").value().id;
    Files without;
    without.replace("users.csv", "u2,,,true,ben,,Ben,Baker,,s\n", "")
        .replace("roles.csv", "r2,,,u2,primary,student,2023-09-01,,s,\n", "");
    without.replace("enrollments.csv", "e2,,,k1,s,u2,student,false,2023-09-01,2024-01-31\n", "");
    auto report = must_import(scope, without.package());
    EXPECT_EQ(report[Entity::users].removed, 1);
    EXPECT_FALSE(user(scope, "ben"));
    auto gone = read(scope, [&](tenancy::TenantTx& tx) { return user_by_id(tx, ben); });
    ASSERT_TRUE(gone) << "never deleted";
    EXPECT_FALSE(gone->active);
    EXPECT_TRUE(gone->roles.none());
    EXPECT_FALSE(
        read(scope, [&](tenancy::TenantTx& tx) { return enrollments_of(tx, ben); }).at(0).active);

    report = must_import(scope, Files().package());
    EXPECT_EQ(report[Entity::users], (EntityCounts{.reactivated = 1, .unchanged = 2}));
    EXPECT_EQ(user(scope, "ben").value().id, ben);
}

TEST_F(ImportTest, a_failure_changes_nothing) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const std::string before = everything();

    // A username that another source has. The rest of the package differs too, and none of it is
    // kept.
    Files other;
    other.replace("users.csv", "u2,", "x2,")
        .replace("users.csv", "Ada", "ada2")
        .replace("roles.csv", "u2", "x2")
        .replace("enrollments.csv", "u2", "x2");
    auto outcome = import_as(scope, other.package(), "other");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::invalid_field);
    EXPECT_EQ(outcome.error().field, "users.csv:3:11");
    EXPECT_EQ(
        outcome.error().detail,
        "username: the username \"ben\" belongs to user \"u2\" of source \"oneroster\" already");
    EXPECT_EQ(everything(), before);

    // A caller that changes its mind after the import.
    Files changed;
    changed.replace("users.csv", "Baker", "Bird");
    auto undone = app_.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<int> {
        auto report = TRY(import(tx, changed.package(), {.clock = clock_, .rng = rng_}));
        EXPECT_EQ(report[Entity::users].changed, 1);
        return fail(Code::internal, "no");
    });
    ASSERT_FALSE(undone);
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(must_import(scope, changed.package())[Entity::users].changed, 1)
        << "the connection is good for the next import";
}

TEST_F(ImportTest, two_sources_and_two_imports_in_one_transaction) {
    auto scope = tenant("elm");
    Files other;
    other.replace("users.csv", "Ada,", "Alma,").replace("users.csv", ",ben,", ",bo,");
    auto both = app_.run(
        scope, soon(), [&](tenancy::TenantTx& tx) -> Result<std::pair<ImportReport, ImportReport>> {
            auto a =
                TRY(import(tx, Files().package(), {.source = "a", .clock = clock_, .rng = rng_}));
            auto b =
                TRY(import(tx, other.package(), {.source = "b", .clock = clock_, .rng = rng_}));
            return std::pair(a, b);
        });
    ASSERT_TRUE(both) << both.error().text();
    EXPECT_EQ(both->second[Entity::users], added(3)) << "the same sourcedIds, but another source's";
    EXPECT_EQ(both->second[Entity::users].removed, 0);
    EXPECT_NE(user(scope, "ada").value().id, user(scope, "alma").value().id);
    EXPECT_TRUE(must_import(scope, Files().package(), "a").nothing_written());
}

TEST_F(ImportTest, two_tenants_do_not_see_each_other) {
    auto elm = tenant("elm"), oak = tenant("oak");
    EXPECT_EQ(must_import(elm, Files().package())[Entity::users], added(3));
    EXPECT_EQ(must_import(oak, Files().package())[Entity::users], added(3))
        << "the same keys and usernames";
    Files changed;
    changed.replace("users.csv", "Baker", "Bird")
        .replace("enrollments.csv", "e1,,,k1,s,u1,teacher,true,,\n", "");
    must_import(oak, changed.package());
    auto ben_of_elm = user(elm, "ben"), ben_of_oak = user(oak, "ben");
    ASSERT_TRUE(ben_of_elm && ben_of_oak);
    EXPECT_NE(ben_of_elm->id, ben_of_oak->id);
    EXPECT_EQ(ben_of_elm->family_name, "Baker");
    EXPECT_EQ(ben_of_oak->family_name, "Bird");
    EXPECT_FALSE(read(elm, [&](tenancy::TenantTx& tx) { return user_by_id(tx, ben_of_oak->id); }))
        << "an id of the other's finds nothing";
    EXPECT_EQ(
        read(elm, [&](tenancy::TenantTx& tx) { return sections(tx, std::nullopt, 100); }).size(),
        2U);
    EXPECT_TRUE(must_import(elm, Files().package()).nothing_written());
}

TEST_F(ImportTest, imports_a_sample_shifted_and_again) {
    auto scope = tenant("elm");
    auto today = *parse_date("2026-11-23");
    auto package = Package::open(
        sample_zip({.students = 500, .around = today, .due = {today}, .families = true}, rng_));
    ASSERT_TRUE(package) << package.error().text();
    auto report = must_import(scope, *package);
    EXPECT_EQ(report[Entity::users], added(1013));
    EXPECT_EQ(report[Entity::user_agents], added(500));
    EXPECT_EQ(report[Entity::demographics], added(500));
    ImportOptions shifted = options();
    shifted.shift = std::chrono::days(7);
    auto again = import_with(scope, *package, shifted);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ((*again)[Entity::line_items], EntityCounts{.changed = 12});
    EXPECT_EQ((*again)[Entity::academic_sessions], EntityCounts{.changed = 3});
    EXPECT_EQ((*again)[Entity::users], EntityCounts{.unchanged = 1013});
    EXPECT_EQ((*again)[Entity::demographics], EntityCounts{.unchanged = 500})
        << "birthdays stay where they are";
    EXPECT_TRUE(user(scope, "s500").value().roles.has(tenancy::Role::student));
    EXPECT_TRUE(user(scope, "admin").value().roles.has(tenancy::Role::administrator));
}

TEST_F(ImportTest, guardians_and_demographics) {
    auto scope = tenant("elm");
    Files files;
    files.text["users.csv"] = "sourcedId,enabledUser,username,givenName,familyName,agentSourcedIds,"
                              "primaryOrgSourcedId\n"
                              "u1,true,ada,Ada,Abara,,s\nu2,true,ben,Ben,Baker,\"u1,u3\",s\n"
                              "u3,true,gus,Gus,Gone,,\n";
    files.replace("roles.csv", "r3,,,u1,secondary,principal", "r3,,,u3,primary,guardian");
    files.replace("manifest.csv", "demographics,absent", "demographics,bulk")
        .text["demographics.csv"] = "sourcedId,birthDate,sex,asian,white,cityOfBirth\n"
                                    "u2,2012-02-29,male,true,false,Lagos\n";
    auto report = must_import(scope, files.package());
    EXPECT_EQ(report[Entity::user_agents], added(2));
    EXPECT_EQ(report[Entity::demographics], added(1));
    auto value = [&](const char* sql) { return installation_.superuser().value(sql); };
    EXPECT_EQ(value("select string_agg(concat_ws(' ', u.sourced_id, a.sourced_id, r.role), ', ' "
                    "order by a.sourced_id) from user_agents l join users u using (user_id) join "
                    "users a on a.user_id = l.agent_user_id join user_roles r on r.user_id = "
                    "a.user_id"),
              "u2 u1 teacher, u2 u3 guardian");
    EXPECT_EQ(value("select concat_ws(' ', u.username, d.birth_date, d.sex, d.asian, d.white, "
                    "d.two_or_more_races is null, d.city_of_birth) from demographics d join users "
                    "u using (user_id)"),
              "ben 2012-02-29 male t f t Lagos");
    EXPECT_TRUE(must_import(scope, files.package()).nothing_written());

    files.replace("users.csv", "\"u1,u3\"", "u3").replace("demographics.csv", "Lagos", "Abuja");
    expect_written(must_import(scope, files.package()),
                   {{Entity::user_agents, {.unchanged = 1, .removed = 1}},
                    {Entity::demographics, {.changed = 1}}});
    files.text["demographics.csv"] = "sourcedId,birthDate\n";
    expect_written(must_import(scope, files.package()), {{Entity::demographics, {.removed = 1}}});
    EXPECT_EQ(value("select count(*) from demographics"), "0") << "deleted, not kept";
}

TEST_F(ImportTest, version_1_1_where_roles_stand_in_the_users_file) {
    auto scope = tenant("elm");
    Files files;
    files.replace("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1")
        .replace("manifest.csv", "file.roles,bulk\n", "");
    files.text.erase("roles.csv");
    files.text["users.csv"] = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,"
                              "username,userIds,givenName,familyName,agentSourcedIds\n"
                              "u1,,,true,\"s,d\",teacher,ada,,Ada,Abara,\n"
                              "u2,,,true,s,student,ben,,Ben,Baker,u3\n"
                              "u3,,,true,d,parent,pat,,Pat,Baker,\n";
    expect_written(must_import(scope, files.package()), {{Entity::orgs, added(2)},
                                                         {Entity::academic_sessions, added(3)},
                                                         {Entity::courses, added(1)},
                                                         {Entity::sections, added(2)},
                                                         {Entity::section_terms, added(3)},
                                                         {Entity::users, added(3)},
                                                         {Entity::user_agents, added(1)},
                                                         {Entity::user_roles, added(4)},
                                                         {Entity::enrollments, added(2)},
                                                         {Entity::categories, added(1)},
                                                         {Entity::line_items, added(2)}});
    EXPECT_EQ(installation_.superuser().value(
                  "select string_agg(concat_ws(' ', sourced_id, role, role_type), ', ' order by "
                  "sourced_id) from user_roles"),
              "u1|d teacher secondary, u1|s teacher primary, u2|s student primary, u3|d parent "
              "primary");
    struct Case {
        std::string from, to, field, detail;
    };
    const Case wrong[] = {
        {"student", "principal", "users.csv:3:13", "role: \"principal\" is none of"},
        {"\"s,d\"", "\"s,x\"", "users.csv:2:11",
         "orgSourcedIds: refers to \"x\", which is not in orgs.csv"},
        {"\"s,d\"", "x", "users.csv:2:11",
         "orgSourcedIds: refers to \"x\", which is not in orgs.csv"},
    };
    for (const auto& c : wrong) {
        Files bad = files;
        ImportErrors errors;
        auto outcome = import_with(scope, bad.replace("users.csv", c.from, c.to).package(),
                                   options(), &errors);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(errors.list.size(), 1U);
        EXPECT_EQ(outcome.error().field, c.field);
        EXPECT_TRUE(outcome.error().detail.starts_with(c.detail)) << outcome.error().detail;
    }
}

TEST_F(ImportTest, imports_the_real_packages_within_the_bar) {
    auto folder = test::rosters_folder();
    if (folder.empty())
        GTEST_SKIP() << "NOT RUN: no folder of rosters (set BW_ROSTERS)";
    std::int64_t users = 0, enrollments = 0, line_items = 0;
    const Monotonic begin = clock_.monotonic();
    std::vector<std::pair<tenancy::TenantScope, std::filesystem::path>> imported;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        auto package = Package::open(file.path());
        ASSERT_TRUE(package) << package.error().text();
        EXPECT_TRUE(package->warnings().empty());
        auto report = must_import(
            imported.emplace_back(tenant(file.path().stem()), file.path()).first, *package);
        users += report[Entity::users].added;
        enrollments += report[Entity::enrollments].added;
        line_items += report[Entity::line_items].added;
    }
    const Monotonic middle = clock_.monotonic();
    EXPECT_EQ(imported.size(), 13U);
    EXPECT_EQ(users, 29'067);
    EXPECT_EQ(enrollments, 32'875);
    EXPECT_EQ(line_items, 2'638);
    for (const auto& [scope, path] : imported)
        EXPECT_TRUE(must_import(scope, *Package::open(path)).nothing_written());
    auto ms = [](Duration d) { return static_cast<int>(d / 1ms); };
    RecordProperty("first_ms", ms(middle - begin));
    RecordProperty("again_ms", ms(clock_.monotonic() - middle));
    fmt::print("all real packages: first {} ms, again {} ms\n", ms(middle - begin),
               ms(clock_.monotonic() - middle));
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_LT(middle - begin, Duration(15s))
        << "twice the bar, because a test shares its machine; a sanitized build is not what it is "
           "set for";
#endif
}

} // namespace
} // namespace bw::roster
