// The tenant directory: routing fields of every institution, and the operators' credentials, in
// memory, so that a request finds its tenant without the database. A snapshot that is refreshed by
// polling a change counter; readers share it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "tenancy/database.hpp"
#include "tenancy/operator_token.hpp"
#include "tenancy/scope.hpp"
#include "tenancy/tenant.hpp"

namespace bw::tenancy {

struct DirectoryStatus {
    std::size_t tenants = 0;
    std::int64_t change = 0;      // what has been seen of the control plane's counter
    std::optional<Instant> as_of; // when the control plane last confirmed it; none: never
    bool from_file = false;       // no database has confirmed it in this process yet
};

/// Thread-safe.
class TenantDirectory {
public:
    /// Every so many refreshes all is read again, whatever the counter says: what somebody changed
    /// by hand, or a restored database, is seen in the end.
    explicit TenantDirectory(int whole_every = 256) : whole_every_(whole_every) {}

    /// Asks the control plane's doors for what changed since the last refresh. True if anything
    /// did. A failure keeps what was known. One caller at a time.
    Result<bool> refresh(Database& database, Deadline deadline);

    /// The institutions as text with a checksum, to be kept in a file; operators' credentials are
    /// left out. `origin` names the database that it was read from.
    std::string to_file(std::string_view origin) const;
    /// Takes such a text as the first snapshot. corrupt (anything about it is not as written, or
    /// another origin's): nothing is taken.
    Result<void> from_file(std::string_view text, std::string_view origin);

    // Null if there is none; suspended ones are found too. The pointer is held for one request at
    // most.
    std::shared_ptr<const TenantInfo> by_slug(std::string_view slug) const; // or a former slug
    std::shared_ptr<const TenantInfo> by_own_host(std::string_view host) const;
    std::shared_ptr<const TenantInfo> by_id(TenantId tenant) const;
    /// By slug.
    std::vector<TenantInfo> all() const;
    std::optional<Operator> operator_with(std::string_view token) const;
    DirectoryStatus status() const;

private:
    using Info = std::shared_ptr<const TenantInfo>; // shared by snapshots that hold the same one
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    struct Snapshot {
        std::unordered_map<TenantId, Info> ids;
        std::unordered_map<std::string, Info, Hash, std::equal_to<>> hosts; // slugs among them
        std::vector<OperatorCredential> operators;

        void put(Info info);
    };
    std::shared_ptr<const Snapshot> snapshot() const;
    void publish(std::shared_ptr<const Snapshot> fresh, std::int64_t change, Instant as_of,
                 bool from_file);
    std::shared_ptr<const TenantInfo> by_host(std::string_view host) const;

    const int whole_every_;
    int until_whole_ = 0; // of the one caller of refresh
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_ =
        std::make_shared<Snapshot>(); // shared by readers until the last is done
    DirectoryStatus status_;          // guarded by mutex_
};

} // namespace bw::tenancy
