#include "files/upload.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "files/files_sql.hpp"

namespace bw::files {

namespace {

constexpr std::pair<State, std::string_view> states[] = {{State::open, "open"},
                                                         {State::complete, "complete"},
                                                         {State::refused, "refused"},
                                                         {State::merged, "merged"},
                                                         {State::removing, "removing"}};
constexpr std::pair<Kind, std::string_view> kinds[] = {
    {Kind::single, "single"}, {Kind::partial, "partial"}, {Kind::joined, "joined"}};

template <class Value, std::size_t n>
std::string_view name_in(const std::pair<Value, std::string_view> (&table)[n], Value value) {
    for (const auto& [known, name] : table)
        if (known == value)
            return name;
    ensure_failed("wire_name", "a value without a name");
}
template <class Value, std::size_t n>
Value value_in(const std::pair<Value, std::string_view> (&table)[n], std::string_view name) {
    for (const auto& [value, known] : table)
        if (known == name)
            return value;
    ensure_failed("value_in", "the database knows more than its checks allow");
}

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
std::int64_t seconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

Upload read_upload(const pg::Rows& rows, int row) {
    Upload upload{.id = rows.id<UploadId>(row, 0),
                  .owner = rows.id<UserId>(row, 1),
                  .kind = value_in(kinds, rows.text(row, 2)),
                  .state = value_in(states, rows.text(row, 3)),
                  .size = static_cast<std::uint64_t>(rows.int8(row, 4)),
                  .received = static_cast<std::uint64_t>(rows.int8(row, 5)),
                  .writer = rows.int8(row, 6),
                  .writing = rows.boolean(row, 7),
                  .name = std::string(rows.text(row, 8)),
                  .media_type = std::string(rows.text(row, 9)),
                  .metadata = std::string(rows.text(row, 11)),
                  .created_at = rows.instant(row, 13)};
    if (!rows.is_null(row, 10))
        upload.sha256 = to_array<32>(rows.bytes(row, 10));
    if (!rows.is_null(row, 12))
        upload.merged_into = rows.id<UploadId>(row, 12);
    if (!rows.is_null(row, 14))
        upload.expires_at = rows.instant(row, 14);
    if (!rows.is_null(row, 15))
        upload.completed_at = rows.instant(row, 15);
    upload.held = rows.boolean(row, 16);
    upload.withheld = rows.boolean(row, 17);
    upload.expired = rows.boolean(row, 18);
    return upload;
}

std::vector<Upload> read_uploads(const pg::Rows& rows) {
    std::vector<Upload> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back(read_upload(rows, i));
    return out;
}

Error no_such_upload() {
    return fail(Code::not_found, "there is no such upload; begin it anew");
}

pg::Params with_id(UploadId id) {
    pg::Params params;
    params.id(id);
    return params;
}

} // namespace

std::string_view wire_name(State state) {
    return name_in(states, state);
}
std::string_view wire_name(Kind kind) {
    return name_in(kinds, kind);
}

std::string object_key(TenantId tenant, UploadId upload, std::int64_t writer) {
    return tenant.text() + "/" + upload.text() + "/" + std::to_string(writer);
}

Error too_large(const Limits& limits) {
    return fail(Code::payload_too_large,
                "an upload has at most " + std::to_string(limits.upload_bytes) + " bytes",
                "Upload-Length");
}

namespace {

Error later(Error error, Duration after) {
    error.retry_after = std::chrono::duration_cast<std::chrono::milliseconds>(after);
    return error;
}

/// Waiting helps if something was begun and left: that expires.
Result<Error> no_room_for(tenancy::TenantTx& tx, UserId owner, const Limits& limits) {
    pg::Params params;
    params.id(owner);
    const bool waiting_helps = TRY(tx.run(sql::has_open_uploads, params)).boolean(0, 0);
    Error full = fail(waiting_helps ? Code::quota_exceeded : Code::payload_too_large,
                      "your files may have " + std::to_string(limits.person_bytes) +
                          " bytes together; remove some of them first (GET /v1/uploads)",
                      "Upload-Length");
    return later(std::move(full), limits.unbegun_for);
}

Result<void> take_room(tenancy::TenantTx& tx, const Upload& upload, const Limits& limits) {
    pg::Params room;
    room.id(upload.owner).int8(number(upload.size)).int8(number(limits.person_bytes));
    if (TRY(tx.run(sql::take_room, room)).empty()) // it locks the person's row
        return TRY(no_room_for(tx, upload.owner, limits));
    if (TRY(tx.run(sql::room_taken)).int8(0, 0) > number(limits.tenant_bytes))
        return later(fail(Code::storage_full, "the institution's room for files is used up; who "
                                              "runs it can give it more"),
                     room_comes_after);
    pg::Params count;
    count.id(upload.owner).int8(limits.person_uploads);
    if (TRY(tx.run(sql::count_uploads, count)).int8(0, 0) < limits.person_uploads)
        return {};
    return later(fail(Code::quota_exceeded, "you have " + std::to_string(limits.person_uploads) +
                                                " uploads; remove some, or wait until those that "
                                                "were begun and left expire (GET /v1/uploads)"),
                 limits.unbegun_for);
}

} // namespace

Result<Upload> create(tenancy::TenantTx& tx, Upload upload, const Limits& limits) {
    if (upload.size > limits.upload_bytes)
        return too_large(limits);
    CHECK_OK(take_room(tx, upload, limits));
    const bool to_come = upload.kind != Kind::joined && upload.size > 0;
    pg::Params params;
    params.id(upload.id)
        .id(upload.owner)
        .text(wire_name(upload.kind))
        .int8(number(upload.size))
        .text(upload.name)
        .text(upload.media_type);
    upload.sha256 ? params.bytes(view(*upload.sha256)) : params.null();
    params.text(upload.metadata)
        .instant(upload.created_at)
        .int8(seconds(to_come ? limits.unbegun_for : limits.open_for));
    const pg::Rows made = TRY(tx.run(sql::create_upload, params));
    if (made.empty())
        return fail(Code::forbidden, "the person is not there any more");
    upload.expires_at = made.instant(0, 0);
    return upload;
}

Result<std::vector<Upload>> list_uploads(tenancy::TenantTx& tx, const OwnUploads& wanted) {
    pg::Params params;
    params.id(wanted.owner);
    wanted.state ? params.text(wire_name(*wanted.state)) : params.null();
    wanted.after ? params.instant(wanted.after->first).id(wanted.after->second)
                 : params.null().null();
    params.int8(wanted.limit);
    return read_uploads(TRY(tx.run(sql::list_uploads, params)));
}

Result<std::uint64_t> room_of(tenancy::TenantTx& tx, UserId owner) {
    pg::Params params;
    params.id(owner);
    const pg::Rows rows = TRY(tx.run(sql::room_of, params));
    return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.int8(0, 0));
}

