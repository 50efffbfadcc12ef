// An assignment's rules: what may be handed in to it, when, and how often. Set by teachers, applied
// by judge().
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"
#include "submissions/record.hpp"

namespace bw::submissions {

struct Rules {
    ContentKind kind = ContentKind::text;
    std::string questions = {};              // of structured ones, as JSON; see questions.hpp
    std::optional<Instant> opens_at = {};    // nullopt: open already
    Instant due_at;                          // half-open: received at the due instant is late
    std::optional<Duration> late_limit = {}; // after the due instant; nullopt: no limit
    std::uint32_t content_bytes_limit = submissions::content_bytes_limit;
    std::optional<std::uint32_t> attempts_limit = {}; // nullopt: no limit
    // Of files:
    std::uint32_t files_limit = 5;
    std::uint64_t file_bytes_limit = 100 * 1024 * 1024; // of each
    Duration upload_grace = std::chrono::hours(24);     // see upload_until()

    bool operator==(const Rules&) const = default;
};

/// More time and more attempts, for a student or a whole section. Where both are given the more
/// generous of each counts.
struct ExtensionTerms {
    Instant due_at;
    std::uint32_t attempts_extra = 0;
    bool operator==(const ExtensionTerms&) const = default;
};
/// An earlier due instant takes nothing away.
Rules extended(Rules rules, const ExtensionTerms& terms);

/// Until when, half-open, the bytes of files may come that were declared by `statement`: the grace
/// begins at the due instant, or when they were declared, whichever is later. Doubt about our clock
/// favours the student.
Instant upload_until(const Rules& rules, const Statement& statement);

} // namespace bw::submissions
