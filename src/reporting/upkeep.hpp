// Rollups kept up with the rows: what the mirror calls before each of its commits.
#pragma once

#include "base/time.hpp"
#include "reporting/mirror.hpp"

namespace bw::reporting {

/// `clock` outlives it.
AfterApply rollup_upkeep(const Clock& clock);

} // namespace bw::reporting
