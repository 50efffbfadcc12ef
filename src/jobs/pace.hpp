// How much of its threads a worker uses: jobs wait for a primary that has enough to do, and for a
// bell. A pure function.
#pragma once

#include "base/time.hpp"
#include "jobs/job.hpp"

namespace bw::jobs {

/// How it goes elsewhere.
struct Load {
    Duration claim_time{}; // what a claim takes at the primary, smoothed
    double demand = 0;     // what is expected of the installation now: 0 nothing, 1 a bell
};

struct Pace {
    int threads = 0; // that claim
    Priority least_urgent = Priority::low;
    bool operator==(const Pace&) const = default;
};

/// Never less than one thread, so that what is urgent gets done.
Pace pace(const Load& load, int threads);

} // namespace bw::jobs
