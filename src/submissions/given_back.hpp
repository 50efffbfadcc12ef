// Time given back by the platform: extensions for what an outage took. How much is decided above
// (fairness). In the caller's transaction.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "submissions/assignments.hpp"

namespace bw::submissions {

/// What a section, or a student who has longer, was to hand in, and when.
struct DueSpan {
    AssignmentId assignment;
    std::optional<UserId> user; // nullopt: the whole section
    std::optional<Instant> opens_at;
    Instant due_at; // with the extension in force
    std::uint32_t attempts_extra = 0;
    std::optional<ExtensionId> standing = {}; // which one is in force
};
/// Those that were open in a part of [began, ended) and are due by `due_until`.
Result<std::vector<DueSpan>> due_spans(tenancy::TenantTx& tx, Instant began, Instant ended,
                                       Instant due_until);

/// Each gets an extension to its `due_at`, in place of the one that was read, named after the
/// outage. unavailable if a teacher has given or revoked one since: read again.
Result<void> give_back(tenancy::TenantTx& tx, OutageId outage, std::string_view reason,
                       std::span<const DueSpan> to, const Clock& clock, Rng& rng);

/// What was recorded as late and came within the time given back for the outage is late no longer;
/// how many. A refusal stays one.
Result<std::int64_t> lateness_follows(tenancy::TenantTx& tx, OutageId outage);

} // namespace bw::submissions
