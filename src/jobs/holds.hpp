// What the threads of a worker have, so that what the database says they have and none has is
// found: an answer that got lost leaves it behind, running, under a worker that lives.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "jobs/job.hpp"

namespace bw::jobs {

/// Not thread-safe: its owner's mutex guards it.
class Holds {
public:
    /// What the database says is running under our id. `lease_until` tells one claim from the next.
    struct Seen {
        TenantId tenant;
        JobId job;
        Instant lease_until;
    };
    using Claim = std::uint64_t;

    /// Before a claim is sent; then what it brought, nothing if it failed.
    Claim begin();
    void claimed(Claim claim, std::span<const JobId> jobs);
    void let_go(std::span<const JobId> jobs);

    /// Those that no thread has. One is told when it is seen for the second time and every claim
    /// that was under way at the first is over: until then a thread may be about to hear of it.
    std::vector<Seen> left_behind(std::span<const Seen> seen);

private:
    struct Doubt {
        Instant lease_until;
        Claim last_claim; // that may have brought it
    };
    Claim last_ = 0;
    std::set<Claim> under_way_;
    std::multiset<JobId> held_; // twice: given up, and claimed again before its thread heard of it
    std::map<JobId, Doubt> doubted_;
};

} // namespace bw::jobs
