// A school year's activities written straight into a report process's file while it is stopped,
// past primary and stream: for sizes at which those take too long. Does not belong here: what
// happens in it (year), the same in PostgreSQL (fill).
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "base/time.hpp"
#include "year/year.hpp"

namespace bw::year {

/// In place of those that `directory`, the `reports` of a data directory, has. Rollups go, and
/// that the file is to be made anew is due: the process does both when it starts. A line of
/// progress every ten million. Answers how many.
Result<std::int64_t> fill_store(const std::filesystem::path& directory, const Schools& schools,
                                const Plan& plan, const Clock& clock);

} // namespace bw::year
