#include "submissions/given_back.hpp"

#include "submissions/given_back_sql.hpp"

namespace bw::submissions {

Result<std::vector<DueSpan>> due_spans(tenancy::TenantTx& tx, Instant began, Instant ended,
                                       Instant due_until) {
    pg::Params params;
    params.instant(began).instant(ended).instant(due_until);
    const pg::Rows rows = TRY(tx.run(sql::due_spans, params));
    std::vector<DueSpan> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back(
            {.assignment = rows.id<AssignmentId>(i, 0),
             .user = rows.is_null(i, 1) ? std::nullopt : std::optional(rows.id<UserId>(i, 1)),
             .opens_at = rows.is_null(i, 2) ? std::nullopt : std::optional(rows.instant(i, 2)),
             .due_at = rows.instant(i, 3),
             .attempts_extra = static_cast<std::uint32_t>(rows.int8(i, 4)),
             .standing =
                 rows.is_null(i, 5) ? std::nullopt : std::optional(rows.id<ExtensionId>(i, 5))});
    return out;
}

Result<void> give_back(tenancy::TenantTx& tx, OutageId outage, std::string_view reason,
                       std::span<const DueSpan> to, const Clock& clock, Rng& rng) {
    std::vector<Uuid> ids, assignments, standing;
    std::vector<std::optional<Uuid>> users;
    std::vector<Instant> due;
    std::vector<std::int64_t> attempts;
    for (const DueSpan& span : to) {
        ids.push_back(ExtensionId::make(clock.now(), rng).uuid);
        assignments.push_back(span.assignment.uuid);
        users.push_back(span.user ? std::optional(span.user->uuid) : std::nullopt);
        due.push_back(span.due_at);
        attempts.push_back(span.attempts_extra);
        if (span.standing)
            standing.push_back(span.standing->uuid);
    }
    pg::Params room, give;
    room.uuids(standing);
    give.uuids(ids)
        .uuids(assignments)
        .uuids(users)
        .instants(due)
        .int8s(attempts)
        .id(outage)
        .text(reason);
    const auto answers = TRY(tx.run({{sql::replace_extensions, room}, {sql::give_back, give}}));
    if (answers[0].affected() != std::ssize(standing) || answers[1].affected() != std::ssize(to))
        return fail(Code::unavailable, "an extension was given or revoked meanwhile");
    return {};
}

Result<std::int64_t> lateness_follows(tenancy::TenantTx& tx, OutageId outage) {
    pg::Params params;
    params.id(outage);
    return TRY(tx.run(sql::lateness_follows, params)).affected();
}

} // namespace bw::submissions
