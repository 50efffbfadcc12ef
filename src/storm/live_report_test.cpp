#include "storm/live_report.hpp"

#include <gmock/gmock.h>

namespace bw::storm {
namespace {

using ::testing::HasSubstr;

Fetch fetch(const char* edge, const char* object, Duration came, Duration took = 100ms) {
    return {edge, object, Monotonic{} + came, Monotonic{} + came + took, 10};
}

TEST(OriginAsked, CountsWhatAnEdgeAskedForTooOften) {
    struct {
        const char* what;
        std::vector<Fetch> fetches;
        std::size_t too_early, at_once;
    } cases[] = {
        {"a segment by two edges", {fetch("a", "x.m4s", 0s), fetch("b", "x.m4s", 0s)}, 0, 1},
        {"a segment twice", {fetch("a", "x.m4s", 0s), fetch("a", "x.m4s", 60s)}, 1, 1},
        {"and at once", {fetch("a", "x.m4s", 0s), fetch("a", "x.m4s", 50ms)}, 1, 2},
        {"a playlist each second",
         {fetch("a", "x.m3u8", 0s), fetch("a", "x.m3u8", 1'100ms), fetch("a", "x.m3u8", 2'200ms)},
         0,
         1},
        {"a playlist more often",
         {fetch("a", "x.m3u8", 0s), fetch("a", "x.m3u8", 600ms), fetch("a", "x.m3u8", 1'200ms)},
         1,
         1},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.what);
        const OriginAsked asked = asked_of(one.fetches);
        EXPECT_EQ(asked.too_early, one.too_early);
        EXPECT_EQ(asked.at_once, one.at_once);
        EXPECT_EQ(asked.fetches, one.fetches.size());
        EXPECT_EQ(asked.bytes, 10 * one.fetches.size());
    }
}

/// A way that holds everything; each case spoils one thing.
LiveWay good() {
    LiveWay way{
        .name = "as-built", .viewers = 2, .started = 2, .byte_bar = 0.995, .first_bar = 50ms};
    for (int i = 0; i < 1'000; ++i)
        way.hits.add(video::ObjectKind::segment, "HIT", 100);
    way.first.add(10ms);
    return way;
}

TEST(LiveReport, EachBarBitesAndControlsMustMissTheirs) {
    struct {
        const char* what;
        void (*spoil)(LiveWay&);
        bool ok, ok_without_latency;
    } cases[] = {
        {"nothing", [](LiveWay&) {}, true, true},
        {"somebody saw nothing", [](LiveWay& way) { way.started = 1; }, false, false},
        {"somebody gave up", [](LiveWay& way) { way.failed = 1; }, false, false},
        {"an address was refused", [](LiveWay& way) { way.refused = 1; }, false, true},
        {"a rung was not warm", [](LiveWay& way) { way.rungs_planned = 1; }, false, false},
        {"the origin was asked too often", [](LiveWay& way) { way.origin.too_early = 1; }, false,
         false},
        {"bytes came from the origin",
         [](LiveWay& way) { way.hits.add(video::ObjectKind::segment, "MISS", 600); }, false, false},
        {"playlists did, which are apart",
         [](LiveWay& way) { way.hits.add(video::ObjectKind::playlist, "MISS", 600); }, true, true},
        {"an edge was to die, and nobody noticed", [](LiveWay& way) { way.edge_dies = true; },
         false, false},
        {"an edge died, and people moved",
         [](LiveWay& way) {
             way.edge_dies = true;
             way.moved = 1;
         },
         true, true},
        {"people waited", [](LiveWay& way) { way.first.add(60ms); }, false, true},
        {"a control that misses",
         [](LiveWay& way) {
             way.missed_by = "first";
             way.first.add(60ms);
         },
         true, true},
        {"a control that holds", [](LiveWay& way) { way.missed_by = "first"; }, false, true},
        {"a control that asks too often",
         [](LiveWay& way) {
             way.missed_by = "early";
             way.origin.too_early = 1;
         },
         true, true},
        {"a control that does not", [](LiveWay& way) { way.missed_by = "early"; }, false, false},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.what);
        LiveReport report{.ways = {good()}};
        one.spoil(report.ways[0]);
        EXPECT_EQ(report.ok(), one.ok);
        EXPECT_THAT(report.text(), HasSubstr(one.ok ? "PASS" : "FAIL"));
        report.latency_bars = false;
        EXPECT_EQ(report.ok(), one.ok_without_latency);
    }
}

} // namespace
} // namespace bw::storm
