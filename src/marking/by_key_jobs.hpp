// The job that marks what students handed in by the answer key, soon after it was recorded.
#pragma once

#include <span>
#include <vector>

#include "jobs/handler.hpp"
#include "jobs/queue.hpp"
#include "marking/works.hpp"

namespace bw::marking {

constexpr const char* assignment_mark_by_key = "assignment.mark_by_key";

/// For the transaction that records answers to these: one pass over an assignment for all that is
/// recorded within a minute.
std::vector<jobs::NewJob> mark_by_key_later(std::span<const AssignmentId> assignments, Instant now);

/// `clock` outlives the result. Where there is no key nothing is done.
jobs::Kind by_key_kind(const Pseudonyms& pseudonyms, const Clock& clock);

} // namespace bw::marking
