// What reports say against what is known: every receipt's submission is in them once, and each
// assignment's counts are those of its recorded rows.
#pragma once

#include <string>
#include <vector>

#include "storm/api.hpp"
#include "storm/report_asks.hpp"

namespace bw::storm {

struct ReportCounts {
    std::uint64_t assignments = 0, submissions = 0; // looked at, and in the reports
    std::uint64_t receipts = 0;                     // whose submission was looked for
    std::uint64_t missing = 0;                      // of them: in no report, or more than once
    std::uint64_t wrong = 0;                        // counts that are not those of the rows
    std::vector<std::string> examples;              // the first few
    Duration caught_up{}; // from the last row until a report told it, kept answers among them
    std::string error;    // they could not be compared

    bool ok() const { return missing == 0 && wrong == 0 && error.empty(); }
};

/// `rows` are all of all the plan's assignments, recorded before this is called; `submitted` those
/// of this storm, of which some have a proven receipt.
ReportCounts compare_counts(Api& reports, const Plan& plan, const std::vector<ReportSeat>& seats,
                            const std::vector<Submitted>& submitted,
                            const std::vector<RecordedRow>& rows, Deadline deadline,
                            const Clock& clock);

} // namespace bw::storm
