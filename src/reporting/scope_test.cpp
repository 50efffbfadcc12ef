// Two institutions in one store: a report sees one of them, whatever it tries.
#include <gtest/gtest.h>

#include "reporting/made_school_for_test.hpp"
#include "reporting/scope.hpp"

namespace bw::reporting {
namespace {

using test::day_us;
using test::MadeSchool;
using test::monday_us;
using test::soon;
using std::string_literals::operator""s;

struct Two : MadeSchool {
    Two() : MadeSchool(11) {
        for (Place* place : {&ours, &theirs}) {
            place->tenant = institution("UTC", 0);
            place->school = school(place->tenant, "A school");
            for (Uuid* at : {&place->section, &place->other}) {
                *at = section(place->tenant, place->school, "A class");
                const Uuid student = rows.id();
                enrol(*at, student);
                enrol(*at, rows.id(), "teacher");
                const Uuid essay = assign(*at, monday_us + day_us);
                hand_in(essay, student, monday_us);
                tell_grade(essay, student, 700);
                extend(essay, student, monday_us + 2 * day_us);
                sign_in(place->tenant, student, monday_us);
                open(place->tenant, student, *at, 3, monday_us, monday_us);
                rows.put("load_minutes",
                         {{"tenant_id", place->tenant},
                          {"minute", test::Micros{monday_us + rows.upto(60) * 60'000'000}},
                          {"page_read", std::int64_t{3}}});
                rows.put("upload_usage", {{"tenant_id", place->tenant},
                                          {"user_id", student},
                                          {"bytes", std::int64_t{5}}});
                rows.put("courses", {{"tenant_id", place->tenant},
                                     {"course_id", rows.id()},
                                     {"status", "active"s},
                                     {"org_id", place->school}});
            }
        }
        apply();
    }
    struct Place {
        Uuid tenant, school, section, other;
    } ours, theirs;

