// What a class left at the ingest becomes a recording: once, whole, whoever dies on the way.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "base/sha256_stream.hpp"
#include "blob/store_for_test.hpp"
#include "recordings/archive.hpp"
#include "recordings/world_for_test.hpp"

namespace bw::recordings {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using TakingTest = test::World;

/// As `take` wrote it, all that was left can be watched, and no object is in vain.
void expect_whole(test::World& world, const tenancy::TenantInfo& of, int segments) {
    const auto made = world.of_the_class(of);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->state, State::ready) << made->error_detail;
    EXPECT_EQ(made->duration, 2s * segments);
    for (const std::string rung : {"120", "60", "sound"}) {
        const auto playlist = world.watch(of, made->id, rung + "/index.m3u8");
        ASSERT_TRUE(playlist) << playlist.error().text();
        EXPECT_THAT(*playlist, HasSubstr("#EXT-X-ENDLIST"));
        EXPECT_EQ(world.watch(of, made->id, rung + "/init-0.mp4").value_or("none"),
                  "init of " + rung);
        for (int i = 0; i < segments; ++i) {
            const std::string name = rung + "/" + std::to_string(i) + ".m4s";
            EXPECT_THAT(*playlist, HasSubstr("\n" + std::to_string(i) + ".m4s\n"));
            EXPECT_EQ(world.watch(of, made->id, name).value_or("none"),
                      test::World::segment_bytes(of, rung, i))
                << name;
        }
        EXPECT_FALSE(world.watch(of, made->id, rung + "/" + std::to_string(segments) + ".m4s"));
    }
}

TEST_F(TakingTest, AClassIsTakenAndThenGoesFromTheIngest) {
    class_ended(north);
    left_at_ingest(north, 12);
    left_at_ingest(south, 3); // another institution's: not ended
    does(north, look_for_classes);
    does(south, look_for_classes);
    EXPECT_FALSE(of_the_class(south));
    const auto waiting = of_the_class(north);
    ASSERT_TRUE(waiting);
    EXPECT_EQ(waiting->state, State::waiting);
    EXPECT_EQ(waiting->title, "Bells");
    EXPECT_EQ(value("select count(*) from jobs where kind = 'recording.take'"), "1");
    does(north, look_for_classes); // again: the same
    EXPECT_EQ(value("select count(*) from jobs where kind = 'recording.take'"), "1");

    does(north, take, waiting->id);
    expect_whole(*this, north, 12);
    // Pieces of 20,000 bytes: 4 segments each, of three rungs; and the manifest.
    EXPECT_EQ(objects(), 3 * 3 + 1U);
    EXPECT_EQ(value("select recording from live_classes"), waiting->id.text());
    EXPECT_EQ(value("select count(*) from recording_pieces"), "0");
    EXPECT_EQ(value("select count(*) from audit_events where action = 'recording.made'"), "1");
    does(north, take, waiting->id); // once more: nothing
    EXPECT_EQ(objects(), 3 * 3 + 1U);

    does(north, look_for_classes);
    EXPECT_FALSE(std::filesystem::exists(archive / stream(north)));
    EXPECT_TRUE(std::filesystem::exists(archive / stream(south)));
    expect_whole(*this, north, 12);
    // What is another's looks like nothing.
    EXPECT_EQ(watch(south, waiting->id, "index.m3u8").error().code, Code::not_found);
}

/// Fails, or kills the process, once so many bytes were appended.
class TrippingStore final : public blob::Store {
public:
    TrippingStore(blob::Store& store, std::int64_t bytes, bool kills)
        : store_(store), left_(bytes), kills_(kills) {}

    class TrippingDraft final : public blob::Draft {
    public:
        TrippingDraft(std::unique_ptr<blob::Draft> draft, TrippingStore& of)
            : draft_(std::move(draft)), of_(of) {}
        const std::string& token() const override { return draft_->token(); }
        Result<void> append(ByteView bytes, Deadline deadline) override {
            of_.left_ -= static_cast<std::int64_t>(bytes.size());
            if (of_.left_ < 0 && of_.kills_)
                ::kill(::getpid(), SIGKILL);
            if (of_.left_ < 0)
                return fail(Code::storage_full, "full");
            return draft_->append(bytes, deadline);
        }
        Result<std::uint64_t> sync(Deadline deadline) override { return draft_->sync(deadline); }
        Result<void> finish(Deadline deadline) override { return draft_->finish(deadline); }

