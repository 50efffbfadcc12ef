// What a class left at the ingest, into the blob store.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "recordings/archive.hpp"
#include "recordings/jobs.hpp"
#include "recordings/pieces.hpp"

namespace bw::recordings {

namespace {

namespace fs = std::filesystem;

Result<Bytes> bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    Bytes out(std::istreambuf_iterator<char>(in), {});
    if (!in.good() && !in.eof())
        return fail(Code::unavailable, "a file at the ingest cannot be read");
    if (out.empty() || out.size() > segment_bytes_limit)
        return fail(Code::corrupt, "a file at the ingest is empty or too large");
    return out;
}

/// Of one tenant: what lies there, by stream.
std::vector<std::string> streams_in(const fs::path& archive, TenantId tenant) {
    std::vector<std::string> out;
    std::error_code failed;
    for (const auto& one : fs::directory_iterator(archive / tenant.text(), failed))
        if (one.is_directory(failed))
            out.push_back(tenant.text() + "/" + one.path().filename().string());
    return out;
}

Result<void> take_rung(PieceWriter& writer, const ArchivedRung& rung,
                       const std::function<void()>& step) {
    const auto begun = TRY(writer.begin_rung(rung.name));
    if (!begun)
        return {};
    for (std::size_t i = static_cast<std::size_t>(*begun); i < rung.segments.size(); ++i) {
        const ArchivedSegment& one = rung.segments[i];
        CHECK_OK(writer.init(TRY(bytes_of(one.init))));
        step();
        CHECK_OK(writer.segment(TRY(bytes_of(one.file)), one.ms, one.anew, one.after_gap));
    }
    return writer.end_rung();
}

} // namespace

Result<jobs::Outcome> look_for_classes(const JobParts& parts, const jobs::Attempt& attempt) {
    const std::vector<std::string> there = streams_in(parts.archive, attempt.tenant.scope.tenant());
    if (there.empty())
        return jobs::Effect();
    // What has its recording, or nobody will take any more, may go.
    const auto taken =
        TRY(attempt.database.run(attempt.tenant.scope, attempt.deadline,
                                 [&](tenancy::TenantTx& tx) { return taken_streams(tx, there); }));
    for (const std::string& ref : there) {
        const bool over = std::ranges::find(taken, ref) != taken.end() ||
                          quiet_for(parts.archive / ref) > parts.archive_kept;
        std::error_code ignored; // the next look tries again
        if (over)
            fs::remove_all(parts.archive / ref, ignored);
    }
    return jobs::Effect([&parts, there](tenancy::TenantTx& tx) -> Result<void> {
        for (const Unrecorded& one : TRY(unrecorded(tx, parts.clock.now() - parts.archive_kept)))
            if (std::ranges::find(there, one.ref) != there.end())
                TRY(add(tx,
                        {.id = {},
                         .section = one.section,
                         .of_class = one.id,
                         .ref = one.ref,
                         .shows = one.teacher,
                         .title = one.title},
                        parts.clock, parts.rng));
        return {};
    });
}

Result<jobs::Outcome> take(const JobParts& parts, const jobs::Attempt& attempt) {
    const RecordingId id = TRY(recording_of(attempt.job));
    const auto recording =
        TRY(attempt.database.run(attempt.tenant.scope, attempt.deadline,
                                 [id](tenancy::TenantTx& tx) { return find(tx, id); }));
    if (!recording || recording->ref.empty() || recording->state == State::ready ||
        recording->state == State::failed)
        return jobs::Effect();
    const fs::path directory = parts.archive / recording->ref;
    if (quiet_for(directory) < parts.quiet)
        return jobs::Snooze{parts.quiet};
    if (parts.busy())
        return jobs::Snooze{1min};
    const auto archive = Archive::read(directory);
    if (!archive)
        return failed(id, archive.error());
    PieceWriter writer(parts.store, attempt, id, parts.bytes_in_piece);
    std::size_t all = 0, done = 0;
    for (const ArchivedRung& rung : archive->rungs)
        all += rung.segments.size();
    const auto work = [&]() -> Result<PieceWriter::Finished> {
        for (const ArchivedRung& rung : archive->rungs)
            CHECK_OK(take_rung(writer, rung, [&] {
                writer.progress(static_cast<std::int64_t>(++done * 1'000 / (all + 1)));
            }));
        return writer.finish(archive->master);
    };
    const auto made = work();
    if (!made && made.error().code == Code::conflict)
        return jobs::Effect(); // removed meanwhile: the sweep takes what was written
    if (!made)
        return made.error();
    return finished(parts, id, made->manifest, made->sha256, made->totals);
}

} // namespace bw::recordings
