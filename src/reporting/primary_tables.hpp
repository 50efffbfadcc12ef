// Whether the primary's tables are as this program mirrors them: published, whole, of the types
// that it knows. And the two kinds of error that say what has to follow when they are not.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pg/change_stream.hpp"
#include "pg/pgoutput.hpp"
#include "reporting/mirrored.hpp"

namespace bw::reporting {

/// Somebody's account of the mirrored tables, as a word: another one, and what was told is
/// not all that was changed. A schema fault if one is not in it with all that is mirrored of it:
/// `wanted` says where it has to be, and who puts it there.
Result<std::string> mark_of(std::span<const pg::PublishedTable> published, std::string_view wanted);

/// Likewise of the publication, which says what is mirrored, whoever tells of the changes: nothing
/// that is in it can change its type.
Result<std::string> published_mark(pg::LogProbe& probe, Deadline deadline);

/// Of an error: the primary's tables are not as this program knows them. Nothing was applied.
bool is_schema_fault(const Error& error);
/// Of an error: the store cannot follow from where it is; a new snapshot mends it.
bool wants_snapshot(const Error& error);
Error snapshot_wanted(std::string why);

/// The types that a table's mirrored columns have at the primary, as object ids: a schema fault if
/// they are others.
Result<void> fits(const MirroredTable& table, std::span<const std::uint32_t> types);
/// Where each mirrored column stands in the rows of the relation, as the stream describes it; a
/// schema fault if one is missing there, or is of another type.
Result<std::vector<std::size_t>> places_in(const pg::pgoutput::Relation& relation,
                                           const MirroredTable& table);

} // namespace bw::reporting
