#include "pipeline/file_jobs.hpp"

#include <algorithm>
#include <set>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "files/completing.hpp"
#include "jobs/queue.hpp"
#include "pipeline/clamd.hpp"
#include "pipeline/job_args.hpp"
#include "pipeline/similarity_jobs.hpp"
#include "submissions/submission_files.hpp"

namespace bw::pipeline {

namespace {

using files::UploadId;
using submissions::FileState;
using submissions::SubmissionFile;

constexpr Duration scan_limit = 15min, extract_limit = 2min;
constexpr Duration scanner_away_min = 15s;
constexpr std::uint64_t scanner_away_spread_ms = 15'000;
/// An upload that was complete at the last moment is noted a little later.
constexpr Duration due_slack = 2s;
constexpr std::size_t piece_bytes = 1UL << 20;
constexpr std::uint64_t readable_bytes_limit = 32UL << 20, plain_bytes_limit = 4UL << 20;
constexpr std::size_t text_bytes_limit = 1UL << 20; // of what is kept and compared

jobs::NewJob job_about(const char* kind, const char* what, const std::string& id) {
    JsonWriter args;
    args.object().member(what, id).end();
    return {.kind = kind, .args = args.take(), .unique_key = id};
}

Result<UploadId> upload_in(const jobs::Attempt& attempt) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"upload_id"}));
    return id_in_args<UploadId>(args, "upload_id");
}
Result<SubmissionId> submission_in(const jobs::Attempt& attempt) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"submission_id"}));
    return id_in_args<SubmissionId>(args, "submission_id");
}

bool to_come(const SubmissionFile& file) {
    return file.state == FileState::awaiting || file.state == FileState::missing;
}

// ---- bytes and declarations find each other ----

/// To all that its owner declared; from then on it stays.
Result<void> bind(const FileWork& work, tenancy::TenantTx& tx, const files::Upload& upload) {
    const auto bound = TRY(submissions::bind_upload(
        tx, {.upload = upload.id.uuid,
             .user = upload.owner,
             .size = upload.size,
             .sha256 = *upload.sha256,
             .completed_at = upload.completed_at.value_or(upload.created_at)}));
    if (bound == 0)
        return {};
    if (!TRY(files::hold(tx, upload.id)))
        return fail(Code::unavailable, "the upload was removed just now");
    jobs::NewJob to_scan = job_about(file_scan, "upload_id", upload.id.text());
    to_scan.unique_key.reset(); // one that runs may have begun before these were bound
    TRY(jobs::enqueue(tx, to_scan, work.clock, work.rng));
    return {};
}

/// What the submission waits for, and is there. What comes later finds it by its own job: that one
/// begins after the upload is complete, this one after the declaration stands, so whichever begins
/// later sees both.
Result<void> look_for_bytes(const FileWork& work, tenancy::TenantTx& tx, SubmissionId submission) {
    for (const SubmissionFile& file : TRY(submissions::files_of(tx, submission))) {
        if (!to_come(file))
            continue;
        const auto upload =
            TRY(files::find_complete(tx, file.user, file.declared.size, file.declared.sha256));
        if (upload) // two files of one content are both bound at once, and the second finds nothing
            CHECK_OK(bind(work, tx, *upload));
    }
    return {};
}

Result<jobs::Outcome> arrived(const FileWork& work, const jobs::Attempt& attempt) {
    const UploadId id = TRY(upload_in(attempt));
    return jobs::Effect([work, id](tenancy::TenantTx& tx) -> Result<void> {
        const auto upload = TRY(files::find(tx, id));
        if (!upload || upload->state != files::State::complete || !upload->sha256)
            return {};
        return bind(work, tx, *upload);
    });
}

Result<jobs::Outcome> declared(const FileWork& work, const jobs::Attempt& attempt) {
    const SubmissionId id = TRY(submission_in(attempt));
    return jobs::Effect([work, id](tenancy::TenantTx& tx) -> Result<void> {
        CHECK_OK(look_for_bytes(work, tx, id));
        const auto all = TRY(submissions::files_of(tx, id));
        const auto waits = std::ranges::find(all, FileState::awaiting, &SubmissionFile::state);
        if (waits == all.end())
            return {};
        jobs::NewJob due = job_about(submission_files_due, "submission_id", id.text());
        due.delay = std::max<Duration>(Duration::zero(), waits->upload_until - work.clock.now()) +
                    due_slack;
        TRY(jobs::enqueue(tx, due, work.clock, work.rng));
        return {};
    });
}

