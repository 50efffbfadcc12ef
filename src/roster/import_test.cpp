#include "roster/import.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "roster/package_for_test.hpp"
#include "roster/sample.hpp"
#include "roster/users.hpp"
#include "support/installation.hpp"

namespace bw::roster {
namespace {

using test::Files; // of package_for_test.hpp

/// A database with the roster's tables, seen as the server sees it: as bw_app, through the waist.
class Import : public testing::Test {
protected:
    Deadline soon() const { return Deadline::in(clock_, 30s); }

    tenancy::TenantScope tenant(const std::string& slug) {
        return installation_.provision(slug).scope;
    }
    Result<ImportReport> import_as(const tenancy::TenantScope& scope, const Package& package,
                                   const std::string& source = "oneroster") {
        return app_.run(scope, soon(), [&](tenancy::TenantTx& tx) {
            return import(tx, package, {.source = source, .clock = clock_, .rng = rng_});
        });
    }
    ImportReport must_import(const tenancy::TenantScope& scope, const Package& package,
                             const std::string& source = "oneroster") {
        auto report = import_as(scope, package, source);
        ENSURE(report, report ? "" : report.error().text().c_str());
        return *report;
    }
    template <class Fn>
    auto read(const tenancy::TenantScope& scope, Fn&& fn) {
        auto outcome = app_.run(scope, soon(), std::forward<Fn>(fn));
        ENSURE(outcome, outcome ? "" : outcome.error().text().c_str());
        return *std::move(outcome);
    }
    std::optional<User> user(const tenancy::TenantScope& scope, std::string_view username) {
        return read(scope, [&](tenancy::TenantTx& tx) { return user_by_username(tx, username); });
    }
    /// Every row of every table with the transaction that wrote it: equal only if nothing was
    /// written in between. The superuser looks, because no role of the server's can see across
    /// tenants.
    std::string everything() {
        static constexpr const char* all = R"(
            select string_agg(line, E'\n' order by line) from (
                select format('%s %s %s', 'orgs', t.xmin, t) as line from orgs t
                union all select format('%s %s %s', 'sessions', t.xmin, t) from academic_sessions t
                union all select format('%s %s %s', 'courses', t.xmin, t) from courses t
                union all select format('%s %s %s', 'sections', t.xmin, t) from sections t
                union all select format('%s %s %s', 'terms', t.xmin, t) from section_terms t
                union all select format('%s %s %s', 'users', t.xmin, t) from users t
                union all select format('%s %s %s', 'roles', t.xmin, t) from user_roles t
                union all select format('%s %s %s', 'enrollments', t.xmin, t) from enrollments t
                union all select format('%s %s %s', 'categories', t.xmin, t) from categories t
                union all select format('%s %s %s', 'line_items', t.xmin, t) from line_items t) as lines)";
        return installation_.superuser().value(all);
    }

