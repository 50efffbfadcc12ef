// A school day in little: a real timetable whose bells are minutes apart, everybody at each of
// them, a deadline at one, and afterwards what must hold. A client of the API alone.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "storm/day_report.hpp"

namespace bw::storm {

struct DayOptions {
    std::string people_path;         // written by storm-people, with everybody's refresh token
    std::string seats_path;          // written by storm-tokens: who hands in what
    std::string administrators_path; // see read_administrators
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string password; // everybody's
    std::size_t bells = 4;
    Duration lesson = 60s, over = 20s; // from bell to bell; the arrivals' span at each
    /// After the last bell, where it is shorter than a lesson: only reports are still read then.
    std::optional<Duration> last_lesson = {};
    /// At which bell everybody hands in, from 1; 0: the last.
    std::size_t deadline_bell = 0;
    Duration lead = 60s;                  // until the first bell, at least
    Duration grain = 60s;                 // bells are at whole ones; only tests have another
    double passwords = 0.1, asleep = 0.4; // see DayShape
    double duplicates = 0.02;             // share of submissions clicked twice at once
    double pace = 1;                      // how slowly people read, as a factor
    /// Teachers read reports of their classes meanwhile, one in `report_every`, and afterwards
    /// reports have to say what receipts say.
    bool reports = false;
    Duration report_every = 2s;
    /// All lessons are live classes: who comes to a bell joins theirs (role live has to run).
    bool live = false;
    /// From what is known to be recorded until everybody looks: more than a page may be behind.
    Duration look_after = 3s;
    std::uint64_t seed = 1;
    std::size_t connections = 2'048;
    Duration retry_for = 10min, list_for = 60s;
    std::string label; // what stands in the report for this server: "on", "off"
    /// The server's admin listener, for its figures; none: they are missing.
    std::optional<std::pair<std::string, std::uint16_t>> admin = {};
    /// File that others write samples of the database to (see read_samples). Where it has
    /// counted_password, counted_refresh, counted_page_read and counted_submission, these have to
    /// grow by what came, within `counted_within`.
    std::string samples_path = {};
    Duration counted_within = 75s;
    std::string report_path = {}, html_path = {}, store_path = {};
    bool progress = true;
};

/// An error: the day could not be held. What it found is in the report.
Result<DayReport> run_day(const DayOptions& options, const Clock& clock, Rng& rng, std::FILE* out);

} // namespace bw::storm