    private:
        std::unique_ptr<blob::Draft> draft_;
        TrippingStore& of_;
    };
    Result<std::unique_ptr<blob::Draft>> begin(const std::string& key, Deadline deadline) override {
        return std::make_unique<TrippingDraft>(TRY(store_.begin(key, deadline)), *this);
    }
    Result<void> adopt(const std::string& key, const std::string& token, std::uint64_t bytes,
                       Deadline deadline) override {
        return store_.adopt(key, token, bytes, deadline);
    }
    Result<void> discard(const std::string& key, const std::string& token,
                         Deadline deadline) override {
        return store_.discard(key, token, deadline);
    }
    Result<std::uint64_t> size(const std::string& key, Deadline deadline) override {
        return store_.size(key, deadline);
    }
    Result<Bytes> read(const std::string& key, std::uint64_t offset, std::size_t bytes,
                       Deadline deadline) override {
        return store_.read(key, offset, bytes, deadline);
    }
    Result<void> remove(const std::string& key, Deadline deadline) override {
        return store_.remove(key, deadline);
    }
    Result<void> remove_series(const std::string& prefix, std::int64_t last,
                               const std::set<std::string>& spared, Deadline deadline) override {
        return store_.remove_series(prefix, last, spared, deadline);
    }
    Result<std::optional<std::uint64_t>> room() override { return store_.room(); }

private:
    blob::Store& store_;
    std::int64_t left_;
    const bool kills_;
};

