#include "timetable/plans.hpp"

#include "telemetry/log.hpp"
#include "timetable/store.hpp"

namespace bw::timetable {

Result<std::shared_ptr<const VersionedPlan>> Plans::of(tenancy::TenantTx& tx) {
    const Version version = TRY(version_of(tx));
    if (version.number == 0)
        return Shared();
    Shared have = kept(tx.tenant());
    if (have && Version{have->version, have->changed_at} == version)
        return have;
    Stored stored = TRY(read_timetable(tx)); // may be newer still than the version above
    auto plan = Plan::make(std::move(stored.timetable));
    if (!plan) {
        log::error("timetable_unreadable",
                   {{"tenant", tx.tenant().text()}, {"error", plan.error().text()}});
        if (have)
            return have;
        return fail(Code::unavailable, "the timetable cannot be read at the moment");
    }
    auto made = std::make_shared<const VersionedPlan>(
        VersionedPlan{stored.version, stored.changed_at, *std::move(plan)});
    keep(tx.tenant(), made);
    return made;
}

Plans::Shared Plans::kept(TenantId tenant) {
    const std::scoped_lock lock(mutex_);
    const auto place = places_.find(tenant);
    if (place == places_.end())
        return nullptr;
    uses_.splice(uses_.begin(), uses_, place->second.use);
    return place->second.plan;
}

void Plans::keep(TenantId tenant, Shared plan) {
    const std::scoped_lock lock(mutex_);
    if (const auto place = places_.find(tenant); place != places_.end())
        drop(place);
    lessons_ += plan->plan.timetable().lessons.size();
    uses_.push_front(tenant);
    places_.emplace(tenant, Place{std::move(plan), uses_.begin()});
    while (places_.size() > 1 && (places_.size() > limits_.plans || lessons_ > limits_.lessons))
        drop(places_.find(uses_.back()));
}

void Plans::drop(std::map<TenantId, Place>::iterator place) {
    lessons_ -= place->second.plan->plan.timetable().lessons.size();
    uses_.erase(place->second.use);
    places_.erase(place);
}

} // namespace bw::timetable
