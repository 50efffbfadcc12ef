// One report, run once: its rows, held to what the catalogue promises, small groups suppressed.
#pragma once

#include <string>
#include <vector>

#include "columnar/connection.hpp"
#include "reporting/catalogue.hpp"
#include "reporting/scope.hpp"

namespace bw::reporting {

struct ReportRows {
    std::vector<std::vector<columnar::Value>> rows;
    bool truncated = false;     // there are more
    std::size_t suppressed = 0; // lines without figures, for being about too few people
};

/// So many rows an answer has at most.
constexpr std::size_t report_rows_max = 10'000;

/// `arguments`: one for each parameter, in order; monostate: not said. `connection` is a new one
/// and is used for nothing else: no scope outlives its report. Errors: Connection's; `internal` if
/// the rows are not what the catalogue says.
Result<ReportRows> run_report(columnar::Connection& connection, const Report& report,
                              const std::vector<columnar::Value>& arguments,
                              const ReportScope& scope, Deadline deadline);

/// Takes the figures out of lines about fewer than `small_group` people. Where one line alone would
/// be without, the next smallest loses its figures too: it could be told from a total otherwise.
std::size_t suppress_small(const Report& report, std::vector<std::vector<columnar::Value>>& rows);

} // namespace bw::reporting
