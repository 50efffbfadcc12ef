#include "pipeline/similarity_jobs.hpp"

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "pipeline/similarity.hpp"

namespace bw::pipeline {

namespace {

constexpr int handed_out_at_once = 200;
constexpr std::size_t id_bytes_limit = 64;

std::vector<jobs::NewJob> jobs_for(std::span<const SubmissionId> submissions) {
    std::vector<jobs::NewJob> out;
    for (SubmissionId id : submissions) {
        JsonWriter args;
        args.object().member("submission_id", id.text()).end();
        out.push_back(
            {.kind = submission_similarity, .args = args.take(), .unique_key = id.text()});
    }
    return out;
}

jobs::NewJob job_for(AssignmentId assignment, SubmissionId after) {
    JsonWriter args;
    args.object().member("assignment_id", assignment.text()).member("after", after.text()).end();
    return {.kind = assignment_similarity, .args = args.take()};
}

template <class IdType>
Result<IdType> id_in(const JsonObject& args, const char* name) {
    auto id = IdType::parse(TRY(args.string(name, id_bytes_limit)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", name);
    return *id;
}

/// The text is kept and committed first, so that of two that are compared at once, one at least
/// sees the other; comparing is between transactions.
Result<jobs::Outcome> compare_submission(const jobs::Attempt& attempt) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"submission_id"}));
    const auto id = TRY(id_in<SubmissionId>(args, "submission_id"));
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
    const auto assignment = TRY(id_in<AssignmentId>(args, "assignment_id"));
    const auto after = TRY(id_in<SubmissionId>(args, "after"));
    return jobs::Effect([assignment, after, &clock, &rng](tenancy::TenantTx& tx) -> Result<void> {
        const auto ids = TRY(not_yet_compared(tx, assignment, after, handed_out_at_once));
        TRY(jobs::enqueue_all(tx, jobs_for(ids), clock, rng));
        if (ids.size() == handed_out_at_once)
            TRY(jobs::enqueue(tx, job_for(assignment, ids.back()), clock, rng));
        return {};
    });
}

} // namespace

tenancy::Step compare_later(TenantId tenant, std::span<const SubmissionId> submissions,
                            const Clock& clock, Rng& rng) {
    return jobs::enqueue_step(tenant, jobs_for(submissions), clock, rng);
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
