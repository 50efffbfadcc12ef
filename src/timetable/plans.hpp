// Plans: every institution's plan of the newest version, in memory. It is asked for inside a
// transaction, which says what the newest is: nothing has to be invalidated, and no answer is older
// than the transaction.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "tenancy/database.hpp"
#include "timetable/plan.hpp"

namespace bw::timetable {

struct PlansLimits {
    std::size_t plans = 4'096;
    std::size_t lessons = 1'000'000; // of all plans: about 200 bytes each
};

struct VersionedPlan {
    std::int64_t version;
    Instant changed_at;
    Plan plan;
};

/// Thread-safe.
class Plans {
public:
    explicit Plans(PlansLimits limits = {}) : limits_(limits) {}

    /// nullptr: the institution has no timetable. Where the stored one cannot be read any more (its
    /// zone has gone from the system), the last good one, if this process had one.
    Result<std::shared_ptr<const VersionedPlan>> of(tenancy::TenantTx& tx);

private:
    using Shared = std::shared_ptr<const VersionedPlan>;
    struct Place {
        Shared plan;
        std::list<TenantId>::iterator use;
    };
    Shared kept(TenantId tenant);
    void keep(TenantId tenant, Shared plan);
    void drop(std::map<TenantId, Place>::iterator place);

    const PlansLimits limits_;
    std::mutex mutex_;
    std::map<TenantId, Place> places_;
    std::list<TenantId> uses_; // the latest first
    std::size_t lessons_ = 0;
};

} // namespace bw::timetable
