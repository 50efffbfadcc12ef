#include "roster/oneroster.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "roster/package_for_test.hpp"
#include "roster/sample.hpp"

namespace bw::roster {
namespace {

using test::Files;

Date day(std::string_view text) {
    return *parse_date(text);
}

TEST(OneRoster, reads_every_entity) {
    Package p = Files().package();
    EXPECT_EQ(p.version, "1.2");
    EXPECT_TRUE(p.warnings.empty());
    ASSERT_EQ(p.orgs.size(), 2U);
    EXPECT_EQ(p.orgs[1].parent, "d");
    ASSERT_EQ(p.academic_sessions.size(), 3U);
    EXPECT_EQ(p.academic_sessions[2].start_date, day("2024-02-01"));
    ASSERT_EQ(p.sections.size(), 2U);
    EXPECT_EQ(p.sections[0].title, "Music, one");
    EXPECT_EQ(p.sections[0].terms, (std::vector<std::string>{"t1", "t2"}));
    ASSERT_EQ(p.users.size(), 3U);
    EXPECT_EQ(p.users[0].username, "Ada");
    EXPECT_TRUE(p.users[0].enabled);
    EXPECT_FALSE(p.users[2].enabled);
    ASSERT_EQ(p.roles.size(), 3U);
    EXPECT_EQ(p.roles[1].begin_date, day("2023-09-01"));
    ASSERT_EQ(p.enrollments.size(), 2U);
    EXPECT_TRUE(p.enrollments[0].primary);
    EXPECT_EQ(p.enrollments[1].end_date, day("2024-01-31"));
    ASSERT_EQ(p.categories->size(), 1U);
    EXPECT_EQ(p.categories->at(0).weight, 12.5);
    ASSERT_EQ(p.line_items->size(), 2U);
    const auto& essay = p.line_items->at(0);
    EXPECT_EQ(essay.description, "A \"short\"\nessay");
    EXPECT_EQ(essay.due_date, day("2024-02-29"));
    EXPECT_FALSE(essay.due_at);
    EXPECT_EQ(essay.result_max, 100);
    const auto& song = p.line_items->at(1);
    EXPECT_FALSE(song.due_date);
    EXPECT_EQ(to_rfc3339(song.due_at.value()), "2024-03-01T09:00:00.000Z");
    EXPECT_EQ(song.assign_date, day("2024-02-01"));
}

TEST(OneRoster, says_what_is_wrong_and_where) {
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
        {"a delta", in("manifest.csv", "file.users,bulk", "file.users,delta"),
         Code::not_implemented, "manifest.csv:8:12",
         "users.csv is marked delta; only bulk files can be imported"},
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
         "the archive holds this file, but manifest.csv does not mark it bulk"},
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
        // Words, dates, numbers.
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
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Files files;
        c.change(files);
        auto read = read_package(files.zip());
        ASSERT_FALSE(read);
        EXPECT_EQ(wire_name(read.error().code), wire_name(c.code));
        EXPECT_EQ(read.error().field, c.field);
        EXPECT_EQ(read.error().detail, c.detail);
    }
}

TEST(OneRoster, takes_what_is_unusual_but_right) {
    struct Case {
        const char* what;
        std::function<void(Files&)> change;
    };
    const Case cases[] = {
        {"a byte order mark", [](Files& f) { f.text["users.csv"].insert(0, "\xef\xbb\xbf"); }},
        {"CRLF",
         [](Files& f) {
             f.text["orgs.csv"] =
                 "sourcedId,name,type\r\nd,District,district\r\ns,School,school\r\n";
         }},
        {"columns in another order, without the optional ones",
         [](Files& f) { f.text["orgs.csv"] = "type,name,sourcedId\nschool,S,s\nschool,D,d\n"; }},
        {"unknown and metadata columns",
         [](Files& f) {
             f.text["orgs.csv"] =
                 "sourcedId,name,type,metadata.colour,other\ns,S,school,red,1\nd,D,school,,\n";
         }},
        {"status active", [](Files& f) { f.replace("users.csv", "u2,,", "u2,active,"); }},
        {"an extension", [](Files& f) { f.replace("roles.csv", "student", "ext:librarian"); }},
        {"a child before its parent",
         [](Files& f) {
             f.text["orgs.csv"] =
                 "sourcedId,name,type,parentSourcedId\ns,S,school,d\nd,D,district,\n";
         }},
        {"a leap day",
         [](Files& f) { f.replace("academicSessions.csv", "2024-02-01", "2024-02-29"); }},
        {"no rows",
         [](Files& f) {
             f.text["categories.csv"] = "sourcedId,title\n";
             f.text["lineItems.csv"].resize(f.text["lineItems.csv"].find('\n') + 1);
         }},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Files files;
        c.change(files);
        auto read = read_package(files.zip());
        EXPECT_TRUE(read) << read.error().text();
    }
}

TEST(OneRoster, collects_all_problems_up_to_the_limit) {
    Files files;
    files.replace("users.csv", ",ben,", ",,")
        .replace("enrollments.csv", "u2", "u9")
        .replace("enrollments.csv", "2024-01-31", "2024-01-32");
    ImportErrors errors;
    auto read = read_package(files.zip(), {}, &errors);
    ASSERT_FALSE(read);
    ASSERT_EQ(errors.list.size(), 3U);
    EXPECT_FALSE(errors.more);
    EXPECT_EQ(errors.list[0].place(), "users.csv:3:11");
    EXPECT_EQ(errors.list[1].place(), "enrollments.csv:3:11");
    EXPECT_EQ(errors.list[2].place(), "enrollments.csv:3:39");
    EXPECT_EQ(read.error().field, errors.list[0].place());

    ASSERT_FALSE(read_package(files.zip(), {.errors_limit = 2}, &errors));
    EXPECT_EQ(errors.list.size(), 2U);
    EXPECT_TRUE(errors.more);
}

