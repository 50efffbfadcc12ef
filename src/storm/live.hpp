// The live storm: a class begins and everybody opens it, over real HTTP through real edges, whose
// caches begin empty; in several ways, one of them as it is built to be, others with one thing
// switched off, which must then miss its bar.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "storm/live_report.hpp"

namespace bw::storm {

struct LiveOptions {
    /// Of each way, its edges: as EdgeSpec reads them. Known ways: as-built, warm-off, lock-off,
    /// jitter-off, edge-killed (two edges), on-demand.
    std::vector<std::pair<std::string, std::vector<std::string>>> edges = {};
    pid_t killed = 0; // the first edge of edge-killed, with its children; that way needs it
    std::uint16_t origin_port = 0;
    Duration origin_delay = 100ms;
    std::string secret; // addresses are signed with it
    std::size_t viewers = 8'000;
    Duration over = 5s, watch = 5s;
    std::size_t recording_segments = 3;
    std::chrono::seconds token_lifetime{6}; // short, so that renewals are among what is measured
    std::uint64_t seed = 1;
    bool latency_bars = true;
    std::string report_path = {};
};

/// An error: it could not be held. What it found is in the report.
Result<LiveReport> run_live(const LiveOptions& options, const Clock& clock, Rng& rng,
                            std::FILE* out);

} // namespace bw::storm