    SystemClock clock_;
    SeededRng rng_{1};
    bw::test::Installation installation_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
    tenancy::Database& app_ = *database_;
};

constexpr EntityCounts added(std::int64_t n) {
    return {.added = n};
}

TEST_F(Import, writes_a_package_and_reads_it_back) {
    auto scope = tenant("elm");
    auto report = must_import(scope, Files().package());
    const ImportReport expected{.orgs = added(2),
                                .academic_sessions = added(3),
                                .courses = added(1),
                                .sections = added(2),
                                .section_terms = added(3),
                                .users = added(3),
                                .user_roles = added(3),
                                .enrollments = added(2),
                                .categories = added(1),
                                .line_items = added(2)};
    EXPECT_EQ(report, expected) << report.json();

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

TEST_F(Import, the_same_package_again_writes_nothing) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const std::string before = everything();
    auto report = must_import(scope, Files().package());
    EXPECT_TRUE(report.nothing_written()) << report.json();
    EXPECT_EQ(report.users, EntityCounts{.unchanged = 3});
    EXPECT_EQ(report.section_terms, EntityCounts{.unchanged = 3});
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, writes_only_what_changed) {
    struct Case {
        const char* what;
        std::function<void(Files&)> change;
        ImportReport expected; // against an import of the unchanged files
    };
    // What the unchanged files come to the second time; a case says what differs from it.
    ImportReport same{.orgs = {.unchanged = 2},
                      .academic_sessions = {.unchanged = 3},
                      .courses = {.unchanged = 1},
                      .sections = {.unchanged = 2},
                      .section_terms = {.unchanged = 3},
                      .users = {.unchanged = 3},
                      .user_roles = {.unchanged = 3},
                      .enrollments = {.unchanged = 2},
                      .categories = {.unchanged = 1},
                      .line_items = {.unchanged = 2}};
    auto but = [&same](auto... edits) {
        ImportReport r = same;
        (edits(r), ...);
        return r;
    };
    const Case cases[] = {
        {"a name", [](Files& f) { f.replace("users.csv", "Baker", "Bäcker"); },
         but([](auto& r) { r.users = {.changed = 1, .unchanged = 2}; })},
        {"a value that appears",
         [](Files& f) { f.replace("users.csv", "Baker,", "Baker,b@example.org"); },
         but([](auto& r) { r.users = {.changed = 1, .unchanged = 2}; })},
        {"swapped usernames",
         [](Files& f) {
             f.replace("users.csv", ",Ada,,", ",BEN,,").replace("users.csv", ",ben,", ",ada,");
         },
         but([](auto& r) { r.users = {.changed = 2, .unchanged = 1}; })},
        {"a user enabled", [](Files& f) { f.replace("users.csv", "false,gone", "true,gone"); },
         but([](auto& r) { r.users = {.changed = 1, .unchanged = 2}; })},
        {"an enrollment removed",
         [](Files& f) { f.replace("enrollments.csv", "e1,,,k1,s,u1,teacher,true,,\n", ""); },
         but([](auto& r) { r.enrollments = {.unchanged = 1, .removed = 1}; })},
        {"a user removed with all of theirs, and the username given on",
         [](Files& f) {
             f.replace("users.csv", "u2,,,true,ben,,Ben,Baker,,s", "u4,,,true,Ben,,Benno,Bird,,s")
                 .replace("roles.csv", "r2,,,u2", "r2,,,u4");
             f.replace("enrollments.csv", "e2,,,k1,s,u2", "e2,,,k1,s,u4");
         },
         but([](auto& r) {
             r.users = {.added = 1, .unchanged = 2, .removed = 1};
             r.user_roles = {.changed = 1, .unchanged = 2};
             r.enrollments = {.changed = 1, .unchanged = 1};
         })},
        {"a section moved to another term",
         [](Files& f) { f.replace("classes.csv", "\"t1,t2\"", "t1"); },
         but([](auto& r) { r.section_terms = {.unchanged = 2, .removed = 1}; })},
        {"a due date that becomes an instant",
         [](Files& f) { f.replace("lineItems.csv", "2024-02-29", "2024-02-29T12:00:00Z"); },
         but([](auto& r) { r.line_items = {.changed = 1, .unchanged = 1}; })},
        {"an org on top",
         [](Files& f) {
             f.replace("orgs.csv", "d,,,District,district,,\n",
                       "d,,,District,district,,n\nn,,,Nation,national,,\n");
         },
         but([](auto& r) { r.orgs = {.added = 1, .changed = 1, .unchanged = 1}; })},
        {"files without rows: all removed",
         [](Files& f) { f.text["lineItems.csv"].resize(f.text["lineItems.csv"].find('\n') + 1); },
         but([](auto& r) { r.line_items = {.removed = 2}; })},
        {"an absent file: left alone",
         [](Files& f) {
             f.replace("manifest.csv", "file.lineItems,bulk\n", "").text.erase("lineItems.csv");
         },
         but([](auto& r) { r.line_items = {}; })},
    };
    int n = 0;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto scope = tenant(fmt::format("case-{}", n++));
        must_import(scope, Files().package());
        Files files;
        c.change(files);
        auto report = must_import(scope, files.package());
        EXPECT_EQ(report, c.expected) << report.json();
        EXPECT_TRUE(must_import(scope, files.package()).nothing_written()) << "and it has settled";
    }
}

TEST_F(Import, what_disappears_becomes_inactive_and_may_come_back_as_itself) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const UserId ben = user(scope, "ben").value().id;
    Files without;
    without.replace("users.csv", "u2,,,true,ben,,Ben,Baker,,s\n", "")
        .replace("roles.csv", "r2,,,u2,primary,student,2023-09-01,,s,\n", "");
    without.replace("enrollments.csv", "e2,,,k1,s,u2,student,false,2023-09-01,2024-01-31\n", "");
    auto report = must_import(scope, without.package());
    EXPECT_EQ(report.users.removed, 1);
    EXPECT_FALSE(user(scope, "ben"));
    auto gone = read(scope, [&](tenancy::TenantTx& tx) { return user_by_id(tx, ben); });
    ASSERT_TRUE(gone) << "never deleted";
    EXPECT_FALSE(gone->active);
    EXPECT_TRUE(gone->roles.none());
    EXPECT_FALSE(
        read(scope, [&](tenancy::TenantTx& tx) { return enrollments_of(tx, ben); }).at(0).active);

    report = must_import(scope, Files().package());
    EXPECT_EQ(report.users, (EntityCounts{.changed = 1, .unchanged = 2}));
    EXPECT_EQ(user(scope, "ben").value().id, ben);
}