Error refused_bytes() {
    return fail(Code::invalid_field,
                "the upload's bytes are not those of the declared `sha256`; upload it anew",
                "Upload-Metadata");
}

Result<void> not_expired(const Upload& upload) {
    if (upload.expired && !upload.held)
        return fail(Code::not_found, "the upload has expired; begin it anew");
    return {};
}

Result<void> takes_bytes(const Upload& upload) {
    if (upload.state != State::open || upload.kind == Kind::joined)
        return fail(Code::conflict, "nothing more is to come: the upload is " +
                                        std::string(wire_name(upload.state)));
    return {};
}

Result<std::optional<Upload>> find(tenancy::TenantTx& tx, UploadId id) {
    const pg::Rows rows = TRY(tx.run(sql::get_upload, with_id(id)));
    return rows.empty() ? std::optional<Upload>() : read_upload(rows, 0);
}

Result<Upload> find_own(tenancy::TenantTx& tx, UploadId id, UserId owner) {
    auto found = TRY(find(tx, id));
    if (!found || found->owner != owner || found->state == State::removing)
        return no_such_upload();
    return *std::move(found);
}

Result<std::vector<Part>> parts_of(tenancy::TenantTx& tx, UploadId id) {
    const pg::Rows rows = TRY(tx.run(sql::parts_of, with_id(id)));
    std::vector<Part> out;
    for (int i = 0; i < rows.count(); ++i) {
        Part part{rows.int8(i, 0),
                  std::string(rows.text(i, 1)),
                  {},
                  static_cast<std::uint64_t>(rows.int8(i, 3))};
        if (auto draft = rows.optional_text(i, 2))
            part.draft = std::string(*draft);
        out.push_back(std::move(part));
    }
    return out;
}

