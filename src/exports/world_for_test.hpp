// Two institutions with a class each: people at the primary, what reports read in a made store; and
// what makes exports, driven by hand. For this module's tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "blob/directory_store.hpp"
#include "exports/jobs.hpp"
#include "jobs/worker.hpp"
#include "reporting/made_school_for_test.hpp"
#include "support/installation.hpp"

namespace bw::exports::test {

using bw::reporting::test::day_us;
using bw::reporting::test::monday_us;

struct World {
    struct Place {
        tenancy::TenantInfo tenant;
        Uuid section, essay, student, teacher, administrator;
    };
    bw::test::Installation installation;
    const Clock& clock = installation.clock();
    Rng& rng = installation.rng();
    bw::test::TemporaryDirectory scratch, blobs;
    std::filesystem::path directory = scratch.path() / "exports";
    reporting::test::MadeSchool made{17, {.exports = directory}};
    Place north = place("north"), south = place("south");
    tenancy::TenantDirectory directory_of_tenants;
    std::unique_ptr<tenancy::Database> database = installation.database();
    std::unique_ptr<blob::Store> store =
        blob::open_directory_store(blobs.path(), {.bytes_kept_free = 0}).value();
    std::optional<reporting::Freshness> fresh = reporting::Freshness{clock.now(), 1};
    std::function<void()> at_connect; // in the middle of an attempt, on its thread

    World() {
        installation.refresh(directory_of_tenants);
        made.apply();
    }

    WritingWork work() {
        return {.connect =
                    [this] {
                        if (auto deed = std::exchange(at_connect, {}))
                            deed();
                        return made.rows.store().connect();
                    },
                .fresh = [this] { return fresh; },
                .store = *store,
                .database = [this] { return installation.database(); },
                .clock = clock,
                .rng = rng,
                .directory = directory,
                .disk_bytes_kept_free = 0,
                .look_every = 1ms,
                .nice = 0};
    }
    std::unique_ptr<jobs::Worker> worker(const WritingWork& with) {
        auto out = std::make_unique<jobs::Worker>(
            [this] { return installation.database(); }, directory_of_tenants,
            std::vector{writing_kind(with), sweep_kind(*store, clock)}, clock, rng);
        EXPECT_TRUE(out->keep());
        return out;
    }
    /// Everything that is due or will be, now.
    void run(jobs::Worker& of) {
        for (std::size_t done = 1; done > 0;) {
            superuser().run("update jobs set due_at = now() where state <> 'discarded'");
            auto step = of.step();
            ASSERT_TRUE(step) << step.error().text();
            done = *step;
        }
    }
    void run() { run(*worker(work())); }

    template <class Deed>
    auto in(const Place& at, Deed deed) {
        auto done = database->run(at.tenant.scope, installation.soon(), deed);
        EXPECT_TRUE(done) << (done ? "" : done.error().text());
        return *std::move(done);
    }
    Wanted wanted(const Place& at, Form form, const std::string& report = "late_and_missing") {
        return {.report = report,
                .arguments = R"({"section":")" + SectionId{at.section}.text() +
                             R"(","from":"2026-09-01","until":"2026-09-30"})",
                .form = form,
                .whole = false};
    }
    ExportId ask_for(const Place& at, const Wanted& what) {
        return in(at,
                  [&](tenancy::TenantTx& tx) {
                      return ask(tx, UserId{what.whole ? at.administrator : at.teacher},
                                 "key-" + std::to_string(++keys_), what, std::nullopt, clock, rng);
                  })
            .id;
    }
    ReportExport look(const Place& at, ExportId id) {
        const auto found =
            in(at, [&](tenancy::TenantTx& tx) { return find(tx, id, std::nullopt, clock.now()); });
        EXPECT_TRUE(found);
        return found.value_or(ReportExport{});
    }
    std::string key_of(const Place& at, const ReportExport& of) {
        return object_prefix(at.tenant.scope.tenant(), of.id) + "/" + std::to_string(of.attempts);
    }
    bool stored(const std::string& key) {
        return store->size(key, installation.soon()).has_value();
    }
    Bytes bytes_of(const Place& at, const ReportExport& of) {
        auto bytes = store->read(key_of(at, of), 0, 1U << 26, installation.soon());
        EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().text());
        return bytes.value_or("");
    }
    std::int64_t audited(const std::string& action) {
        return std::stoll(
            superuser().value("select count(*) from audit_events where action = '" + action + "'"));
    }
    bw::test::Session& superuser() { return installation.superuser(); }

private:
    /// A class with a student who has handed in nothing, and one who is not in it.
    Place place(const std::string& slug) {
        Place out{installation.provision(slug, "UTC"), {}, {}, {}, {}, {}};
        const Uuid tenant = out.tenant.scope.tenant().uuid;
        made.institutions[tenant] = {tenant, "UTC", 0};
        made.move(tenant, "UTC", 0);
        const Uuid school = made.school(tenant, "School of " + slug);
        out.section = made.section(tenant, school, "Art");
        out.student = made.rows.id(), out.teacher = made.rows.id(),
        out.administrator = made.rows.id();
        made.enrol(out.section, out.student);
        made.enrol(out.section, out.teacher, "teacher");
        out.essay = made.assign(out.section, monday_us, 1000, "=1+1, \"" + slug + "\"");
        const auto text = [](const Uuid& id) { return "'" + to_text(id) + "'"; };
        const auto person = [&](const Uuid& id, const std::string& name, const std::string& role) {
            return "insert into users (user_id, source, sourced_id, username, username_normal, "
                   "given_name, family_name) values (" +
                   text(id) + ", 's', '" + name + "', '" + name + "', '" + name + "', '" + name +
                   "', '-of " + slug +
                   "'); insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, "
                   "role, role_type) values (gen_random_uuid(), 's', '" +
                   name + "', " + text(id) + ", " + text(school) + ", '" + role + "', 'primary');";
        };
        const auto enrolled = [&](const Uuid& id, const std::string& role) {
            return "insert into enrollments (enrollment_id, source, sourced_id, section_id, "
                   "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', '" +
                   role + "', " + text(out.section) + ", " + text(school) + ", " + text(id) +
                   ", '" + role + "', true);";
        };
        installation.superuser().run(
            "begin; set local bw.tenant = " + text(tenant) +
            "; insert into orgs (org_id, source, sourced_id, name, type) values (" + text(school) +
            ", 's', 'o', 'O', 'school'); insert into courses (course_id, source, sourced_id, "
            "title, org_id) values (" +
            text(school) + ", 's', 'c', 'C', " + text(school) +
            "); insert into sections (section_id, source, sourced_id, title, class_type, "
            "course_id, school_org_id) values (" +
            text(out.section) + ", 's', 'art', 'Art', 'scheduled', " + text(school) + ", " +
            text(school) + ");" + person(out.student, "ada", "student") +
            person(out.teacher, "tess", "teacher") +
            person(out.administrator, "adam", "administrator") + enrolled(out.student, "student") +
            enrolled(out.teacher, "teacher") + "commit");
        return out;
    }
    int keys_ = 0;
};

} // namespace bw::exports::test
