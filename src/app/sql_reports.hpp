// Reports as SQL at a PostgreSQL server, the way they would be read without a store of their own:
// to be measured beside it, by `storm report` alone. Not bound to an institution by the database.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "storm/report_asks.hpp"

namespace bw::app {

/// One connection to the server of `conninfo`. DIR/REPORT.sql is the text of each report with
/// values for names, such as `:tenant`, `:section` and `:from`, and `{standing}` for standing.sql;
/// its functions `us` and `few` are there.
Result<storm::ReportSource> sql_reports(const std::string& conninfo,
                                        const std::filesystem::path& texts, const Clock& clock);

} // namespace bw::app
