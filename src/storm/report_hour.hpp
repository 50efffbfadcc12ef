// Five past nine: teachers and administrators read reports while their students read and hand in.
// The same reports in several ways, in one run and in turn, so that it is seen what each takes from
// the students; afterwards what the reports say is held against the receipts. A client of the API
// alone.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "storm/report_asks.hpp"
#include "storm/report_hour_report.hpp"

namespace bw::storm {

/// Reports are kept to the last core, everything else (with this process) to the others.
struct CoresApart {
    pid_t students = 0; // serves them: its whole family
    pid_t reports = 0;  // the process of role report
};

struct ReportHourOptions {
    std::string plan_path;           // written by storm-tokens
    std::string administrators_path; // see read_administrators; empty: no administrators
    std::string password;            // theirs
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::pair<std::string, std::uint16_t> reports; // the process of role report
    /// Where else the same reports are read: "at the primary", and how.
    std::vector<std::pair<std::string, ReportSource>> others = {};
    std::optional<CoresApart> apart = {}; // none: reports on a core of their own are left out
    pid_t primary = 0;                    // its processor time is told; 0: it is not
    std::string samples_path = {};        // see read_samples: primary_transactions
    int rounds = 5;
    Duration phase = 12s, between = 2'500ms, every = 2s; // a report
    double reads_a_second = 150, hand_ins_a_second = 5;
    std::uint64_t seed = 1;
    std::size_t connections = 256;
    Duration list_for =
        60s; // until what was handed in is recorded, and again until it is in the reports
    std::string report_path = {}, html_path = {}, store_path = {};
    bool progress = true;
};

/// An error: it could not be held. What it found is in the report.
Result<ReportHourReport> run_report_hour(const ReportHourOptions& options, const Clock& clock,
                                         Rng& rng, std::FILE* out);

} // namespace bw::storm
