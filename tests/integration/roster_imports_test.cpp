// Roster imports over HTTP, with the worker that does them driven by hand: what is looked at is
// what is applied, all of it or nothing, once.
#include <gmock/gmock.h>

#include <fstream>

#include "http_calls.hpp"
#include "institution/import_jobs.hpp"
#include "jobs/worker.hpp"
#include "roster/sample.hpp"
#include "support/roster_import.hpp"

namespace bw::test {
namespace {

using enum net::Method;
using roster::test::Files;
using ::testing::HasSubstr;
using ::testing::Not;

struct RosterImports : ::testing::Test {
    World world;
    const Side& alpha = world.sides.alpha;
    const std::string administrator = world.administrator();
    TemporaryDirectory scratch;
    tenancy::TenantDirectory directory;
    std::function<void()> at_first_progress; // of a worker: on its thread, in the middle
    std::unique_ptr<jobs::Worker> worker = make_worker();

    RosterImports() {
        superuser().run("delete from roster_imports; delete from jobs; delete from job_history");
    }
    ~RosterImports() override { EXPECT_TRUE(std::filesystem::is_empty(scratch.path())); }

    Session& superuser() { return world.sides.installation.superuser(); }
    std::string value(const std::string& sql) { return superuser().value(sql); }
    std::string users() {
        return value("select coalesce(string_agg(username || ' ' || status, ', ' order by "
                     "sourced_id), 'nobody') from users where source = 'oneroster'");
    }
    std::string audited(const std::string& action) {
        return value("select count(*) from audit_events where action = '" + action + "'");
    }

    std::unique_ptr<jobs::Worker> make_worker() {
        world.sides.installation.refresh(directory);
        auto made = std::make_unique<jobs::Worker>(
            [this] { return world.sides.installation.database(); }, directory,
            institution::import_kinds({.store = world.store(),
                                       .clock = world.clock,
                                       .rng = world.rng,
                                       .database =
                                           [this] {
                                               if (auto deed = std::exchange(at_first_progress, {}))
                                                   deed();
                                               return world.sides.installation.database();
                                           },
                                       .scratch = scratch.path(),
                                       .progress_every = 0s}),
            world.clock, world.rng);
        EXPECT_TRUE(made->keep());
        return made;
    }
    /// Everything that is due, now.
    void work() {
        for (std::size_t done = 1; done > 0;) {
            superuser().run("update jobs set due_at = now() where state <> 'discarded'");
            auto step = worker->step();
            ASSERT_TRUE(step) << step.error().text();
            done = *step;
        }
    }

