#include "tenancy/directory.hpp"

#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

Result<void> TenantDirectory::refresh(Database& database, Deadline deadline) {
    pg::Rows rows =
        std::move(TRY(database.run_plain({{sql::tenant_directory, {}}}, deadline)).front());
    auto fresh = std::make_shared<Snapshot>();
    fresh->tenants.reserve(static_cast<std::size_t>(rows.count())); // the maps' keys point into it
    for (int i = 0; i < rows.count(); ++i) {
        fresh->tenants.push_back({TenantScope(rows.id<TenantId>(i, 0), rows.int8(i, 4)),
                                  std::string(rows.text(i, 1)), std::string(rows.text(i, 2)),
                                  std::string(rows.text(i, 3))});
        std::size_t at = fresh->tenants.size() - 1;
        fresh->slugs.emplace(fresh->tenants[at].slug, at);
        fresh->ids.emplace(fresh->tenants[at].scope.tenant(), at);
    }
    std::lock_guard lock(mutex_);
    snapshot_ = std::move(fresh);
    return {};
}

std::shared_ptr<const TenantInfo> TenantDirectory::by_slug(std::string_view slug) const {
    auto now = snapshot();
    auto found = now->slugs.find(slug);
    return found == now->slugs.end()
               ? nullptr
               : std::shared_ptr<const TenantInfo>(now, &now->tenants[found->second]);
}

std::shared_ptr<const TenantInfo> TenantDirectory::by_id(TenantId tenant) const {
    auto now = snapshot();
    auto found = now->ids.find(tenant);
    return found == now->ids.end()
               ? nullptr
               : std::shared_ptr<const TenantInfo>(now, &now->tenants[found->second]);
}

std::vector<TenantInfo> TenantDirectory::all() const {
    return snapshot()->tenants;
}

std::shared_ptr<const TenantDirectory::Snapshot> TenantDirectory::snapshot() const {
    std::lock_guard lock(mutex_);
    return snapshot_;
}

} // namespace bw::tenancy
