// Warming: what a class's viewers will ask for is asked for beforehand, through every edge and for
// every rung, and then looked at again: the edge itself must say that it has it. Blocks with a
// deadline; on a thread that may.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "video/edge.hpp"

namespace bw::video {

struct WarmPlan {
    std::string of_class; // its stream's ref: stands in the report
    std::string target;   // its master playlist's signed path
};

struct WarmOptions {
    std::size_t newest = 3;   // segments from a playlist's end: where players begin
    std::size_t at_once = 16; // requests in flight, over all edges
};

/// What it came to. Handed in again, warming goes on where it was: what was verified is not asked
/// for again, but for playlists.
struct WarmReport {
    /// One rung of one class at one edge: the unit that is planned and verified.
    struct Pair {
        std::size_t edge = 0;
        std::string of_class,
            rung; // its playlist's address, relative to the master; empty: the master
        std::uint32_t bandwidth = 0;
        std::size_t objects = 0, verified = 0;
        std::string missing; // why it is not whole: the first of the reasons
        bool whole() const { return objects > 0 && verified == objects; }
    };
    std::vector<Pair> pairs;    // by edge, class and rung, the bottom rung first
    std::uint64_t requests = 0; // over all calls
    std::set<std::pair<std::size_t, std::string>> kept = {}; // edge and object, without the token

    std::size_t planned() const { return pairs.size(); }
    std::size_t verified() const;
    bool whole() const { return !pairs.empty() && verified() == planned(); }
};

/// Through every edge but those that are down, which count as planned and missing.
void warm(Edges& edges, const std::vector<WarmPlan>& plans, const WarmOptions& options,
          Deadline deadline, WarmReport& report);

} // namespace bw::video