Result<Upload> fence(tenancy::TenantTx& tx, UploadId id, UserId owner) {
    pg::Params params;
    params.id(id).id(owner);
    TRY(tx.run(sql::fence_writer, params));
    return find_own(tx, id, owner); // a statement later: what the fenced one still noted is seen
}

Result<Upload> begin_writing(tenancy::TenantTx& tx, UploadId id, UserId owner, std::uint64_t at,
                             Duration open_for) {
    pg::Params params;
    params.id(id).id(owner).int8(number(at)).int8(seconds(open_for)).int8(writers_limit);
    const pg::Rows rows = TRY(tx.run(sql::begin_writing, params));
    Upload upload = TRY(find_own(tx, id, owner));
    if (!rows.empty())
        return upload;
    CHECK_OK(takes_bytes(upload));
    if (upload.received == at) // so it was too many
        return fail(Code::payload_too_large,
                    "an upload comes in at most " + std::to_string(writers_limit) +
                        " requests; begin it anew, with more bytes in each");
    return fail(Code::conflict,
                "the upload stands at " + std::to_string(upload.received) + ": ask by HEAD",
                "Upload-Offset");
}

Result<Instant> note_progress(tenancy::TenantTx& tx, const Progress& progress) {
    pg::Params params;
    params.id(progress.upload)
        .int8(progress.writer)
        .int8(number(progress.received))
        .boolean(progress.goes_on)
        .int8(seconds(progress.open_for));
    const pg::Rows noted = TRY(tx.run(sql::note_progress, params));
    if (noted.empty())
        return fail(Code::conflict, "somebody else goes on with this upload");
    if (!progress.part)
        return noted.instant(0, 0);
    const Part& part = *progress.part;
    pg::Params written;
    written.id(progress.upload)
        .int8(part.number)
        .text(part.object)
        .optional_text(part.draft)
        .int8(number(part.size));
    TRY(tx.run(sql::note_part, written));
    return noted.instant(0, 0);
}

Result<void> part_is_finished(tenancy::TenantTx& tx, UploadId id, std::int64_t part) {
    pg::Params params;
    params.id(id).int8(part);
    TRY(tx.run(sql::part_is_finished, params));
    return {};
}

Result<Settled> settle(tenancy::TenantTx& tx, const Upload& seen, State state, Instant now,
                       Duration keep_for) {
    pg::Params params;
    params.id(seen.id)
        .text(wire_name(state))
        .int8(state == State::complete ? seconds(keep_for) : 0)
        .int8(seen.writer)
        .instant(now);
    const bool by_us = !TRY(tx.run(sql::settle, params)).empty();
    return Settled{TRY(find_own(tx, seen.id, seen.owner)), by_us};
}

Result<std::optional<Upload>> find_complete(tenancy::TenantTx& tx, UserId owner, std::uint64_t size,
                                            const Sha256& sha256) {
    pg::Params params;
    params.id(owner).int8(number(size)).bytes(view(sha256));
    const pg::Rows rows = TRY(tx.run(sql::find_complete, params));
    return rows.empty() ? std::optional<Upload>() : read_upload(rows, 0);
}

Result<bool> hold(tenancy::TenantTx& tx, UploadId id) {
    return !TRY(tx.run(sql::hold_upload, with_id(id))).empty();
}

Result<void> release(tenancy::TenantTx& tx, UploadId id, Duration keep_for) {
    pg::Params params;
    params.id(id).int8(seconds(keep_for));
    TRY(tx.run(sql::release_upload, params));
    return {};
}

Result<void> withhold(tenancy::TenantTx& tx, UploadId id) {
    TRY(tx.run(sql::withhold_upload, with_id(id)));
    return {};
}

