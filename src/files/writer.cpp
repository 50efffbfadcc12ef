#include "files/writer.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "jobs/queue.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

constexpr Duration step_deadline = 30s;
constexpr std::size_t read_bytes = 1024 * 1024;

} // namespace

Writer::Writer(const Parts& parts, tenancy::TenantScope scope, Upload upload,
               std::optional<Checksum> checksum, WriterOptions options)
    : parts_(parts), scope_(scope), upload_(std::move(upload)), from_(upload_.received),
      object_(object_key(scope_.tenant(), upload_.id, upload_.writer)),
      checksum_(std::move(checksum)), options_(options),
      note_at_(parts.clock.monotonic() + options.note_every) {}

Writer::~Writer() = default;

Deadline Writer::soon() const {
    return Deadline::in(parts_.clock, options_.step_deadline);
}

Result<void> Writer::take(ByteView bytes, tenancy::Database& database) {
    if (bytes.size() > upload_.size - from_ - bytes_)
        return fail(Code::payload_too_large, "more came than the upload's length", "Upload-Length");
    if (!draft_)
        draft_ = TRY(parts_.store.begin(object_, soon()));
    CHECK_OK(draft_->append(bytes, soon()));
    bytes_ += bytes.size();
    if (from_ == 0 && upload_.sha256)
        hash_.update(bytes);
    if (checksum_) {
        checksum_->digest.update(bytes);
        return {}; // counts at its end, or not at all
    }
    if (bytes_ - noted_ < options_.note_bytes && parts_.clock.monotonic() < note_at_)
        return {};
    note_at_ = parts_.clock.monotonic() + options_.note_every;
    return note(TRY(draft_->sync(soon())), false, true, database);
}

/// `bytes` of this writer's are durable.
Result<void> Writer::note(std::uint64_t bytes, bool finished, bool goes_on,
                          tenancy::Database& database) {
    if (goes_on && bytes == noted_)
        return {};
    const Progress progress{
        .upload = upload_.id,
        .writer = upload_.writer,
        .received = from_ + bytes,
        .goes_on = goes_on,
        .expires_at = parts_.clock.now() + parts_.limits.open_for,
        .part = bytes > 0 ? std::optional(Part{
                                upload_.writer, object_,
                                finished ? std::nullopt : std::optional(draft_->token()), bytes})
                          : std::nullopt};
    CHECK_OK(database.run(scope_, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        return note_progress(tx, progress);
    }));
    noted_ = bytes;
    upload_.received = from_ + bytes;
    upload_.writing = goes_on;
    upload_.expires_at = progress.expires_at;
    return {};
}

Result<Upload> Writer::end(End how, tenancy::Database& database) {
    if (checksum_) {
        const bool good = how == End::whole && checksum_->digest.finish() == checksum_->expected;
        if (!good) {
            CHECK_OK(drop_all(database));
            if (how == End::whole)
                return fail(Code::invalid_field,
                            "these are not the bytes of the checksum; send them again",
                            "Upload-Checksum");
            return upload_;
        }
    }
    if (!draft_) {
        CHECK_OK(note(0, false, false, database));
        return upload_;
    }
    if (auto finished = draft_->finish(soon()); !finished) {
        // What was noted stands; whoever goes on fences this one.
        log::warn("upload_part_not_finished",
                  {{"object", object_}, {"error", finished.error().text()}});
        return std::move(finished).error();
    }
    if (auto noted = note(bytes_, true, false, database); !noted) {
        // Fenced before anything of it was noted, or the upload is gone: no row will name it.
        const Code code = noted.error().code;
        if (noted_ == 0 && (code == Code::conflict || code == Code::not_found))
            if (auto removed = parts_.store.remove(object_, soon()); !removed)
                log::warn("upload_part_left",
                          {{"object", object_}, {"error", removed.error().text()}});
        return std::move(noted).error();
    }
    return upload_;
}

Result<void> Writer::drop_all(tenancy::Database& database) {
    if (draft_)
        CHECK_OK(parts_.store.discard(object_, draft_->token(), soon()));
    draft_.reset();
    return note(0, false, false, database);
}

std::optional<Sha256> Writer::sha256() {
    if (from_ > 0 || !upload_.sha256 || upload_.received != upload_.size)
        return std::nullopt;
    return hash_.finish();
}

// ---- when all has come ----

