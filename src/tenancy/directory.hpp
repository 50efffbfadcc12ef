// The tenant directory: routing fields of every institution, in memory, so that a request finds its
// tenant without the database. A snapshot that is refreshed by polling; readers share it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "tenancy/database.hpp"
#include "tenancy/scope.hpp"

namespace bw::tenancy {

struct TenantInfo {
    TenantScope scope;
    std::string slug; // the first label of the institution's host name
    std::string name;
    std::string zone; // IANA
};

/// Thread-safe.
class TenantDirectory {
public:
    /// Reads all tenants through the control plane's door and replaces the snapshot. A failure
    /// keeps the old one.
    Result<void> refresh(Database& database, Deadline deadline);

    // Null if there is none; the pointer keeps its snapshot alive, so it is held for one request at
    // most.
    std::shared_ptr<const TenantInfo> by_slug(std::string_view slug) const;
    std::shared_ptr<const TenantInfo> by_id(TenantId tenant) const;
    std::vector<TenantInfo> all() const;

private:
    struct Snapshot {
        std::vector<TenantInfo> tenants;
        std::unordered_map<std::string_view, std::size_t> slugs;
        std::unordered_map<TenantId, std::size_t> ids;
    };
    std::shared_ptr<const Snapshot> snapshot() const;

    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_ =
        std::make_shared<Snapshot>(); // shared by readers until the last is done
};

} // namespace bw::tenancy
