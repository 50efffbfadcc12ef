// Completing: an upload of which everything has come. Its parts become one file, the declared hash
// is looked at, and it is settled, with the job for whoever waits for it.
#pragma once

#include "files/direct.hpp"

namespace bw::files {

/// The job that is enqueued when an upload of a declared hash is complete; its args:
/// {"upload_id": ".."}. Whoever waits for such bytes does it.
constexpr const char* file_arrived = "file.arrived";

/// In steps, so that a large file holds no thread for long. One thread at a time. Begun anew after
/// a crash it finds what was done.
class Completing {
public:
    /// `sha256`: of all of it, if somebody knows.
    Completing(const Parts& parts, tenancy::TenantScope scope, Upload upload,
               std::optional<Sha256> sha256 = {});
    /// What a client sent straight to the store is joined first. `there`: the parts, none missing;
    /// empty: the store has joined them. The store takes direct parts.
    Completing(const Parts& parts, tenancy::TenantScope scope, Direct direct,
               std::vector<blob::StoredPart> there);

    /// True: it is complete. invalid_field: it is refused. conflict: a newer writer took over, or
    /// the store has lost the parts that a client sent.
    Result<bool> step(tenancy::Database& database);
    /// As it stands.
    const Upload& upload() const { return upload_; }

private:
    Result<void> join();
    Result<void> note_joined(tenancy::Database& database);
    Result<void> finish_parts(tenancy::Database& database);
    Result<void> drop(const Direct& unused, tenancy::Database& database);
    Result<void> hash_some();
    Result<void> settle_it(tenancy::Database& database);
    Deadline soon() const;

    enum class Stage : std::uint8_t { join, note, finish, hash, settle, over };
    const Parts parts_;
    const tenancy::TenantScope scope_;
    Stage stage_;
    Upload upload_;
    std::optional<Direct> direct_;
    std::vector<blob::StoredPart> there_;
    std::vector<Part> objects_;
    Instant came_at_; // the last of it
    std::uint64_t hashed_ = 0;
    Sha256Stream hash_;
    std::optional<Sha256> sha256_;
};

/// All steps.
Result<Upload> complete(const Parts& parts, tenancy::Database& database,
                        const tenancy::TenantScope& scope, Upload upload,
                        std::optional<Sha256> sha256);

} // namespace bw::files
