#include "video/edge.hpp"

#include <gmock/gmock.h>

#include <map>

namespace bw::video {
namespace {

EdgeSpec spec(std::string_view text) {
    return *EdgeSpec::parse(text);
}

TEST(EdgeSpec, IsReadFromOneLine) {
    const EdgeSpec read = spec("north-1,eu,2.5,https://north-1.school.example:8443");
    EXPECT_EQ(read.name, "north-1");
    EXPECT_EQ(read.region, "eu");
    EXPECT_EQ(read.weight, 2.5);
    EXPECT_EQ(read.url(), "https://north-1.school.example:8443");
    for (const char* text :
         {"", "a,b,1", "a,b,0,http://h", "a,b,-1,http://h", "a,b,nan,http://h", "a,b,1x,http://h",
          "a b,c,1,http://h", ",c,1,http://h", "a,b,1001,http://h", "a,b,1,ftp://h"})
        EXPECT_FALSE(EdgeSpec::parse(text)) << text;
}

TEST(EdgeHealth, FollowsWhatProbesSay) {
    using enum EdgeState;
    constexpr Probe good = Probe::good, drain = Probe::draining, fail = Probe::failed;
    struct {
        const char* what;
        std::vector<Probe> probes;
        EdgeState then;
    } cases[] = {
        {"one without an answer is none", {fail, fail}, up},
        {"three are", {fail, fail, fail}, down},
        {"in a row", {fail, fail, good, fail, fail}, up},
        {"one good answer is none", {fail, fail, fail, good}, down},
        {"two are", {fail, fail, fail, good, good}, up},
        {"in a row", {fail, fail, fail, good, fail, good}, down},
        {"draining at once", {drain}, draining},
        {"and back by two", {drain, good}, draining},
        {"", {drain, good, good}, up},
        {"down while draining", {drain, fail, fail, fail}, down},
        {"up again to drain", {fail, fail, fail, drain}, draining},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.what);
        EdgeHealth health;
        for (const Probe probe : one.probes)
            health.see(probe);
        EXPECT_EQ(health.state(), one.then);
    }
}

TEST(Edges, SpreadClassesByWeightWithinTheRegion) {
    SystemClock clock;
    const auto edges =
        *Edges::make({spec("a,eu,1,http://127.0.0.1:9"), spec("b,eu,3,http://127.0.0.1:9"),
                      spec("c,us,9,http://127.0.0.1:9")},
                     clock);
    std::map<std::size_t, int> first;
    for (int i = 0; i < 4'000; ++i) {
        const std::string of_class = "t/" + std::to_string(i);
        const auto order = edges->choose("eu", of_class);
        ASSERT_EQ(order.size(), 3U);
        EXPECT_EQ(order, edges->choose("eu", of_class)); // the same for each of its viewers
        EXPECT_EQ(order[2], 2U);                         // elsewhere: the last resort
        ++first[order[0]];
    }
    EXPECT_NEAR(first[0], 1'000, 150);
    EXPECT_NEAR(first[1], 3'000, 150);
}

TEST(Edges, OneThatGoesMovesItsOwnClassesAlone) {
    SystemClock clock;
    std::vector<EdgeSpec> specs{spec("a,eu,1,http://127.0.0.1:9"),
                                spec("b,eu,1,http://127.0.0.1:9"),
                                spec("c,eu,2,http://127.0.0.1:9")};
    const auto all = *Edges::make(specs, clock);
    specs.pop_back();
    const auto fewer = *Edges::make(std::move(specs), clock);
    for (int i = 0; i < 1'000; ++i) {
        const std::string of_class = "t/" + std::to_string(i);
        const auto before = all->choose("eu", of_class), after = fewer->choose("eu", of_class);
        EXPECT_EQ(after[0], before[0] == 2 ? before[1] : before[0]);
    }
}

TEST(Edges, TwoOfOneNameAreRefused) {
    SystemClock clock;
    EXPECT_FALSE(Edges::make({spec("a,eu,1,http://h"), spec("a,us,1,http://i")}, clock));
}

TEST(Hits, WhatIsShownOutOfDateCameFromTheEdge) {
    Hits hits;
    for (const char* status : {"HIT", "STALE", "UPDATING", "REVALIDATED"})
        hits.add(kind_of("t/c/v0.m3u8"), status, 100);
    for (const char* status : {"MISS", "EXPIRED", "BYPASS", ""})
        hits.add(kind_of("t/c/v0.m3u8"), status, 300);
    hits.add(kind_of("t/c/v0/s1.m4s"), "HIT", 9'000);
    hits.add(kind_of("t/c/v0/init.mp4"), "MISS", 1'000);
    EXPECT_EQ(hits.playlists.by_requests(), 0.5);
    EXPECT_EQ(hits.playlists.by_bytes(), 0.25);
    EXPECT_EQ(hits.segments.by_requests(), 0.5);
    EXPECT_EQ(hits.segments.by_bytes(), 0.9);
    EXPECT_EQ(Hits().segments.by_bytes(), 1);
    Hits sum;
    sum.add(hits);
    sum.add(hits);
    EXPECT_EQ(sum.segments.bytes, 20'000U);
}

} // namespace
} // namespace bw::video
