// The jobs of recordings: what classes left at the ingest is taken into the blob store; an upload
// is made into a ladder; what is over is removed. They have a worker of their own: one at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "blob/store.hpp"
#include "jobs/handler.hpp"
#include "recordings/recording.hpp"

namespace bw::recordings {

/// To be enqueued with the row.
jobs::NewJob taking_job(RecordingId id);
jobs::NewJob transcoding_job(RecordingId id);
jobs::NewJob sweep_job();

/// What they work with. Everything outlives them.
struct JobParts {
    blob::Store& store;
    const Clock& clock;
    Rng& rng;
    /// Where the ingest leaves classes; empty: it is on another machine, whose worker takes them.
    std::filesystem::path archive = {};
    Duration archive_kept = std::chrono::hours(7 * 24); // of classes that nobody takes
    Duration quiet = std::chrono::seconds(15);          // so long nothing was written: it is over
    std::filesystem::path scratch = {}; // where an upload lies while it is worked on
    std::uint64_t disk_bytes_kept_free = 2ULL << 30;
    Duration keep = {}; // recordings; zero: for ever
    /// Much is expected soon: what is large waits.
    std::function<bool()> busy = [] { return false; };
    std::int64_t bytes_in_piece = 64LL << 20;
};

/// `parts` is copied.
std::vector<jobs::Kind> job_kinds(const JobParts& parts);

// The single ones.
Result<jobs::Outcome> look_for_classes(const JobParts& parts, const jobs::Attempt& attempt);
Result<jobs::Outcome> take(const JobParts& parts, const jobs::Attempt& attempt);
Result<jobs::Outcome> transcode(const JobParts& parts, const jobs::Attempt& attempt);
Result<jobs::Outcome> sweep(const JobParts& parts, const jobs::Attempt& attempt);
/// The recording that a job is about.
Result<RecordingId> recording_of(const jobs::Job& job);
/// The last line of what was made of it: in the transaction that ends the job.
jobs::Effect finished(const JobParts& parts, RecordingId id, std::int64_t manifest,
                      const Sha256& sha256, const Totals& totals);
/// It cannot be made; people are told why.
jobs::Effect failed(RecordingId id, const Error& error);

} // namespace bw::recordings
