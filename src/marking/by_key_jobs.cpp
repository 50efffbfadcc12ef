#include "marking/by_key_jobs.hpp"

#include <set>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "marking/automatic.hpp"

namespace bw::marking {

namespace {

constexpr std::int64_t gathered_ms = 60'000;
/// A transaction that began within the minute has ended by then, so its work is seen.
constexpr Duration recording_limit = 30s;
constexpr std::size_t id_bytes_limit = 64;

/// Batch after batch, each in a transaction of its own: what was marked stays, and a pass that was
/// cut changes nothing of it when it is made again.
Result<jobs::Outcome> mark(const jobs::Attempt& attempt, const Pseudonyms& pseudonyms,
                           const Clock& clock) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"assignment_id"}));
    const auto id = AssignmentId::parse(TRY(args.string("assignment_id", id_bytes_limit)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", "assignment_id");
    BatchOptions options{.pass = Pass::by_key};
    do {
        if (attempt.stop.stop_requested())
            return jobs::Snooze{1s};
        auto batch = attempt.database.run(
            attempt.tenant.scope, attempt.deadline, [&](tenancy::TenantTx& tx) {
                return mark_automatically(tx, pseudonyms, *id, options, clock.now());
            });
        if (!batch && batch.error().code == Code::conflict)
            return jobs::Effect(); // nobody has said how it is marked, or people mark it
        if (!batch)
            return batch.error();
        options.after = batch->next;
    } while (options.after);
    return jobs::Effect();
}

} // namespace

std::vector<jobs::NewJob> mark_by_key_later(std::span<const AssignmentId> assignments,
                                            Instant now) {
    const std::int64_t minute = now.ms / gathered_ms;
    const Duration left = std::chrono::milliseconds((minute + 1) * gathered_ms - now.ms);
    std::vector<jobs::NewJob> out;
    for (AssignmentId id : std::set<AssignmentId>(assignments.begin(), assignments.end())) {
        JsonWriter args;
        args.object().member("assignment_id", id.text()).end();
        out.push_back({.kind = assignment_mark_by_key,
                       .args = args.take(),
                       .delay = left + recording_limit,
                       .unique_key = id.text() + " " + std::to_string(minute)});
    }
    return out;
}

jobs::Kind by_key_kind(const Pseudonyms& pseudonyms, const Clock& clock) {
    return {.name = assignment_mark_by_key,
            .handler =
                [pseudonyms, &clock](const jobs::Attempt& attempt) {
                    return mark(attempt, pseudonyms, clock);
                },
            .time_limit = 5min};
}

} // namespace bw::marking
