// What a school day found: as a table, as JSON, as a page; and what of it must not be.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storm/counting_client.hpp"
#include "storm/head_book.hpp"
#include "storm/latencies.hpp"
#include "storm/plots.hpp"
#include "storm/reconcile.hpp"
#include "storm/report_asks.hpp"
#include "storm/report_counts.hpp"
#include "storm/sender.hpp"
#include "storm/settling.hpp"

namespace bw::storm {

/// At one bell, by when people meant to come to it.
struct BellReport {
    std::uint64_t arrivals = 0, in = 0;
    std::uint64_t held = 0;      // of `in`: what they had renewed was still good
    Latencies password, refresh; // from the arrival to being in
    Latencies first_page, reads; // each from when it was meant
    Latencies joins;             // into live classes, the same
};
struct DaySecond {
    std::uint32_t arrivals = 0, in = 0;
    std::uint32_t refreshes = 0, passwords = 0; // good ones, for whatever reason
    Latencies coming, first_page;
};
/// One number about the server or what people saw, to be held against another run's.
struct Figure {
    std::string name, unit;
    double value = 0;
};

struct DayReport : Settled {
    std::string run, label;
    std::uint64_t seed = 0;
    std::size_t people = 0, institutions = 0, submissions = 0;
    Duration lesson{}, over{}, begins{}; // the first bell, from the report's first second
    Instant started_at, first_bell;
    std::vector<BellReport> bells;
    std::uint64_t renewals = 0; // in lessons, as tokens said
    Duration lag_max{};
    std::map<std::string, std::uint64_t> failures; // of whatever people did, by kind
    std::uint64_t failed = 0;
    std::uint64_t pages = 0, pages_afterwards = 0;    // first pages that were looked at
    std::map<std::string, std::uint64_t> page_faults; // by what is wrong
    std::uint64_t changes = 0;                        // titles that were changed amid the day
    Tally tally;
    Reckoning reckoning;
    HeadBook::Findings heads;
    bool live_wanted = false;                         // lessons are live classes
    std::map<std::string, std::uint64_t> join_faults; // by what is wrong
    bool reports_wanted = false;
    ReportsRead reports;        // by teachers, from the first bell to the end of the last lesson
    ReportCounts report_counts; // afterwards
    Answers::Seen answers;
    std::optional<Came> counted; // by the server's forecast; nullopt: nobody knows
    bool counts_wanted = false;
    std::vector<Figure> figures;
    std::vector<DaySecond> seconds;

    /// What must not be, for people; empty: the day was as it should be.
    std::vector<std::string> faults() const;
    bool ok() const { return faults().empty(); }
    std::uint64_t joins() const;
    std::string text() const;
    std::string json() const;
    std::string html() const;
    std::vector<Plot> plots() const;
    Marks marks() const;
};

} // namespace bw::storm
