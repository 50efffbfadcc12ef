// One report, run once: its rows, held to what the catalogue promises, small groups suppressed.
#pragma once

#include <span>
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

/// `internal` unless these are the columns that the report promises.
Result<void> as_promised(const Report& report, const std::vector<columnar::Column>& columns);

bool is_figure(const ReportColumn& column);
/// Which lines show no figures, by how many people each is about: those about fewer than
/// `small_group`; where that is one line alone, the next smallest too: it could be told from a
/// total otherwise.
std::vector<std::size_t> too_small(std::span<const std::int64_t> sizes);
/// Takes the figures out of those lines; how many they are.
std::size_t suppress_small(const Report& report, std::vector<std::vector<columnar::Value>>& rows);

} // namespace bw::reporting
