#include "files/writer.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "telemetry/log.hpp"

namespace bw::files {

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
        .open_for = parts_.limits.open_for,
        .part = bytes > 0 ? std::optional(Part{
                                upload_.writer, object_,
                                finished ? std::nullopt : std::optional(draft_->token()), bytes})
                          : std::nullopt};
    upload_.expires_at = TRY(database.run(
        scope_, soon(), [&](tenancy::TenantTx& tx) { return note_progress(tx, progress); }));
    noted_ = bytes;
    upload_.received = from_ + bytes;
    upload_.writing = goes_on;
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

namespace {

/// Keys that writers had: `prefix`/1 to `prefix`/`last`, but for those that another upload has now.
struct Series {
    std::int64_t last = 0;
    std::set<std::string> spared;
};

std::string series_of(std::string_view object) {
    return std::string(object.substr(0, object.rfind('/')));
}
std::int64_t number_of(std::string_view object) {
    std::int64_t number = 0;
    const std::string_view text = object.substr(object.rfind('/') + 1);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Its own, and those of the partial ones that it was joined of. What a writer left that never came
/// to note anything lies among them.
Result<std::map<std::string, Series>> series(tenancy::TenantTx& tx, const Upload& upload) {
    std::map<std::string, Series> out;
    const std::string own = series_of(object_key(tx.tenant(), upload.id, 0));
    out[own].last = upload.writer;
    for (const Part& part : TRY(parts_of(tx, upload.id))) {
        Series& its = out[series_of(part.object)];
        its.last = std::max(its.last, number_of(part.object));
    }
    if (upload.merged_into)
        for (const Part& part : TRY(parts_of(tx, *upload.merged_into)))
            if (series_of(part.object) == own)
                out[own].spared.insert(part.object);
    return out;
}

} // namespace

Result<void> remove_objects(const Parts& parts, tenancy::Database& database,
                            const tenancy::TenantScope& scope, const Upload& upload,
                            Deadline deadline) {
    const auto all = TRY(
        database.run(scope, deadline, [&](tenancy::TenantTx& tx) { return series(tx, upload); }));
    for (const auto& [prefix, of] : all)
        CHECK_OK(parts.store.remove_series(prefix, of.last, of.spared, deadline));
    return database.run(scope, deadline,
                        [&](tenancy::TenantTx& tx) { return forget(tx, upload.id); });
}

} // namespace bw::files
