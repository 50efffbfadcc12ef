// The operators' bell board as JSON: the next bells, the forecast beside what came, and how wrong
// past days were. Pure: what it shows and the time are arguments.
#pragma once

#include <string>
#include <vector>

#include "forecast/keeper.hpp"

namespace bw::forecast {

struct BellBoard {
    const Standing* standing = nullptr; // null: none that holds
    const Days* days = nullptr;         // null: nothing was looked at yet
    const lane::DemandHints& hints;
    std::vector<std::string> listeners_elsewhere;
    const tenancy::TenantDirectory& directory;
};

/// So many bells are listed, and so much is shown of the time about now.
constexpr std::size_t bells_limit = 100, largest_limit = 5;
constexpr Duration shown_behind = 12h, shown_ahead = 12h;

std::string to_json(const BellBoard& board, Kind kind, Instant now);

} // namespace bw::forecast
