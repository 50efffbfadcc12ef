// The reckoning after a storm: what was acknowledged against what is recorded. Pure; the negative
// control of every storm is this file's test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "submissions/record.hpp"

namespace bw::storm {

/// What a verified receipt proves.
struct Proven {
    Instant received_at;
    submissions::ClockError clock_error;
};

/// One submission of this storm, whatever became of it.
struct Submitted {
    SubmissionId id;
    UserId user;
    std::uint32_t assignment = 0; // index into the due instants
    Sha256 content_sha256{};
    bool sent = false;
    bool unanswered =
        false; // an attempt ended without an answer: it may have been recorded all the same
    std::vector<Proven> proven; // from its receipts; empty: never acknowledged
};

/// One row of GET /v1/assignments/{assignment_id}/submissions.
struct RecordedRow {
    SubmissionId id;
    AssignmentId assignment;
    UserId user;
    std::string state;
    Instant received_at;
    bool late = false;
    Sha256 content_sha256{};
};

struct DueAssignment {
    AssignmentId id;
    Instant due_at;
};

struct Reckoning {
    std::uint64_t acknowledged = 0; // submissions with a receipt
    std::uint64_t matched = 0;      // of these, recorded exactly once and as they should be
    std::uint64_t lost = 0;         // acknowledged, not recorded
    std::uint64_t doubled = 0;      // rows beyond the first of one id
    std::uint64_t mismatched =
        0; // content, owner, state, received_at or lateness is not what it should be
    std::uint64_t unexpected = 0; // a row of this storm's time that this storm did not send
    std::uint64_t late = 0;       // recorded as late
    std::uint64_t unacknowledged =
        0; // recorded, but the connection died before the receipt arrived: no harm
    std::uint64_t received_before =
        0; // the row stands by an attempt that was never answered, before its receipt: no harm
    std::uint64_t others = 0;          // rows of those who were said to hand in beside the storm
    std::uint64_t earlier = 0;         // rows of earlier storms in the same assignments
    std::vector<std::string> examples; // the first few of what is wrong, for people

    bool reconciled() const {
        return lost == 0 && doubled == 0 && mismatched == 0 && unexpected == 0;
    }
};

/// `rows` are all rows of all assignments; `began_at` parts earlier storms' rows from unexpected
/// ones, of which so many are expected as `others` hand in beside the storm.
Reckoning reconcile(const std::vector<Submitted>& submitted,
                    const std::vector<DueAssignment>& assignments,
                    const std::vector<RecordedRow>& rows, Instant began_at,
                    std::uint64_t others = 0);

} // namespace bw::storm
