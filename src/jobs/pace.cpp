#include "jobs/pace.hpp"

#include <algorithm>

namespace bw::jobs {

namespace {

constexpr Duration slow = 50ms, very_slow = 250ms;
constexpr double busy = 0.25, bell = 0.75;

} // namespace

Pace pace(const Load& load, int threads) {
    if (load.claim_time >= very_slow || load.demand >= bell)
        return {1, Priority::high};
    if (load.claim_time >= slow || load.demand >= busy)
        return {std::max(1, threads / 2), Priority::normal};
    return {threads, Priority::low};
}

} // namespace bw::jobs
