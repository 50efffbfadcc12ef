// Manifests: what is written is read again; what is not as we write it is refused.
#include "recordings/manifest.hpp"

#include <gtest/gtest.h>

#include "recordings/fragments.hpp"

namespace bw::recordings {
namespace {

const std::string master = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\","
                           "URI=\"sound/index.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"
                           "720/index.m3u8\n";

std::vector<Piece> pieces() {
    return {{.number = 3,
             .rung = "720",
             .bytes = 100,
             .contents = init_line(0, 10) + segment_line(2'000, 10, 90, false, false)},
            {.number = 5,
             .rung = "sound",
             .bytes = 30,
             .contents = init_line(0, 10) + segment_line(2'005, 10, 20, true, false)},
            {.number = 9,
             .rung = "720",
             .bytes = 40,
             .contents = segment_line(1'500, 0, 40, false, true)}};
}

TEST(Manifest, IsReadAsItWasWritten) {
    const auto read = Manifest::parse(Manifest::text(master, pieces()));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->master, master);
    ASSERT_EQ(read->rungs.size(), 2U);
    const auto place = read->find("720", "1.m4s");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->number, 9);
    EXPECT_EQ(place->bytes, 40U);
    EXPECT_EQ(read->find("720", "init-0.mp4")->number, 3);
    EXPECT_EQ(read->totals().duration_ms, 3'500);
    EXPECT_EQ(read->totals().gaps, 1);
    EXPECT_EQ(read->totals().bytes, 150);
    for (const char* name : {"2.m4s", "01.m4s", "-1.m4s", ".m4s", "1.m4s/", "../720/1.m4s",
                             "init-1.mp4", "init-.mp4", "99999999999999999999.m4s"})
        EXPECT_FALSE(read->find("720", name)) << name;
    EXPECT_FALSE(read->find("240", "0.m4s"));
}

TEST(Manifest, RefusesWhatItDoesNotWrite) {
    const std::string good = Manifest::text(master, pieces());
    for (std::size_t i = 0; i < good.size(); ++i) // a torn one
        EXPECT_FALSE(Manifest::parse(good.substr(0, i))) << good.substr(0, i);
    const auto with = [&](const std::string& contents) {
        auto all = pieces();
        all[2].contents = contents;
        return Manifest::parse(Manifest::text(master, all));
    };
    EXPECT_TRUE(with("segment 1500 0 40 -\n"));
    EXPECT_FALSE(with("segment 1500 1 40 -\n")); // outside its piece
    EXPECT_FALSE(with("segment 1500 0 0 -\n"));
    EXPECT_FALSE(with("segment 1500 18446744073709551615 2 -\n"));
    EXPECT_FALSE(with("segment -1 0 40 -\n"));
    EXPECT_FALSE(with("rung ../x\n"));
    EXPECT_FALSE(with("else\n"));
}

TEST(Manifest, AMasterLeadsNowhereElse) {
    EXPECT_TRUE(rungs_of_master(master));
    for (const char* line :
         {"../720/index.m3u8", "https://elsewhere/index.m3u8", "/index.m3u8", "720/other.m3u8",
          "#EXT-X-SESSION-DATA:DATA-ID=\"x\",URI=\"https://elsewhere\"",
          "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"https://elsewhere/index.m3u8\"",
          "#EXT-X-MEDIA:URI=\"a/index.m3u8\",URI=\"https://elsewhere\"",
          "#EXT-X-STREAM-INF:BANDWIDTH=1,URI=\"https://elsewhere\""})
        EXPECT_FALSE(rungs_of_master(master + line + "\n")) << line;
}

TEST(Fragments, OfWhatIsNoVideoAreRefused) {
    for (const std::string& bytes :
         {std::string("not a video at all, but text"), std::string(64, '\0'),
          std::string("\0\0\0\x08moof", 8), std::string("\0\0\0\x08moov", 8)}) {
        int calls = 0;
        Fragments fragments(
            {.init = [&](ByteView) -> Result<void> { return ++calls, Result<void>(); },
             .fragment = [&](ByteView, std::int64_t) -> Result<void> {
                 return ++calls, Result<void>();
             }});
        const auto taken = fragments.take(bytes);
        EXPECT_TRUE(!taken || !fragments.end());
        EXPECT_EQ(calls, 0);
    }
}

} // namespace
} // namespace bw::recordings
