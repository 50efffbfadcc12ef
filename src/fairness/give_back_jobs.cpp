#include "fairness/give_back_jobs.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"
#include "fairness/lost_time.hpp"
#include "fairness/outages_sql.hpp"
#include "submissions/given_back.hpp"

namespace bw::fairness {

namespace {

/// Who has longer than this after an outage has had the time to make up for it.
constexpr Duration due_within = 24h;
/// Until whoever was recording while the extensions were given is done.
constexpr Duration recording_limit = 1min;
constexpr std::size_t id_bytes_limit = 64;
constexpr Instant always_open{};

jobs::NewJob job_for(const char* kind, OutageId outage, Duration delay = {}) {
    JsonWriter args;
    args.object().member("outage_id", outage.text()).end();
    return {.kind = kind,
            .args = args.take(),
            .priority = jobs::Priority::high,
            .delay = delay,
            .unique_key = outage.text()};
}

Result<OutageId> outage_of(const jobs::Job& job) {
    const auto args = TRY(JsonObject::parse(job.args, {"outage_id"}));
    auto id = OutageId::parse(TRY(args.string("outage_id", id_bytes_limit)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", "outage_id");
    return *id;
}

/// An outage as this institution knows it, and what it was given back before.
struct Settling {
    Span outage;
    bool done = false;
    std::vector<Span> before;
};
Result<Settling> lock_settling(tenancy::TenantTx& tx, OutageId outage) {
    pg::Params params;
    params.id(outage);
    const pg::Rows rows = TRY(tx.run(sql::all_settling, params));
    std::optional<Settling> found;
    std::vector<Span> before;
    for (int row = 0; row < rows.count(); ++row) {
        const Span span{rows.instant(row, 1), rows.instant(row, 2)};
        const bool done = rows.boolean(row, 3);
        if (rows.id<OutageId>(row, 0) == outage)
            found = {span, done, {}};
        else if (done)
            before.push_back(span);
    }
    if (!found)
        return fail(Code::not_found, "this institution has no such outage");
    found->before = std::move(before);
    return *std::move(found);
}

std::string reason_of(const Span& outage) {
    return "Time lost by an outage of the platform from " + to_rfc3339(outage.from) + " to " +
           to_rfc3339(outage.until) + ".";
}

Result<void> end_settling(tenancy::TenantTx& tx, OutageId outage,
                          std::span<const submissions::DueSpan> given, const Clock& clock,
                          Rng& rng) {
    const auto sections = std::ranges::count_if(given, [](const auto& span) { return !span.user; });
    const auto students = std::ssize(given) - sections;
    pg::Params end;
    end.id(outage).int8(sections).int8(students);
    TRY(tx.run(sql::end_settling, end));
    JsonWriter details;
    details.object()
        .member("section_extensions", sections)
        .member("student_extensions", students)
        .end();
    return audit::record(tx, {"platform", "outage.given_back", outage.text(), details.take()},
                         clock, rng);
}

Result<void> give_back(tenancy::TenantTx& tx, OutageId id, const Clock& clock, Rng& rng) {
    const Settling settling = TRY(lock_settling(tx, id));
    if (settling.done)
        return {};
    const Span& outage = settling.outage;
    auto spans =
        TRY(submissions::due_spans(tx, outage.from, outage.until, outage.until + due_within));
    std::erase_if(spans, [&](submissions::DueSpan& span) {
        const Instant was = span.due_at;
        span.due_at = due_after(
            was, outage, lost({span.opens_at.value_or(always_open), was}, outage, settling.before));
        return span.due_at == was;
    });
    if (!spans.empty()) {
        CHECK_OK(submissions::give_back(tx, id, reason_of(outage), spans, clock, rng));
        TRY(submissions::lateness_follows(tx, id));
        TRY(jobs::enqueue(tx, job_for(outage_lateness, id, recording_limit), clock, rng));
    }
    return end_settling(tx, id, spans, clock, rng);
}

} // namespace

Result<void> give_back_later(tenancy::TenantTx& tx, OutageId outage, const Clock& clock, Rng& rng) {
    TRY(jobs::enqueue(tx, job_for(outage_give_back, outage), clock, rng));
    return {};
}

std::vector<jobs::Kind> give_back_kinds(const Clock& clock, Rng& rng) {
    return {{.name = outage_give_back,
             .handler = [&clock, &rng](const jobs::Attempt& attempt) -> Result<jobs::Outcome> {
                 const OutageId id = TRY(outage_of(attempt.job));
                 return jobs::Effect([id, &clock, &rng](tenancy::TenantTx& tx) {
                     return give_back(tx, id, clock, rng);
                 });
             }},
            {.name = outage_lateness,
             .handler = [](const jobs::Attempt& attempt) -> Result<jobs::Outcome> {
                 const OutageId id = TRY(outage_of(attempt.job));
                 return jobs::Effect([id](tenancy::TenantTx& tx) -> Result<void> {
                     TRY(submissions::lateness_follows(tx, id));
                     return {};
                 });
             }}};
}

} // namespace bw::fairness
