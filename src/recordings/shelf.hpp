// Shelf: what can be watched, as it is given out: manifests in memory, a bounded number of them,
// and bytes of the store. Thread-safe.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "blob/store.hpp"
#include "recordings/recording.hpp"

namespace bw::recordings {

struct ShelfRules {
    std::size_t manifests_limit = 64;              // 45 minutes in four rungs are half a MiB
    Duration looked_at = std::chrono::seconds(30); // so long one that was removed is given out
    Duration silence = std::chrono::minutes(10);   // while the database is away
};

class Shelf {
public:
    Shelf(blob::Store& store, const Clock& clock, ShelfRules rules = {})
        : store_(store), clock_(clock), rules_(rules) {}

    /// What stands under `name` ("index.m3u8", "720/index.m3u8", "720/12.m4s"). not_found: nothing,
    /// or it cannot be watched.
    Result<Bytes> read(tenancy::Database& database, const tenancy::TenantScope& scope,
                       RecordingId id, std::string_view name, Deadline deadline);

private:
    using Key = std::pair<TenantId, RecordingId>;
    struct Held {
        std::shared_ptr<const Manifest> manifest; // shared with who reads
        Sha256 sha256{};
        Monotonic looked_at{};
        std::list<Key>::iterator place;
    };
    Result<std::shared_ptr<const Manifest>> find(tenancy::Database& database,
                                                 const tenancy::TenantScope& scope, RecordingId id,
                                                 Deadline deadline);
    Result<std::shared_ptr<const Manifest>> fetch(const Key& key, const Recording& recording,
                                                  Deadline deadline);
    void drop(const Key& key);

    blob::Store& store_;
    const Clock& clock_;
    const ShelfRules rules_;
    std::mutex mutex_;
    std::map<Key, Held> held_;
    std::list<Key> used_; // the last one first
};

} // namespace bw::recordings
