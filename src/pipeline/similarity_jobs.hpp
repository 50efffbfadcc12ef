// The jobs of similarity: a submission's text is compared with the others, and an assignment's
// texts that nobody has compared yet are handed out.
#pragma once

#include <span>
#include <vector>

#include "jobs/handler.hpp"
#include "jobs/queue.hpp"

namespace bw::pipeline {

constexpr const char* submission_similarity = "submission.similarity";
constexpr const char* assignment_similarity = "assignment.similarity";

/// What those who record submissions send with them.
tenancy::Step compare_later(TenantId tenant, std::span<const SubmissionId> submissions,
                            const Clock& clock, Rng& rng);
/// The same for all of an assignment that are not compared.
Result<void> compare_later(tenancy::TenantTx& tx, AssignmentId assignment, const Clock& clock,
                           Rng& rng);

std::vector<jobs::Kind> similarity_kinds(const Clock& clock, Rng& rng);

} // namespace bw::pipeline
