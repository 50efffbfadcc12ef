// Rollups kept up with the rows: what the mirror calls before each of its commits.
#pragma once

#include "base/time.hpp"
#include "reporting/mirror.hpp"

namespace bw::reporting {

/// While changes come in without end, rollups are made anew in some commits only, so that rows are
/// not kept waiting; what is stale is noted in each. `clock` outlives it.
AfterApply rollup_upkeep(const Clock& clock);

} // namespace bw::reporting
