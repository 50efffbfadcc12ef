#include "files/completing.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "files/files_sql.hpp"
#include "jobs/queue.hpp"

namespace bw::files {

namespace {

constexpr Duration step_deadline = 20s;
constexpr std::size_t read_bytes = 1024 * 1024;
constexpr std::uint64_t step_bytes = 8 * read_bytes;

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

Completing::Completing(const Parts& parts, tenancy::TenantScope scope, Upload upload,
                       std::optional<Sha256> sha256)
    : parts_(parts), scope_(scope), stage_(Stage::finish), upload_(std::move(upload)),
      came_at_(parts.clock.now()), sha256_(sha256) {}

Completing::Completing(const Parts& parts, tenancy::TenantScope scope, Direct direct,
                       std::vector<blob::StoredPart> there)
    : parts_(parts), scope_(scope), stage_(Stage::join), upload_(direct.upload),
      direct_(std::move(direct)), there_(std::move(there)), came_at_(parts.clock.now()) {}

Deadline Completing::soon() const {
    return Deadline::in(parts_.clock, step_deadline);
}

Result<bool> Completing::step(tenancy::Database& database) {
    switch (stage_) {
    case Stage::join:
        CHECK_OK(join());
        break;
    case Stage::note:
        CHECK_OK(note_joined(database));
        break;
    case Stage::finish:
        CHECK_OK(finish_parts(database));
        break;
    case Stage::hash:
        CHECK_OK(hash_some());
        break;
    case Stage::settle:
        CHECK_OK(settle_it(database));
        break;
    case Stage::over:
        break;
    }
    return stage_ == Stage::over;
}

Result<void> Completing::join() {
    const PartPlan& plan = direct_->plan;
    auto joined = parts_.store.direct()->join_parts(direct_->object, direct_->token, there_,
                                                    plan.size - plan.first, soon());
    if (!joined && joined.error().code == Code::not_found)
        return fail(Code::conflict, "the store has lost the parts: POST to `parts` anew");
    if (TRY(std::move(joined)))
        stage_ = Stage::note;
    return {};
}

/// From here on it is an upload like any other.
Result<void> Completing::note_joined(tenancy::Database& database) {
    auto note = [&](tenancy::TenantTx& tx) -> Result<void> {
        const PartPlan& plan = direct_->plan;
        upload_.expires_at = TRY(note_progress(
            tx, {.upload = upload_.id,
                 .writer = direct_->writer,
                 .received = plan.size,
                 .open_for = parts_.limits.open_for,
                 .part = Part{direct_->writer, direct_->object, {}, plan.size - plan.first}}));
        pg::Params params;
        params.id(upload_.id);
        TRY(tx.run(sql::forget_direct, params));
        return {};
    };
    if (auto noted = database.run(scope_, soon(), note); !noted) {
        if (noted.error().code != Code::conflict)
            return noted;
        auto look = [&](tenancy::TenantTx& tx) { return find_own(tx, upload_.id, upload_.owner); };
        upload_ = TRY(database.run(scope_, soon(), look));
        if (upload_.received < upload_.size) // or somebody else has completed it, too
            return noted;
    }
    upload_.received = upload_.size;
    upload_.writing = false;
    stage_ = Stage::finish;
    return {};
}

/// What writers left that died is made whole: no part is a draft afterwards.
Result<void> Completing::finish_parts(tenancy::Database& database) {
    std::optional<Direct> unused;
    auto list = [&](tenancy::TenantTx& tx) -> Result<void> {
        objects_ = TRY(parts_of(tx, upload_.id));
        unused = TRY(find_direct(tx, upload_)); // what was joined is forgotten
        return {};
    };
    CHECK_OK(database.run(scope_, soon(), list));
    if (unused)
        CHECK_OK(drop(*unused, database));
    std::uint64_t bytes = 0;
    for (Part& part : objects_) {
        bytes += part.size;
        if (!part.draft)
            continue;
        CHECK_OK(parts_.store.adopt(part.object, *part.draft, part.size, soon()));
        CHECK_OK(database.run(scope_, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            return part_is_finished(tx, upload_.id, part.number);
        }));
        part.draft.reset();
    }
    if (bytes != upload_.size)
        return fail(Code::corrupt, "the parts of " + upload_.id.text() + " are not all there");
    stage_ = upload_.sha256 && !sha256_ ? Stage::hash : Stage::settle;
    return {};
}

/// Parts of a client that went on by PATCH: nobody counts them.
Result<void> Completing::drop(const Direct& unused, tenancy::Database& database) {
    blob::DirectParts* const store = parts_.store.direct();
    if (!store) // no longer reached by clients; its rule for what is never finished has them
        return {};
    CHECK_OK(store->drop_parts(unused.object, unused.token, soon()));
    return database.run(scope_, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        pg::Params params;
        params.id(upload_.id);
        TRY(tx.run(sql::forget_direct, params));
        return {};
    });
}

Result<void> Completing::hash_some() {
    const Reader reader(parts_.store, objects_);
    const std::uint64_t until = std::min(upload_.size, hashed_ + step_bytes);
    while (hashed_ < until) {
        const Bytes bytes = TRY(reader.read(
            hashed_, static_cast<std::size_t>(std::min<std::uint64_t>(read_bytes, until - hashed_)),
            soon()));
        hash_.update(bytes);
        hashed_ += bytes.size();
    }
    if (hashed_ < upload_.size)
        return {};
    sha256_ = hash_.finish();
    stage_ = Stage::settle;
    return {};
}

Result<void> Completing::settle_it(tenancy::Database& database) {
    const bool good = !upload_.sha256 || *sha256_ == *upload_.sha256;
    auto settled = [&](tenancy::TenantTx& tx) -> Result<Upload> {
        Settled now = TRY(settle(tx, upload_, good ? State::complete : State::refused, came_at_,
                                 parts_.limits.keep_for));
        if (now.by_us && now.upload.state == State::complete && tells_what_it_is(upload_))
            TRY(jobs::enqueue(tx, arrived(upload_.id), parts_.clock, parts_.rng));
        return std::move(now.upload);
    };
    upload_ = TRY(database.run(scope_, soon(), std::move(settled)));
    stage_ = Stage::over;
    return upload_.state == State::refused ? refused_bytes() : Result<void>();
}

Result<Upload> complete(const Parts& parts, tenancy::Database& database,
                        const tenancy::TenantScope& scope, Upload upload,
                        std::optional<Sha256> sha256) {
    Completing completing(parts, scope, std::move(upload), sha256);
    while (!TRY(completing.step(database)))
        continue;
    return completing.upload();
}

} // namespace bw::files
