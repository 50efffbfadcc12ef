#include "recordings/recording.hpp"

#include <algorithm>
#include <array>

#include "recordings/jobs.hpp"
#include "recordings/recordings_sql.hpp"

namespace bw::recordings {

namespace {

constexpr std::array<std::string_view, 4> state_names = {"waiting", "working", "ready", "failed"};
constexpr std::int64_t classes_at_once = 100;
constexpr Duration keep_upload_for = std::chrono::hours(24 * 30);

State state_named(std::string_view text) {
    const auto* found = std::ranges::find(state_names, text);
    return found == state_names.end() ? State::failed
                                      : static_cast<State>(found - state_names.begin());
}

Recording recording_in(const pg::Rows& rows, int row) {
    Recording out{.id = rows.id<RecordingId>(row, 0), .section = rows.id<SectionId>(row, 1)};
    if (!rows.is_null(row, 2))
        out.of_class = rows.id<live::LiveClassId>(row, 2);
    out.ref = rows.text(row, 3);
    if (!rows.is_null(row, 4))
        out.upload = rows.id<files::UploadId>(row, 4);
    if (!rows.is_null(row, 5))
        out.shows = rows.id<UserId>(row, 5);
    out.title = rows.text(row, 6);
    out.state = state_named(rows.text(row, 7));
    out.version = rows.int8(row, 8);
    out.hidden = rows.boolean(row, 9);
    out.progress = rows.int8(row, 10);
    out.duration = std::chrono::milliseconds(rows.int8(row, 11));
    out.bytes = rows.int8(row, 12);
    out.gaps = rows.int8(row, 13);
    out.error_code = rows.text(row, 14);
    out.error_detail = rows.text(row, 15);
    if (!rows.is_null(row, 16))
        out.manifest = rows.int8(row, 16);
    if (!rows.is_null(row, 17))
        out.manifest_sha256 = to_array<32>(rows.bytes(row, 17));
    out.created_at = rows.instant(row, 18);
    if (!rows.is_null(row, 19))
        out.ready_at = rows.instant(row, 19);
    return out;
}

Result<std::optional<Recording>> one_of(Result<pg::Rows> rows) {
    if (!rows)
        return std::move(rows).error();
    return rows->empty() ? std::nullopt : std::optional(recording_in(*rows, 0));
}

Result<bool> any_row(Result<pg::Rows> rows) {
    if (!rows)
        return std::move(rows).error();
    return !rows->empty();
}

Error changed_meanwhile() {
    return fail(Code::precondition_failed,
                "it was changed meanwhile; read it again, and send the new ETag", "If-Match");
}

} // namespace

std::string_view wire_name(State state) {
    return state_names[static_cast<std::size_t>(state)];
}

std::string object_prefix(TenantId tenant, RecordingId id) {
    return tenant.text() + "/" + id.text();
}
std::string object_key(TenantId tenant, RecordingId id, std::int64_t number) {
    return object_prefix(tenant, id) + "/" + std::to_string(number);
}
std::string ref_of(TenantId tenant, RecordingId id) {
    return object_prefix(tenant, id);
}

Result<std::optional<Recording>> find(tenancy::TenantTx& tx, RecordingId id) {
    return one_of(tx.run(sql::find_recording, pg::Params().id(id)));
}

Result<std::optional<Recording>> of_class(tenancy::TenantTx& tx, live::LiveClassId id) {
    return one_of(tx.run(sql::recording_of_class, pg::Params().id(id)));
}

Result<std::vector<Recording>> of_section(tenancy::TenantTx& tx, SectionId section, bool all) {
    const auto rows = TRY(tx.run(sql::recordings_of_section,
                                 pg::Params().id(section).boolean(all).int8(section_limit)));
    std::vector<Recording> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(recording_in(rows, row));
    return out;
}

Result<bool> is_put_out(tenancy::TenantTx& tx, live::LiveClassId id, UserId user) {
    return TRY(tx.run(sql::is_put_out, pg::Params().id(id).id(user))).boolean(0, 0);
}

Result<std::vector<Unrecorded>> unrecorded(tenancy::TenantTx& tx, Instant ended_since) {
    const auto rows = TRY(
        tx.run(sql::classes_to_record, pg::Params().instant(ended_since).int8(classes_at_once)));
    std::vector<Unrecorded> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.id = rows.id<live::LiveClassId>(row, 0),
                       .section = rows.id<SectionId>(row, 1),
                       .teacher = rows.is_null(row, 2) ? std::nullopt
                                                       : std::optional(rows.id<UserId>(row, 2)),
                       .title = std::string(rows.text(row, 3)),
                       .ref = std::string(rows.text(row, 4))});
    return out;
}