    std::string upload(const Bytes& bytes, const std::string& token) {
        const auto made =
            world.send({.method = post,
                        .target = "/v1/uploads",
                        .host = "alpha.school.test",
                        .headers = {{"Authorization", "Bearer " + token},
                                    {"Tus-Resumable", "1.0.0"},
                                    {"Upload-Length", std::to_string(bytes.size())},
                                    {"Content-Type", "application/offset+octet-stream"}},
                        .body = bytes});
        EXPECT_EQ(made.status, 201) << made.body;
        const std::string location(made.header("location").value_or(""));
        return location.substr(location.rfind('/') + 1);
    }
    net::ClientResponse begin_with(const std::string& upload, const std::string& more = "") {
        return call(world, post, "/v1/roster-imports", administrator,
                    R"({"upload_id":")" + upload + "\"" + more + "}");
    }
    /// Its address.
    std::string begin(const Bytes& zip) {
        const auto begun = begin_with(upload(zip, administrator));
        EXPECT_EQ(begun.status, 202) << begun.body;
        return std::string(begun.header("location").value_or(""));
    }
    std::string planned(const Bytes& zip) {
        std::string import = begin(zip);
        work();
        EXPECT_EQ(state(import), "planned") << look(import).body;
        return import;
    }
    net::ClientResponse look(const std::string& import) {
        return call(world, get, import, administrator);
    }
    std::string state(const std::string& import) {
        const std::string json = member(look(import), "/state");
        return json.substr(1, json.size() - 2);
    }
    std::string what(const std::string& import, const std::string& pointer) {
        return member(look(import), pointer);
    }
    net::ClientResponse apply(const std::string& import, const std::string& body = "{}",
                              std::optional<std::string> version = {}) {
        return call(world, post, import + "/apply", administrator, body,
                    version ? *version : etag(look(import)));
    }
    net::ClientResponse cancel(const std::string& import) {
        return call(world, post, import + "/cancel", administrator);
    }
};

TEST_F(RosterImports, APackageIsCheckedLookedAtAndApplied) {
    const std::string upload_id = upload(Files().zip(), administrator);
    const auto begun = begin_with(upload_id);
    ASSERT_EQ(begun.status, 202) << begun.body;
    EXPECT_EQ(member(begun, "/state"), "\"uploaded\"");
    EXPECT_EQ(member(begun, "/counts"), "{}");
    EXPECT_EQ(member(begun, "/made_by/user_id"), "\"" + UserId{alpha.id(7)}.text() + "\"");
    const std::string import(begun.header("location").value_or(""));
    EXPECT_EQ(apply(import).status, 409) << "there is no plan yet";

    work();
    const auto plan = look(import);
    EXPECT_EQ(member(plan, "/state"), "\"planned\"") << plan.body;
    EXPECT_EQ(member(plan, "/mode"), "\"bulk\"");
    EXPECT_EQ(member(plan, "/counts/users/added"), "3");
    EXPECT_EQ(member(plan, "/details/errors"), "[]");
    EXPECT_THAT(plan.body, HasSubstr(R"({"label": "Ada Abara", "sourced_id": "u1"})"));
    EXPECT_EQ(users(), "nobody") << "nothing was changed";

    EXPECT_EQ(apply(import, "{}", "").status, 428);
    EXPECT_EQ(apply(import, "{}", "\"1\"").status, 412);
    const auto accepted = apply(import);
    EXPECT_EQ(accepted.status, 202) << accepted.body;
    EXPECT_EQ(member(accepted, "/state"), "\"applying\"");
    EXPECT_EQ(member(accepted, "/progress/rows_total"), "19") << accepted.body;
    EXPECT_EQ(apply(import).status, 409) << "once is enough";
    work();
    EXPECT_EQ(state(import), "applied") << look(import).body;
    EXPECT_EQ(users(), "Ada active, ben active, gone inactive");
    EXPECT_EQ(value("select count(*) from assignments a join line_items l on l.line_item_id = "
                    "a.assignment_id where l.source = 'oneroster'"),
              "2")
        << "what follows from it came with it";
    EXPECT_EQ(value("select actor || ' ' || subject from audit_events where action = "
                    "'roster.imported'"),
              UserId{alpha.id(7)}.text() + " oneroster");
    EXPECT_EQ(value("select state from uploads where upload_id = '" +
                    to_text(files::UploadId::parse(upload_id)->uuid) + "'"),
              "removing")
        << "the package is not kept";
    EXPECT_EQ(cancel(import).status, 409);

    const auto all = call(world, get, "/v1/roster-imports", administrator);
    EXPECT_EQ(member(all, "/data/0/state"), "\"applied\"");
    EXPECT_EQ(member(all, "/data/1"), "nothing in " + all.body);
}

TEST_F(RosterImports, AreForAdministratorsWithUploadsOfTheirOwn) {
    const std::string own = upload(Files().zip(), administrator),
                      teachers = upload(Files().zip(), world.teacher());
    for (const std::string& other : {world.student(), world.teacher()}) {
        EXPECT_EQ(
            call(world, post, "/v1/roster-imports", other, R"({"upload_id":")" + teachers + "\"}")
                .status,
            403);
        EXPECT_EQ(call(world, get, "/v1/roster-imports", other).status, 403);
    }
    EXPECT_EQ(begin_with(teachers).status, 422) << "somebody else's";
    EXPECT_EQ(begin_with(files::UploadId{world.sides.bravo.id(4)}.text()).status, 422);
    for (const char* wrong : {"granted", "federation", "Capitals", "a b", "-x", ""})
        EXPECT_EQ(begin_with(own, std::string(R"(,"source":")") + wrong + "\"").status, 422)
            << wrong;
    world.fall_silent();
    EXPECT_EQ(begin_with(own).status, 503);
    EXPECT_EQ(value("select count(*) from roster_imports"), "0");
}

