// Writer: one request's bytes on their way into an upload. Notes now and then what is durable, so
// that little is sent again after a crash, and stops as soon as a newer writer has taken over.
#pragma once

#include <memory>
#include <optional>

#include "base/sha256_stream.hpp"
#include "blob/store.hpp"
#include "files/tus_headers.hpp"
#include "files/upload.hpp"

namespace bw::files {

/// What this module works with. Everything outlives it.
struct Parts {
    blob::Store& store;
    const Clock& clock;
    Rng& rng;
    Limits limits = {};
};

struct WriterOptions {
    Duration note_every = 5s;                    // while bytes come
    std::uint64_t note_bytes = 64 * 1024 * 1024; // or so many since the last note
    Duration step_deadline = 30s;                // of each step in the store and the database
};

/// One thread at a time.
class Writer {
public:
    /// `upload` as begin_writing gave it. With a checksum nothing counts before its end.
    Writer(const Parts& parts, tenancy::TenantScope scope, Upload upload,
           std::optional<Checksum> checksum, WriterOptions options = {});
    ~Writer();

    /// payload_too_large (more than the upload has), conflict (fenced), or the store's error: then
    /// end() keeps what came before.
    Result<void> take(ByteView bytes, tenancy::Database& database);
    enum class End : std::uint8_t { whole, cut };
    /// The upload as it stands then. invalid_field: these are not the bytes of the checksum.
    Result<Upload> end(End how, tenancy::Database& database);
    /// Of the whole upload, if all of it came through this writer. Once.
    std::optional<Sha256> sha256();

private:
    Deadline soon() const;
    Result<void> note(std::uint64_t bytes, bool finished, bool goes_on,
                      tenancy::Database& database);
    Result<void> drop_all(tenancy::Database& database);

    const Parts parts_;
    const tenancy::TenantScope scope_;
    Upload upload_;
    const std::uint64_t from_; // where this writer began
    const std::string object_;
    std::optional<Checksum> checksum_;
    const WriterOptions options_;
    std::unique_ptr<blob::Draft> draft_;
    Sha256Stream hash_;
    std::uint64_t bytes_ = 0, noted_ = 0; // of this writer
    Monotonic note_at_;
};

/// The bytes of an upload that is complete. Thread-safe.
class Reader {
public:
    Reader(blob::Store& store, std::vector<Part> parts) : store_(store), parts_(std::move(parts)) {}
    /// At least one byte, at most `bytes`, at most to the end of a part; `corrupt` if there is
    /// none.
    Result<Bytes> read(std::uint64_t offset, std::size_t bytes, Deadline deadline) const;

private:
    blob::Store& store_;
    const std::vector<Part> parts_;
};

/// The objects of an upload that begin_removing was called for, then its rows. Again: the rest, so
/// a deadline that is over costs nothing but time.
Result<void> remove_objects(const Parts& parts, tenancy::Database& database,
                            const tenancy::TenantScope& scope, const Upload& upload,
                            Deadline deadline);

} // namespace bw::files
