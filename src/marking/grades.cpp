#include "marking/grades.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "marking/marking_sql.hpp"

namespace bw::marking {

namespace {

constexpr std::size_t works_at_once = 50; // their contents are in memory together
constexpr int tries_limit = 3;

/// Why a mark that the marker did not see stays; nullopt: it was seen.
std::optional<Error> stays(const Mark& mark, std::optional<std::int64_t> seen) {
    if (!seen)
        return fail(Code::precondition_required,
                    "a mark stands already; bring together what both say and send its ETag as "
                    "If-Match",
                    "If-Match");
    if (mark.version != *seen)
        return fail(Code::precondition_failed,
                    "the mark was changed meanwhile; bring together what both say and send the new "
                    "ETag",
                    "If-Match");
    return std::nullopt;
}

/// What a mark given now is for.
std::optional<SubmissionId> counting(const Work& work, const Scheme& scheme) {
    const Mark* automatic = find_mark(work.marks, MarkKind::automatic);
    if (scheme.counts == Counts::best && automatic && automatic->submission)
        return automatic->submission;
    return work.latest ? std::optional(work.latest->submission) : std::nullopt;
}

/// `slot` says which of the marks is written, once it has seen them.
template <class Slot>
Result<Saved> save(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment,
                   UserId user, UserId marker, const MarkEdit& edit, Instant now, Slot slot) {
    const auto marking = TRY(marking_of(tx, assignment));
    if (!marking)
        return fail(Code::conflict, "say first how this assignment is marked: PUT its `marking`");
    const Scheme& scheme = marking->scheme;
    Mark mark{.marker = marker,
              .done = edit.done,
              .scheme_version = scheme.version,
              .content = TRY(fitted(scheme, edit.content, edit.done)),
              .changed_at = now};
    mark.points = total(scheme, mark.content);
    // Two may begin at once: whoever comes second looks again.
    for (int tries = 0; tries < tries_limit; ++tries) {
        const Work work = TRY(read_work(tx, pseudonyms, assignment, user));
        mark.kind = TRY(slot(work.marks, scheme));
        mark.submission = counting(work, scheme);
        const Mark* stands = find_mark(work.marks, mark.kind);
        if (!stands && edit.seen)
            return fail(Code::precondition_failed, "no mark stands here; leave If-Match out",
                        "If-Match");
        if (auto why = stands ? stays(*stands, edit.seen) : std::nullopt)
            return Saved{*stands, std::move(why)};
        if (auto version = TRY(write_mark(tx, assignment, user, mark, edit.seen.value_or(0)))) {
            mark.version = *version;
            return Saved{std::move(mark)};
        }
    }
    return fail(Code::unavailable, "many write this mark at once; try again");
}

bool same(const Outcome& outcome, const Released& released) {
    return outcome.points == released.points && outcome.content == released.content &&
           outcome.scheme_version == released.scheme_version;
}

tenancy::Step grade_step(AssignmentId assignment, const Work& work, const Outcome& outcome,
                         const Release& what) {
    tenancy::Step step{sql::add_grade, {}};
    step.params.id(assignment)
        .id(work.user)
        .int8(work.released ? work.released->number + 1 : 1)
        .int8(outcome.scheme_version)
        .int8(outcome.points.hundredths)
        .json(to_json(outcome.content));
    outcome.submission ? step.params.id(*outcome.submission) : step.params.null();
    work.released ? step.params.text(what.reason) : step.params.null();
    step.params.id(what.by).instant(what.now);
    return step;
}

/// Whose works these are, all of them without a choice.
Result<std::vector<UserId>> chosen_users(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                                         AssignmentId assignment, const Release& what) {
    const auto all = TRY(all_works(tx, pseudonyms, assignment));
    std::vector<UserId> users;
    if (!what.works) {
        for (const auto& [work, user] : all)
            users.push_back(user);
        return users;
    }
    for (std::size_t i = 0; i < what.works->size(); ++i) {
        const auto found =
            std::ranges::find(all, (*what.works)[i], &std::pair<WorkId, UserId>::first);
        if (found == all.end())
            return fail(Code::not_found, "there is no such work", fmt::format("/work_ids/{}", i));
        if (std::ranges::find(users, found->second) == users.end())
            users.push_back(found->second);
    }
    return users;
}

/// Of some of them.
Result<void> release_some(tenancy::TenantTx& tx, AssignmentId assignment, const Scheme& scheme,
                          const std::vector<Work>& works, const Release& what,
                          ReleaseOutcome& out) {
    std::vector<tenancy::Step> steps;
    for (const Work& work : works) {
        const Outcome outcome = outcome_of(work.marks, scheme.tolerance);
        if (outcome.state != WorkState::ready) {
            if (what.works)
                return fail(Code::conflict,
                            fmt::format("the work {} is {}: there is no result to release",
                                        work.id.text(), wire_name(outcome.state)),
                            "/work_ids");
            ++out.not_ready;
        } else if (work.released && same(outcome, *work.released)) {
            ++out.unchanged;
        } else if (work.released && what.reason.empty()) {
            return fail(
                Code::invalid_field,
                fmt::format("the work {} has a grade already: say why it changes", work.id.text()),
                "/reason");
        } else {
            steps.push_back(grade_step(assignment, work, outcome, what));
            out.released.push_back(work.user);
        }
    }
    if (!steps.empty())
        TRY(tx.run(steps));
    return {};
}

} // namespace

Result<Saved> save_mark(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                        AssignmentId assignment, UserId user, UserId marker, const MarkEdit& edit,
                        Instant now) {
    return save(tx, pseudonyms, assignment, user, marker, edit, now,
                [&](const Marks& marks, const Scheme& scheme) {
                    return slot_for(marker, marks, scheme.tolerance.has_value());
                });
}

Result<Saved> save_agreed_mark(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                               AssignmentId assignment, UserId user, UserId moderator,
                               const MarkEdit& edit, Instant now) {
    return save(tx, pseudonyms, assignment, user, moderator, edit, now,
                [](const Marks& marks, const Scheme& scheme) -> Result<MarkKind> {
                    if (!scheme.tolerance || !both_done(marks))
                        return fail(Code::conflict,
                                    "nothing is to be agreed on before two marks are done");
                    return MarkKind::agreed;
                });
}

Result<ReleaseOutcome> release(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                               AssignmentId assignment, const Release& what) {
    const Marking marking = TRY(lock_marking(tx, assignment));
    const auto users = TRY(chosen_users(tx, pseudonyms, assignment, what));
    ReleaseOutcome out;
    for (std::size_t begin = 0; begin < users.size(); begin += works_at_once) {
        const std::vector<UserId> some(users.begin() + static_cast<std::ptrdiff_t>(begin),
                                       users.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                           begin + works_at_once, users.size())));
        const auto works = TRY(read_works(tx, pseudonyms, assignment, some, Contents::read));
        CHECK_OK(release_some(tx, assignment, marking.scheme, works, what, out));
    }
    pg::Params opened, hidden;
    opened.id(assignment).id(what.by).instant(what.now);
    hidden.id(assignment).boolean(false);
    out.identities_opened = TRY(tx.run(sql::open_identities_when_released, opened)).affected() > 0;
    if (out.identities_opened)
        TRY(tx.run(sql::hide_identities, hidden));
    return out;
}

