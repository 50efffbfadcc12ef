// TenantScope: the tenant as a type. It is made only by the tenant directory (from a host name, a
// verified token's tenant or a dispatch row) and by provisioning; nothing else can make one, so a
// tenant can never come from a request body.
#pragma once

#include <cstdint>

#include "base/ids.hpp"

namespace bw::tenancy {

class TenantScope {
public:
    TenantId tenant() const { return tenant_; }
    /// Of the tenant's placement; a stale one is refused by the database (scope_enter).
    std::int64_t generation() const { return generation_; }
    /// The same tenant for writing what was acknowledged already: neither a suspension nor a fence
    /// stops it. The recorder's alone; nothing that serves a request asks for it.
    TenantScope for_recording() const {
        TenantScope scope = *this;
        scope.recording_ = true;
        return scope;
    }
    bool recording() const { return recording_; }
    bool operator==(const TenantScope&) const = default;

private:
    friend class TenantDirectory;
    friend class Provisioning;
    TenantScope(TenantId tenant, std::int64_t generation)
        : tenant_(tenant), generation_(generation) {}
    TenantId tenant_;
    std::int64_t generation_;
    bool recording_ = false;
};

} // namespace bw::tenancy