Result<std::vector<std::string>> taken_streams(tenancy::TenantTx& tx,
                                               const std::vector<std::string>& refs) {
    const auto rows = TRY(tx.run(sql::states_of_streams, pg::Params().texts(refs)));
    std::vector<std::string> out;
    for (int row = 0; row < rows.count(); ++row)
        out.emplace_back(rows.text(row, 0));
    return out;
}

Result<std::optional<RecordingId>> add(tenancy::TenantTx& tx, const Recording& recording,
                                       const Clock& clock, Rng& rng) {
    const RecordingId id = RecordingId::make(clock.now(), rng);
    pg::Params params;
    params.id(id).id(recording.section);
    if (recording.of_class)
        params.id(*recording.of_class).text(recording.ref);
    else
        params.null().null();
    recording.upload ? params.id(*recording.upload) : params.null();
    recording.shows ? params.id(*recording.shows) : params.null();
    params.text(recording.title);
    const jobs::JobId job = TRY(
        jobs::enqueue(tx, recording.of_class ? taking_job(id) : transcoding_job(id), clock, rng));
    params.id(job).instant(clock.now());
    // Of a class that has one the job is in vain: it finds no such recording.
    if (!TRY(any_row(tx.run(sql::add_recording, params))))
        return std::nullopt;
    return id;
}

Result<RecordingId> add_upload(tenancy::TenantTx& tx, SectionId section, files::UploadId upload,
                               UserId owner, const std::string& title, const Clock& clock,
                               Rng& rng) {
    const files::Upload file = TRY(files::find_own(tx, upload, owner));
    const auto before = TRY(tx.run(sql::recording_of_upload, pg::Params().id(section).id(upload)));
    if (!before.empty())
        return before.id<RecordingId>(0, 0);
    if (TRY(tx.run(sql::count_of_section, pg::Params().id(section))).int8(0, 0) >= section_limit)
        return fail(Code::conflict, "the section has 2,000 recordings; remove some");
    if (file.withheld || !TRY(files::hold(tx, upload)))
        return fail(Code::conflict, "the upload is not complete, or nobody gets it", "/upload_id");
    const auto made = TRY(
        add(tx, {.id = {}, .section = section, .upload = upload, .shows = owner, .title = title},
            clock, rng));
    if (!made)
        return fail(Code::not_found, "there is no such section");
    return *made;
}

Result<void> change(tenancy::TenantTx& tx, const Recording& seen, const std::string& title,
                    bool hidden) {
    if (!TRY(any_row(
            tx.run(sql::change_recording,
                   pg::Params().id(seen.id).int8(seen.version).text(title).boolean(hidden)))))
        return changed_meanwhile();
    return {};
}

Result<void> remove(tenancy::TenantTx& tx, const Recording& seen, const Clock& clock, Rng& rng) {
    const auto rows =
        TRY(tx.run(sql::remove_recording, pg::Params().id(seen.id).int8(seen.version)));
    if (rows.empty())
        return changed_meanwhile();
    if (!rows.is_null(0, 0))
        CHECK_OK(release_upload(tx, rows.id<files::UploadId>(0, 0)));
    TRY(tx.run(sql::classes_without, pg::Params().uuids(std::vector{seen.id.uuid})));
    TRY(jobs::enqueue(tx, sweep_job(), clock, rng));
    return {};
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user, const Clock& clock, Rng& rng) {
    const auto rows = TRY(tx.run(sql::forget_person, pg::Params().id(user)));
    if (rows.affected() > 0)
        TRY(jobs::enqueue(tx, sweep_job(), clock, rng));
    return {};
}