TEST(OneRoster, a_file_that_breaks_off_does_not_make_references_to_it_wrong) {
    Files files;
    files.replace("users.csv", "Ben", "\"Ben");
    ImportErrors errors;
    ASSERT_FALSE(read_package(files.zip(), {}, &errors));
    EXPECT_EQ(errors.list.size(), 1U);
}

TEST(OneRoster, reads_1_1_where_roles_stand_in_the_users_file) {
    Files files;
    files.replace("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1")
        .replace("manifest.csv", "file.roles,bulk\n", "");
    files.text.erase("roles.csv");
    files.text["users.csv"] = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,"
                              "username,userIds,givenName,familyName\n"
                              "u1,,,true,\"s,d\",teacher,ada,,Ada,Abara\n"
                              "u2,,,true,s,student,ben,,Ben,Baker\n";
    Package p = files.package();
    ASSERT_EQ(p.roles.size(), 3U);
    EXPECT_EQ(p.roles[0].sourced_id, "u1|s");
    EXPECT_EQ(p.roles[0].role_type, "primary");
    EXPECT_EQ(p.roles[1].org, "d");
    EXPECT_EQ(p.roles[1].role_type, "secondary");
    EXPECT_EQ(p.users[0].primary_org, "s");
    files.replace("users.csv", "student", "principal"); // a word of 1.2
    auto read = read_package(files.zip());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().field, "users.csv:3:13");
}

TEST(OneRoster, ignores_other_files_and_says_so) {
    Files files;
    files.replace("manifest.csv", "demographics,absent", "demographics,bulk")
        .text["demographics.csv"] = "what,ever\n";
    files.replace("manifest.csv", "file.categories,bulk\n", "").text.erase("categories.csv");
    Package p = files.package();
    EXPECT_EQ(p.warnings,
              (std::vector<std::string>{
                  "demographics.csv is ignored",
                  "categories.csv is absent: the categories of line items are ignored"}));
    EXPECT_FALSE(p.categories);
    EXPECT_EQ(p.line_items->at(0).category, "");
}

TEST(OneRoster, shifts_by_whole_days) {
    Package p = Files().package();
    auto by = shift_to(p, day("2026-11-23"));
    ASSERT_TRUE(by);
    EXPECT_EQ(by->count(), 1026);
    EXPECT_EQ(p.academic_sessions[2].start_date, day("2026-11-23")) << "the newest term";
    EXPECT_EQ(p.academic_sessions[0].start_date, day("2023-09-01") + *by);
    EXPECT_EQ(p.enrollments[1].end_date, day("2024-01-31") + *by);
    EXPECT_FALSE(p.enrollments[0].end_date);
    EXPECT_EQ(p.roles[1].begin_date, day("2023-09-01") + *by);
    EXPECT_EQ(p.line_items->at(0).assign_date, day("2026-11-23"));
    EXPECT_EQ(to_text(p.line_items->at(0).due_date.value()), "2026-12-21");
    EXPECT_EQ(to_rfc3339(p.line_items->at(1).due_at.value()), "2026-12-22T09:00:00.000Z");
    p.academic_sessions.erase(p.academic_sessions.begin() + 1, p.academic_sessions.end());
    EXPECT_EQ(shift_to(p, day("2026-11-23")).error().code, Code::not_found)
        << "a school year is no term";
}

TEST(OneRoster, a_sample_is_a_package_and_the_same_each_time) {
    SampleOptions options{.schools = 3,
                          .sections = 10,
                          .students = 50,
                          .around = day("2026-11-23"),
                          .due = {day("2026-11-24"), day("2026-12-01")}};
    SeededRng rng(7), again(7), other(8);
    Bytes zip = sample_zip(options, rng);
    EXPECT_EQ(zip, sample_zip(options, again));
    EXPECT_NE(zip, sample_zip(options, other));
    auto read = read_package(zip);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->orgs.size(), 4U);
    EXPECT_EQ(read->sections.size(), 10U);
    EXPECT_EQ(read->users.size(), 61U);
    EXPECT_EQ(read->line_items->size(), 20U);
    EXPECT_GT(read->enrollments.size(), 150U);
    for (std::size_t n : {0UL, 1UL}) // degenerate sizes
        EXPECT_TRUE(read_package(sample_zip(
            {.schools = n, .sections = n, .students = n, .around = day("2026-11-23"), .due = {}},
            rng)));
}

TEST(OneRoster, reads_the_real_packages) {
    auto folder = test::real_data();
    if (folder.empty())
        GTEST_SKIP() << "NOT RUN: no folder of real OneRoster packages (set BW_REAL_DATA)";
    std::size_t zips = 0, users = 0, enrollments = 0, line_items = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        auto read = read_package_file(file.path());
        ASSERT_TRUE(read) << file.path() << ": " << read.error().text();
        EXPECT_TRUE(read->warnings.empty());
        ++zips;
        users += read->users.size();
        enrollments += read->enrollments.size();
        line_items += read->line_items->size();
    }
    EXPECT_EQ(zips, 13U);
    EXPECT_EQ(users, 29'067U);
    EXPECT_EQ(enrollments, 32'875U);
    EXPECT_EQ(line_items, 2'638U);
}

} // namespace
} // namespace bw::roster