TEST_F(TakingTest, WhoeverGoesOnAfterAKillBeginsBehindWhatIsWhole) {
    class_ended(north);
    left_at_ingest(north, 12);
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    for (const int bytes : {45'000, 70'000, 1'000}) { // the last one dies at once
        const pid_t child = ::fork();
        if (child == 0) {
            database.release(); // the parent's connection stays as it is
            database = installation.database();
            TrippingStore tripping(*store, bytes, true);
            JobParts with{.store = tripping,
                          .clock = clock,
                          .rng = rng,
                          .archive = archive,
                          .quiet = {},
                          .bytes_in_piece = 20'000};
            static_cast<void>(attempt(north, take, with, id));
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        EXPECT_EQ(recording(north, id).state, State::working);
    }
    EXPECT_EQ(watch(north, id, "index.m3u8").error().code, Code::not_found) << "half of it";
    // 45,000 bytes were two pieces and a bit, 70,000 three more and a bit; and a rung's end.
    EXPECT_EQ(value("select count(*) from recording_pieces"), "6");
    TrippingStore counting(*store, 85'000, false); // what is left, not all 180,000
    JobParts with = job_parts();
    JobParts limited{.store = counting,
                     .clock = clock,
                     .rng = rng,
                     .archive = archive,
                     .quiet = {},
                     .bytes_in_piece = with.bytes_in_piece};
    const auto done = attempt(north, take, limited, id);
    ASSERT_TRUE(done) << done.error().text();
    expect_whole(*this, north, 12);
    EXPECT_EQ(objects(), 3 * 3 + 1U) << "what the dead left is gone";
}

TEST_F(TakingTest, AFullStoreIsTriedAgainAndLosesNothing) {
    class_ended(north);
    left_at_ingest(north, 12);
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    TrippingStore full(*store, 45'000, false);
    const JobParts with{.store = full,
                        .clock = clock,
                        .rng = rng,
                        .archive = archive,
                        .quiet = {},
                        .bytes_in_piece = 20'000};
    EXPECT_EQ(attempt(north, take, with, id).error().code, Code::storage_full);
    EXPECT_EQ(recording(north, id).state, State::working);
    EXPECT_GT(recording(north, id).progress, 0);
    does(north, take, id);
    expect_whole(*this, north, 12);
}

TEST_F(TakingTest, WhatIsMissingIsTold) {
    class_ended(north);
    // The teacher came back with another clock; the disk was full for a while, and at the end; a
    // line was cut by a kill.
    left_at_ingest(north, 4,
                   "104 2.0 init-2.mp4 d\n107 1.5 init-2.mp4 g\n108 2.0 in\n109 2.0 init-2.mp4 -\n"
                   "999 2.0 init-2.mp4 -\ngap\n");
    for (const char* rung : {"120", "60", "sound"}) {
        const auto at = archive / stream(north) / rung;
        write(at / "init-2.mp4", "another init");
        for (const char* n : {"104", "107", "109"})
            write(at / (std::string(n) + ".m4s"), n);
    }
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    does(north, take, id);
    EXPECT_EQ(recording(north, id).gaps, 2); // before 107; and 109, with what is missing around it
    EXPECT_EQ(*watch(north, id, "120/index.m3u8"),
              "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n"
              "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
              "#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXTINF:2.000,\n0.m4s\n#EXTINF:2.000,\n1.m4s\n"
              "#EXTINF:2.000,\n2.m4s\n#EXTINF:2.000,\n3.m4s\n#EXT-X-DISCONTINUITY\n"
              "#EXT-X-MAP:URI=\"init-1.mp4\"\n#EXTINF:2.000,\n4.m4s\n#EXT-X-DISCONTINUITY\n"
              "#EXTINF:1.500,\n5.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:2.000,\n6.m4s\n"
              "#EXT-X-ENDLIST\n");
}

TEST_F(TakingTest, NothingOfAClassIsAFailureThatSaysSo) {
    class_ended(north);
    left_at_ingest(north, 0);
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    does(north, take, id);
    EXPECT_EQ(recording(north, id).state, State::failed);
    EXPECT_THAT(recording(north, id).error_detail, HasSubstr("nothing of the class was kept"));
    EXPECT_EQ(objects(), 0U);
    does(north, look_for_classes);
    EXPECT_TRUE(std::filesystem::exists(archive / stream(north)))
        << "the only copy of what was not taken goes when it is old, not before";
}

TEST_F(TakingTest, ItWaitsUntilTheClassIsQuiet) {
    class_ended(north);
    left_at_ingest(north, 4);
    does(north, look_for_classes);
    JobParts with = job_parts();
    with.quiet = 1h;
    EXPECT_EQ(attempt(north, take, with, of_the_class(north)->id).value(), std::nullopt);
    with.quiet = {};
    with.busy = [] { return true; };
    EXPECT_EQ(attempt(north, take, with, of_the_class(north)->id).value(), std::nullopt);
}

TEST_F(TakingTest, WhoIsErasedIsInNoRecording) {
    class_ended(north);
    left_at_ingest(north, 4);
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    does(north, take, id);
    const auto erased =
        in(north, [&](tenancy::TenantTx& tx) { return forget_person(tx, ada, clock, rng); });
    ASSERT_TRUE(erased) << erased.error().text();
    EXPECT_EQ(watch(north, id, "index.m3u8").error().code, Code::not_found);
    EXPECT_EQ(value("select count(*) from jobs where kind = 'recording.sweep'"), "1");
    does(north, sweep);
    EXPECT_EQ(objects(), 0U);
    EXPECT_EQ(value("select count(*) from recordings where title <> '' or shows is not null"), "0");
    EXPECT_EQ(value("select coalesce(recording, 'none') from live_classes"), "none");
}

TEST_F(TakingTest, WhoWasErasedBeforeIsNotTaken) {
    class_ended(north);
    left_at_ingest(north, 4);
    installation.superuser().run(
        "begin; set local bw.tenant = '" + to_text(north.scope.tenant().uuid) +
        "'; insert into subject_keys (subject_id, created_at, erased_at) values "
        "('00000000-0000-7000-8000-00000000000a', now(), now()); commit");
    does(north, look_for_classes);
    EXPECT_FALSE(of_the_class(north));
    EXPECT_FALSE(std::filesystem::exists(archive / stream(north)));
}

TEST_F(TakingTest, RemovedWhileItIsTakenLeavesNothing) {
    class_ended(north);
    left_at_ingest(north, 12);
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    TrippingStore full(*store, 45'000, false);
    const JobParts with{.store = full,
                        .clock = clock,
                        .rng = rng,
                        .archive = archive,
                        .quiet = {},
                        .bytes_in_piece = 20'000};
    EXPECT_FALSE(attempt(north, take, with, id));
    const Recording seen = recording(north, id);
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return remove(tx, seen, clock, rng); }));
    does(north, take, id);
    does(north, sweep);
    EXPECT_EQ(objects(), 0U);
    EXPECT_EQ(value("select coalesce(recording, 'none') from live_classes"), "none");
    // What lies at the ingest is not taken once more, and goes there too.
    does(north, look_for_classes);
    EXPECT_FALSE(of_the_class(north));
    EXPECT_FALSE(std::filesystem::exists(archive / stream(north)));
    pass(std::chrono::hours(24 * 9));
    does(north, sweep);
    EXPECT_EQ(value("select count(*) from recordings"), "0");
}

TEST_F(TakingTest, WhatIsOldGoes) {
    class_ended(north);
    left_at_ingest(north, 4);
    does(north, look_for_classes);
    does(north, take, of_the_class(north)->id);
    JobParts with = job_parts();
    with.keep = 24h * 30;
    ASSERT_TRUE(attempt(north, sweep, with));
    EXPECT_TRUE(of_the_class(north));
    pass(std::chrono::hours(24 * 31));
    ASSERT_TRUE(attempt(north, sweep, with));
    EXPECT_FALSE(of_the_class(north));
    EXPECT_EQ(objects(), 0U);
}

struct TakingIntoS3 : test::World {
    TakingIntoS3() : test::World(s3()) {}
    static std::unique_ptr<blob::Store> s3() {
        const blob::test::Swift* swift = blob::test::Swift::shared();
        if (!swift)
            return nullptr;
        static const SystemClock clock;
        static SystemRng rng;
        return blob::open_s3_store(swift->options(), clock, rng, Deadline::in(clock, 20s)).value();
    }
};

TEST_F(TakingIntoS3, IsTheSame) {
    if (!blob::test::Swift::shared())
        GTEST_SKIP() << "Swift is not installed";
    class_ended(north);
    left_at_ingest(north, 6);
    does(north, look_for_classes);
    const RecordingId id = of_the_class(north)->id;
    does(north, take, id);
    expect_whole(*this, north, 6);
    const Recording seen = recording(north, id);
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return remove(tx, seen, clock, rng); }));
    does(north, sweep);
    EXPECT_FALSE(store->size(object_key(north.scope.tenant(), id, 1), soon()));
}

} // namespace
} // namespace bw::recordings
