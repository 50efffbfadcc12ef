// Deltas: an import touches the rows in the file alone, an older word never overwrites a newer one,
// and references may lead to what earlier imports brought.
#include <functional>

#include "support/roster_import.hpp"

namespace bw::roster {
namespace {

using test::expect_written;
using test::Expected;
using test::Files;

class ImportDelta : public test::ImportFixture {
protected:
    std::string one(const std::string& sql) { return installation_.superuser().value(sql); }
};

TEST_F(ImportDelta, touches_what_it_names_and_nothing_else) {
    struct Case {
        const char* what;
        std::map<std::string, std::string> rows;
        Expected expected; // after an import of the whole files
    };
    const Case cases[] = {
        {"a changed row",
         {{"users", "u2,active,2026-01-01T00:00:00Z,true,ben,,Ben,Bird,,s\n"}},
         {{Entity::users, {.changed = 1}}}},
        {"a new row that refers to what is known",
         {{"enrollments", "e3,active,2026-01-01T00:00:00Z,k2,s,u2,student,false,,\n"}},
         {{Entity::enrollments, {.added = 1}}}},
        {"a new row that refers to another of the same package",
         {{"users", "u4,active,2026-01-01T00:00:00Z,true,dee,,Dee,Dow,,s\n"},
          {"enrollments", "e3,active,2026-01-01T00:00:00Z,k2,s,u4,student,false,,\n"}},
         {{Entity::users, {.added = 1}}, {Entity::enrollments, {.added = 1}}}},
        {"a disabled user enrolled, who is known",
         {{"enrollments", "e3,active,2026-01-01T00:00:00Z,k2,s,u3,student,false,,\n"}},
         {{Entity::enrollments, {.added = 1}}}},
        {"a row taken back",
         {{"enrollments", "e1,tobedeleted,2026-01-01T00:00:00Z,,,,,,,\n"}},
         {{Entity::enrollments, {.removed = 1}}}},
        {"taken back without being known",
         {{"enrollments", "e9,tobedeleted,2026-01-01T00:00:00Z,,,,,,,\n"}},
         {{Entity::enrollments, {.ignored = 1}}}},
        {"a username given on by the one who is taken back",
         {{"users", "u2,tobedeleted,2026-01-01T00:00:00Z,,,,,,,\n"
                    "u4,active,2026-01-01T00:00:00Z,true,BEN,,Benno,Bird,,s\n"}},
         {{Entity::users, {.added = 1, .removed = 1}}}},
        {"terms are replaced with their section",
         {{"classes", "k1,active,2026-01-01T00:00:00Z,\"Music, one\",,c,M1,scheduled,,s,t2,,,\n"}},
         {{Entity::sections, {.changed = 1}},
          {Entity::section_terms, {.unchanged = 1, .removed = 1}}}},
        {"a parent that is known",
         {{"orgs", "s2,active,2026-01-01T00:00:00Z,Second,school,,d\n"}},
         {{Entity::orgs, {.added = 1}}}},
        {"a line item of a category that is known",
         {{"lineItems", "i3,active,2026-01-01T00:00:00Z,Test,,2024-02-01,2024-02-29,k1,g,,,,s\n"}},
         {{Entity::line_items, {.added = 1}}}},
        {"nothing", {{"users", ""}}, {}},
    };
    int n = 0;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto scope = tenant(fmt::format("case-{}", n++));
        must_import(scope, Files().package());
        const Package delta = Files::delta(c.rows).package();
        expect_written(must_import(scope, delta), c.expected);
        const std::string settled = everything();
        must_import(scope, delta);
        EXPECT_EQ(everything(), settled) << "the same again";
    }
}

TEST_F(ImportDelta, an_older_word_never_overwrites_a_newer_one) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    auto say = [&](const std::string& when, const std::string& status, const std::string& name) {
        const std::string row = status == "active"
                                    ? fmt::format("u2,active,{},true,ben,,Ben,{},,s\n", when, name)
                                    : fmt::format("u2,tobedeleted,{},,,,,,,\n", when);
        return must_import(scope, Files::delta({{"users", row}}).package())[Entity::users];
    };
    auto state = [&] {
        return one("select concat_ws(' ', status, family_name, to_char(modified_at at time zone "
                   "'UTC', 'HH24')) from users where sourced_id = 'u2'");
    };
    struct Step {
        const char *when, *status, *name;
        EntityCounts counts;
        const char* after;
    };
    const Step steps[] = {
        {"2026-01-01T10:00:00Z", "active", "Ten", {.changed = 1}, "active Ten 10"},
        {"2026-01-01T09:00:00Z", "active", "Nine", {.ignored = 1}, "active Ten 10"},
        {"2026-01-01T09:59:59.999Z", "tobedeleted", "", {.ignored = 1}, "active Ten 10"},
        {"2026-01-01T11:00:00+01:00", "active", "Ten", {.unchanged = 1}, "active Ten 10"},
        {"2026-01-01T10:00:00Z", "active", "Same", {.changed = 1}, "active Same 10"},
        {"2026-01-01T12:00:00Z", "tobedeleted", "", {.removed = 1}, "inactive Same 12"},
        {"2026-01-01T11:00:00Z", "active", "Eleven", {.ignored = 1}, "inactive Same 12"},
        {"2026-01-01T14:00:00Z", "tobedeleted", "", {.changed = 1}, "inactive Same 14"},
        {"2026-01-01T13:00:00Z", "active", "Back", {.ignored = 1}, "inactive Same 14"},
        {"2026-01-01T15:00:00Z", "active", "Back", {.reactivated = 1}, "active Back 15"},
    };
    for (const auto& step : steps) {
        SCOPED_TRACE(std::string(step.when) + " " + step.status);
        EXPECT_EQ(say(step.when, step.status, step.name), step.counts);
        EXPECT_EQ(state(), step.after);
    }
    // A whole file is the whole truth, whenever it was written; it does not make later words older.
    EXPECT_EQ(must_import(scope, Files().package())[Entity::users].changed, 1);
    EXPECT_EQ(state(), "active Baker 15");
    EXPECT_EQ(say("2026-01-01T14:30:00Z", "active", "Late").ignored, 1);
}

