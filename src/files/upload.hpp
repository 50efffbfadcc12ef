// Uploads: what is to come, how much of it has, and who may write to it. State and numbers, in the
// caller's transaction; the bytes are writer.hpp's and the store's. README.md draws the states.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "tenancy/database.hpp"

namespace bw::files {

struct UploadKind {
    static constexpr const char* prefix = "upl";
};
using UploadId = Id<UploadKind>;

enum class State : std::uint8_t { open, complete, refused, merged, removing };
enum class Kind : std::uint8_t { single, partial, joined };
std::string_view wire_name(State state);
std::string_view wire_name(Kind kind);

struct Upload {
    UploadId id;
    UserId owner;
    Kind kind = Kind::single;
    State state = State::open;
    std::uint64_t size = 0, received = 0; // of `received` bytes from the front all is durable
    std::int64_t writer = 0;              // the newest writer's number
    bool writing = false;
    std::string name = {}, media_type = {};
    std::optional<Sha256> sha256 = {}; // declared
    std::string metadata = {};         // as the client sent it
    std::optional<UploadId> merged_into = {};
    Instant created_at = {};
    std::optional<Instant> expires_at = {}; // by the database's clock; nullopt: it stays
    std::optional<Instant> completed_at = {};
    bool held = false;     // others count on its bytes: it neither expires nor is removed
    bool withheld = false; // goes out to nobody
    bool expired = false;  // by the database's clock; the next sweep removes it
};

struct Part {
    std::int64_t number = 0; // of the writer that wrote it
    std::string object;
    std::optional<std::string> draft; // its token, while the object is not finished
    std::uint64_t size = 0;
};

struct Limits {
    std::uint64_t upload_bytes = std::uint64_t{2} << 30;
    std::uint64_t person_bytes = std::uint64_t{10} << 30; // of all uploads of one person
    std::uint64_t tenant_bytes = std::uint64_t{1}
                                 << 40;                // may be passed by as much as comes at once
    std::int64_t person_uploads = 5'000;               // whatever their size
    Duration unbegun_for = std::chrono::minutes(30);   // before anybody begins to send
    Duration open_for = std::chrono::hours(24);        // after the last byte
    Duration direct_open_for = std::chrono::hours(72); // after URLs for parts were last asked for
    Duration keep_for = std::chrono::hours(24 * 30);   // what is complete
};

/// Requests that may bring bytes of one upload: each may leave an object.
constexpr std::int64_t writers_limit = 10'000;

/// Under which key a writer's bytes lie.
std::string object_key(TenantId tenant, UploadId upload, std::int64_t writer);

Error too_large(const Limits& limits);
/// Somebody has to make room.
constexpr auto room_comes_after = std::chrono::minutes(5);

/// As it stands. payload_too_large beyond the limit of one upload, or of a person's bytes where
/// waiting does not help; quota_exceeded where it does, and beyond the limit of uploads;
/// storage_full beyond the institution's.
Result<Upload> create(tenancy::TenantTx& tx, Upload upload, const Limits& limits);

/// not_found: there is none, it is somebody else's, or it is being removed.
Result<Upload> find_own(tenancy::TenantTx& tx, UploadId id, UserId owner);
Result<std::optional<Upload>> find(tenancy::TenantTx& tx, UploadId id);
Result<std::vector<Part>> parts_of(tenancy::TenantTx& tx, UploadId id);

struct OwnUploads {
    UserId owner;
    std::optional<State> state = {};
    std::optional<std::pair<Instant, UploadId>> after = {};
    int limit = 0;
};
/// The newest first.
Result<std::vector<Upload>> list_uploads(tenancy::TenantTx& tx, const OwnUploads& wanted);
/// Bytes that somebody's uploads take up of their room.
Result<std::uint64_t> room_of(tenancy::TenantTx& tx, UserId owner);

/// invalid_field: what an upload is told whose bytes were others.
Error refused_bytes();
/// not_found, if its time is over.
Result<void> not_expired(const Upload& upload);
/// conflict, if no more bytes can come.
Result<void> takes_bytes(const Upload& upload);

/// How much has come; whoever was writing is taken for dead, and can no more.
Result<Upload> fence(tenancy::TenantTx& tx, UploadId id, UserId owner);
/// The same, and the caller writes from now on, from `at`: the upload with its number. conflict:
/// nothing more is to come, or, with `Error::field` "Upload-Offset", `at` is not where the upload
/// stands. payload_too_large: it had `upload_writers` already. `open_for`: it expires after that.
Result<Upload> begin_writing(tenancy::TenantTx& tx, UploadId id, UserId owner, std::uint64_t at,
                             Duration open_for);

struct Progress {
    UploadId upload;
    std::int64_t writer = 0;
    std::uint64_t received = 0; // of the upload
    bool goes_on = false;
    Duration open_for = {};
    std::optional<Part> part = {}; // nullopt: this writer has written nothing
};
/// When the upload expires now. conflict: the writer was fenced, and nothing of this counts.
Result<Instant> note_progress(tenancy::TenantTx& tx, const Progress& progress);

Result<void> part_is_finished(tenancy::TenantTx& tx, UploadId id, std::int64_t part);
struct Settled {
    Upload upload; // as it stands
    bool by_us = false;
};
/// `open` becomes complete, for so long, or refused, if it is as it was seen.
Result<Settled> settle(tenancy::TenantTx& tx, const Upload& seen, State state, Instant now,
                       Duration keep_for);

/// A complete one of that person with these bytes, the oldest; partial ones are none.
Result<std::optional<Upload>> find_complete(tenancy::TenantTx& tx, UserId owner, std::uint64_t size,
                                            const Sha256& sha256);
/// From now on its bytes stay until its owner is erased. False: it is not there, or not complete.
Result<bool> hold(tenancy::TenantTx& tx, UploadId id);
/// It is its owner's again, and expires. Whoever held it knows that nobody else does.
Result<void> release(tenancy::TenantTx& tx, UploadId id, Duration keep_for);
/// From now on it goes out to nobody.
Result<void> withhold(tenancy::TenantTx& tx, UploadId id);

/// Makes `upload` of partial ones, in their order; the upload that stands: made before, if these
/// are merged already. bad_request: one of them is not there, not whole, not partial, or stands
/// twice.
Result<Upload> join(tenancy::TenantTx& tx, Upload upload, const std::vector<UploadId>& partials,
                    const Limits& limits);

/// Whosesoever it is, being removed too. not_found: it is gone.
Result<Upload> as_it_is(tenancy::TenantTx& tx, UploadId id);

/// From now on it is gone for everybody; its objects are to be removed, then forget() it. Again:
/// changes nothing. False: it is held, or gone, and nothing is to be removed.
Result<bool> begin_removing(tenancy::TenantTx& tx, UploadId id);
Result<void> forget(tenancy::TenantTx& tx, UploadId id);
/// What has expired and is not held, or was left half removed.
Result<std::vector<Upload>> to_remove(tenancy::TenantTx& tx, int limit);
/// Of a person who is erased: all of theirs, held or not, is removed by the next sweep.
Result<void> remove_all_of(tenancy::TenantTx& tx, UserId owner);

} // namespace bw::files
