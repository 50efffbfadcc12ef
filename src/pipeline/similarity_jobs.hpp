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

/// The job that has one compared. While one of the same key has not ended, another is not made.
jobs::NewJob compare_job(SubmissionId submission, std::string unique_key);
/// The job that has all of an assignment compared that are not.
Result<void> compare_later(tenancy::TenantTx& tx, AssignmentId assignment, const Clock& clock,
                           Rng& rng);

std::vector<jobs::Kind> similarity_kinds(const Clock& clock, Rng& rng);

} // namespace bw::pipeline
