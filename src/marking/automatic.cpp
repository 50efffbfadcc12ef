#include "marking/automatic.hpp"

#include <algorithm>

namespace bw::marking {

namespace {

/// By the key, of one attempt.
Mark marked(const Scheme& scheme, const Attempt& attempt, Instant now) {
    Mark mark{.kind = MarkKind::automatic,
              .scheme_version = scheme.version,
              .submission = attempt.submission,
              .changed_at = now};
    const auto points =
        mark_answers(scheme.key, attempt.structured ? std::string_view(attempt.content) : "{}");
    for (std::size_t i = 0; i < points.size(); ++i)
        mark.content.items.push_back({.id = scheme.key[i].id, .points = points[i]});
    mark.points = total(scheme, mark.content);
    mark.done = mark.points.has_value();
    return mark;
}

Points sum_of(const Mark& mark) {
    Points sum;
    for (const ItemMark& item : mark.content.items)
        sum = sum + item.points.value_or(Points{});
    return sum;
}

/// Of the attempt that counts; of equally good ones the latest. nullopt: nothing was handed in.
Result<std::optional<Mark>> mark_by_key(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                                        const Scheme& scheme, Instant now) {
    const std::int64_t looked_at = scheme.counts == Counts::best ? attempts_limit : 1;
    std::optional<Mark> best;
    for (const Attempt& attempt : TRY(recorded_attempts(tx, assignment, user, looked_at))) {
        Mark mark = marked(scheme, attempt, now);
        if (!best || sum_of(mark) > sum_of(*best))
            best = std::move(mark);
    }
    return best;
}

bool same(const Mark& a, const Mark& b) {
    return a.content == b.content && a.scheme_version == b.scheme_version &&
           a.submission == b.submission && a.done == b.done;
}

void put(Marks& marks, const Mark& mark) {
    const auto at = std::ranges::find(marks, mark.kind, &Mark::kind);
    if (at == marks.end())
        marks.push_back(mark);
    else
        *at = mark;
}

std::optional<Points> result_of(const Marks& marks, const Scheme& scheme) {
    const Outcome outcome = outcome_of(marks, scheme.tolerance);
    return outcome.state == WorkState::ready ? std::optional(outcome.points) : std::nullopt;
}

struct Examined {
    Marks before, after;
    bool by_hand = false;
};

/// What this work's marks become; written unless it is a dry run.
Result<Examined> examine(tenancy::TenantTx& tx, AssignmentId assignment, const Scheme& scheme,
                         const Work& work, const BatchOptions& options, Instant now) {
    Examined out{.before = work.marks, .after = work.marks};
    if (!scheme.key.empty())
        if (auto mark = TRY(mark_by_key(tx, assignment, work.user, scheme, now))) {
            const Mark* stands = find_mark(work.marks, MarkKind::automatic);
            out.by_hand = !mark->done && !find_mark(work.marks, MarkKind::first);
            if (!stands || !same(*stands, *mark)) {
                put(out.after, *mark);
                if (!options.dry_run)
                    CHECK_OK(write_automatic_mark(tx, assignment, work.user, *mark));
            }
        }
    if (options.pass != Pass::regrade)
        return out;
    for (const Mark& old : work.marks) {
        if (old.kind == MarkKind::automatic || old.scheme_version == scheme.version || !old.done)
            continue;
        auto content = carried_over(scheme, old.content);
        if (!content) {
            out.by_hand = true;
            continue;
        }
        Mark mark = old;
        mark.content = *std::move(content);
        mark.points = total(scheme, mark.content);
        mark.scheme_version = scheme.version;
        mark.changed_at = now;
        // Whoever changed it meanwhile did so by the scheme in force.
        if (options.dry_run || TRY(write_mark(tx, assignment, work.user, mark, old.version)))
            put(out.after, mark);
    }
    return out;
}

} // namespace

Result<Batch> mark_automatically(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                                 AssignmentId assignment, const BatchOptions& options,
                                 Instant now) {
    const Marking marking = TRY(lock_marking(tx, assignment));
    const Scheme& scheme = marking.scheme;
    if (options.pass == Pass::by_key && scheme.key.empty())
        return fail(Code::conflict, "there is no answer key to mark by: PUT one into the "
                                    "assignment's `marking`");
    const auto all = TRY(all_works(tx, pseudonyms, assignment));
    std::vector<UserId> users;
    Batch out;
    for (const auto& [work, user] : all) {
        if (options.after && work <= *options.after)
            continue;
        if (users.size() == options.limit) {
            out.next = pseudonyms.of(tx.tenant(), assignment, users.back());
            break;
        }
        users.push_back(user);
    }
    for (const Work& work : TRY(read_works(tx, pseudonyms, assignment, users, Contents::read))) {
        const Examined examined = TRY(examine(tx, assignment, scheme, work, options, now));
        const auto before = result_of(examined.before, scheme),
                   after = result_of(examined.after, scheme);
        if (before != after)
            out.changed.push_back({work.id, before, after, work.released.has_value()});
        if (examined.by_hand)
            out.by_hand.push_back(work.id);
        ++out.examined;
    }
    return out;
}

} // namespace bw::marking
