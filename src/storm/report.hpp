// What a deadline storm found: as a table for people and as JSON for machines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "storm/head_book.hpp"
#include "storm/plots.hpp"
#include "storm/reconcile.hpp"
#include "storm/sender.hpp"
#include "storm/settling.hpp"
#include "storm/uploader.hpp"

namespace bw::storm {

/// Something that was done to the installation, as the events file says it: a line of milliseconds
/// since 1970 and a word each. Lines that are not are left out.
struct Event {
    Instant at;
    std::string what;
};
std::vector<Event> read_events(std::string_view text);

struct DeadlineReport : Settled {
    std::string run;
    std::uint64_t seed = 0;
    std::size_t students = 0, assignments = 0, tenants = 0, submissions = 0;
    Duration over{}, bell_after_start{};
    Instant started_at, bell_at;

    Tally tally;
    std::optional<UploadTally> uploads; // of what was declared; nullopt: texts were handed in
    bool killed = false;
    std::string kill_error; // empty: no kill was asked for, or it worked
    Reckoning reckoning;
    HeadBook::Findings heads;
    std::uint64_t nuisances = 0, shown_out = 0; // connections
    std::vector<Second> seconds;
    std::vector<Event> events;

    bool reconciled() const {
        return reckoning.reconciled() && bad_receipts == 0 && listing_error.empty() && heads.ok();
    }
    /// Exit with 0 only then.
    bool ok() const {
        return reconciled() && tally.failed == 0 && kill_error.empty() &&
               tally.acknowledged == submissions && (!uploads || uploads->done == uploads->wanted);
    }

    /// Several lines; the last is "reconciled: 0 lost, 0 doubled" or begins with "NOT RECONCILED:
    /// ".
    std::string text() const;
    std::string json() const;
    std::vector<Plot> plots() const;
    Marks marks() const; // by time; those outside the plots are left out
};

/// One line, without its end: "  12.0 s  sent 8120  acknowledged 8113 ...".
std::string progress_line(const Tally& tally, Duration elapsed, Duration to_bell);

} // namespace bw::storm
