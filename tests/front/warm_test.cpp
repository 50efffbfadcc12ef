// Warming through real edges: what is planned, what the edges then say, and what is told of what is
// missing.
#include <gmock/gmock.h>

#include "front/edge.hpp"
#include "video/warm.hpp"

namespace bw::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nv0/index.m3u8\n"
                               "#EXT-X-STREAM-INF:BANDWIDTH=200000\nv1/index.m3u8\n";

std::string media(int first) {
    std::string out =
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) +
        "\n#EXT-X-MAP:URI=\"init.mp4\"\n";
    for (int i = first; i < first + 5; ++i)
        out += "#EXTINF:2,\ns" + std::to_string(i) + ".m4s\n";
    return out;
}

struct Warm : ::testing::Test {
    Warm() {
        origin.serve("/t1/c1/index.m3u8", master);
        origin.serve("/t1/c1/v0/index.m3u8", media(10));
        origin.serve("/t1/c1/v1/index.m3u8", media(10));
    }
    std::unique_ptr<video::Edges> edges_of(const std::vector<const Edge*>& all) {
        std::vector<video::EdgeSpec> specs;
        for (const Edge* edge : all)
            specs.push_back(*video::EdgeSpec::parse("e" + std::to_string(specs.size()) +
                                                    ",here,1,http://" + edge->address()));
        return *video::Edges::make(std::move(specs), clock);
    }
    void warm(video::Edges& edges, video::WarmReport& report) {
        video::warm(edges, {{"t1/c1", signed_for("t1", "c1") + "index.m3u8"}}, {},
                    Deadline::in(clock, 10s), report);
    }

    SystemClock clock;
    Origin origin;
};

TEST_F(Warm, EveryEdgeHasEveryRungAndSaysSo) {
    Edge a(origin), b(origin);
    const auto edges = edges_of({&a, &b});
    video::WarmReport report;
    warm(*edges, report);
    ASSERT_EQ(report.planned(), 6U); // master and two rungs, twice
    EXPECT_TRUE(report.whole());
    EXPECT_EQ(report.pairs[0].rung, "");
    EXPECT_EQ(report.pairs[1].rung, "v1/index.m3u8"); // the bottom rung first
    EXPECT_EQ(report.pairs[1].objects, 5U);           // playlist, init, the three newest
    EXPECT_EQ(origin.asked("/t1/c1/v0/s14.m4s"), 2);
    EXPECT_EQ(origin.asked("/t1/c1/v0/s11.m4s"), 0);
    for (Edge* edge : {&a, &b})
        EXPECT_EQ(cache_of(edge->get(signed_for("t1", "c1", Edge::secret, 61s) + "v0/s14.m4s")),
                  "HIT");

    const std::uint64_t requests = report.requests;
    warm(*edges, report); // again, with nothing new: the playlists alone are looked at
    EXPECT_TRUE(report.whole());
    EXPECT_LE(report.requests - requests, 12U);
    origin.serve("/t1/c1/v0/index.m3u8", media(11));
    for (Deadline end = Deadline::in(clock, 20s);
         origin.asked("/t1/c1/v0/s15.m4s") < 2 && !end.expired(clock);)
        warm(*edges, report);
    EXPECT_TRUE(report.whole());
    EXPECT_EQ(origin.asked("/t1/c1/v0/s14.m4s"), 2);
}

TEST_F(Warm, WhatIsMissingIsNamed) {
    origin.serve("/t1/c1/v0/s13.m4s", "");
    Edge a(origin), b(origin);
    const auto edges = edges_of({&a, &b});
    b.kill();
    video::WarmReport report;
    warm(*edges, report);
    EXPECT_FALSE(report.whole());
    ASSERT_EQ(report.planned(), 4U);
    EXPECT_TRUE(report.pairs[1].whole());
    EXPECT_EQ(report.pairs[2].rung, "v0/index.m3u8");
    EXPECT_EQ(report.pairs[2].verified, 4U);
    EXPECT_EQ(report.pairs[2].missing, "t1/c1/v0/s13.m4s: status 404");
    EXPECT_THAT(report.pairs[3].missing, HasSubstr("t1/c1/index.m3u8: Nothing was sent"));

    for (int i = 0; i < 3; ++i)
        edges->probe(Deadline::in(clock, 5s));
    EXPECT_EQ(edges->state(0), video::EdgeState::up);
    EXPECT_EQ(edges->state(1), video::EdgeState::down);
    warm(*edges, report);
    EXPECT_EQ(report.pairs[3].missing, "the edge is down");
    EXPECT_EQ(edges->choose("here", "t1/c1").front(), 0U);
}

/// Fetched is not enough: an edge that does not cache is not warm.
TEST_F(Warm, AnEdgeThatKeepsNothingIsNotVerified) {
    // The origin itself, which says nothing of a cache.
    const auto edges = *video::Edges::make(
        {*video::EdgeSpec::parse("plain,here,1,http://" + origin.address())}, clock);
    video::WarmReport report;
    video::warm(*edges, {{"t1/c1", "/t1/c1/index.m3u8"}}, {}, Deadline::in(clock, 10s), report);
    EXPECT_EQ(report.planned(), 3U);
    EXPECT_EQ(report.verified(), 0U);
    EXPECT_THAT(report.pairs[0].missing, HasSubstr("the edge says ''"));
}

} // namespace
} // namespace bw::test