namespace {

/// The partial uploads in the order in which they were named.
Result<std::vector<Upload>> partials_in_order(tenancy::TenantTx& tx, UserId owner,
                                              const std::vector<UploadId>& ids) {
    std::vector<Uuid> uuids;
    for (const UploadId& id : ids)
        uuids.push_back(id.uuid);
    pg::Params params;
    params.uuids(uuids);
    const std::vector<Upload> locked = read_uploads(TRY(tx.run(sql::lock_uploads, params)));
    std::vector<Upload> out;
    for (const UploadId& id : ids) {
        const auto found = std::ranges::find(locked, id, &Upload::id);
        const bool there =
            found != locked.end() && found->owner == owner && found->kind == Kind::partial;
        if (!there || (found->state != State::complete && found->state != State::merged))
            return fail(Code::bad_request, id.text() + " is no partial upload that is complete",
                        "Upload-Concat");
        if (std::ranges::find(out, id, &Upload::id) != out.end())
            return fail(Code::bad_request, id.text() + " stands twice", "Upload-Concat");
        out.push_back(*found);
    }
    return out;
}

/// Of all of them, in this order, and of nothing else?
Result<bool> is_made_of(tenancy::TenantTx& tx, UploadId id, const std::vector<Upload>& pieces) {
    std::vector<std::string> wanted, found; // whose objects follow each other
    for (const Upload& piece : pieces)
        if (piece.size > 0)
            wanted.push_back(piece.id.text());
    for (const Part& part : TRY(parts_of(tx, id))) {
        const std::size_t begin = part.object.find('/') + 1;
        std::string of = part.object.substr(begin, part.object.rfind('/') - begin);
        if (found.empty() || found.back() != of)
            found.push_back(std::move(of));
    }
    return wanted == found;
}

} // namespace

Result<Upload> join(tenancy::TenantTx& tx, Upload upload, const std::vector<UploadId>& partials,
                    const Limits& limits) {
    const std::vector<Upload> pieces = TRY(partials_in_order(tx, upload.owner, partials));
    ENSURE(!pieces.empty(), "an upload made of nothing");
    if (const auto into = pieces.front().merged_into)
        if (TRY(is_made_of(tx, *into, pieces)))
            return find_own(tx, *into, upload.owner); // the same again: the answer was lost
    upload.size = 0;
    std::vector<Uuid> uuids;
    for (const Upload& piece : pieces) {
        if (piece.state == State::merged)
            return fail(Code::bad_request, piece.id.text() + " is part of another upload",
                        "Upload-Concat");
        upload.size += piece.size;
        uuids.push_back(piece.id.uuid);
    }
    pg::Params back; // they took their room when they were made
    back.id(upload.owner).int8(number(upload.size));
    TRY(tx.run(sql::give_room_back, back));
    TRY(create(tx, upload, limits));
    std::int64_t base = 0;
    for (const Upload& piece : pieces) {
        pg::Params move;
        move.id(piece.id).id(upload.id).int8(base);
        TRY(tx.run(sql::move_parts, move));
        base += piece.writer + 1;
    }
    pg::Params merged;
    merged.uuids(uuids).id(upload.id);
    TRY(tx.run(sql::merge_into, merged));
    TRY(tx.run(sql::received_all, with_id(upload.id)));
    return find_own(tx, upload.id, upload.owner);
}

Result<Upload> as_it_is(tenancy::TenantTx& tx, UploadId id) {
    auto found = TRY(find(tx, id));
    if (!found)
        return fail(Code::not_found, "there is no such upload");
    return *std::move(found);
}

Result<bool> begin_removing(tenancy::TenantTx& tx, UploadId id) {
    const pg::Rows rows = TRY(tx.run(sql::begin_removing, with_id(id)));
    if (rows.empty()) {
        const auto there = TRY(find(tx, id));
        return there && there->state == State::removing;
    }
    pg::Params back;
    back.id(rows.id<UserId>(0, 0)).int8(rows.int8(0, 1));
    TRY(tx.run(sql::give_room_back, back));
    return true;
}

Result<void> forget(tenancy::TenantTx& tx, UploadId id) {
    TRY(tx.run(sql::forget_upload, with_id(id)));
    return {};
}

Result<std::vector<Upload>> to_remove(tenancy::TenantTx& tx, int limit) {
    pg::Params params;
    params.int8(limit);
    return read_uploads(TRY(tx.run(sql::uploads_to_remove, params)));
}

Result<void> remove_all_of(tenancy::TenantTx& tx, UserId owner) {
    pg::Params params;
    params.id(owner);
    TRY(tx.run(sql::let_go_of_all, params));
    for (const Upload& upload : read_uploads(TRY(tx.run(sql::uploads_of, params))))
        TRY(begin_removing(tx, upload.id));
    return {};
}

} // namespace bw::files