Result<jobs::Outcome> grace_ended(const FileWork& work, const jobs::Attempt& attempt) {
    const SubmissionId id = TRY(submission_in(attempt));
    const auto all = TRY(
        attempt.database.run(attempt.tenant.scope, attempt.deadline,
                             [&](tenancy::TenantTx& tx) { return submissions::files_of(tx, id); }));
    const auto waits = std::ranges::find(all, FileState::awaiting, &SubmissionFile::state);
    if (waits == all.end())
        return jobs::Effect();
    const Instant now = work.clock.now();
    if (now < waits->upload_until)
        return jobs::Snooze{waits->upload_until - now + due_slack};
    return jobs::Effect([work, id](tenancy::TenantTx& tx) -> Result<void> {
        CHECK_OK(look_for_bytes(work, tx, id));
        TRY(submissions::mark_missing(tx, id, work.clock.now()));
        return {};
    });
}

// ---- bytes are looked at ----

struct Bound {
    files::Upload upload;
    std::vector<files::Part> pieces;
    std::vector<SubmissionFile> files;
};
/// nullopt: nobody counts on this upload any more.
Result<std::optional<Bound>> load(const jobs::Attempt& attempt, UploadId id) {
    return attempt.database.run(
        attempt.tenant.scope, attempt.deadline,
        [&](tenancy::TenantTx& tx) -> Result<std::optional<Bound>> {
            auto upload = TRY(files::find(tx, id));
            auto of_it = TRY(submissions::files_of_upload(tx, id.uuid));
            if (!upload || upload->state != files::State::complete || of_it.empty())
                return std::optional<Bound>();
            return std::optional(
                Bound{*std::move(upload), TRY(files::parts_of(tx, id)), std::move(of_it)});
        });
}

/// Piece by piece to the end, or until a stop is asked for.
Clamd::Source source_of(const FileWork& work, const Bound& bound, const jobs::Attempt& attempt) {
    return [reader = files::Reader(work.store, bound.pieces), at = std::uint64_t{0},
            size = bound.upload.size, &attempt]() mutable -> Result<Bytes> {
        if (attempt.stop.stop_requested())
            return fail(Code::deadline_exceeded, "stopped before all was looked at");
        if (at == size)
            return Bytes();
        Bytes piece = TRY(reader.read(
            at, static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size - at)),
            attempt.deadline));
        at += piece.size();
        return piece;
    };
}

struct Scanned {
    FileState state = FileState::not_scanned;
    std::optional<std::string> finding;
};
Result<void> keep_scan(const FileWork& work, tenancy::TenantTx& tx, UploadId id,
                       const Scanned& scanned) {
    TRY(submissions::note_scan(tx, id.uuid, scanned.state, scanned.finding));
    if (scanned.state == FileState::infected) {
        CHECK_OK(files::withhold(tx, id));
        for (const SubmissionFile& file : TRY(submissions::files_of_upload(tx, id.uuid)))
            CHECK_OK(audit::record(tx,
                                   {"virus-scan", "submission_file.infected", file.id.text(), "{}"},
                                   work.clock, work.rng));
        return {};
    }
    jobs::NewJob to_read = job_about(file_extract, "upload_id", id.text());
    to_read.unique_key.reset();
    TRY(jobs::enqueue(tx, to_read, work.clock, work.rng));
    return {};
}

/// Not now: the scanner, or the store, is away, and nothing is marked.
jobs::Snooze until_it_is_back(const FileWork& work) {
    return {scanner_away_min + std::chrono::milliseconds(work.rng.u64() % scanner_away_spread_ms)};
}

Result<jobs::Outcome> scan(const FileWork& work, const jobs::Attempt& attempt) {
    const UploadId id = TRY(upload_in(attempt));
    const auto bound = TRY(load(attempt, id));
    if (!bound)
        return jobs::Effect();
    Scanned scanned{.finding = "this installation has no virus scan"};
    if (!work.clamd.empty()) {
        auto verdict = Clamd(work.clamd, work.clock)
                           .scan(source_of(work, *bound, attempt), attempt.deadline, attempt.stop);
        if (verdict) {
            scanned = verdict->found ? Scanned{FileState::infected, verdict->found}
                                     : Scanned{FileState::clean, {}};
        } else if (verdict.error().code == Code::payload_too_large) {
            scanned.finding = "larger than the virus scan takes";
        } else if (verdict.error().code == Code::unavailable) {
            return until_it_is_back(work);
        } else {
            return std::move(verdict).error();
        }
    }
    return jobs::Effect(
        [work, id, scanned](tenancy::TenantTx& tx) { return keep_scan(work, tx, id, scanned); });
}

