// The plan of a live class: what is done next, and what follows when it was done. Pure functions of
// the class and the time; who does it is leader.hpp's. The table stands in README.md.
#pragma once

#include <vector>

#include "live/live_class.hpp"

namespace bw::live {

/// Chosen by us: nobody has published such leads (docs/live.md tells what each is for).
struct PlanRules {
    // Before the beginning:
    Duration quota = 24h, arm = 15min, slate = 10min, sweep = 5min, rewarm = 90s;
    Duration rewarm_after = 60s; // and after it
    Duration sweep_every = 15s;  // until all is warm
    Duration rewarm_every = 10s; // around the beginning
    Duration poll_every = 10s;   // while there is a stream
    Duration release = 2h;       // a stream whose class has moved further away is ended
    Duration overtime = 5min;    // after the end, before the stream is
    Duration archive_after = 10min;
    std::int64_t attempts = 4; // in vain, then it has failed
    Duration retry_first = 1s, retry_max = 15s, retry_failed = 30s;
    Duration retry_limit = 2min; // whatever pause a platform asks for: the bell is sooner
    std::int64_t polls = 3;      // in vain in a row, then there is no signal
};

enum class Deed : std::uint8_t { none, check_quota, create, put_slate, sweep, poll, end };
std::string_view name(Deed deed);

struct Next {
    Deed deed = Deed::none;
    State then = State::planned; // once the deed is done; of a sweep: if it found all warm
    bool operator==(const Next&) const = default;
};

/// nullopt: nothing, for now.
std::optional<Next> next(const LiveClass& of, Instant now, const PlanRules& rules = {});

/// What a deed has found out.
struct Outcome {
    std::optional<Error> error = {};
    // Of create:
    std::string provider = {}, ref = {};
    Bytes ingests = {};
    bool slate_on = false;                      // of put_slate
    std::int64_t quota_short = 0;               // of check_quota
    std::int64_t planned = 0, verified = 0;     // of sweep
    video::Signal signal = video::Signal::none; // of poll
};
/// The class when the step is over, done or in vain. `chance` in [0, 1): pauses are spread by it.
Progress after(const LiveClass& of, const Next& step, const Outcome& outcome, Instant now,
               double chance, const PlanRules& rules = {});

/// Why a class is not ready to go on as planned; none: go.
std::vector<std::string> concerns(const LiveClass& of, Instant now, const PlanRules& rules = {});

} // namespace bw::live
