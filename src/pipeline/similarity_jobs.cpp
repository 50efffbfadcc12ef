#include "pipeline/similarity_jobs.hpp"

#include "base/json.hpp"
#include "pipeline/job_args.hpp"
#include "pipeline/similarity.hpp"

namespace bw::pipeline {

namespace {

constexpr int handed_out_at_once = 200;

std::vector<jobs::NewJob> jobs_for(std::span<const SubmissionId> submissions) {
    std::vector<jobs::NewJob> out;
    for (SubmissionId id : submissions)
        out.push_back(compare_job(id, id.text()));
    return out;
}

jobs::NewJob job_for(AssignmentId assignment, SubmissionId after) {
    JsonWriter args;
    args.object().member("assignment_id", assignment.text()).member("after", after.text()).end();
    return {.kind = assignment_similarity, .args = args.take()};
}

/// The text is kept and committed first, so that of two that are compared at once, one at least
/// sees the other; comparing is between transactions.
Result<jobs::Outcome> compare_submission(const jobs::Attempt& attempt) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"submission_id"}));
    const auto id = TRY(id_in_args<SubmissionId>(args, "submission_id"));
    auto in_scope = [&](auto&& fn) {
        return attempt.database.run(attempt.tenant.scope, attempt.deadline, fn);
    };
    const auto text = TRY(in_scope([&](tenancy::TenantTx& tx) -> Result<std::optional<Prepared>> {
        auto prepared = TRY(prepare(tx, id));
        if (prepared)
            CHECK_OK(keep(tx, *prepared));
        return prepared;
    }));
    if (!text)
        return jobs::Effect();
    const Suspects suspects =
        TRY(in_scope([&](tenancy::TenantTx& tx) { return find_suspects(tx, *text); }));
    return jobs::Effect([text = *text, found = compare(*text, suspects)](tenancy::TenantTx& tx) {
        return keep(tx, text, found);
    });
}

Result<jobs::Outcome> hand_out(const jobs::Attempt& attempt, const Clock& clock, Rng& rng) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"assignment_id", "after"}));
    const auto assignment = TRY(id_in_args<AssignmentId>(args, "assignment_id"));
    const auto after = TRY(id_in_args<SubmissionId>(args, "after"));
    return jobs::Effect([assignment, after, &clock, &rng](tenancy::TenantTx& tx) -> Result<void> {
        const auto ids = TRY(not_yet_compared(tx, assignment, after, handed_out_at_once));
        TRY(jobs::enqueue_all(tx, jobs_for(ids), clock, rng));
        if (ids.size() == handed_out_at_once)
            TRY(jobs::enqueue(tx, job_for(assignment, ids.back()), clock, rng));
        return {};
    });
}

} // namespace

jobs::NewJob compare_job(SubmissionId submission, std::string unique_key) {
    JsonWriter args;
    args.object().member("submission_id", submission.text()).end();
    return {
        .kind = submission_similarity, .args = args.take(), .unique_key = std::move(unique_key)};
}

Result<void> compare_later(tenancy::TenantTx& tx, AssignmentId assignment, const Clock& clock,
                           Rng& rng) {
    TRY(jobs::enqueue(tx, job_for(assignment, SubmissionId{}), clock, rng));
    return {};
}

std::vector<jobs::Kind> similarity_kinds(const Clock& clock, Rng& rng) {
    return {
        {.name = submission_similarity, .handler = compare_submission, .batch = 10},
        {.name = assignment_similarity, .handler = [&clock, &rng](const jobs::Attempt& attempt) {
             return hand_out(attempt, clock, rng);
         }}};
}

} // namespace bw::pipeline
