// Two institutions with a section each, a class that was left at the ingest, and jobs driven by
// hand. For this module's tests.
#pragma once

#include <fstream>

#include "files/uploads_for_test.hpp"
#include "recordings/jobs.hpp"
#include "recordings/shelf.hpp"

namespace bw::recordings::test {

/// `ada` teaches, `bob` attends, `eve` is of the institution alone.
struct World : files::Uploads {
    using files::Uploads::Uploads;
    bw::test::TemporaryDirectory machine; // the ingest's, and the worker's
    const std::filesystem::path archive = machine.path() / "archive",
                                scratch = machine.path() / "scratch";
    const UserId eve = user('e');
    const SectionId section{Uuid{*to_array<16>(*from_hex("00000000000070008000000000000051"))}};
    const live::LiveClassId class_id{
        Uuid{*to_array<16>(*from_hex("00000000000070008000000000000071"))}};
    Rng& rng = installation.rng();

    void SetUp() override {
        files::Uploads::SetUp();
        for (const tenancy::TenantInfo& tenant : {north, south})
            installation.superuser().run("begin; set local bw.tenant = '" +
                                         to_text(tenant.scope.tenant().uuid) + R"(';
insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name)
    values ('00000000-0000-7000-8000-00000000000e', 's', 'e', 'e', 'e', 'e', 'Byron');
insert into orgs (org_id, source, sourced_id, name, type) values ('00000000-0000-7000-8000-000000000041', 's', 'o', 'O', 'school');
insert into courses (course_id, source, sourced_id, title, org_id)
    values ('00000000-0000-7000-8000-000000000042', 's', 'c', 'C', '00000000-0000-7000-8000-000000000041');
insert into sections (section_id, source, sourced_id, title, class_type, course_id, school_org_id) values
    ('00000000-0000-7000-8000-000000000051', 's', 'x', 'Bells', 'scheduled', '00000000-0000-7000-8000-000000000042',
     '00000000-0000-7000-8000-000000000041');
insert into enrollments (enrollment_id, source, sourced_id, section_id, school_org_id, user_id, role, is_primary)
    select gen_random_uuid(), 's', role, '00000000-0000-7000-8000-000000000051', '00000000-0000-7000-8000-000000000041', who::uuid, role, true
    from (values ('00000000-0000-7000-8000-00000000000a', 'teacher'), ('00000000-0000-7000-8000-00000000000b', 'student')) as v (who, role);
commit)");
    }

    std::string stream(const tenancy::TenantInfo& of) const {
        return of.scope.tenant().text() + "/" + class_id.text() + "-1";
    }
    void class_ended(const tenancy::TenantInfo& of) {
        installation.superuser().run(
            "begin; set local bw.tenant = '" + to_text(of.scope.tenant().uuid) + R"(';
insert into live_classes (class_id, lesson_id, day, section_id, teacher_id, title, begins_at, ends_at, students_may, state, asked, provider,
                          stream_ref, ended_at)
    values (')" +
            to_text(class_id.uuid) +
            R"(', gen_random_uuid(), '2026-11-23', '00000000-0000-7000-8000-000000000051', '00000000-0000-7000-8000-00000000000a', 'Bells',
            '2026-11-23 10:00Z', '2026-11-23 10:45Z', 0, 'ended', true, 'self_hosted', ')" +
            stream(of) + "', '" + to_rfc3339(clock.now()) + "'); commit");
    }
    static void write(const std::filesystem::path& file, const std::string& text) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    /// As keep-recording leaves it: two rungs and the sound, `lines` of each list, all files there.
    void left_at_ingest(const tenancy::TenantInfo& of, int segments, const std::string& more = "") {
        const std::filesystem::path at = archive / stream(of);
        write(at / "index.m3u8",
              "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"group_sound\",NAME="
              "\"audio_2\",DEFAULT=YES,URI=\"sound/index.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=2000,"
              "RESOLUTION=80x60,CODECS=\"avc1.64000a,mp4a.40.2\",AUDIO=\"group_sound\"\n"
              "120/index.m3u8\n\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n60/index.m3u8\n\n");
        for (const char* rung : {"120", "60", "sound"}) {
            write(at / rung / "init-1.mp4", std::string("init of ") + rung);
            std::string list;
            for (int i = 0; i < segments; ++i) {
                write(at / rung / (std::to_string(100 + i) + ".m4s"), segment_bytes(of, rung, i));
                list += std::to_string(100 + i) + " 2.000000 init-1.mp4 -\n";
            }
            write(at / rung / "list", list + more);
        }
    }
    static std::string segment_bytes(const tenancy::TenantInfo& of, const std::string& rung,
                                     int i) {
        return of.slug + " " + rung + " " + std::to_string(i) + std::string(5'000, 'x');
    }

    JobParts job_parts(std::int64_t in_piece = 20'000) {
        return {.store = *store,
                .clock = clock,
                .rng = rng,
                .archive = archive,
                .quiet = {},
                .scratch = scratch,
                .disk_bytes_kept_free = 0,
                .bytes_in_piece = in_piece};
    }
    using Deed = Result<jobs::Outcome> (*)(const JobParts&, const jobs::Attempt&);
    /// One attempt, and its effect; nullopt: it is put off.
    Result<std::optional<bool>> attempt(const tenancy::TenantInfo& of, Deed deed,
                                        const JobParts& with,
                                        std::optional<RecordingId> about = {}) {
        jobs::Job job{.id = {}, .kind = "test", .args = "{}", .created_at = clock.now()};
        if (about)
            job.args = R"({"recording_id":")" + about->text() + "\"}";
        const jobs::Attempt this_one{.job = job,
                                     .tenant = of,
                                     .database = *database,
                                     .deadline = Deadline::in(clock, 60s),
                                     .stop = {}};
        auto outcome = TRY(deed(with, this_one));
        if (!std::holds_alternative<jobs::Effect>(outcome))
            return std::optional<bool>();
        if (auto& effect = std::get<jobs::Effect>(outcome))
            CHECK_OK(
                database->run(of.scope, soon(), [&](tenancy::TenantTx& tx) { return effect(tx); }));
        return std::optional(true);
    }
    void does(const tenancy::TenantInfo& of, Deed deed, std::optional<RecordingId> about = {}) {
        const auto done = attempt(of, deed, job_parts(), about);
        EXPECT_TRUE(done) << (done ? "" : done.error().text());
        EXPECT_TRUE(done && *done) << "put off";
    }
    std::optional<Recording> of_the_class(const tenancy::TenantInfo& of) {
        auto found = database->run(of.scope, soon(),
                                   [&](tenancy::TenantTx& tx) { return of_class(tx, class_id); });
        EXPECT_TRUE(found) << (found ? "" : found.error().text());
        return found ? *found : std::nullopt;
    }
    Recording recording(const tenancy::TenantInfo& of, RecordingId id) {
        auto found =
            database->run(of.scope, soon(), [&](tenancy::TenantTx& tx) { return find(tx, id); });
        EXPECT_TRUE(found && *found);
        return found && *found ? **found : Recording{};
    }
    Result<Bytes> watch(const tenancy::TenantInfo& of, RecordingId id, const std::string& name) {
        Shelf shelf(*store, clock);
        return shelf.read(*database, of.scope, id, name, soon());
    }
};

} // namespace bw::recordings::test
