// What came of a live storm, way by way: who saw something and when, what came from the edges, what
// the origin was asked for, and which bars that holds. Pure.
#pragma once

#include <string>
#include <vector>

#include "storm/latencies.hpp"
#include "storm/live_origin.hpp"
#include "video/edge.hpp"

namespace bw::storm {

/// What the origin was asked for, held against what edges may ask.
struct OriginAsked {
    std::size_t fetches = 0, playlists = 0; // of them
    std::size_t objects = 0;                // different ones, at each edge
    /// More than one of an object by an edge in its time to live: a playlist's is a second,
    /// anything else's the whole storm.
    std::size_t too_early = 0;
    std::size_t at_once = 0; // of one object by one edge, at most
    std::uint64_t bytes = 0;
};
OriginAsked asked_of(const std::vector<Fetch>& fetches);

/// The same class, with something switched off or broken; each at edges of its own, whose caches
/// were empty.
struct LiveWay {
    std::string name;
    bool control = false;   // must miss a bar: else the bars prove nothing
    bool edge_dies = false; // somebody has to move: else nothing was killed
    std::size_t viewers = 0, started = 0, failed = 0;
    std::uint64_t moved = 0;   // went over to another edge
    std::uint64_t renewed = 0; // addresses
    std::uint64_t refused = 0; // 403 and 410
    std::uint64_t retried = 0; // any other answer than a good one
    Latencies first;           // segment whole, from the moment at which the viewer came
    Latencies back;            // from an answer that did not come to the next good one
    Duration lag{};            // of the viewers themselves, at most
    video::Hits hits;
    OriginAsked origin;
    std::size_t rungs_planned = 0, rungs_warm = 0; // before the bell; 0: nothing was warmed
    Duration warming{};
    double byte_bar = 0;        // of segments from the edge, at least
    Duration first_bar{};       // p99 of `first`, below; 0: there is none
    std::string missed_by = {}; // of a control: the bar that it must miss, "first" or "early"
    std::string why = {};       // a viewer failed: the first reason

    double offload() const; // bytes that the origin did not send
    bool first_held() const { return first_bar == Duration{} || first.quantile(0.99) < first_bar; }
    bool bytes_held() const { return hits.segments.by_bytes() >= byte_bar; }
    bool early_held() const { return origin.too_early == 0; }
    bool move_held() const { return !edge_dies || moved > 0; }
    /// With the latency bars, or without them on a machine that does other work.
    bool ok(bool latency_bars) const;
};

struct LiveReport {
    std::vector<LiveWay> ways;
    std::size_t viewers = 0;
    Duration over{}, watch{}, delay{};
    bool latency_bars = true;

    bool ok() const;
    std::string text() const;
    std::string json() const;
};

} // namespace bw::storm