TEST_F(ImportDelta, says_what_is_wrong_and_where) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const std::string before = everything();
    struct Case {
        std::map<std::string, std::string> rows;
        std::string field, detail;
    };
    const Case cases[] = {
        {{{"enrollments", "e3,active,2026-01-01T00:00:00Z,k2,s,u9,student,false,,\n"}},
         "enrollments.csv:2:37",
         "userSourcedId: refers to \"u9\", which is neither in users.csv nor known from an earlier "
         "import"},
        {{{"users", "u2,tobedeleted,2026-01-01T00:00:00Z,,,,,,,\n"},
          {"enrollments", "e3,active,2026-01-01T00:00:00Z,k2,s,u2,student,false,,\n"}},
         "enrollments.csv:2:37",
         "userSourcedId: refers to \"u2\", which is neither in users.csv nor known from an earlier "
         "import"},
        {{{"users", "u2,,2026-01-01T00:00:00Z,true,ben,,Ben,Bird,,s\n"}},
         "users.csv:2:4",
         "status: a value is required in a delta file"},
        {{{"users", "u2,active,,true,ben,,Ben,Bird,,s\n"}},
         "users.csv:2:11",
         "dateLastModified: a value is required in a delta file"},
        {{{"users", "u2,gone,2026-01-01T00:00:00Z,true,ben,,Ben,Bird,,s\n"}},
         "users.csv:2:4",
         "status: \"gone\" is no status; it is \"active\" or \"tobedeleted\" in a delta file"},
        {{{"users", "u2,active,2026-01-01T00:00:00,true,ben,,Ben,Bird,,s\n"}},
         "users.csv:2:11",
         "dateLastModified: \"2026-01-01T00:00:00\" is no time; expected one such as "
         "2026-11-23T08:59:00Z"},
        {{{"users", "u4,active,2026-01-01T00:00:00Z,true,ADA,,Al,Bird,,s\n"}},
         "users.csv:2:37",
         "username: the username \"ADA\" belongs to user \"u1\" of source \"oneroster\" already"},
        {{{"users", "u2,active,2026-01-01T00:00:00Z,true,ben,,Ben,Bird,,s\n"
                    "u2,tobedeleted,2026-01-02T00:00:00Z,,,,,,,\n"}},
         "users.csv:3:1",
         "sourcedId: the sourcedId \"u2\" stands in line 2 already"},
        {{{"orgs", "d,active,2026-01-01T00:00:00Z,District,district,,s\n"}},
         "orgs.csv:2:50",
         "parentSourcedId: \"d\" is an ancestor of itself"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.detail);
        auto outcome = import_as(scope, Files::delta(c.rows).package());
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().field, c.field);
        EXPECT_EQ(outcome.error().detail, c.detail);
    }
    EXPECT_EQ(everything(), before);
    // What is known to another source is not known to this one.
    EXPECT_FALSE(import_as(
        scope,
        Files::delta({{"enrollments", "e3,active,2026-01-01T00:00:00Z,k2,s,u2,student,false,,\n"}})
            .package(),
        "other"));
}