// ---- text ----

Error not_read(const char* why) {
    return fail(Code::payload_too_large, why);
}

/// Nothing large is read that could not have a text.
Result<Bytes> text_of(const FileWork& work, const Bound& bound, const jobs::Attempt& attempt) {
    const std::uint64_t size = bound.upload.size;
    if (size > readable_bytes_limit)
        return not_read("the file is larger than those that text is read from");
    const Clamd::Source next = source_of(work, bound, attempt);
    Bytes bytes;
    bytes.reserve(size);
    for (;;) {
        const Bytes piece = TRY(next());
        if (piece.empty())
            break;
        bytes += piece;
        if (size <= plain_bytes_limit)
            continue;
        const auto format = format_of(bytes);
        if (!format || *format == Format::plain)
            return not_read("the file is larger than plain texts that are looked at");
    }
    Bytes text =
        TRY(extract_text(work.extractors, bytes, work.clock, attempt.deadline, attempt.stop));
    if (text.size() > text_bytes_limit)
        return not_read("the file holds more text than is looked at");
    std::ranges::replace(text, '\0', ' ');
    return text;
}

/// The file's own fault, or one that will not pass by itself: it is told, and not tried again.
bool for_good(const Error& error, const jobs::Job& job) {
    return error.code == Code::bad_request || error.code == Code::payload_too_large ||
           error.code == Code::unsupported_media_type || job.attempt >= job.attempts_max;
}

Result<void> keep_texts(const FileWork& work, tenancy::TenantTx& tx, UploadId id,
                        const Result<Bytes>& text) {
    std::set<SubmissionId> of;
    for (const SubmissionFile& file : TRY(submissions::files_of_upload(tx, id.uuid))) {
        CHECK_OK(text ? submissions::keep_text(tx, file, *text)
                      : submissions::note_no_text(tx, file, text.error().detail));
        of.insert(file.submission);
    }
    if (!text)
        return {};
    for (const SubmissionId submission : of) // with a key of its own: see compare_job
        if (TRY(submissions::is_compared(tx, submission)))
            TRY(jobs::enqueue(tx, compare_job(submission, submission.text() + " " + id.text()),
                              work.clock, work.rng));
    return {};
}

Result<jobs::Outcome> extract(const FileWork& work, const jobs::Attempt& attempt) {
    const UploadId id = TRY(upload_in(attempt));
    const auto bound = TRY(load(attempt, id));
    if (!bound || bound->upload.withheld)
        return jobs::Effect();
    auto text = text_of(work, *bound, attempt);
    if (!text && (attempt.stop.stop_requested() || !for_good(text.error(), attempt.job)))
        return std::move(text).error();
    return jobs::Effect([work, id, text = std::move(text)](tenancy::TenantTx& tx) {
        return keep_texts(work, tx, id, text);
    });
}

} // namespace

std::vector<jobs::Kind> file_kinds(const FileWork& work) {
    auto with = [&work](auto handler) {
        return [work, handler](const jobs::Attempt& attempt) { return handler(work, attempt); };
    };
    return {{.name = files::file_arrived, .handler = with(arrived), .batch = 10},
            {.name = submission_files, .handler = with(declared), .batch = 10},
            {.name = submission_files_due, .handler = with(grace_ended), .batch = 10},
            {.name = file_scan, .handler = with(scan), .time_limit = scan_limit},
            {.name = file_extract, .handler = with(extract), .time_limit = extract_limit}};
}

std::vector<jobs::NewJob> jobs_after(const submissions::Afterwards& afterwards) {
    std::vector<jobs::NewJob> later;
    for (const SubmissionId id : afterwards.compare)
        later.push_back(compare_job(id, id.text()));
    for (const SubmissionId id : afterwards.files) {
        later.push_back(job_about(submission_files, "submission_id", id.text()));
        later.back().priority = jobs::Priority::high;
    }
    return later;
}

} // namespace bw::pipeline
