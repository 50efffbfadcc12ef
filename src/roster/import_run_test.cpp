// Around an import: dry runs, the guard against mass removal, the book of runs, imports side by
// side, and the faults that must leave the old roster whole.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "roster/sample.hpp"
#include "support/roster_import.hpp"

namespace bw::roster {
namespace {

using test::Files;

class ImportRuns : public test::ImportFixture {
protected:
    /// 100 students with usernames "s1".. in one section.
    Package sample(std::size_t students, bool families = false) {
        SeededRng chance(7);
        auto package = Package::open(sample_zip({.schools = 1,
                                                 .sections = 1,
                                                 .students = students,
                                                 .around = *parse_date("2026-11-23"),
                                                 .families = families},
                                                chance));
        ENSURE(package, "a sample is a package");
        return *std::move(package);
    }
    /// As an operator imports: with a line in the book.
    Result<ImportReport> booked(const tenancy::TenantScope& scope, const Package& package,
                                bool recheck = false) {
        ImportOptions with = options();
        with.recheck = recheck;
        with.run = read(scope, [&](tenancy::TenantTx& tx) { return begin_run(tx, package, with); });
        auto outcome = import_with(scope, package, with);
        if (!outcome)
            read(scope, [&](tenancy::TenantTx& tx) -> Result<int> {
                CHECK_OK(fail_run(tx, *with.run, outcome.error(), clock_));
                return 0;
            });
        return outcome;
    }
    std::vector<ImportRun> runs(const tenancy::TenantScope& scope) {
        return read(scope, [](tenancy::TenantTx& tx) { return import_runs(tx, 100); });
    }
    /// Waits, up to a generous end, until the superuser's query says so.
    void await(const std::string& sql, const std::string& wanted) {
        const Deadline end = Deadline::in(clock_, 60s);
        while (installation_.superuser().value(sql) != wanted) {
            ASSERT_FALSE(end.expired(clock_)) << sql;
            std::this_thread::yield();
        }
    }
};

TEST_F(ImportRuns, a_dry_run_tells_all_and_changes_nothing) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    Files changed;
    changed.replace("users.csv", "u2,,,true,ben", "u4,,,true,ben")
        .replace("users.csv", "Abara", "Adams")
        .replace("roles.csv", "u2", "u4")
        .replace("enrollments.csv", "u2", "u4");
    const Package package = changed.package();
    const std::string before = everything();
    ImportOptions dry = options();
    dry.dry_run = true;
    dry.examples = 2;
    auto told = import_with(scope, package, dry);
    ASSERT_TRUE(told) << told.error().text();
    EXPECT_EQ((*told)[Entity::users],
              (EntityCounts{.added = 1, .changed = 1, .unchanged = 1, .removed = 1}));
    const std::vector<ImportReport::Example> users{
        {Entity::users, "added", {"u4"}, {"Ben Baker"}},
        {Entity::users, "changed", {"u1"}, {"Ada Adams"}},
        {Entity::users, "removed", {"u2"}, {"Ben Baker"}}};
    std::vector<ImportReport::Example> of_users;
    for (const auto& example : told->examples)
        if (example.entity == Entity::users)
            of_users.push_back(example);
    EXPECT_EQ(of_users, users);
    EXPECT_TRUE(
        told->json().contains(R"({"entity":"users","change":"added","sourced_ids":["u4"]})"));
    EXPECT_EQ(everything(), before);