TEST_F(RosterImports, WhatIsWrongIsToldByFileLineAndColumn) {
    Files wrong;
    wrong.replace("users.csv", "u2,,,true,ben", "u2,,,true,Ada")
        .replace("roles.csv", "student", "pupil");
    const std::string import = begin(wrong.zip());
    work();
    const auto failed = look(import);
    EXPECT_EQ(member(failed, "/state"), "\"failed\"") << failed.body;
    EXPECT_EQ(member(failed, "/error/code"), "\"invalid_field\"");
    EXPECT_THAT(member(failed, "/details/errors"), HasSubstr("users.csv"));
    EXPECT_THAT(member(failed, "/details/errors"), HasSubstr("roles.csv"));
    EXPECT_EQ(member(failed, "/details/errors/0/line"), "3") << failed.body;
    EXPECT_EQ(apply(import).status, 409);
    const std::string no_zip = begin("no zip at all");
    work();
    EXPECT_EQ(what(no_zip, "/error/code"), "\"bad_request\"");
    EXPECT_EQ(users(), "nobody");
    EXPECT_EQ(audited("roster_import.failed"), "2");
    EXPECT_EQ(value("select count(*) from jobs where state = 'discarded'"), "0")
        << "a bad package is no fault of the job's";
}

Bytes school_of(std::size_t students) {
    SeededRng chance(7);
    return roster::sample_zip({.sections = 3,
                               .students = students,
                               .sections_per_student = 1,
                               .around = *roster::parse_date("2026-11-01")},
                              chance);
}

TEST_F(RosterImports, WhatRemovesMuchMustBeAccepted) {
    const std::string whole = planned(school_of(100));
    ASSERT_EQ(apply(whole).status, 202);
    work();
    ASSERT_EQ(state(whole), "applied");
    const std::string half = planned(school_of(40));
    EXPECT_THAT(what(half, "/details/losses"), HasSubstr(R"("lost":60,"entity":"users")"));
    const auto refused = apply(half);
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("accept_removals"));
    EXPECT_EQ(state(half), "planned");
    EXPECT_EQ(apply(half, R"({"accept_removals":true})").status, 202);
    work();
    EXPECT_EQ(state(half), "applied") << look(half).body;
    EXPECT_EQ(value("select count(*) from users where source = 'oneroster' and status = "
                    "'active'"),
              "44");
}

TEST_F(RosterImports, APlanOfAnotherRosterIsNotApplied) {
    const std::string first = planned(Files().zip());
    Files other;
    other.replace("users.csv", "Ada,Abara", "Ada,Adams");
    const std::string second = planned(other.zip());
    ASSERT_EQ(apply(second).status, 202);
    work();
    ASSERT_EQ(state(second), "applied");
    ASSERT_EQ(apply(first).status, 202);
    work();
    EXPECT_EQ(state(first), "failed");
    EXPECT_EQ(what(first, "/error/code"), "\"precondition_failed\"");
    EXPECT_EQ(value("select family_name from users where sourced_id = 'u1'"), "Adams");
    // Its package is still there, and can be planned anew.
    const std::string package = "upl_" + value("select replace(upload_id::text, '-', '') from "
                                               "roster_imports where outcome = 'failed'");
    const auto again = begin_with(package);
    EXPECT_EQ(again.status, 202) << again.body;
    work();
    EXPECT_EQ(what(std::string(again.header("location").value_or("")), "/counts/users/changed"),
              "1");
}

TEST_F(RosterImports, OneIsWorkedOnAtATime) {
    const std::string ready = planned(Files().zip());
    const std::string checked = begin(Files().zip());
    const std::string id = checked.substr(checked.rfind('/') + 1);
    const auto second = begin_with(upload(Files().zip(), administrator));
    EXPECT_EQ(second.status, 409);
    EXPECT_THAT(second.body, HasSubstr(id)) << "it says which";
    const auto applied = apply(ready);
    EXPECT_EQ(applied.status, 409);
    EXPECT_THAT(applied.body, HasSubstr(id));
    EXPECT_EQ(state(ready), "planned");
    work();
    EXPECT_EQ(apply(ready).status, 202);
    work();
    EXPECT_EQ(state(ready), "applied");
}

TEST_F(RosterImports, WhatIsCancelledChangesNothing) {
    const std::string never = begin(Files().zip());
    EXPECT_EQ(cancel(never).status, 200);
    work();
    EXPECT_EQ(state(never), "cancelled");

    const std::string checked = begin(Files().zip());
    at_first_progress = [&] { EXPECT_EQ(cancel(checked).status, 200); };
    work();
    EXPECT_EQ(state(checked), "cancelled");

    worker = make_worker(); // its connection for progress is new, so the hook is asked again
    const std::string applied = planned(Files().zip());
    worker = make_worker();
    ASSERT_EQ(apply(applied).status, 202);
    at_first_progress = [&] { EXPECT_EQ(cancel(applied).status, 200); };
    work();
    EXPECT_EQ(state(applied), "cancelled");
    EXPECT_EQ(users(), "nobody");
    EXPECT_EQ(audited("roster_import.cancelled"), "3");
    EXPECT_EQ(audited("roster.imported"), "0");
    EXPECT_EQ(cancel(applied).status, 409);
}

