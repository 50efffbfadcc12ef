// The deadline storm: a whole cohort hands in as the bell rings, perhaps while the server dies, and
// afterwards every receipt is reckoned against what is recorded. A client of the API alone.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "storm/load.hpp"
#include "storm/report.hpp"

namespace bw::storm {

struct DeadlineOptions {
    std::string plan_path;
    std::string address = "127.0.0.1"; // numeric
    std::uint16_t port = 0;
    /// Where submissions go, a student's always to the same one; empty: to the target.
    std::vector<std::pair<std::string, std::uint16_t>> intakes = {};
    std::uint64_t submissions = 20'000;
    Duration over = 20s;
    std::optional<Duration> bell_after_start =
        {};                 // within `over`; without: at 95 % of it, so that a few arrive late
    std::uint64_t seed = 1; // of the load: who, when; keys differ in every run
    std::size_t connections = 256;
    std::size_t content_bytes = 1024;
    /// Not 0: files of so many bytes are handed in, declared first and uploaded to the target
    /// after their receipts, so many at once.
    std::size_t file_bytes = 0, uploads_at_once = 32;
    std::uint64_t others = 0; // handed in meanwhile by others than this storm
    Arrivals arrivals = Arrivals::deadline;
    double duplicates = 0.02;  // share of submissions clicked twice at once
    double careless = 0;       // share whose key comes again with another content
    std::size_t nuisances = 0; // slow and cut connections beside the storm, at any time
    struct Kill {
        std::string pidfile; // of the process to kill; whoever supervises it starts it again
        Duration at;         // after the start
    };
    std::optional<Kill> kill = {};
    Duration retry_for = 60s;     // after the intended arrival
    Duration list_for = 60s;      // how long the recorder may take to catch up, afterwards
    std::string report_path = {}; // JSON; empty: none
    std::string html_path = {};   // the same for people, with plots
    std::string store_path = {};  // directory of kept reports; empty: none
    std::string events_path =
        {}; // what was done to the server meanwhile, for those; see read_events
    bool progress = true;
};

constexpr std::uint64_t storm_submissions_limit = 1'000'000;

/// Moves the due instants, sends, reconciles, writes the JSON. Progress and the table go to `out`.
/// An error means that the storm could not be held (plan, set-up); what it found, good or bad, is
/// in the report: see DeadlineReport::ok().
Result<DeadlineReport> run_deadline(const DeadlineOptions& options, const Clock& clock, Rng& rng,
                                    std::FILE* out);

} // namespace bw::storm