Result<std::optional<std::int64_t>> next_number(tenancy::TenantTx& tx, RecordingId id) {
    const auto rows = TRY(tx.run(sql::next_number, pg::Params().id(id)));
    return rows.empty() ? std::nullopt : std::optional(rows.int8(0, 0));
}

Result<bool> add_piece(tenancy::TenantTx& tx, RecordingId id, const Piece& piece,
                       std::int64_t progress) {
    return any_row(tx.run(sql::add_piece, pg::Params()
                                              .id(id)
                                              .int8(piece.number)
                                              .text(piece.rung)
                                              .int8(piece.taken)
                                              .boolean(piece.ends)
                                              .int8(piece.bytes)
                                              .bytes(view(piece.sha256))
                                              .text(piece.contents)
                                              .int8(progress)));
}

Result<bool> note_progress(tenancy::TenantTx& tx, RecordingId id, std::int64_t progress) {
    return any_row(tx.run(sql::note_progress, pg::Params().id(id).int8(progress)));
}

Result<std::vector<Piece>> pieces_of(tenancy::TenantTx& tx, RecordingId id) {
    const auto rows = TRY(tx.run(sql::pieces_of, pg::Params().id(id)));
    std::vector<Piece> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.number = rows.int8(row, 0),
                       .rung = std::string(rows.text(row, 1)),
                       .taken = rows.int8(row, 2),
                       .ends = rows.boolean(row, 3),
                       .bytes = rows.int8(row, 4),
                       .sha256 = to_array<32>(rows.bytes(row, 5)).value_or(Sha256{}),
                       .contents = std::string(rows.text(row, 6))});
    return out;
}

Result<void> drop_pieces(tenancy::TenantTx& tx, RecordingId id,
                         const std::vector<std::int64_t>& numbers) {
    TRY(tx.run(sql::drop_pieces, pg::Params().id(id).int8s(numbers)));
    return {};
}

Result<bool> finish(tenancy::TenantTx& tx, RecordingId id, std::int64_t manifest,
                    const Sha256& sha256, const Totals& totals, Instant now) {
    const auto before = TRY(find(tx, id));
    const auto rows = TRY(tx.run(sql::finish_recording, pg::Params()
                                                            .id(id)
                                                            .int8(manifest)
                                                            .bytes(view(sha256))
                                                            .int8(totals.duration_ms)
                                                            .int8(totals.bytes)
                                                            .int8(totals.gaps)
                                                            .instant(now)));
    if (rows.empty() || !before)
        return false;
    TRY(tx.run(sql::forget_pieces, pg::Params().id(id)));
    if (before->upload)
        CHECK_OK(release_upload(tx, *before->upload));
    if (!rows.is_null(0, 0))
        TRY(tx.run(sql::set_class_recording,
                   pg::Params().id(rows.id<live::LiveClassId>(0, 0)).text(id.text())));
    return true;
}

Result<bool> fail_recording(tenancy::TenantTx& tx, RecordingId id, const Error& error) {
    const auto before = TRY(find(tx, id));
    if (!before ||
        !TRY(any_row(tx.run(sql::fail_recording,
                            pg::Params().id(id).text(wire_name(error.code)).text(error.detail)))))
        return false;
    TRY(tx.run(sql::forget_pieces, pg::Params().id(id)));
    if (before->upload)
        CHECK_OK(release_upload(tx, *before->upload));
    return true;
}

Result<void> release_upload(tenancy::TenantTx& tx, files::UploadId upload) {
    if (TRY(tx.run(sql::upload_is_used, pg::Params().id(upload))).boolean(0, 0))
        return {};
    return files::release(tx, upload, keep_upload_for);
}

} // namespace bw::recordings