TEST_F(ImportDelta, whole_files_and_deltas_in_one_package) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    Files mixed = Files::delta({{"users", "u2,active,2026-01-01T00:00:00Z,true,ben,,Ben,Bird,,s\n"},
                                {"enrollments", "e2,,,k1,s,u2,student,false,,\n"}});
    mixed.replace("manifest.csv", "file.enrollments,delta", "file.enrollments,bulk");
    const Package package = mixed.package();
    EXPECT_EQ(package.mode(), "mixed");
    expect_written(
        must_import(scope, package),
        {{Entity::users, {.changed = 1}}, {Entity::enrollments, {.changed = 1, .removed = 1}}});
}

TEST_F(ImportDelta, in_version_1_1_a_user_brings_all_their_roles) {
    auto scope = tenant("elm");
    const std::string header = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,"
                               "username,userIds,givenName,familyName\n";
    Files whole;
    whole.replace("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1")
        .replace("manifest.csv", "file.roles,bulk\n", "");
    whole.text.erase("roles.csv");
    whole.text["users.csv"] = header + "u1,,,true,\"s,d\",teacher,ada,,Ada,Abara\n"
                                       "u2,,,true,s,student,ben,,Ben,Baker\n";
    must_import(scope, whole.package());
    auto delta = [&](const std::string& rows) {
        Files files = Files::delta({{"users", ""}});
        files.replace("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1");
        files.text["users.csv"] = header + rows;
        return must_import(scope, files.package());
    };
    auto roles = [&] {
        return one("select string_agg(sourced_id || ' ' || status, ', ' order by sourced_id) from "
                   "user_roles");
    };
    expect_written(
        delta("u1,active,2026-01-02T00:00:00Z,true,d,teacher,ada,,Ada,Abara\n"),
        {{Entity::users, {.changed = 1}}, {Entity::user_roles, {.changed = 1, .removed = 1}}});
    EXPECT_EQ(roles(), "u1|d active, u1|s inactive, u2|s active");
    expect_written(delta("u1,active,2026-01-01T00:00:00Z,true,s,teacher,ada,,Ada,Abara\n"),
                   {{Entity::users, {.ignored = 1}}, {Entity::user_roles, {.ignored = 1}}});
    expect_written(delta("u2,tobedeleted,2026-01-02T00:00:00Z,,,,,,,\n"),
                   {{Entity::users, {.removed = 1}}, {Entity::user_roles, {.removed = 1}}});
    EXPECT_EQ(roles(), "u1|d active, u1|s inactive, u2|s inactive");
}

} // namespace
} // namespace bw::roster
