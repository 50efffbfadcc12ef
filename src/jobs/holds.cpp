#include "jobs/holds.hpp"

namespace bw::jobs {

Holds::Claim Holds::begin() {
    under_way_.insert(++last_);
    return last_;
}

void Holds::claimed(Claim claim, std::span<const JobId> jobs) {
    under_way_.erase(claim);
    held_.insert(jobs.begin(), jobs.end());
}

void Holds::let_go(std::span<const JobId> jobs) {
    for (const JobId& job : jobs)
        if (const auto found = held_.find(job); found != held_.end())
            held_.erase(found);
}

std::vector<Holds::Seen> Holds::left_behind(std::span<const Seen> seen) {
    std::vector<Seen> out;
    std::map<JobId, Doubt> doubted;
    for (const Seen& one : seen) {
        if (held_.contains(one.job))
            continue;
        const auto before = doubted_.find(one.job);
        if (before == doubted_.end() || before->second.lease_until != one.lease_until) {
            doubted.emplace(one.job, Doubt{one.lease_until, last_});
            continue;
        }
        doubted.emplace(one.job, before->second);
        if (under_way_.empty() || *under_way_.begin() > before->second.last_claim)
            out.push_back(one);
    }
    doubted_ = std::move(doubted);
    return out;
}

} // namespace bw::jobs