    auto real = import_with(scope, package, options());
    ASSERT_TRUE(real);
    EXPECT_EQ(real->counts, told->counts) << "what was told is what happens";
    EXPECT_NE(everything(), before) << "the control: the same import, meant";
}

TEST_F(ImportRuns, examples_are_few) {
    auto scope = tenant("elm");
    ImportOptions dry = options();
    dry.dry_run = true;
    dry.examples = 3;
    auto told = import_with(scope, sample(100), dry);
    ASSERT_TRUE(told);
    EXPECT_EQ((*told)[Entity::users].added, 102);
    for (const auto& example : told->examples)
        EXPECT_LE(example.sourced_ids.size(), 3U);
}

TEST_F(ImportRuns, the_guard_refuses_mass_removal) {
    struct Case {
        const char* what;
        std::size_t before, after; // students
        int percent;
        std::string refused; // the beginning of what is said; empty: imported
    };
    const Case cases[] = {
        {"a few of many", 400, 330, 20, ""},
        {"half", 400, 200, 20,
         "the import would remove or disable 200 of 402 users (50 %), 200 of 402 user_roles (50 "
         "%), 200 of 401 enrollments (50 %), and more than 20 % is refused; if that is meant, "
         "import with --allow-removal 50"},
        {"half, and it is meant", 400, 200, 50, ""},
        {"half, and less is meant", 400, 200, 49, "the import would remove or disable 200 of 402"},
        {"nearly all, but few rows", 49, 0, 20, ""},
        {"one more row", 50, 0, 20, "the import would remove or disable 50 of 52 users (97 %)"},
        {"everything, and it is meant", 100, 0, 100, ""},
        {"a first import", 0, 400, 0, ""},
    };
    int n = 0;
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto scope = tenant(fmt::format("case-{}", n++));
        must_import(scope, sample(c.before));
        const std::string before = everything();
        ImportOptions guarded = options();
        guarded.guard.percent = c.percent;
        auto outcome = import_with(scope, sample(c.after), guarded);
        EXPECT_EQ(outcome.has_value(), c.refused.empty());
        if (outcome)
            continue;
        EXPECT_EQ(outcome.error().code, Code::conflict);
        EXPECT_EQ(outcome.error().field, "--allow-removal");
        EXPECT_TRUE(outcome.error().detail.starts_with(c.refused)) << outcome.error().detail;
        EXPECT_EQ(everything(), before);
    }
}

TEST_F(ImportRuns, the_guard_counts_the_disabled_and_deltas_too) {
    auto scope = tenant("elm");
    must_import(scope, sample(100));
    std::string disabled, removed;
    for (int i = 1; i <= 60; ++i) {
        disabled += fmt::format("user-s{0},active,2026-12-01T00:00:00Z,false,s{0},,A,B,,\n", i);
        removed += fmt::format("user-s{},tobedeleted,2026-12-01T00:00:00Z,,,,,,,\n", i);
    }
    for (const auto& rows : {disabled, removed}) {
        auto outcome = import_as(scope, Files::delta({{"users", rows}}).package());
        ASSERT_FALSE(outcome);
        EXPECT_TRUE(outcome.error().detail.contains("60 of 102 users (59 %)"));
    }
}

TEST_F(ImportRuns, the_book_shows_every_run) {
    auto scope = tenant("elm");
    Files bad;
    bad.replace("enrollments.csv", "u2", "u9");
    ASSERT_TRUE(booked(scope, Files().package()));
    ASSERT_FALSE(booked(scope, bad.package()));
    ASSERT_TRUE(booked(scope, Files::delta({{"users", ""}}).package()));
    auto all = runs(scope);
    ASSERT_EQ(all.size(), 3U);
    auto line = [](const ImportRun& run) {
        return fmt::format("{} {} {} {} {}", run.mode, run.outcome, run.finished_at.has_value(),
                           run.error_code, run.error_place);
    };
    std::vector<std::string> lines;
    for (const auto& run : all)
        lines.push_back(line(run));
    EXPECT_THAT(lines,
                testing::UnorderedElementsAre("bulk applied true  ",
                                              "bulk failed true invalid_field enrollments.csv:3:11",
                                              "delta unchanged true  "));
    EXPECT_TRUE(runs(tenant("oak")).empty());
}

TEST_F(ImportRuns, the_same_package_again_is_not_even_read) {
    auto scope = tenant("elm");
    ASSERT_TRUE(booked(scope, Files().package()));
    auto again = booked(scope, Files().package());
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->identical);
    EXPECT_EQ(runs(scope).front().outcome, "unchanged");

    auto compared = booked(scope, Files().package(), true);
    ASSERT_TRUE(compared);
    EXPECT_FALSE(compared->identical) << "rechecked";
    EXPECT_EQ((*compared)[Entity::users].unchanged, 3);

    // Another package in between: the first one has to be compared again, and undoes it.
    Files other;
    other.replace("users.csv", "Baker", "Bird");
    ASSERT_TRUE(booked(scope, other.package()));
    auto back = booked(scope, Files().package());
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->identical);
    EXPECT_EQ((*back)[Entity::users].changed, 1);
    // One that failed is nothing that was applied.
    Files bad;
    bad.replace("enrollments.csv", "u2", "u9");
    ASSERT_FALSE(booked(scope, bad.package()));
    ASSERT_FALSE(booked(scope, bad.package())) << "refused again, with its reasons";
    EXPECT_TRUE(booked(scope, Files().package())->identical);
}

