// The judgement on a submission: one pure function of the facts in force when the recorder applies
// it. Intake never judges.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "submissions/rules.hpp"

namespace bw::submissions {

struct Facts {
    std::optional<Rules> rules =
        {}; // with extensions applied; nullopt: there is no such assignment
    std::optional<Instant> withdrawn_at = {}; // nullopt: it stands
    bool enrolled = false; // as a student of the assignment's section, when it was received
    /// Of this student to this assignment, recorded, and before this one by (received_at, epoch,
    /// seq).
    std::uint64_t earlier_attempts = 0;
};

struct Verdict {
    std::optional<std::string_view> refused = {}; // the reason's wire name; nullopt: recorded
    bool late = false;

    bool operator==(const Verdict&) const = default;
};

/// The first reason of the README's table that applies. Doubt about our clock favours the student:
/// what may have come in time, by a clock that may be `clock_error` off either way, came in time.
Verdict judge(const Facts& facts, const Statement& statement, ByteView content);

/// Where a submission stands among a student's attempts. The epoch as the database orders it.
struct AttemptOrder {
    Instant received_at;
    std::int64_t epoch = 0, seq = 0;
    auto operator<=>(const AttemptOrder&) const = default;
};

/// The row that a submission_id has already: terminal, whatever comes under its id.
struct Standing {
    bool recorded = false;
    Sha256 content_sha256{};
    AttemptOrder place;
};

struct Candidate {
    const Statement* statement = nullptr;
    ByteView content;
    AttemptOrder place;
    /// earlier_attempts: those that stand, also where one of the batch does, without this one.
    Facts facts;
    std::optional<Standing> standing = {}; // told where attempts are limited
};
/// Of what is recorded together, in its order: an attempt counts those before it in the batch too.
/// One that stands already counts as what it is and once, where it stands or, if its content came
/// again and earlier, there. No submission_id twice.
std::vector<Verdict> judge_batch(std::span<const Candidate> batch);

} // namespace bw::submissions
