// A teacher's upload becomes a ladder, by real ffmpeg in the sandbox; what is no video is told.
#include <gmock/gmock.h>

#include <cstdlib>

#include "recordings/world_for_test.hpp"

namespace bw::recordings {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct TranscodingTest : test::World {
    /// Of ffmpeg's arguments, as a file.
    Bytes made_by_ffmpeg(const std::string& arguments, const char* name = "in.mp4") {
        const auto file = machine.path() / name;
        EXPECT_EQ(std::system(("ffmpeg -nostdin -v error -y " + arguments + " " + file.string())
                                  .c_str()), // NOLINT(cert-env33-c): our own words
                  0);
        std::ifstream in(file, std::ios::binary);
        return Bytes(std::istreambuf_iterator<char>(in), {});
    }
    RecordingId put_up(const Bytes& bytes) {
        files::Upload upload = planned(bytes.size());
        EXPECT_TRUE(make(upload));
        EXPECT_TRUE(all_sent(upload, bytes));
        upload_id = upload.id;
        const auto added = in(north, [&](tenancy::TenantTx& tx) {
            return add_upload(tx, section, upload.id, ada, "Bells", clock, rng);
        });
        EXPECT_TRUE(added) << (added ? "" : added.error().text());
        return added.value_or(RecordingId{});
    }
    /// A rung's init and segments behind each other, as a player has them; what ffprobe says.
    std::string probed(RecordingId id, const std::string& rung, const std::string& what) {
        Bytes all = watch(north, id, rung + "/init-0.mp4").value_or("");
        for (int i = 0;; ++i) {
            const auto segment = watch(north, id, rung + "/" + std::to_string(i) + ".m4s");
            if (!segment)
                break;
            all += *segment;
        }
        write(machine.path() / "out.mp4", all);
        const std::string answer = (machine.path() / "answer").string();
        EXPECT_EQ(
            std::system(("ffprobe -v error -count_frames -show_entries " + what + " -of csv=p=0 " +
                         (machine.path() / "out.mp4").string() + " > " + answer)
                            .c_str()), // NOLINT(cert-env33-c)
            0);
        std::string line;
        std::getline(std::ifstream(answer) >> std::ws, line);
        return line;
    }
    files::UploadId upload_id;
};

TEST_F(TranscodingTest, AnUploadBecomesALadderNotAboveItself) {
    const RecordingId id = put_up(made_by_ffmpeg(
        "-f lavfi -i testsrc=s=320x400:r=30:d=5 -f lavfi -i sine=r=44100:d=5 -c:v libx264 "
        "-preset ultrafast -c:a aac"));
    EXPECT_EQ(value("select held from uploads"), "t");
    does(north, transcode, id);
    const Recording made = recording(north, id);
    ASSERT_EQ(made.state, State::ready) << made.error_detail;
    EXPECT_EQ(made.progress, 1'000);
    EXPECT_NEAR(static_cast<double>(made.duration / 1ms), 5'000, 100);
    const Bytes master = watch(north, id, "index.m3u8").value_or("");
    EXPECT_THAT(master, HasSubstr(",RESOLUTION=288x360,CODECS=\"avc1.64"));
    EXPECT_THAT(master, HasSubstr(",mp4a.40.2\",AUDIO=\"sound\"\n360/index.m3u8"));
    EXPECT_THAT(master, HasSubstr("240/index.m3u8"));
    EXPECT_THAT(master, Not(HasSubstr("480/index.m3u8")));
    EXPECT_EQ(probed(id, "360", "stream=height"), "360");
    EXPECT_EQ(probed(id, "240", "stream=height"), "240");
    EXPECT_THAT(probed(id, "sound", "stream=codec_name,sample_rate"), HasSubstr("aac,48000"));
    EXPECT_THAT(watch(north, id, "360/index.m3u8").value_or(""),
                HasSubstr("#EXTINF:2.000,\n0.m4s\n#EXTINF:2.000,\n1.m4s\n#EXTINF:1.0"));
    EXPECT_EQ(value("select held from uploads"), "f") << "its owner's again";
    EXPECT_FALSE(std::filesystem::exists(scratch / id.text()));
}

TEST_F(TranscodingTest, WhatIsNoVideoIsTold) {
    const auto why = [&](const Bytes& bytes) {
        const RecordingId id = put_up(bytes);
        does(north, transcode, id);
        const Recording of = recording(north, id);
        EXPECT_EQ(of.state, State::failed);
        EXPECT_EQ(of.error_code, "invalid_field");
        EXPECT_EQ(
            value("select held from uploads where upload_id = '" + to_text(upload_id.uuid) + "'"),
            "f");
        return of.error_detail;
    };
    EXPECT_THAT(why("an essay, and no video"), HasSubstr("cannot be read as a video"));
    EXPECT_THAT(why(made_by_ffmpeg("-f lavfi -i sine=d=1 -c:a aac", "in.m4a")),
                HasSubstr("no moving picture"));
    const Bytes video = made_by_ffmpeg("-f lavfi -i testsrc=s=160x120:d=3 -c:v libx264");
    EXPECT_THAT(why(video.substr(0, video.size() / 2)), HasSubstr("cannot be read as a video"));
    // Nothing outside is read because a file says so.
    EXPECT_THAT(why("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
                HasSubstr("cannot be read"));
    EXPECT_THAT(why("ffconcat version 1.0\nfile '/etc/passwd'\n"), HasSubstr("cannot be read"));
}

TEST_F(TranscodingTest, WhoeverGoesOnMakesTheRestAlone) {
    const RecordingId id = put_up(
        made_by_ffmpeg("-f lavfi -i testsrc=s=320x400:r=25:d=3 -c:v libx264 -preset ultrafast"));
    JobParts with = job_parts();
    int rungs = 0;
    with.busy = [&rungs] { return ++rungs == 3; }; // at the beginning, then before each rung
    EXPECT_EQ(attempt(north, transcode, with, id).value(), std::nullopt);
    EXPECT_EQ(recording(north, id).state, State::working);
    const std::string before = value("select string_agg(rung, ' ' order by number) from "
                                     "recording_pieces");
    EXPECT_THAT(before, HasSubstr("360"));
    EXPECT_THAT(before, Not(HasSubstr("240")));
    const std::string first = value("select min(number) from recording_pieces");
    does(north, transcode, id);
    EXPECT_EQ(recording(north, id).state, State::ready);
    EXPECT_TRUE(store->size(object_key(north.scope.tenant(), id, std::stoll(first)), soon()));
    EXPECT_THAT(watch(north, id, "index.m3u8").value_or(""), Not(HasSubstr("sound")));
}

TEST_F(TranscodingTest, RemovedMeanwhileItEnds) {
    const RecordingId id = put_up(
        made_by_ffmpeg("-f lavfi -i testsrc=s=320x400:r=25:d=3 -c:v libx264 -preset ultrafast"));
    JobParts with = job_parts();
    int looks = 0;
    with.busy = [&] {
        if (++looks == 2) { // before its first rung
            const Recording seen = recording(north, id);
            EXPECT_TRUE(
                in(north, [&](tenancy::TenantTx& tx) { return remove(tx, seen, clock, rng); }));
        }
        return false;
    };
    EXPECT_TRUE(attempt(north, transcode, with, id));
    EXPECT_EQ(looks, 2) << "it went on";
    does(north, sweep);
    EXPECT_EQ(value("select count(*) from recordings"), "0");
    EXPECT_EQ(objects(), 1U) << "the upload, which is its owner's again";
    EXPECT_EQ(value("select held from uploads"), "f");
}

TEST_F(TranscodingTest, AFullDiskWaits) {
    const RecordingId id = put_up("whatever");
    JobParts with = job_parts();
    with.disk_bytes_kept_free = 1ULL << 60;
    EXPECT_EQ(attempt(north, transcode, with, id).error().code, Code::storage_full);
    EXPECT_EQ(recording(north, id).state, State::waiting);
}

} // namespace
} // namespace bw::recordings
