// The judgement on a submission: one pure function of the facts in force when the recorder applies
// it. Intake never judges.
#pragma once

#include <optional>
#include <string_view>

#include "submissions/rules.hpp"

namespace bw::submissions {

struct Facts {
    std::optional<Rules> rules =
        {};                // with extensions applied; nullopt: there is no such assignment
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

} // namespace bw::submissions
