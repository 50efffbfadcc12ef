// What is refused in a package, and where it is said to stand: the manifest, each row by itself,
// and rows against each other.
#include <functional>

#include "support/roster_import.hpp"

namespace bw::roster {
namespace {

using test::Files;

class ImportCheck : public test::ImportFixture {
protected:
    Result<ImportReport> judge(const tenancy::TenantScope& scope, const Files& files,
                               ImportErrors* errors = nullptr) {
        auto package = Package::open(files.zip(), {}, errors);
        if (!package)
            return std::move(package).error();
        ImportOptions dry = options();
        dry.dry_run = true;
        return import_with(scope, *package, dry, errors);
    }
};

TEST_F(ImportCheck, says_what_is_wrong_and_where) {
    struct Case {
        const char* what;
        std::function<void(Files&)> change;
        Code code;
        std::string field, detail;
    };
    auto in = [](const std::string& file, const std::string& from, const std::string& to) {
        return [=](Files& f) { f.replace(file, from, to); };
    };
    const std::string long_text(70'000, 'x');
    const Case cases[] = {
        // The manifest and the set of files.
        {"no manifest", [](Files& f) { f.text.erase("manifest.csv"); }, Code::bad_request,
         "manifest.csv", "the archive holds no manifest.csv"},
        {"a newer version", in("manifest.csv", "oneroster.version,1.2", "oneroster.version,2.0"),
         Code::invalid_field, "manifest.csv:3:19",
         "value: oneroster.version \"2.0\" is not known; expected 1.1 or 1.2"},
        {"no version", in("manifest.csv", "oneroster.version,1.2\n", ""), Code::invalid_field,
         "manifest.csv:1:1", "oneroster.version is missing"},
        {"another manifest", in("manifest.csv", "manifest.version,1.0", "manifest.version,3"),
         Code::invalid_field, "manifest.csv:2:18",
         "value: manifest.version \"3\" is not known; expected 1.0"},
        {"a delta", in("manifest.csv", "file.users,bulk", "file.users,delta"), Code::invalid_field,
         "users.csv:2:4", "status: a value is required in a delta file"},
        {"a mode that is none", in("manifest.csv", "file.users,bulk", "file.users,some"),
         Code::invalid_field, "manifest.csv:8:12",
         "value: \"some\" is none of absent, bulk, delta"},
        {"a line twice",
         in("manifest.csv", "file.users,bulk\n", "file.users,bulk\nfile.users,bulk\n"),
         Code::invalid_field, "manifest.csv:9:1", "propertyName: \"file.users\" stands twice"},
        {"needed but absent",
         [](Files& f) {
             f.replace("manifest.csv", "file.users,bulk", "file.users,absent")
                 .text.erase("users.csv");
         },
         Code::bad_request, "manifest.csv", "users.csv must be there and marked bulk"},
        {"bulk but not there", [](Files& f) { f.text.erase("categories.csv"); }, Code::bad_request,
         "categories.csv", "manifest.csv marks this file bulk, but the archive does not hold it"},
        {"absent but there", [](Files& f) { f.text["demographics.csv"] = "sourcedId\n"; },
         Code::bad_request, "demographics.csv",
         "the archive holds this file, but manifest.csv marks it neither bulk nor delta"},
        // Text.
        {"bad UTF-8", in("users.csv", "Ben", "B\xffn"), Code::invalid_field, "users.csv:3:17",
         "not UTF-8 (byte 0xff)"},
        {"a NUL", in("users.csv", "Ben", std::string("B\0n", 3)), Code::invalid_field,
         "users.csv:3:17", "a NUL character"},
        {"a stray quote", in("users.csv", "Ben", "B\"en"), Code::invalid_field, "users.csv:3:17",
         "a quote inside a field that does not begin with one"},
        {"an open quote", in("users.csv", "Ben", "\"Ben"), Code::invalid_field, "users.csv:3:16",
         "the quote that opens here is never closed"},
        {"an overlong field", in("users.csv", "Ben", long_text), Code::invalid_field,
         "users.csv:3:16", "a field longer than 65536 bytes"},
        {"a field too many", in("users.csv", "Ben", "Ben,"), Code::invalid_field, "users.csv:3:1",
         "11 fields, but the header has 10"},
        {"an empty file", [](Files& f) { f.text["orgs.csv"] = ""; }, Code::invalid_field,
         "orgs.csv:1:1", "the file is empty: it has no header"},
        // Headers.
        {"a missing column", in("users.csv", "username", "userName"), Code::invalid_field,
         "users.csv:1:1", "the column \"username\" is missing"},
        {"a column twice", in("users.csv", "userIds", "username"), Code::invalid_field,
         "users.csv:1:56", "the column \"username\" stands twice"},
        // Keys and references.
        {"no sourcedId", in("users.csv", "u2,", ","), Code::invalid_field, "users.csv:3:1",
         "sourcedId: a value is required"},
        {"a sourcedId twice", in("users.csv", "u2,", "u1,"), Code::invalid_field, "users.csv:3:1",
         "sourcedId: the sourcedId \"u1\" stands in line 2 already"},
        {"a username twice", in("users.csv", ",ben,", ",ADA,"), Code::invalid_field,
         "users.csv:3:11", "username: the username \"ADA\" stands in line 2 already"},
        {"a long sourcedId", in("users.csv", "u3,", std::string(256, 'u') + ","),
         Code::invalid_field, "users.csv:4:1", "sourcedId: longer than 255 characters"},
        {"a long title", in("classes.csv", "Music two", std::string(1001, 'm')),
         Code::invalid_field, "classes.csv:3:6", "title: longer than 1000 characters"},
        {"a parent that is not", in("orgs.csv", ",,d\n", ",,x\n"), Code::invalid_field,
         "orgs.csv:3:20", "parentSourcedId: refers to \"x\", which is not in orgs.csv"},
        {"its own parent", in("orgs.csv", "district,,", "district,,s"), Code::invalid_field,
         "orgs.csv:2:24", "parentSourcedId: \"d\" is an ancestor of itself"},
        {"a course nowhere", in("classes.csv", "Music two,,c,", "Music two,,x,"),
         Code::invalid_field, "classes.csv:3:17",
         "courseSourcedId: refers to \"x\", which is not in courses.csv"},
        {"a second term nowhere", in("classes.csv", "t1,t2", "t1,t9"), Code::invalid_field,
         "classes.csv:2:38",
         "termSourcedIds: refers to \"t9\", which is not in academicSessions.csv"},
        {"a term twice", in("classes.csv", "t1,t2", "t1,t1"), Code::invalid_field,
         "classes.csv:2:38", "termSourcedIds: \"t1\" stands twice in the list"},
        {"an enrollment of nobody", in("enrollments.csv", "u2", "u9"), Code::invalid_field,
         "enrollments.csv:3:11", "userSourcedId: refers to \"u9\", which is not in users.csv"},
        {"an enrollment in nothing", in("enrollments.csv", "e2,,,k1", "e2,,,k9"),
         Code::invalid_field, "enrollments.csv:3:6",
         "classSourcedId: refers to \"k9\", which is not in classes.csv"},
        {"a role of nobody", in("roles.csv", "u2", "u9"), Code::invalid_field, "roles.csv:3:6",
         "userSourcedId: refers to \"u9\", which is not in users.csv"},
        {"a line item without category", in("lineItems.csv", "k2,g", "k2,h"), Code::invalid_field,
         "lineItems.csv:4:62",
         "categorySourcedId: refers to \"h\", which is not in categories.csv"},
        {"an agent who is nobody",
         [](Files& f) {
             f.replace("users.csv", "userIds", "agentSourcedIds")
                 .replace("users.csv", "Ada,,", "Ada,u9,");
         },
         Code::invalid_field, "users.csv:2:15",
         "agentSourcedIds: refers to \"u9\", which is not in users.csv"},
        {"a circle of three",
         [](Files& f) {
             f.text["orgs.csv"] = "sourcedId,name,type,parentSourcedId\ns,S,school,d\n"
                                  "d,D,district,n\nn,N,national,s\n";
         },
         Code::invalid_field, "orgs.csv:2:12", "parentSourcedId: \"s\" is an ancestor of itself"},
        {"demographics of nobody",
         [](Files& f) {
             f.replace("manifest.csv", "demographics,absent", "demographics,bulk")
                 .text["demographics.csv"] = "sourcedId,birthDate\nu9,2010-01-01\n";
         },
         Code::invalid_field, "demographics.csv:2:1",
         "sourcedId: refers to \"u9\", which is not in users.csv"},
        // Words, dates, numbers.
        {"a time that is none", in("users.csv", "u2,,,", "u2,,yesterday,"), Code::invalid_field,
         "users.csv:3:5",
         "dateLastModified: \"yesterday\" is no time; expected one such as 2026-11-23T08:59:00Z"},
        {"deleted in bulk", in("users.csv", "u2,,", "u2,tobedeleted,"), Code::invalid_field,
         "users.csv:3:4",
         "status: \"tobedeleted\" belongs in delta files; in a bulk file the row is left out"},
        {"another status", in("users.csv", "u2,,", "u2,gone,"), Code::invalid_field,
         "users.csv:3:4",
         "status: \"gone\" is no status; it is empty or \"active\" in a bulk file"},
        {"a role that is none", in("roles.csv", "student", "pupil"), Code::invalid_field,
         "roles.csv:3:17",
         "role: \"pupil\" is none of aide, counselor, districtAdministrator, guardian, parent, "
         "principal, proctor, relative, siteAdministrator, "
         "student, systemAdministrator, teacher"},
        {"an org type that is none", in("orgs.csv", "School,school", "School,School"),
         Code::invalid_field, "orgs.csv:3:12",
         "type: \"School\" is none of department, school, district, local, state, national"},
        {"a session type that is none", in("academicSessions.csv", "Spring,term", "Spring,trem"),
         Code::invalid_field, "academicSessions.csv:4:13",
         "type: \"trem\" is none of gradingPeriod, semester, schoolYear, term"},
        {"neither true nor false", in("users.csv", "u2,,,true", "u2,,,yes"), Code::invalid_field,
         "users.csv:3:6", "enabledUser: \"yes\" is neither true nor false"},
        {"no such day", in("academicSessions.csv", "2024-02-01", "2023-02-29"), Code::invalid_field,
         "academicSessions.csv:4:18",
         "startDate: \"2023-02-29\" is no date; expected one such as 2026-11-23"},
        {"another order", in("enrollments.csv", "2023-09-01", "01/09/2023"), Code::invalid_field,
         "enrollments.csv:3:28",
         "beginDate: \"01/09/2023\" is no date; expected one such as 2026-11-23"},
        {"an end before the start",
         in("academicSessions.csv", "2024-02-01,2024-06-30", "2024-02-01,2024-01-30"),
         Code::invalid_field, "academicSessions.csv:4:29", "endDate: lies before startDate"},
        {"a time without zone",
         in("lineItems.csv", "2024-03-01T10:00:00+01:00", "2024-03-01T10:00:00"),
         Code::invalid_field, "lineItems.csv:4:33",
         "dueDate: \"2024-03-01T10:00:00\" is neither a date such as 2026-11-23 nor a time such as "
         "2026-11-23T08:59:00Z"},
        {"a weight that is none", in("categories.csv", "12.5", "12,5"), Code::invalid_field,
         "categories.csv:2:1", "6 fields, but the header has 5"},
        {"an infinite weight", in("categories.csv", "12.5", "inf"), Code::invalid_field,
         "categories.csv:2:14", "weight: \"inf\" is no number"},
    };
    auto scope = tenant("elm");
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Files files;
        c.change(files);
        auto outcome = judge(scope, files);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(wire_name(outcome.error().code), wire_name(c.code));
        EXPECT_EQ(outcome.error().field, c.field);
        EXPECT_EQ(outcome.error().detail, c.detail);
    }
}

TEST_F(ImportCheck, collects_all_problems_up_to_the_limit) {
    Files files;
    files.replace("users.csv", ",ben,", ",,")
        .replace("enrollments.csv", "u2", "u9")
        .replace("enrollments.csv", "2024-01-31", "2024-01-32");
    ImportErrors errors;
    auto scope = tenant("elm");
    auto outcome = judge(scope, files, &errors);
    ASSERT_FALSE(outcome);
    ASSERT_EQ(errors.list.size(), 3U);
    EXPECT_FALSE(errors.more);
    EXPECT_EQ(errors.list[0].place(), "users.csv:3:11");
    EXPECT_EQ(errors.list[1].place(), "enrollments.csv:3:11");
    EXPECT_EQ(errors.list[2].place(), "enrollments.csv:3:39");
    EXPECT_EQ(outcome.error().field, errors.list[0].place());

    ImportOptions two = options();
    two.errors_limit = 2;
    ASSERT_FALSE(import_with(scope, files.package(), two, &errors));
    EXPECT_EQ(errors.list.size(), 2U);
    EXPECT_TRUE(errors.more);
}

TEST_F(ImportCheck, a_file_that_breaks_off_does_not_make_references_to_it_wrong) {
    Files files;
    files.replace("users.csv", "Ben", "\"Ben");
    ImportErrors errors;
    ASSERT_FALSE(judge(tenant("elm"), files, &errors));
    ASSERT_EQ(errors.list.size(), 1U);
    EXPECT_EQ(errors.list[0].place(), "users.csv:3:16");
}

} // namespace
} // namespace bw::roster
