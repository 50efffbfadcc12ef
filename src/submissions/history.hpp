// What became of submissions: reading back recorded and refused ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "submissions/receipt.hpp"
#include "submissions/submission_files.hpp"
#include "tenancy/database.hpp"

namespace bw::submissions {

/// Of the files that a submission declares.
struct FileCounts {
    std::int64_t declared = 0, awaiting = 0, missing = 0, infected = 0;
    /// All bytes are there.
    bool complete() const { return awaiting == 0 && missing == 0; }
};

struct SubmissionSummary {
    SubmissionId id;
    AssignmentId assignment;
    UserId user;
    std::string state;                 // "recorded" or "refused"
    std::optional<std::string> reason; // of a refusal
    Instant received_at;
    bool late = false;
    Instant recorded_at;
    Sha256 content_sha256{};
    std::optional<FileCounts> files = {}; // of those that declare files
};

struct RefusedContent {
    Sha256 content_sha256{};
    std::string reason;
    Instant received_at, recorded_at;
};

struct SubmissionInFull {
    SubmissionSummary summary;
    ContentKind kind = ContentKind::text;
    Bytes content;
    Receipt receipt;
    bool caller_teaches = false;
    bool identity_hidden = false;           // of its student, while it is marked anonymously
    std::vector<RefusedContent> refused;    // other contents that came under the same id
    std::vector<SubmissionFile> files = {}; // in the order of the declaration
};

/// nullopt if the institution has none of that id. Whose it is, and who may see it, is for whoever
/// asks to decide: `caller` is used for `caller_teaches` alone.
Result<std::optional<SubmissionInFull>> get_submission(tenancy::Database& database,
                                                       const tenancy::TenantScope& scope,
                                                       SubmissionId submission, UserId caller,
                                                       Deadline deadline);

struct SubmissionPage {
    std::vector<SubmissionSummary> items;
    std::optional<std::pair<Instant, SubmissionId>> next; // continue after this one; nullopt: done
};
/// By received_at, then id, oldest first. `user`: only that one's. `limit`: 1 or more.
Result<SubmissionPage> list_submissions(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, AssignmentId assignment,
                                        std::optional<UserId> user,
                                        std::optional<std::pair<Instant, SubmissionId>> after,
                                        int limit, Deadline deadline);

} // namespace bw::submissions