TEST_F(Import, a_failure_changes_nothing) {
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
    EXPECT_EQ(outcome.error().code, Code::conflict);
    EXPECT_EQ(outcome.error().detail, "the username \"ben\" of user \"x2\" belongs to user \"u2\" "
                                      "of source \"oneroster\" already");
    EXPECT_EQ(everything(), before);

    // A caller that changes its mind after the import.
    Files changed;
    changed.replace("users.csv", "Baker", "Bird");
    auto undone = app_.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<int> {
        auto report = TRY(import(tx, changed.package(), {.clock = clock_, .rng = rng_}));
        EXPECT_EQ(report.users.changed, 1);
        return fail(Code::internal, "no");
    });
    ASSERT_FALSE(undone);
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(must_import(scope, changed.package()).users.changed, 1)
        << "the connection is good for the next import";
}

TEST_F(Import, two_sources_and_two_imports_in_one_transaction) {
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
    EXPECT_EQ(both->second.users, added(3)) << "the same sourcedIds, but another source's";
    EXPECT_EQ(both->second.users.removed, 0);
    EXPECT_NE(user(scope, "ada").value().id, user(scope, "alma").value().id);
    EXPECT_TRUE(must_import(scope, Files().package(), "a").nothing_written());
}

TEST_F(Import, two_tenants_do_not_see_each_other) {
    auto elm = tenant("elm"), oak = tenant("oak");
    EXPECT_EQ(must_import(elm, Files().package()).users, added(3));
    EXPECT_EQ(must_import(oak, Files().package()).users, added(3)) << "the same keys and usernames";
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

TEST_F(Import, imports_a_sample_shifted_and_again) {
    auto scope = tenant("elm");
    auto today = *parse_date("2026-11-23");
    auto package =
        read_package(sample_zip({.students = 500, .around = today, .due = {today}}, rng_));
    ASSERT_TRUE(package) << package.error().text();
    auto report = must_import(scope, *package);
    EXPECT_EQ(report.users, added(513));
    shift(*package, std::chrono::days(7));
    report = must_import(scope, *package);
    EXPECT_EQ(report.line_items, EntityCounts{.changed = 12});
    EXPECT_EQ(report.users, EntityCounts{.unchanged = 513});
    EXPECT_TRUE(user(scope, "s500").value().roles.has(tenancy::Role::student));
    EXPECT_TRUE(user(scope, "admin").value().roles.has(tenancy::Role::administrator));
}

TEST_F(Import, imports_the_real_packages_within_the_bar) {
    auto folder = test::real_data();
    if (folder.empty())
        GTEST_SKIP() << "NOT RUN: no folder of real OneRoster packages (set BW_REAL_DATA)";
    std::int64_t users = 0, enrollments = 0, line_items = 0;
    const Monotonic begin = clock_.monotonic();
    std::vector<std::pair<tenancy::TenantScope, std::filesystem::path>> imported;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        auto package = read_package_file(file.path());
        ASSERT_TRUE(package) << package.error().text();
        auto report = must_import(
            imported.emplace_back(tenant(file.path().stem()), file.path()).first, *package);
        users += report.users.added;
        enrollments += report.enrollments.added;
        line_items += report.line_items.added;
    }
    const Monotonic middle = clock_.monotonic();
    EXPECT_EQ(users, 29'067);
    EXPECT_EQ(enrollments, 32'875);
    EXPECT_EQ(line_items, 2'638);
    for (const auto& [scope, path] : imported)
        EXPECT_TRUE(must_import(scope, *read_package_file(path)).nothing_written());
    auto ms = [](Duration d) { return static_cast<int>(d / 1ms); };
    RecordProperty("first_ms", ms(middle - begin));
    RecordProperty("again_ms", ms(clock_.monotonic() - middle));
    fmt::print("all real packages: first {} ms, again {} ms\n", ms(middle - begin),
               ms(clock_.monotonic() - middle));
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_LT(middle - begin, Duration(15s))
        << "the bar; a sanitized build is not what it is set for";
#endif
}

} // namespace
} // namespace bw::roster