    ReportScope scope(std::optional<std::vector<SectionId>> sections = {}) const {
        return {TenantId{ours.tenant}, std::move(sections),
                Instant{(monday_us + 5 * day_us) / 1000}};
    }
    std::unique_ptr<columnar::Connection> entered(const ReportScope& scope) {
        auto connection = rows.store().connect().value();
        auto done = enter_scope(*connection, scope, scope_names(), soon());
        EXPECT_TRUE(done) << done.error().text();
        return connection;
    }
};

/// All that a view shows, as text.
std::string shown(columnar::Connection& connection, std::string_view view) {
    auto answer = connection.run("select coalesce(string_agg(v::varchar, '\n'), '') from " +
                                     std::string(view) + " v",
                                 {}, soon());
    EXPECT_TRUE(answer) << view << ": " << answer.error().text();
    return answer ? std::get<std::string>(answer->rows()[0][0]) : "";
}

TEST(Scope, EveryViewShowsOneInstitution) {
    Two two;
    auto connection = two.entered(two.scope());
    std::set<std::string> of_theirs{to_text(two.theirs.school), to_text(two.theirs.tenant)};
    for (const auto& row :
         two.rows.rows("select section_id::varchar from base.sections where tenant_id = '" +
                       to_text(two.theirs.tenant) + "'"))
        of_theirs.insert(std::get<std::string>(row[0]));
    for (const auto& row :
         two.rows.rows("select user_id::varchar from base.enrollments where tenant_id = '" +
                       to_text(two.theirs.tenant) + "'"))
        of_theirs.insert(std::get<std::string>(row[0]));
    for (const std::string& view : scope_names()) {
        const std::string text = shown(*connection, view);
        EXPECT_FALSE(text.empty()) << view << " shows nothing: this proves nothing of it";
        for (const std::string& id : of_theirs)
            EXPECT_EQ(text.find(id), std::string::npos) << view << " shows " << id;
    }
    EXPECT_EQ(std::get<std::int64_t>(
                  connection->run("select sum(sign_ins)::bigint from sign_in_day", {}, soon())
                      .value()
                      .rows()[0][0]),
              2);
    EXPECT_EQ(std::get<std::int64_t>(
                  connection->run("select sum(pages_read)::bigint from load_day", {}, soon())
                      .value()
                      .rows()[0][0]),
              6);
}

TEST(Scope, ATeacherSeesTheirClassesAlone) {
    Two two;
    auto connection = two.entered(two.scope(std::vector{SectionId{two.ours.section}}));
    for (const char* view : {"sections", "students", "teachers", "assignments", "extensions",
                             "class_day", "class_assignment", "standings", "submissions",
                             "activity_day", "last_opened", "grades"}) {
        const std::string text = shown(*connection, view);
        EXPECT_NE(text.find(to_text(two.ours.section)), std::string::npos) << view;
        EXPECT_EQ(text.find(to_text(two.ours.other)), std::string::npos) << view;
        EXPECT_EQ(text.find(to_text(two.theirs.section)), std::string::npos) << view;
    }
    for (const char* view : {"sign_in_day", "load_day", "upload_usage"})
        EXPECT_EQ(shown(*connection, view), "") << view << " is the whole institution's";
    auto nobody = two.entered(two.scope(std::vector<SectionId>{}));
    for (const char* view : {"sections", "students", "submissions", "standings", "class_day"})
        EXPECT_EQ(shown(*nobody, view), "") << view;
    auto robber = two.entered(two.scope(std::vector{SectionId{two.theirs.section}}));
    for (const char* view : {"sections", "students", "submissions", "standings", "class_day"})
        EXPECT_EQ(shown(*robber, view), "") << view << ": a class of another institution is none";
}

TEST(Scope, AnonymousWorkIsNobodys) {
    Two two;
    two.rows.script("update base.assignments set identities_hidden = true");
    auto connection = two.entered(two.scope());
    EXPECT_EQ(shown(*connection, "standings"), "");
    EXPECT_EQ(connection->run("select * from submissions where user_id is not null", {}, soon())
                  .value()
                  .next(),
              nullptr);
    EXPECT_NE(shown(*connection, "submissions"), "") << "that something came in is told";
}

const char* const reaching[] = {
    "select * from base.submissions",
    "select * from rollup.seats",
    "select * from work.zones",
    "select * from reports.base.submissions",
    "select * from \"base\".\"submissions\"",
    "select * from temp.submissions",
    "select * from main.x",
    "from base.submissions",
    "with s as (select * from base.submissions) select * from s",
    "with recursive s as (select 1 as a union all select 1 from base.submissions) select * from s",
    "select (select count(*) from base.submissions)",
    "select 1 from sections where exists (from base.submissions)",
    "select 1 from sections where section_id in (select section_id from base.sections)",
    "select 1 from sections union all select 1 from base.sections",
    "select * from sections join base.orgs on true",
    "select * from sections, lateral (select * from base.orgs)",
    "select * from (select * from (select * from base.orgs))",
    "select case when true then (select max(title) from base.sections) end",
    "select list_transform([1], x -> (select count(*) from base.orgs))",
    "select 1 from sections order by (select count(*) from base.orgs)",
    "select 1 from sections limit (select count(*) from base.orgs)",
    "select row_number() over (partition by (select max(name) from base.orgs)) from sections",
    "select sum(1) filter (exists(from base.orgs)) from sections",
    "select 1 from sections group by (select max(name) from base.orgs)",
    "select 1 from sections having (select count(*) from base.orgs) > 0",
    "select * from query('select * from base.orgs')",
    "select * from query_table('base.orgs')",
    "select * from duckdb_tables()",
    "select * from duckdb_tables",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_tables",
    "select * from sqlite_master",
    "select * from read_text('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from glob('*')",
    "select * from pragma_table_info('base.orgs')",
    "select * from pragma_storage_info('base.orgs')",
    "with duckdb_tables as (select 1) select * from duckdb_tables",
    "select getvariable('x')",
    "select current_setting('temp_directory')",
    "summarize base.orgs",
    "describe base.orgs",
    "show tables",
    "from (summarize base.orgs)",
    "pivot sections on title using count(*)",
    "select 1; select 2",
    "select * from sections; delete from base.orgs",
    "delete from base.orgs",
    "update base.orgs set name = ''",
    "insert into base.orgs select * from base.orgs",
    "create table x as select 1",
    "create temp view sections as select * from base.sections",
    "drop view sections",
    "copy (select 1) to '/tmp/x'",
    "attach '/tmp/x'",
    "set threads = 9",
    "pragma version",
    "prepare p as select * from base.orgs",
    "execute p",
    "explain select * from base.orgs",
    "call pragma_version()",
    "this is no SQL",
    "",
};

TEST(Scope, AStatementThatReachesBeyondIsRefused) {
    Two two;
    auto connection = two.entered(two.scope());
    for (const char* sql : reaching) {
        auto outcome = views_of(*connection, sql, soon());
        ASSERT_FALSE(outcome) << sql;
        EXPECT_EQ(outcome.error().code, Code::forbidden) << sql << ": " << outcome.error().text();
    }
    for (const char* sql : {"select section_id from sections",
                            "with s as (select * from submissions) select count(*) from s join "
                            "sections using (section_id)",
                            "select * from sections, unnest([1, 2]) u, range(3) r, (values (1)) v",
                            "with recursive n as (select 1 as a union all select a + 1 from n "
                            "where a < $1) select a from n",
                            "select (select max(today) from moment) union select today from moment",
                            "select title from sections s where exists (select 1 from students t "
                            "where t.section_id = s.section_id)"}) {
        auto outcome = views_of(*connection, sql, soon());
        EXPECT_TRUE(outcome) << sql << ": " << outcome.error().text();
    }
}

TEST(Scope, TheViewsThatAStatementReadsAreTold) {
    Two two;
    auto connection = two.rows.store().connect().value();
    EXPECT_EQ(views_of(*connection,
                       "with s as (from students), assignments as (select 1) select 1 from s, "
                       "sections, (select 1 from sections)",
                       soon())
                  .value(),
              (std::vector{"sections"s, "students"s}));
}

TEST(Scope, WithoutTheParserAStatementSeesEverything) { // the negative control
    Two two;
    auto connection = two.entered(two.scope(std::vector<SectionId>{}));
    auto answer =
        connection->run("select count(distinct tenant_id) from base.submissions", {}, soon())
            .value();
    EXPECT_EQ(std::get<std::int64_t>(answer.rows()[0][0]), 2);
}

} // namespace
} // namespace bw::reporting