namespace {

Result<Sha256> hash_of(const Parts& parts, const std::vector<Part>& pieces, std::uint64_t size) {
    const Reader reader(parts.store, pieces);
    Sha256Stream hash;
    for (std::uint64_t at = 0; at < size;) {
        const Bytes bytes = TRY(reader.read(
            at, static_cast<std::size_t>(std::min<std::uint64_t>(read_bytes, size - at)),
            Deadline::in(parts.clock, step_deadline)));
        hash.update(bytes);
        at += bytes.size();
    }
    return hash.finish();
}

/// The parts of writers that died are made whole: no part is a draft afterwards.
Result<std::vector<Part>> finished_parts(const Parts& parts, tenancy::Database& database,
                                         const tenancy::TenantScope& scope, UploadId id) {
    auto soon = [&] { return Deadline::in(parts.clock, step_deadline); };
    std::vector<Part> pieces;
    auto list = [&](tenancy::TenantTx& tx) -> Result<void> {
        pieces = TRY(parts_of(tx, id));
        return {};
    };
    CHECK_OK(database.run(scope, soon(), list));
    for (Part& part : pieces) {
        if (!part.draft)
            continue;
        CHECK_OK(parts.store.adopt(part.object, *part.draft, part.size, soon()));
        CHECK_OK(database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            return part_is_finished(tx, id, part.number);
        }));
        part.draft.reset();
    }
    return pieces;
}

/// Somebody may have declared these bytes.
bool tells_what_it_is(const Upload& upload) {
    return upload.sha256 && upload.kind != Kind::partial;
}

jobs::NewJob arrived(UploadId id) {
    JsonWriter args;
    args.object().member("upload_id", id.text()).end();
    return {.kind = file_arrived, .args = args.take(), .priority = jobs::Priority::high};
}

} // namespace

Result<Upload> complete(const Parts& parts, tenancy::Database& database,
                        const tenancy::TenantScope& scope, Upload upload,
                        std::optional<Sha256> sha256) {
    const std::vector<Part> pieces = TRY(finished_parts(parts, database, scope, upload.id));
    std::uint64_t bytes = 0;
    for (const Part& part : pieces)
        bytes += part.size;
    if (bytes != upload.size)
        return fail(Code::corrupt, "the parts of " + upload.id.text() + " are not all there");
    State state = State::complete;
    if (upload.sha256) {
        if (!sha256)
            sha256 = TRY(hash_of(parts, pieces, upload.size));
        if (*sha256 != *upload.sha256)
            state = State::refused;
    }
    const Instant now = parts.clock.now();
    const std::optional<Instant> expires_at =
        state == State::refused ? now : now + parts.limits.keep_for;
    auto settled = [&](tenancy::TenantTx& tx) -> Result<State> {
        const Settled now_stands = TRY(settle(tx, upload, state, now, expires_at));
        if (now_stands.by_us && now_stands.state == State::complete && tells_what_it_is(upload))
            TRY(jobs::enqueue(tx, arrived(upload.id), parts.clock, parts.rng));
        return now_stands.state;
    };
    upload.state =
        TRY(database.run(scope, Deadline::in(parts.clock, step_deadline), std::move(settled)));
    upload.expires_at = expires_at;
    upload.completed_at = now;
    if (upload.state == State::refused)
        return fail(Code::invalid_field,
                    "the upload's bytes are not those of the declared `sha256`; upload it anew",
                    "Upload-Metadata");
    return upload;
}

Result<Bytes> Reader::read(std::uint64_t offset, std::size_t bytes, Deadline deadline) const {
    for (const Part& part : parts_) {
        if (offset >= part.size) {
            offset -= part.size;
            continue;
        }
        const auto here =
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes, part.size - offset));
        Bytes out = TRY(store_.read(part.object, offset, here, deadline));
        if (out.empty())
            break;
        return out;
    }
    return fail(Code::corrupt, "a file ends before its length");
}

// ---- the end ----

Result<void> remove_objects(const Parts& parts, tenancy::Database& database,
                            const tenancy::TenantScope& scope, const Upload& upload) {
    auto soon = [&] { return Deadline::in(parts.clock, step_deadline); };
    std::vector<Part> pieces;
    std::vector<std::string> strays, taken; // what a writer left that never came to note anything
    for (std::int64_t writer = 1; writer <= upload.writer; ++writer)
        strays.push_back(object_key(scope.tenant(), upload.id, writer));
    CHECK_OK(database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        pieces = TRY(parts_of(tx, upload.id));
        taken = TRY(referred(tx, strays)); // by another upload, if this one was merged into it
        return {};
    }));
    for (const Part& part : pieces) {
        if (part.draft)
            CHECK_OK(parts.store.discard(part.object, *part.draft, soon()));
        CHECK_OK(parts.store.remove(part.object, soon()));
    }
    for (const std::string& stray : strays)
        if (std::ranges::find(taken, stray) == taken.end()) {
            CHECK_OK(parts.store.discard(stray, "", soon()));
            CHECK_OK(parts.store.remove(stray, soon()));
        }
    return database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        return forget(tx, upload.id);
    });
}

} // namespace bw::files
