// What the module's tests share: two institutions with a section, a student and a teacher each, a
// real journal, a real database, intake and recorder over them.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "activity/intake.hpp"
#include "activity/recorder.hpp"
#include "support/installation.hpp"
#include "support/temporary_directory.hpp"

namespace bw::activity {

class ActivityTest : public ::testing::Test {
protected:
    struct School {
        tenancy::TenantInfo info;
        UserId student, teacher, stranger; // the last one is in no section
        SectionId section;
        AssignmentId assignment;
        Uuid material{}, announcement{};
    };
    ActivityTest() {
        open_journal();
        for (const char* slug : {"north", "south"})
            schools.push_back(make_school(slug));
        installation.refresh(tenants);
        recorder = make_recorder();
    }
    ~ActivityTest() override {
        recorder.reset();
        journal.reset();
    }

    void open_journal() {
        journal = *journal::Journal::open(
            {.directory = directory.path(), .segment_bytes = 4 << 20},
            [this](ByteView b) { return key.sign(b); }, clock, rng);
        intake = std::make_unique<Intake>(journal.get(), clock, options);
    }
    std::unique_ptr<Recorder> make_recorder(RecorderOptions of = {}) {
        of.heard = [this](TenantId tenant, bool kept) { intake->heard(tenant, kept); };
        return std::make_unique<Recorder>(*journal, installation.database(), tenants, clock, of);
    }
    School make_school(const std::string& slug) {
        School out{.info = installation.provision(slug)};
        for (Uuid* id : {&out.student.uuid, &out.teacher.uuid, &out.stranger.uuid,
                         &out.section.uuid, &out.assignment.uuid, &out.material, &out.announcement})
            *id = make_uuid_v7(clock.now(), rng);
        const std::string org = text(make_uuid_v7(clock.now(), rng)),
                          course = text(make_uuid_v7(clock.now(), rng)),
                          section = text(out.section.uuid);
        std::string sql = "begin; set local bw.tenant = '" + tenant_of(out) +
                          "'; insert into orgs (org_id, source, sourced_id, name, type) values ('" +
                          org + "', 's', 'o', 'Org', 'school');" +
                          "insert into courses (course_id, source, sourced_id, title, org_id) "
                          "values ('" +
                          course + "', 's', 'c', 'Course', '" + org +
                          "'); insert into sections (section_id, source, sourced_id, title, "
                          "class_type, course_id, school_org_id) values ('" +
                          section + "', 's', 's', 'Section', 'scheduled', '" + course + "', '" +
                          org + "');";
        for (const auto& [user, name] : {std::pair{out.student, "student"},
                                         {out.teacher, "teacher"},
                                         {out.stranger, "stranger"}}) {
            sql += "insert into users (user_id, source, sourced_id, username, username_normal, "
                   "given_name, family_name) values ('" +
                   text(user.uuid) + "', 's', '" + name + "', '" + name + "', '" + name +
                   "', 'A', 'B');";
            if (user != out.stranger)
                sql +=
                    "insert into enrollments (enrollment_id, source, sourced_id, section_id, "
                    "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', '" +
                    std::string(name) + "', '" + section + "', '" + org + "', '" + text(user.uuid) +
                    "', '" + name + "', true);";
        }
        sql += "insert into assignments (assignment_id, section_id, title, due_at) values ('" +
               text(out.assignment.uuid) + "', '" + section + "', 'Essay', now());" +
               "insert into materials (material_id, section_id, place, kind, title, text, url, "
               "published, made_by, created_at, changed_at) values ('" +
               text(out.material) + "', '" + section +
               "', 1, 'link', 'M', '', 'https://a.example', true, '" + text(out.teacher.uuid) +
               "', now(), now());" +
               "insert into announcements (announcement_id, section_id, title, text, made_by, "
               "created_at, changed_at) values ('" +
               text(out.announcement) + "', '" + section + "', 'A', '', '" +
               text(out.teacher.uuid) + "', now(), now()); commit";
        installation.superuser().run(sql);
        return out;
    }
    static std::string text(const Uuid& uuid) { return to_text(uuid); }
    static std::string tenant_of(const School& school) {
        return text(school.info.scope.tenant().uuid);
    }

    Activity viewed(std::string_view page = "today", std::uint32_t age_ms = 0) {
        return {.id = make_uuid_v7(clock.now(), rng),
                .kind = Kind::page_viewed,
                .page = *page_named(page),
                .age_ms = age_ms};
    }
    Activity opened(Kind kind, const Uuid& subject) {
        return {.id = make_uuid_v7(clock.now(), rng), .kind = kind, .subject = subject};
    }
    Result<Taken> send(const School& school, UserId user, std::vector<Activity> activities) {
        std::promise<Result<Taken>> promise;
        intake->accept(school.info.scope.tenant(), user, std::move(activities), clock.monotonic(),
                       [&](Result<Taken> taken) { promise.set_value(std::move(taken)); });
        return promise.get_future().get();
    }
    void append_raw(Bytes record) {
        std::promise<Result<journal::Committed>> promise;
        journal->append(std::move(record), [&](Result<journal::Committed> outcome) {
            promise.set_value(std::move(outcome));
        });
        ASSERT_TRUE(promise.get_future().get());
    }
    void record_all() {
        for (;;) {
            auto moved = recorder->step(installation.soon());
            ASSERT_TRUE(moved) << moved.error().text();
            if (*moved == 0)
                return;
        }
    }
    std::string value(const std::string& sql) { return installation.superuser().value(sql); }
    std::string rows() { return value("select count(*) from activities"); }

    test::Installation installation;
    const Clock& clock = installation.clock();
    SystemRng rng;
    const SigningKey key = SigningKey::make(rng);
    test::TemporaryDirectory directory;
    IntakeOptions options;
    std::unique_ptr<Intake> intake; // outlives the journal, whose last commits it hears
    std::unique_ptr<journal::Journal> journal;
    tenancy::TenantDirectory tenants;
    std::vector<School> schools;
    std::unique_ptr<Recorder> recorder;
};

} // namespace bw::activity
