// What a report may see: views that are bound to one institution, for a teacher to their classes,
// at one moment. The store itself knows no row-level security; that nothing else is reached is
// held here, by a parser. Does not belong here: who may have which scope (routes).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "columnar/connection.hpp"

namespace bw::reporting {

struct ReportScope {
    TenantId tenant;
    std::optional<std::vector<SectionId>> sections = {}; // nullopt: the whole institution
    Instant as_of;
};

/// The views that `sql` reads, each once. `forbidden` unless it is one SELECT from the scope's
/// views and from what it defines itself: no schema, no table of the store, no function that reads
/// elsewhere. By DuckDB's own parser.
Result<std::vector<std::string>> views_of(columnar::Connection& connection, const std::string& sql,
                                          Deadline deadline);

/// Makes these views, for this connection alone. A connection gets one scope and is closed after
/// it.
Result<void> enter_scope(columnar::Connection& connection, const ReportScope& scope,
                         std::span<const std::string> views, Deadline deadline);

/// Of the views.
std::vector<std::string> scope_names();

} // namespace bw::reporting
