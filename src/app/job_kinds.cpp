#include "app/job_kinds.hpp"

#include <algorithm>
#include <iterator>

#include "app/peak_watch.hpp"
#include "content/announcement_jobs.hpp"
#include "exports/jobs.hpp"
#include "fairness/give_back_jobs.hpp"
#include "marking/by_key_jobs.hpp"
#include "notices/jobs.hpp"
#include "pipeline/similarity_jobs.hpp"

namespace bw::app {

namespace {

constexpr Duration before_a_bell = 2min, after_a_bell = 1min;

bool at_a_bell(const tenancy::TenantInfo& tenant, Instant now) {
    return std::ranges::any_of(tenant.bells, [&](const auto& bell) {
        return bell.at - before_a_bell <= now && now <= bell.at + bell.lasts + after_a_bell;
    });
}

} // namespace

std::vector<jobs::Kind> job_kinds(const pipeline::FileWork& work, const audit::SubjectKeys& keys,
                                  const marking::Pseudonyms& pseudonyms,
                                  const institution::ImportWork& imports) {
    std::vector<jobs::Kind> all = pipeline::similarity_kinds(work.clock, work.rng);
    std::ranges::move(pipeline::file_kinds(work), std::back_inserter(all));
    std::ranges::move(fairness::give_back_kinds(work.clock, work.rng), std::back_inserter(all));
    std::ranges::move(notices::notice_kinds(work.clock), std::back_inserter(all));
    std::ranges::move(content::announcement_kinds(keys, work.clock, work.rng),
                      std::back_inserter(all));
    std::ranges::move(institution::import_kinds(imports), std::back_inserter(all));
    all.push_back(exports::sweep_kind(work.store, work.clock));
    all.push_back(marking::by_key_kind(pseudonyms, work.clock));
    return all;
}

struct BellDemand::Seen {
    std::mutex mutex;
    Monotonic at{};
    double demand = 0;
};

BellDemand::BellDemand(const tenancy::TenantDirectory& directory, const lane::DemandHints& hints,
                       const Clock& clock)
    : directory_(directory), hints_(hints), clock_(clock), seen_(std::make_shared<Seen>()) {}

double BellDemand::operator()() const {
    std::lock_guard lock(seen_->mutex);
    const Monotonic now = clock_.monotonic();
    if (seen_->at != Monotonic{} && now - seen_->at < 1s)
        return seen_->demand;
    seen_->at = now;
    const auto tenants = directory_.all();
    const auto at_one = std::ranges::count_if(
        tenants, [&](const auto& tenant) { return at_a_bell(tenant, clock_.now()); });
    seen_->demand =
        at_one == 0 ? 0 : static_cast<double>(at_one) / static_cast<double>(tenants.size());
    const auto hint = hints_.current(clock_.now());
    seen_->demand =
        std::max(seen_->demand, expected_share(hint.get(), clock_.now(), before_a_bell));
    return seen_->demand;
}

} // namespace bw::app
