// Recordings: their rows, and the states that they go through (the table in README.md). In the
// caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/rng.hpp"
#include "files/upload.hpp"
#include "jobs/queue.hpp"
#include "live/live_class.hpp"
#include "recordings/manifest.hpp"
#include "tenancy/database.hpp"

namespace bw::recordings {

struct RecordingKind {
    static constexpr const char* prefix = "rec";
};
using RecordingId = Id<RecordingKind>;

enum class State : std::uint8_t { waiting, working, ready, failed };
std::string_view wire_name(State state);

struct Recording {
    RecordingId id;
    SectionId section;
    std::optional<live::LiveClassId> of_class = {};
    std::string ref = {};                       // the class's stream
    std::optional<files::UploadId> upload = {}; // what it is made of, until it is made
    std::optional<UserId> shows = {};           // who teaches in it, or put it up
    std::string title = {};
    State state = State::waiting;
    std::int64_t version = 1;
    bool hidden = false;       // from students
    std::int64_t progress = 0; // thousandths
    Duration duration = {};
    std::int64_t bytes = 0, gaps = 0;
    std::string error_code = {}, error_detail = {};
    std::optional<std::int64_t> manifest = {};
    std::optional<Sha256> manifest_sha256 = {};
    Instant created_at = {};
    std::optional<Instant> ready_at = {};
};

constexpr std::int64_t section_limit = 2'000; // recordings of one section

Result<std::optional<Recording>> find(tenancy::TenantTx& tx, RecordingId id);
Result<std::optional<Recording>> of_class(tenancy::TenantTx& tx, live::LiveClassId id);
/// The newest first; without those that only teachers see, if not `all`.
Result<std::vector<Recording>> of_section(tenancy::TenantTx& tx, SectionId section, bool all);
Result<bool> is_put_out(tenancy::TenantTx& tx, live::LiveClassId id, UserId user);

/// A class of our own video that is over and of which nothing is written down.
struct Unrecorded {
    live::LiveClassId id;
    SectionId section;
    std::optional<UserId> teacher;
    std::string title, ref;
};
Result<std::vector<Unrecorded>> unrecorded(tenancy::TenantTx& tx, Instant ended_since);
/// Of these streams, whose ingest's copy nobody needs any more.
Result<std::vector<std::string>> taken_streams(tenancy::TenantTx& tx,
                                               const std::vector<std::string>& refs);

/// With the job that makes it. nullopt: the class has one.
Result<std::optional<RecordingId>> add(tenancy::TenantTx& tx, const Recording& recording,
                                       const Clock& clock, Rng& rng);
/// Of an upload that its owner puts up; the same again while it is being made. The upload is held
/// until then. conflict: it is not complete, or the section has section_limit.
Result<RecordingId> add_upload(tenancy::TenantTx& tx, SectionId section, files::UploadId upload,
                               UserId owner, const std::string& title, const Clock& clock,
                               Rng& rng);
/// precondition_failed: it has another version.
Result<void> change(tenancy::TenantTx& tx, const Recording& seen, const std::string& title,
                    bool hidden);
/// Nobody sees it any more; what is being made of it ends; its bytes go soon. The same failure.
Result<void> remove(tenancy::TenantTx& tx, const Recording& seen, const Clock& clock, Rng& rng);
/// What shows somebody who is erased, likewise.
Result<void> forget_person(tenancy::TenantTx& tx, UserId user, const Clock& clock, Rng& rng);

// ---- what the work does ----

/// Of what is written next. nullopt: nothing more is wanted of it.
Result<std::optional<std::int64_t>> next_number(tenancy::TenantTx& tx, RecordingId id);
/// One that is whole in the store, and how far all is. False: as above.
Result<bool> add_piece(tenancy::TenantTx& tx, RecordingId id, const Piece& piece,
                       std::int64_t progress);
Result<bool> note_progress(tenancy::TenantTx& tx, RecordingId id, std::int64_t progress);
Result<std::vector<Piece>> pieces_of(tenancy::TenantTx& tx, RecordingId id);
Result<void> drop_pieces(tenancy::TenantTx& tx, RecordingId id,
                         const std::vector<std::int64_t>& numbers);
/// It can be watched from now on, and its class says so. False: as above.
Result<bool> finish(tenancy::TenantTx& tx, RecordingId id, std::int64_t manifest,
                    const Sha256& sha256, const Totals& totals, Instant now);
Result<bool> fail_recording(tenancy::TenantTx& tx, RecordingId id, const Error& error);
/// Its owner's again, unless others count on it.
Result<void> release_upload(tenancy::TenantTx& tx, files::UploadId upload);

/// What lies in the store: `prefix`/1 and so on.
std::string object_prefix(TenantId tenant, RecordingId id);
std::string object_key(TenantId tenant, RecordingId id, std::int64_t number);
/// What addresses are signed for: TENANT/RECORDING.
std::string ref_of(TenantId tenant, RecordingId id);

} // namespace bw::recordings
