// Which tenants' scopes a connection's owner has entered with the full check lately. For a second
// after one, plain reads enter by setting the tenant alone: the check is a read by key of its own
// and would double what a short read costs. Writes are checked every time
// (docs/adr/0008-reads-enter-by-lease.md).
#pragma once

#include <unordered_map>

#include "base/time.hpp"
#include "tenancy/scope.hpp"

namespace bw::tenancy {

/// Not thread-safe.
class ReadLeases {
public:
    /// A move waits this long after its fence before it takes the source's rows for unread.
    static constexpr Duration lifetime = 1s;
    static constexpr std::size_t items_limit = 10'000;

    bool holds(const TenantScope& scope, Monotonic now) const {
        auto found = leases_.find(scope.tenant());
        return found != leases_.end() && found->second.generation == scope.generation() &&
               now < found->second.until;
    }
    /// `asked` is when the check was sent, not when its answer came.
    void grant(const TenantScope& scope, Monotonic asked) {
        if (leases_.size() >= items_limit)
            leases_.clear(); // rare, and costs one check a tenant
        leases_[scope.tenant()] = {scope.generation(), asked + lifetime};
    }

private:
    struct Lease {
        std::int64_t generation;
        Monotonic until;
    };
    std::unordered_map<TenantId, Lease> leases_;
};

} // namespace bw::tenancy
