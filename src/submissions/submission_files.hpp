// What has become of the files that a submission declares: whether their bytes are there, and what
// was found in them. In the caller's transaction. README.md draws the states. Where bytes lie is
// not known here: an upload is an id.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "submissions/declared_files.hpp"
#include "tenancy/database.hpp"

namespace bw::submissions {

struct FileKind {
    static constexpr const char* prefix = "fil";
};
/// Random: it says neither who handed the file in nor when.
using FileId = Id<FileKind>;

enum class FileState : std::uint8_t {
    awaiting,    // declared; its bytes may still come in time
    missing,     // they did not
    arrived,     // they are there, and wait for the virus scan
    not_scanned, // nobody looks for viruses here, or the file is larger than the scanner takes
    clean,
    infected, // goes out to nobody
};
std::string_view wire_name(FileState state);

struct SubmissionFile {
    SubmissionId submission;
    std::int32_t position = 0; // in the declaration
    FileId id;
    UserId user;
    DeclaredFile declared;
    FileState state = FileState::awaiting;
    Instant upload_until;                 // half-open
    std::optional<Uuid> upload = {};      // whose bytes it has
    std::optional<Instant> arrived_at{};  // when the last of them came
    std::optional<std::string> finding{}; // a signature's name, or why it was not scanned
    std::optional<bool> has_text{};       // nullopt: nobody has looked
    std::optional<std::string> text_problem{};

    bool late() const { return arrived_at && *arrived_at >= upload_until; }
};

/// What a submission declares, for declare_step().
struct Declaration {
    SubmissionId submission;
    Sha256 content_sha256;
    std::vector<DeclaredFile> files;
    Instant upload_until;
};
/// Joins the transaction that records the submissions.
tenancy::Step declare_step(std::span<const Declaration> declarations);

Result<std::vector<SubmissionFile>> files_of(tenancy::TenantTx& tx, SubmissionId submission);
/// Those whose bytes the upload is.
Result<std::vector<SubmissionFile>> files_of_upload(tenancy::TenantTx& tx, const Uuid& upload);

struct SeenFile {
    SubmissionFile file;
    bool caller_teaches = false;
};
Result<std::optional<SeenFile>> find_file(tenancy::TenantTx& tx, FileId id, UserId caller);

/// An upload of which all bytes are there, and are those of its hash.
struct Arrival {
    Uuid upload{};
    UserId user;
    std::uint64_t size = 0;
    Sha256 sha256{};
    Instant completed_at;
};
/// Binds it to every file of that person and content that waits for bytes; how many. Bytes that
/// come late are taken too, and are told to be late.
Result<std::int64_t> bind_upload(tenancy::TenantTx& tx, const Arrival& arrival);
/// How many of a submission's files are missing now that were not before.
Result<std::int64_t> mark_missing(tenancy::TenantTx& tx, SubmissionId submission, Instant now);
/// The scan of an upload: `not_scanned`, `clean` or `infected`. Nothing makes an infected file
/// clean.
Result<std::int64_t> note_scan(tenancy::TenantTx& tx, const Uuid& upload, FileState outcome,
                               std::optional<std::string_view> finding);

/// The text that was read out of it; without NUL.
Result<void> keep_text(tenancy::TenantTx& tx, const SubmissionFile& file, std::string_view text);
Result<void> note_no_text(tenancy::TenantTx& tx, const SubmissionFile& file,
                          std::string_view problem);
/// Does its assignment have texts compared with each other?
Result<bool> is_compared(tenancy::TenantTx& tx, SubmissionId submission);

} // namespace bw::submissions