TEST_F(RosterImports, WhoeverLosesTheDatabaseInTheMiddleTriesAgain) {
    const std::string import = planned(Files().zip());
    worker = make_worker();
    ASSERT_EQ(apply(import).status, 202);
    bool cut = false;
    at_first_progress = [&] {
        cut = value("select count(pg_terminate_backend(pid)) from pg_locks where locktype = "
                    "'advisory' and granted and database = (select oid from pg_database where "
                    "datname = current_database())") == "1";
    };
    auto step = worker->step();
    ASSERT_TRUE(step) << step.error().text();
    EXPECT_TRUE(cut) << "it had the roster's lock";
    EXPECT_EQ(users(), "nobody") << "all or nothing";
    EXPECT_EQ(state(import), "applying") << "it goes on";
    EXPECT_EQ(value("select state from jobs"), "retryable");
    work();
    EXPECT_EQ(state(import), "applied") << look(import).body;
    EXPECT_EQ(users(), "Ada active, ben active, gone inactive");
    EXPECT_EQ(audited("roster.imported"), "1");
}

TEST_F(RosterImports, ADoneJobThatIsDoneAgainChangesNothing) {
    const std::string import = planned(Files().zip());
    ASSERT_EQ(apply(import).status, 202);
    work();
    const std::string version = etag(look(import));
    // As if the worker had died between the import's commit and the job's.
    const auto id = *institution::ImportId::parse(import.substr(import.rfind('/') + 1));
    for (const jobs::NewJob& job : {institution::check_job(id), institution::apply_job(id)})
        ASSERT_TRUE(world.sides.installation.database()->run(
            alpha.info.scope, world.sides.installation.soon(),
            [&](tenancy::TenantTx& tx) { return jobs::enqueue(tx, job, world.clock, world.rng); }));
    work();
    EXPECT_EQ(value("select count(*) from jobs"), "0");
    EXPECT_EQ(etag(look(import)), version);
    EXPECT_EQ(audited("roster.imported"), "1");
}

TEST_F(RosterImports, WhatTheyShowOfPeopleIsForgotten) {
    const std::string import = planned(Files().zip());
    EXPECT_THAT(look(import).body, HasSubstr("Abara"));
    superuser().run("update roster_imports set planned_at = planned_at - interval '31 days'");
    const std::string newer = planned(Files().zip());
    EXPECT_EQ(what(import, "/details"), "null") << "after 30 days, when another is begun";
    ASSERT_TRUE(world.sides.installation.database()->run(
        alpha.info.scope, world.sides.installation.soon(),
        [](tenancy::TenantTx& tx) { return institution::forget_person(tx); }));
    EXPECT_THAT(look(newer).body, Not(HasSubstr("Abara"))) << "and when somebody is erased";
    EXPECT_EQ(apply(newer).status, 202);
    work();
    EXPECT_EQ(state(newer), "applied");
}

/// The largest of the real packages, where they are.
TEST_F(RosterImports, RealPackagesFitIntoLittleMemory) {
    const std::filesystem::path folder = roster::test::rosters_folder();
    if (folder.empty())
        GTEST_SKIP() << "no rosters: set BW_ROSTERS";
    std::filesystem::path largest;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (largest.empty() || entry.file_size() > std::filesystem::file_size(largest))
            largest = entry.path();
    std::ifstream in(largest, std::ios::binary);
    const Bytes zip{std::istreambuf_iterator<char>(in), {}};
    const Monotonic begin_at = world.clock.monotonic();
    const std::string import = planned(zip);
    const Monotonic planned_at = world.clock.monotonic();
    const std::string added = what(import, "/counts/users/added");
    ASSERT_EQ(apply(import).status, 202);
    work();
    EXPECT_EQ(state(import), "applied") << look(import).body;
    EXPECT_EQ(value("select count(*) from users where source = 'oneroster'"), added);
    RecordProperty("package", largest.filename().string());
    std::printf("%s: %s users, checked in %.2f s, applied in %.2f s\n", largest.filename().c_str(),
                added.c_str(), static_cast<double>((planned_at - begin_at).count()) / 1e9,
                static_cast<double>((world.clock.monotonic() - planned_at).count()) / 1e9);
}

} // namespace
} // namespace bw::test
