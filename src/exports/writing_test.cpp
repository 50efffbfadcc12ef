// An export from the asking to the file: once in effect, whatever happens in between.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <latch>
#include <thread>

#include "exports/world_for_test.hpp"
#include "exports/writing.hpp"
#include "files/digest.hpp"

namespace bw::exports {
namespace {

struct Writings : testing::Test {
    test::World world;
    test::World::Place &north = world.north, &south = world.south;

    Wanted csv(const test::World::Place& at) { return world.wanted(at, Form::csv); }
    ReportExport made_of(const test::World::Place& at, const Wanted& what) {
        const ExportId id = world.ask_for(at, what);
        world.run();
        return world.look(at, id);
    }
};

TEST_F(Writings, AFileIsMadeOfTheInstitutionsOwnLinesAndAudited) {
    const ExportId id = world.ask_for(north, csv(north));
    EXPECT_EQ(world.look(north, id).state, State::waiting);
    world.run();
    const ReportExport done = world.look(north, id);
    ASSERT_EQ(done.state, State::completed) << done.error_detail;
    const Bytes bytes = world.bytes_of(north, done);
    EXPECT_EQ(done.bytes, bytes.size());
    auto digest = files::Digest::make("sha256");
    digest->update(bytes);
    EXPECT_EQ(view(*done.sha256), digest->finish());
    EXPECT_EQ(done.rows_done, 1);
    EXPECT_EQ(done.as_of, world.fresh->as_of);
    EXPECT_EQ(done.stale, false);
    EXPECT_EQ(*done.expires_at - *done.finished_at, kept_for);
    EXPECT_NE(bytes.find(UserId{north.student}.text() + ",ada,'-of north,"), std::string::npos)
        << bytes;
    EXPECT_EQ(bytes.find("south"), std::string::npos);
    EXPECT_EQ(world.superuser().value("select details->>'sha256' from audit_events where action = "
                                      "'report.exported'"),
              to_hex(view(*done.sha256)));
    EXPECT_TRUE(std::filesystem::is_empty(world.directory));
}

TEST_F(Writings, EveryFormCanBeMade) {
    for (const Form form : {Form::csv, Form::parquet, Form::xlsx}) {
        const ReportExport done = made_of(north, world.wanted(north, form));
        EXPECT_EQ(done.state, State::completed) << wire_name(form) << done.error_detail;
        EXPECT_GT(*done.bytes, 0U);
    }
}

TEST_F(Writings, WhatADeadWorkerLeftIsMadeAnewAndGoes) {
    const ExportId id = world.ask_for(north, csv(north));
    {
        auto dying = world.work();
        auto kind = writing_kind(dying);
        jobs::Job job{.id = {}, .kind = kind.name, .args = writing_job(id, {}).args};
        auto outcome = kind.handler(
            {job, north.tenant, *world.database, world.installation.soon(), std::stop_token()});
        ASSERT_TRUE(outcome) << outcome.error().text();
    } // its effect never was
    const ReportExport before = world.look(north, id);
    EXPECT_EQ(before.state, State::running);
    EXPECT_TRUE(world.stored(world.key_of(north, before)));
    world.run();
    const ReportExport after = world.look(north, id);
    EXPECT_EQ(after.state, State::completed);
    EXPECT_EQ(after.attempts, 2);
    EXPECT_TRUE(world.stored(world.key_of(north, after)));
    EXPECT_FALSE(world.stored(world.key_of(north, before)));
    EXPECT_EQ(world.audited("report.exported"), 1);
}

TEST_F(Writings, WhoIsCancelledInTheMiddleGetsNoFile) {
    const ExportId id = world.ask_for(north, csv(north));
    world.at_connect = [&] {
        EXPECT_TRUE(world.in(north, [&](tenancy::TenantTx& tx) {
            return cancel(tx, id, UserId{north.teacher}, world.clock.now());
        }));
    };
    world.run();
    EXPECT_EQ(world.look(north, id).state, State::cancelled);
    EXPECT_EQ(world.audited("report.exported"), 0);
    // Some minutes later, when nobody can be writing any more.
    world.superuser().run("update report_exports set finished_at = now() - interval '41 minutes'");
    world.in(north, [&](tenancy::TenantTx& tx) {
        return jobs::enqueue(tx, sweep_job(), world.clock, world.rng);
    });
    world.run();
    EXPECT_EQ(world.superuser().value("select stored from report_exports"), "f");
    EXPECT_FALSE(world.stored(world.key_of(north, world.look(north, id))));
}

TEST_F(Writings, ACancelEndsWhatTheStoreIsAt) {
    const ExportId id = world.ask_for(north, csv(north));
    auto work = world.work();
    jobs::Job job{.id = {}, .kind = writing_kind_name, .args = "{}"};
    const jobs::Attempt attempt{job, north.tenant, *world.database, world.installation.soon(),
                                std::stop_token()};
    const auto number =
        world.in(north, [&](tenancy::TenantTx& tx) { return begin_attempt(tx, id); });
    auto connection = world.made.rows.store().connect().value();
    Watch watch(work, attempt, id, *number, *connection, world.directory / "none");
    std::jthread other([&] {
        auto database = world.installation.database();
        auto cancelled = database->run(
            north.tenant.scope, world.installation.soon(), [&](tenancy::TenantTx& tx) {
                return cancel(tx, id, UserId{north.teacher}, world.clock.now());
            });
        EXPECT_TRUE(cancelled && *cancelled);
    });
    const Deadline deadline = Deadline::in(world.clock, 20s);
    auto endless = connection->run("select count(*) from range(1000000000000) where range % 7 = 8",
                                   {}, deadline);
    ASSERT_FALSE(endless);
    EXPECT_FALSE(deadline.expired(world.clock)) << "it was interrupted, long before its time";
    EXPECT_TRUE(watch.cancelled());
    EXPECT_EQ(watch.why(endless.error()).code, Code::conflict);
    EXPECT_FALSE(watch.wrote(1));
}

TEST_F(Writings, RightsAreThoseOfTheDay) {
    const ExportId taught = world.ask_for(north, csv(north));
    Wanted whole = csv(north);
    whole.whole = true;
    const ExportId all = world.ask_for(north, whole);
    world.superuser().run("update enrollments set status = 'inactive' where role = 'teacher'; "
                          "update user_roles set role = 'teacher' where role = 'administrator'");
    world.run();
    EXPECT_EQ(world.look(north, taught).error_code, "not_found") << "not her class any more";
    EXPECT_EQ(world.look(north, all).error_code, "forbidden");
    EXPECT_EQ(world.audited("report.export_failed"), 2);
}

TEST_F(Writings, ThoseThatCannotBeMadeSayWhy) {
    auto tiny = world.work();
    tiny.file_bytes_max = 10;
    const ExportId large = world.ask_for(north, csv(north));
    world.run(*world.worker(tiny));
    EXPECT_EQ(world.look(north, large).error_code, "payload_too_large");
    const ExportId none = world.ask_for(north, csv(north));
    auto closed = world.work();
    closed.connect = []() -> Result<std::unique_ptr<columnar::Connection>> {
        return fail(Code::unavailable, "closed");
    };
    world.run(*world.worker(closed));
    const ReportExport failed = world.look(north, none);
    EXPECT_EQ(failed.state, State::failed) << "after its last attempt";
    EXPECT_EQ(failed.error_code, "unavailable");
    EXPECT_EQ(failed.attempts, 4);
}

// ---- full disks ----

/// A disk without room, where a directory was.
class FullDisk {
public:
    explicit FullDisk(const std::filesystem::path& at)
        : at_(at), mounted_(::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=2m") == 0) {}
    ~FullDisk() {
        if (mounted_)
            ::umount2(at_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    void fill() const {
        std::ofstream filler(at_ / "filler", std::ios::binary);
        const std::string much(64 << 10, 'x');
        while (filler.write(much.data(), static_cast<std::streamsize>(much.size())))
            ;
    }
    void empty() const { std::filesystem::remove(at_ / "filler"); }

private:
    const std::filesystem::path at_;
    const bool mounted_;
};

TEST_F(Writings, OnAFullDiskNothingIsWrittenAndTheNextIs) {
    auto worker = world.worker(world.work()); // empties the directory first
    const FullDisk disk(world.directory);
    if (!disk.mounted())
        GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    for (const Form form : {Form::csv, Form::parquet, Form::xlsx}) {
        disk.fill();
        const ExportId id = world.ask_for(north, world.wanted(north, form));
        world.run(*worker);
        const ReportExport failed = world.look(north, id);
        EXPECT_EQ(failed.state, State::failed) << wire_name(form);
        EXPECT_EQ(failed.error_code, "storage_full") << wire_name(form) << failed.error_detail;
        EXPECT_EQ(failed.attempts, 1) << "again would fill it again";
        disk.empty();
        EXPECT_TRUE(std::filesystem::is_empty(world.directory)) << wire_name(form);
        const ExportId next = world.ask_for(north, world.wanted(north, form));
        world.run(*worker);
        EXPECT_EQ(world.look(north, next).state, State::completed) << wire_name(form);
    }
}

TEST_F(Writings, WhereFilesHaveNoRoomNothingStays) {
    const FullDisk disk(world.blobs.path());
    if (!disk.mounted())
        GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    world.store = blob::open_directory_store(world.blobs.path(), {.bytes_kept_free = 0}).value();
    auto worker = world.worker(world.work());
    disk.fill();
    const ExportId id = world.ask_for(north, csv(north));
    world.run(*worker);
    const ReportExport failed = world.look(north, id);
    EXPECT_EQ(failed.error_code, "storage_full") << failed.error_detail;
    EXPECT_FALSE(world.stored(world.key_of(north, failed)));
    EXPECT_TRUE(std::filesystem::is_empty(world.directory));
    disk.empty();
    EXPECT_EQ(made_of(north, csv(north)).state, State::completed);
}

/// None begins on a disk that is nearly full: what students hand in lies there too.
TEST_F(Writings, TheDiskIsLeftRoom) {
    auto work = world.work();
    work.disk_bytes_kept_free = UINT64_MAX / 2;
    for (const Form form : {Form::csv, Form::parquet, Form::xlsx}) {
        const ExportId id = world.ask_for(north, world.wanted(north, form));
        world.run(*world.worker(work));
        EXPECT_EQ(world.look(north, id).error_code, "storage_full") << wire_name(form);
    }
}

// ---- erasure ----

/// The one is whole before the other begins: else a file is completed with somebody in it who was
/// erased a moment ago.
TEST_F(Writings, AnErasureBesideACompletionWaitsForIt) {
    const ExportId id = world.ask_for(north, csv(north));
    const auto attempt =
        world.in(north, [&](tenancy::TenantTx& tx) { return begin_attempt(tx, id); });
    ASSERT_TRUE(attempt);
    std::atomic<bool> erased = false;
    std::jthread erasure;
    world.in(north, [&](tenancy::TenantTx& tx) -> Result<bool> {
        EXPECT_FALSE(TRY(last_erasure_held(tx)));
        erasure = std::jthread([&] {
            auto done = world.installation.database()->run(
                north.tenant.scope, world.installation.soon(),
                [&](tenancy::TenantTx& other) -> Result<int> {
                    CHECK_OK(forget_person(other, UserId{north.student}, world.clock, world.rng));
                    return 0;
                });
            EXPECT_TRUE(done);
            erased = true;
        });
        const auto waits = [&] {
            return world.superuser().value("select count(*) from pg_locks where locktype = "
                                           "'advisory' and not granted") != "0";
        };
        while (!erased && !waits())
            std::this_thread::yield();
        EXPECT_FALSE(erased);
        const Made made{.rows = 1, .bytes = 1, .as_of = world.clock.now()};
        return complete(tx, id, *attempt, made, world.clock.now());
    });
    erasure.join();
    EXPECT_EQ(world.look(north, id).state, State::expired) << "they may stand in it";
}

TEST_F(Writings, NothingIsMadeOfWhatWasSoBeforeSomebodyWasErased) {
    const ReportExport before = made_of(north, csv(north));
    const ReportExport elsewhere = made_of(south, csv(south));
    ASSERT_EQ(before.state, State::completed);
    const ExportId waiting = world.ask_for(north, csv(north));
    world.in(north, [&](tenancy::TenantTx& tx) -> Result<int> {
        CHECK_OK(forget_person(tx, UserId{north.student}, world.clock, world.rng));
        return 0;
    });
    EXPECT_EQ(world.look(north, before.id).state, State::expired);
    auto worker = world.worker(world.work());
    for (int i = 0; i < 4; ++i) { // the export is put off each time, the sweep is done
        world.superuser().run("update jobs set due_at = now()");
        ASSERT_TRUE(worker->step());
    }
    EXPECT_FALSE(world.stored(world.key_of(north, before))) << "the file may name them";
    EXPECT_TRUE(world.stored(world.key_of(south, elsewhere)));
    EXPECT_EQ(world.look(north, waiting).state, State::waiting);
    world.fresh->as_of = world.clock.now() + 2min;
    world.run();
    EXPECT_EQ(world.look(north, waiting).state, State::completed);
}

TEST_F(Writings, ErasedMeanwhileIsMadeAnew) {
    const ExportId id = world.ask_for(north, csv(north));
    world.at_connect = [&] {
        world.in(north, [&](tenancy::TenantTx& tx) -> Result<int> {
            CHECK_OK(forget_person(tx, UserId{north.student}, world.clock, world.rng));
            return 0;
        });
    };
    auto worker = world.worker(world.work());
    ASSERT_TRUE(worker->step());
    EXPECT_EQ(world.look(north, id).state, State::waiting) << "not completed";
    world.fresh->as_of = world.clock.now() + 2min;
    world.run();
    const ReportExport done = world.look(north, id);
    EXPECT_EQ(done.state, State::completed);
    EXPECT_EQ(done.attempts, 2);
}

TEST_F(Writings, WhatIsErasedIsNobodysAnyMore) {
    const ReportExport done = made_of(north, csv(north));
    world.in(north, [&](tenancy::TenantTx& tx) -> Result<int> {
        CHECK_OK(forget_person(tx, UserId{north.teacher}, world.clock, world.rng));
        return 0;
    });
    EXPECT_EQ(world.superuser().value("select count(*) from report_exports where user_id = '" +
                                      to_text(north.teacher) + "'"),
              "0")
        << "at once, and the rest with the file";
    world.run();
    EXPECT_EQ(world.superuser().value("select count(*) from report_exports"), "0");
    EXPECT_FALSE(world.stored(world.key_of(north, done)));
}

TEST_F(Writings, AreKeptAWeek) {
    const ReportExport done = made_of(north, csv(north));
    world.superuser().run("update report_exports set expires_at = now() - interval '1 second'");
    EXPECT_EQ(world.look(north, done.id).state, State::expired) << "before the sweep";
    world.in(north, [&](tenancy::TenantTx& tx) {
        return jobs::enqueue(tx, sweep_job(), world.clock, world.rng);
    });
    world.run();
    EXPECT_EQ(world.superuser().value("select state from report_exports"), "expired");
    EXPECT_FALSE(world.stored(world.key_of(north, done)));
}

TEST_F(Writings, NobodyWaitsLongerThanADay) {
    const ExportId id = world.ask_for(north, csv(north));
    world.fresh.reset(); // there is no store
    const auto sweep = [&] {
        world.in(north, [&](tenancy::TenantTx& tx) {
            return jobs::enqueue(tx, sweep_job(), world.clock, world.rng);
        });
        auto worker = world.worker(world.work());
        world.superuser().run("update jobs set due_at = now()");
        ASSERT_TRUE(worker->step());
        ASSERT_TRUE(worker->step());
    };
    sweep();
    EXPECT_EQ(world.look(north, id).state, State::waiting);
    world.superuser().run("update report_exports set created_at = now() - interval '25 hours'");
    sweep();
    EXPECT_EQ(world.look(north, id).state, State::failed);
    world.run();
    EXPECT_EQ(world.superuser().value("select count(*) from jobs where kind = 'report.export'"),
              "0")
        << "its job ends too";
}

TEST_F(Writings, WhatAnAttemptPutsThereAfterTheFirstSweepGoesToo) {
    const ExportId id = world.ask_for(north, csv(north));
    world.at_connect = [&] { // in the middle of the attempt: cancelled, removed, swept
        world.in(north, [&](tenancy::TenantTx& tx) -> Result<int> {
            EXPECT_TRUE(*cancel(tx, id, UserId{north.teacher}, world.clock.now()));
            EXPECT_TRUE(*remove(tx, id, UserId{north.teacher}, world.clock, world.rng));
            return 0;
        });
    };
    world.run();
    EXPECT_EQ(world.superuser().value("select stored from report_exports"), "t")
        << "looked for again";
    world.superuser().run("update report_exports set finished_at = now() - interval '41 minutes'");
    world.in(north, [&](tenancy::TenantTx& tx) {
        return jobs::enqueue(tx, sweep_job(), world.clock, world.rng);
    });
    world.run();
    EXPECT_EQ(world.superuser().value("select stored from report_exports"), "f");
}

TEST_F(Writings, OnesThatEndedAMonthAgoAreForgotten) {
    const ReportExport done = made_of(north, csv(north));
    const auto sweep_at = [&](const std::string& ended) {
        world.superuser().run(
            "update report_exports set state = 'expired', finished_at = now() - interval '" +
            ended + "'");
        world.in(north, [&](tenancy::TenantTx& tx) {
            return jobs::enqueue(tx, sweep_job(), world.clock, world.rng);
        });
        world.run();
        return world.superuser().value("select count(*) from report_exports");
    };
    EXPECT_EQ(sweep_at("29 days"), "1") << "its key makes no other";
    EXPECT_EQ(sweep_at("31 days"), "0");
}

TEST_F(Writings, WhatIsKeptHasALimit) {
    const ReportExport done = made_of(north, csv(north));
    const auto asked = [&](const test::World::Place& place) {
        return world.in(place, [&](tenancy::TenantTx& tx) -> Result<bool> {
            auto answer = ask(tx, UserId{place.teacher}, "another", csv(place), std::nullopt,
                              world.clock, world.rng);
            if (!answer)
                EXPECT_EQ(answer.error().code, Code::quota_exceeded);
            return answer.has_value();
        });
    };
    world.superuser().run("update report_exports set bytes = 10::bigint << 30");
    EXPECT_FALSE(asked(north));
    EXPECT_TRUE(asked(south)) << "each institution has its own";
    world.superuser().run("update report_exports set bytes = 1 where bytes is not null");
    world.superuser().run(
        "insert into report_exports (tenant_id, export_id, user_id, request_key, report, form, "
        "arguments, whole, quiet, state, job_id, stored, created_at, finished_at) select "
        "tenant_id, gen_random_uuid(), user_id, 'k' || n, report, form, arguments, whole, quiet, "
        "'cancelled', job_id, true, now(), now() from report_exports, generate_series(1, 49) n "
        "where export_id = '" +
        to_text(done.id.uuid) + "'");
    EXPECT_FALSE(asked(north));
}

TEST_F(Writings, WhoseJobWasGivenUpHasFailed) {
    const ExportId id = world.ask_for(north, csv(north));
    world.superuser().run("update jobs set state = 'discarded' where kind = 'report.export'");
    world.in(north, [&](tenancy::TenantTx& tx) {
        return jobs::enqueue(tx, sweep_job(), world.clock, world.rng);
    });
    world.run();
    EXPECT_EQ(world.look(north, id).error_code, "internal");
}

} // namespace
} // namespace bw::exports