Result<std::vector<Grade>> grades_of(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                                     std::int64_t limit) {
    pg::Params params;
    params.id(assignment).id(user).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::grades_of, params));
    std::vector<Grade> out;
    for (int row = 0; row < rows.count(); ++row) {
        auto content = read_mark(rows.text(row, 4));
        if (!content)
            return fail(Code::corrupt, content.error().detail, content.error().field);
        Grade grade{.number = rows.int8(row, 0),
                    .points = Points{rows.int8(row, 1)},
                    .released_at = rows.instant(row, 2),
                    .scheme_version = rows.int8(row, 3),
                    .content = *std::move(content),
                    .released_by = rows.id<UserId>(row, 7)};
        if (auto reason = rows.optional_text(row, 6))
            grade.reason = std::string(*reason);
        out.push_back(std::move(grade));
    }
    return out;
}

Result<std::vector<LatestGrade>>
latest_grades(tenancy::TenantTx& tx, UserId user,
              std::optional<std::pair<Instant, AssignmentId>> after, std::int64_t limit) {
    pg::Params params;
    const auto [released_at, assignment] = after.value_or(std::pair<Instant, AssignmentId>());
    params.id(user).boolean(!after).instant(released_at).id(assignment).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::latest_grades, params));
    std::vector<LatestGrade> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.assignment = rows.id<AssignmentId>(row, 0),
                       .title = std::string(rows.text(row, 1)),
                       .section_title = std::string(rows.text(row, 2)),
                       .number = rows.int8(row, 3),
                       .points = Points{rows.int8(row, 4)},
                       .points_max = Points{rows.int8(row, 5)},
                       .released_at = rows.instant(row, 6)});
    return out;
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    TRY(tx.run(sql::forget_person, params));
    return {};
}

} // namespace bw::marking
