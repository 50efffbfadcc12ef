// Figures that are kept ready: by class and day, by class and assignment. What changed is made anew
// from the rows, never counted up, so that doing it twice changes nothing. Does not belong here:
// how rows come into the store (mirror), which reports read the figures (catalogue).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "columnar/connection.hpp"

namespace bw::reporting {

/// Makes their tables where they are missing, or are another version's: all is to be made anew then
/// (true). `base` is there. Any number of times.
Result<bool> prepare_rollups(columnar::Connection& store, Deadline deadline);

/// Statements that note what `rows`, a relation with the columns of `base.<table>`, makes stale;
/// empty if nothing follows from that table. To be run on the old rows before they go, and on the
/// new ones, in the transaction in which they change.
std::string noting_stale(std::string_view table, std::string_view rows);

/// Makes anew what was noted as stale: in the transaction in which rows changed, after all of them.
/// Any order of changes, and any cut of them into transactions, gives the same figures.
Result<void> refresh_rollups(columnar::Connection& store, Deadline deadline);

/// Makes everything anew: after a snapshot or a truncate.
Result<void> rebuild_rollups(columnar::Connection& store, Deadline deadline);

} // namespace bw::reporting