TEST_F(ImportRuns, imports_of_one_institution_wait_for_each_other_and_no_other_does) {
    auto elm = tenant("elm"), oak = tenant("oak");
    std::promise<void> applied, go_on;
    Files changed;
    changed.replace("users.csv", "Baker", "Bird");
    auto first = std::async(std::launch::async, [&] {
        auto database = installation_.database();
        return database->run(elm, soon(), [&](tenancy::TenantTx& tx) {
            auto report = import(tx, changed.package(), options());
            applied.set_value(); // applied, not committed
            go_on.get_future().wait();
            return report;
        });
    });
    applied.get_future().wait();
    EXPECT_EQ(must_import(oak, Files().package())[Entity::users].added, 3)
        << "while the other's transaction is open";
    auto second = std::async(std::launch::async, [&] {
        auto database = installation_.database();
        return database->run(elm, soon(), [&](tenancy::TenantTx& tx) {
            return import(tx, Files().package(), options());
        });
    });
    await("select (count(*) > 0)::text from pg_locks where locktype = 'advisory' and not granted "
          "and database = (select oid from pg_database where datname = current_database())",
          "true");
    go_on.set_value();
    ASSERT_TRUE(first.get());
    auto after = second.get();
    ASSERT_TRUE(after) << after.error().text();
    EXPECT_EQ((*after)[Entity::users], (EntityCounts{.changed = 1, .unchanged = 2}))
        << "the second saw what the first had committed";
}

TEST_F(ImportRuns, a_process_killed_in_the_middle_leaves_the_old_roster_whole) {
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    const std::string before = everything();
    const Package package = sample(200, true);
    ImportOptions all = options();
    all.guard.percent = 100;
    for (const std::string_view at :
         {"reading enrollments.csv", "planning users", "applying users", "applying enrollments"}) {
        SCOPED_TRACE(at);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            auto database = installation_.database();
            ImportOptions doomed = all;
            doomed.progress = [at](const Progress& p) {
                if (fmt::format("{} {}", p.step, p.what) == at)
                    ::kill(::getpid(), SIGKILL);
            };
            static_cast<void>(database->run(
                scope, soon(), [&](tenancy::TenantTx& tx) { return import(tx, package, doomed); }));
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "it never came to this";
        EXPECT_EQ(everything(), before);
    }
    auto report = import_with(scope, package, all);
    ASSERT_TRUE(report) << "the lock went with its holder: " << report.error().text();
    EXPECT_EQ((*report)[Entity::users].removed, 2);
}

TEST_F(ImportRuns, what_the_database_cannot_do_is_said_and_changes_nothing) {
    struct Case {
        const char* what;
        std::string fault; // of the trigger
        Duration time;
        Code code;
        std::string detail;
    };
    const Case cases[] = {
        {"a full disk", "raise exception 'no room' using errcode = '53100'", 100s,
         Code::storage_full, "the database has no room for the import's temporary tables"},
        {"a limit on temporary files", "raise exception 'no room' using errcode = '53400'", 100s,
         Code::storage_full, "the database has no room"},
        {"a statement that takes too long", "perform pg_sleep(1000)", 3s, Code::deadline_exceeded,
         "the import took longer than it may; nothing was changed"},
    };
    auto scope = tenant("elm");
    must_import(scope, Files().package());
    Files changed;
    changed.replace("users.csv", "Baker", "Bird")
        .replace("enrollments.csv", "e1,,,k1,s,u1,teacher,true", "e1,,,k2,s,u1,teacher,true");
    const Package package = changed.package();
    auto& superuser = installation_.superuser();
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        const std::string before = everything();
        superuser.run("create function fault() returns trigger language plpgsql as $$ begin " +
                      c.fault +
                      "; return new; end $$; create trigger fault before update on enrollments for "
                      "each row execute function fault()");
        auto outcome = app_.run(scope, Deadline::in(clock_, c.time), [&](tenancy::TenantTx& tx) {
            return import(tx, package, options());
        });
        ASSERT_FALSE(outcome);
        const Error error = import_error(outcome.error(), app_.last_sqlstate());
        EXPECT_EQ(wire_name(error.code), wire_name(c.code));
        EXPECT_TRUE(error.detail.starts_with(c.detail)) << error.detail;
        // The server does not work on for someone who has left, so the table can be had.
        superuser.run("drop trigger fault on enrollments; drop function fault()");
        EXPECT_EQ(everything(), before);
    }
    EXPECT_EQ(must_import(scope, package)[Entity::enrollments].changed, 1);
}

} // namespace
} // namespace bw::roster
