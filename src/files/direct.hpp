// Direct: a client that sends an upload's bytes straight to the store, in parts. It is one writer
// among others: the newest fences those before, and what it sent counts when it is joined, if
// nothing else came since. Rows and the store; URLs and answers are direct_routes'.
#pragma once

#include "files/writer.hpp"

namespace bw::files {

/// Which part is which bytes of an upload: from `first` on, all of `part_bytes` but the last.
struct PartPlan {
    std::uint64_t first = 0, size = 0; // `size` of the upload
    std::uint64_t part_bytes = 0;

    int parts() const;
    std::uint64_t offset_of(int number) const;
    std::uint64_t bytes_of(int number) const;
};
/// Of `size - first` bytes, for a store that takes parts of at least so many: at most 1,000, unless
/// the store's own parts are larger.
PartPlan plan_parts(std::uint64_t first, std::uint64_t size, std::uint64_t part_bytes_min);

struct Direct {
    Upload upload; // as it stands
    std::int64_t writer = 0;
    std::string object, token;
    PartPlan plan;
    /// Nothing else has come since these parts were begun, and nobody begins anew.
    bool stands() const { return upload.received == plan.first; }
};

/// nullopt: nobody has sent parts of it.
Result<std::optional<Direct>> find_direct(tenancy::TenantTx& tx, const Upload& upload);
/// The client writes from now on, and lives on for `direct_open_for`. `direct` stands.
Result<Direct> go_on(tenancy::TenantTx& tx, Direct direct, const Limits& limits);

/// Takes the upload over for parts, which go on where they were or begin anew. conflict: nothing
/// more is to come. unavailable: others take it over all the time, or the store is away.
Result<Direct> begin_direct(const Parts& parts, blob::DirectParts& store,
                            tenancy::Database& database, const tenancy::TenantScope& scope,
                            UploadId id, UserId owner);

/// The parts that the store has; nullopt: it has joined them.
Result<std::optional<std::vector<blob::StoredPart>>>
parts_there(const Direct& direct, blob::DirectParts& store, Deadline deadline);
/// Those that are not there, or not as long as they must be: at most `limit`.
std::vector<int> parts_missing(const PartPlan& plan, const std::vector<blob::StoredPart>& there,
                               std::size_t limit);

} // namespace bw::files
