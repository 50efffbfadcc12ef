// Figures that are kept ready: by class and day, by class and assignment. New submissions
// and activities are counted onto them; whatever else changes is made anew from the rows. Does not
// belong here: how rows come into the store (mirror), which reports read the figures (catalogue).
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

/// Of this table, rows that are new do not make stale: they are counted. Rows that replace or
/// leave do.
bool is_counted(std::string_view table);

/// Counts the rows of the temporary table `new_<table>`, which stand in `base.<table>` since this
/// transaction and were counted in none before. Before anything is made anew.
Result<void> count_new(columnar::Connection& store, std::string_view table, Deadline deadline);

/// Something was noted as stale that was not made anew.
Result<bool> is_stale(columnar::Connection& store, Deadline deadline);

/// Makes anew what was noted as stale: in the transaction in which rows changed, after all of them.
/// Any order of changes, and any cut of them into transactions, gives the same figures.
Result<void> refresh_rollups(columnar::Connection& store, Deadline deadline);

/// Makes everything anew: after a snapshot or a truncate.
Result<void> rebuild_rollups(columnar::Connection& store, Deadline deadline);

} // namespace bw::reporting
