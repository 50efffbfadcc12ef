#include "jobs/queue.hpp"

#include "base/ensure.hpp"
#include "jobs/jobs_sql.hpp"

namespace bw::jobs {

namespace {

Bytes key_hash(const std::string& key) {
    return Bytes(view(sha256(key)));
}

struct Made {
    std::vector<Uuid> ids;
    tenancy::Step step;
};
Made make(TenantId tenant, std::span<const NewJob> jobs, const Clock& clock, Rng& rng) {
    const Instant now = clock.now();
    std::vector<Uuid> ids;
    std::vector<std::string> kinds, args;
    std::vector<std::int64_t> priorities, delays, attempts;
    std::vector<Bytes> keys, envelopes;
    for (const NewJob& job : jobs) {
        ENSURE(job.args.size() <= args_bytes_limit && job.attempts_max > 0, "no such job is made");
        const JobId id = JobId::make(now, rng);
        ids.push_back(id.uuid);
        kinds.push_back(job.kind);
        args.push_back(job.args);
        priorities.push_back(static_cast<std::int64_t>(job.priority));
        delays.push_back(job.delay / 1ms);
        attempts.push_back(job.attempts_max);
        keys.push_back(job.unique_key ? key_hash(*job.unique_key) : Bytes());
        envelopes.push_back(envelope(tenant, id, job.kind, job.args));
    }
    pg::Params params;
    params.uuids(ids)
        .texts(kinds)
        .int8s(priorities)
        .int8s(delays)
        .int8s(attempts)
        .bytes_array(keys)
        .texts(args)
        .bytes_array(envelopes);
    return {std::move(ids), {sql::enqueue, std::move(params)}};
}

} // namespace

tenancy::Step enqueue_step(TenantId tenant, std::span<const NewJob> jobs, const Clock& clock,
                           Rng& rng) {
    return make(tenant, jobs, clock, rng).step;
}

Result<std::size_t> enqueue_all(tenancy::TenantTx& tx, std::span<const NewJob> jobs,
                                const Clock& clock, Rng& rng) {
    if (jobs.empty())
        return 0;
    const tenancy::Step step = enqueue_step(tx.tenant(), jobs, clock, rng);
    return static_cast<std::size_t>(TRY(tx.run(step.statement, step.params)).count());
}

Result<JobId> enqueue(tenancy::TenantTx& tx, const NewJob& job, const Clock& clock, Rng& rng) {
    const Made made = make(tx.tenant(), {&job, 1}, clock, rng);
    if (!TRY(tx.run(made.step.statement, made.step.params)).empty())
        return JobId{made.ids.front()};
    ENSURE(job.unique_key, "two jobs have one id");
    pg::Params params;
    params.text(job.kind).bytes(key_hash(*job.unique_key));
    const pg::Rows holder = TRY(tx.run(sql::holder_of_key, params));
    if (holder.empty()) // it has ended since: at the next try there is none
        return fail(Code::unavailable, "the job that had this key has just ended; try again");
    return holder.id<JobId>(0, 0);
}

} // namespace bw::jobs
