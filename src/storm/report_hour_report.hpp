// What came of an hour in which reports were read: as a table, as JSON, as a page with plots. Pure.
#pragma once

#include <string>
#include <vector>

#include "storm/head_book.hpp"
#include "storm/plots.hpp"
#include "storm/reconcile.hpp"
#include "storm/report_asks.hpp"
#include "storm/report_counts.hpp"
#include "storm/sender.hpp"
#include "storm/settling.hpp"

namespace bw::storm {

/// One way in one round.
struct ReportPhase {
    Latencies students; // their reads
    std::uint64_t students_failed = 0;
    ReportsRead reports;
    Duration primary_took{}, reports_took{}; // of processor time
    double transactions = 0;                 // of the primary
};

/// How reports are read.
struct ReportWay {
    std::string name;
    /// The way without reports, in the same placement, that it is held against; itself: this is
    /// one.
    std::size_t beside = 0;
    double bar = 0; // students' p99 at most so many times that; 0: there is none
    std::vector<ReportPhase> rounds = {};
};

struct Spread {
    double median = 0, low = 0, high = 0;
};
Spread spread_of(std::vector<double> values);
/// Of students' reads, pairs of one round each.
Spread times_idle(const std::vector<ReportWay>& ways, std::size_t way, double quantile);

struct ReportHourReport : Settled {
    std::string run;
    std::uint64_t seed = 0;
    Instant started_at;
    std::size_t students = 0, institutions = 0;
    Duration phase{}, every{};
    double reads_a_second = 0, hand_ins_a_second = 0;
    std::vector<ReportWay> ways; // each with as many rounds
    ReportPhase first, last;     // without reports, before and after everything
    std::uint64_t failed_between = 0;
    std::uint64_t refused = 0; // reads of students, for now and with Retry-After
    std::string failure;       // of a student's read: the first
    Duration lag_max{};        // of the reading itself
    Tally tally;               // of what was handed in
    Reckoning reckoning;
    HeadBook::Findings heads;
    ReportCounts counts;
    std::vector<Latencies> seconds_of_reads; // students'
    Marks marks;                             // when which way began

    /// Nothing was lost, nobody's read or hand-in failed, and reports say what receipts say.
    bool right() const;
    /// Every bar was held.
    bool held() const;
    bool held(std::size_t way) const;

    std::string text() const;
    std::string json() const;
    std::string html() const;

private:
    std::uint64_t students_failed() const;
    std::uint64_t reports_failed() const;
    std::vector<Plot> plots() const;
    std::string verdict() const;
};

} // namespace bw::storm
