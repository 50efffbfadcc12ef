// Which reports teachers and administrators read in a storm, and how: over HTTP, or as a caller
// says.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "net/client.hpp"
#include "storm/api.hpp"
#include "storm/latencies.hpp"
#include "storm/plan.hpp"

namespace bw::storm {

/// One report, asked by a teacher of a class, or by an administrator of the institution.
struct ReportAsk {
    const char* report = "";
    std::string host, access_token; // the reader's
    TenantId tenant;
    std::optional<SectionId> section; // nullopt: the whole institution
    std::string from = {};            // a day, "2026-09-01"; empty: as the report has it
};

/// How many lines the report has. Blocks; one call at a time.
using ReportSource = std::function<Result<std::size_t>(const ReportAsk&, Deadline)>;

/// GET /v1/reports/{report}; `client` outlives it.
ReportSource reports_over_http(net::Client& client);
net::ClientRequest report_request(const ReportAsk& ask, const std::string& further = {});

/// Where an assignment is read about, and who may read of all its institution.
struct ReportSeat {
    SectionId section;               // of the plan's assignment with the same index
    std::string administrator_token; // of its institution; empty: nobody is known there
};

/// In the order of the plan's assignments. `administrators`: tokens by host.
Result<std::vector<ReportSeat>> find_seats(Api& api, const Plan& plan,
                                           const std::map<std::string, std::string>& administrators,
                                           Deadline deadline);

/// Once reports can be read at all: the store may still be copying.
Result<void> await_reports(Api& reports, const Plan& plan, const std::vector<ReportSeat>& seats,
                           Deadline deadline);

/// The catalogue's reports in turn, each about a class or an institution that is drawn.
/// `year_began`: a day; what is looked at over a school year begins then. Empty: nothing is.
std::vector<ReportAsk> draw_asks(const Plan& plan, const std::vector<ReportSeat>& seats,
                                 const std::string& year_began, std::size_t count, Rng& rng);

/// What came of one way to read reports in one phase.
struct ReportsRead {
    Latencies latencies;
    std::uint64_t lines = 0, failed = 0;
    std::uint64_t left_out = 0; // their moment came while the one before was still being read
    std::uint64_t given_up = 0; // not answered by the end
    std::string failure;        // the first
};

/// One at each `every` from `from` on until `until`, at most one at a time. Whatever is not
/// answered by `until` is given up, so that the next phase is its own.
ReportsRead read_reports(const ReportSource& source, std::span<const ReportAsk> asks,
                         Monotonic from, Monotonic until, Duration every, const Clock& clock);

} // namespace bw::storm
