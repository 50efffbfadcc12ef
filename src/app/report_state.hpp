// What the process that keeps reports says of itself, on its admin listener: for /readyz, /metrics,
// the overview and the walls, there and where another process shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::app {

struct ReportState {
    std::string state, reason;         // the projector's; the reason may be empty
    std::optional<Instant> as_of;      // nullopt: there was no snapshot yet
    std::optional<double> lag_seconds; // as of the moment when it was told
    std::optional<std::int64_t> slot_bytes_behind, slot_bytes_left;
    std::int64_t set_aside = 0;
    std::uint64_t rows = 0, commits = 0, snapshots = 0;           // since the process began
    std::uint64_t run = 0, kept = 0, failed = 0, turned_away = 0; // reports asked for, likewise
    double running_seconds = 0;                                   // of those that were run
    std::optional<std::uint64_t> memory_bytes, file_bytes;        // of the store
    std::vector<std::string> hint_listeners = {}; // who in that process acts on forecasts
};

/// As an object; and back, from /readyz, where it is `reports`.
void write(JsonWriter& json, const ReportState& state);
Result<ReportState> report_state_in(std::string_view readyz);

} // namespace bw::app
