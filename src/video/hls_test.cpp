#include "video/hls.hpp"

#include <gmock/gmock.h>

namespace bw::video {
namespace {

using ::testing::ElementsAre;

TEST(Hls, NamesRenditionsTheBottomRungFirst) {
    const auto master =
        Hls::parse("#EXTM3U\r\n#EXT-X-VERSION:7\r\n"
                   "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a,b\",NAME=\"x\",URI=\"a/index.m3u8\"\r\n"
                   "#EXT-X-STREAM-INF:BANDWIDTH=1664000,CODECS=\"avc1.64001f,mp4a.40.2\"\r\n"
                   "v0/index.m3u8\r\n"
                   "#EXT-X-STREAM-INF:CODECS=\"avc1.64001f,mp4a.40.2\",BANDWIDTH=284000\r\n"
                   "v1/index.m3u8\r\n");
    ASSERT_TRUE(master);
    ASSERT_EQ(master->renditions.size(), 3U);
    EXPECT_EQ(master->renditions[0].uri, "a/index.m3u8");
    EXPECT_EQ(master->renditions[1].uri, "v1/index.m3u8");
    EXPECT_EQ(master->renditions[1].bandwidth, 284'000U);
    EXPECT_EQ(master->renditions[2].uri, "v0/index.m3u8");
    EXPECT_THAT(master->segments, ElementsAre());
}

TEST(Hls, NamesSegmentsAndWhatComesBeforeThem) {
    const auto media =
        Hls::parse("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:17\n"
                   "#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2.000,\ns17.m4s\n"
                   "#EXT-X-DISCONTINUITY\n#EXTINF:2.000,\n#EXT-X-BYTERANGE:1@0\ns18.m4s\n"
                   "stray.m4s\n#EXT-X-ENDLIST");
    ASSERT_TRUE(media);
    EXPECT_EQ(media->init, "init.mp4");
    EXPECT_EQ(media->first, 17U);
    EXPECT_THAT(media->segments, ElementsAre("s17.m4s", "s18.m4s"));
    EXPECT_EQ(media->target_seconds, 2U);
    EXPECT_TRUE(media->ended);
}

TEST(Hls, WhatIsNoneIsRefused) {
    for (const std::string& text :
         {std::string(), std::string("<html>"), "#EXTM3U\n" + std::string(1'001, 'x'),
          "#EXTM3U\n" + std::string(5'000'000, '\n')})
        EXPECT_FALSE(Hls::parse(text)) << text.size();
}

TEST(Hls, AnAddressStaysInItsFolder) {
    EXPECT_EQ(beside("/live/1/x/t/c/index.m3u8", "v0/index.m3u8"), "/live/1/x/t/c/v0/index.m3u8");
    for (const char* uri : {"", "/v0.m3u8", "../d/v0.m3u8", "http://elsewhere.example/v0.m3u8",
                            "a b.m4s", "a\r\nHost: b"})
        EXPECT_EQ(beside("/live/1/x/t/c/index.m3u8", uri), "") << uri;
}

} // namespace
} // namespace bw::video
