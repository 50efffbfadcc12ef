// The judgement on a submission: one pure function of the facts in force when the recorder applies
// it. Intake never judges.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace bw::submissions {

struct Facts {
    std::optional<Instant> due_at; // nullopt: there is no such assignment
    bool enrolled = false;         // as a student of the assignment's section, when it was received
};

struct Verdict {
    std::optional<std::string_view> refused; // the reason's wire name; nullopt: recorded
    bool late = false;

    bool operator==(const Verdict&) const = default;
};

/// Due instants are half-open: received at the due instant is late. Doubt about our clock favours
/// the student: what was in time by a clock that may be `clock_error_ms` fast is in time.
inline Verdict judge(const Facts& facts, Instant received_at,
                     std::optional<std::uint32_t> clock_error_ms) {
    if (!facts.due_at)
        return {"unknown_assignment", false};
    const Duration doubt = std::chrono::milliseconds(clock_error_ms.value_or(0));
    const bool late = received_at - doubt >= *facts.due_at;
    if (!facts.enrolled)
        return {"not_enrolled", late};
    return {std::nullopt, late};
}

} // namespace bw::submissions
