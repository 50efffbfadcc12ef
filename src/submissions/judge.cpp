#include "submissions/judge.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "submissions/declared_files.hpp"
#include "submissions/questions.hpp"

namespace bw::submissions {

Rules extended(Rules rules, const ExtensionTerms& terms) {
    rules.due_at = std::max(rules.due_at, terms.due_at);
    if (rules.attempts_limit)
        *rules.attempts_limit += terms.attempts_extra;
    return rules;
}

namespace {

Duration doubt_of(const Statement& statement) {
    return std::chrono::milliseconds(statement.clock_error.ms.value_or(0));
}

/// The first reason of the table that lies in what was handed in, whenever that was.
std::optional<std::string_view> does_not_fit(const Rules& rules, const Statement& statement,
                                             ByteView content) {
    if (statement.kind != rules.kind)
        return "wrong_kind";
    if (rules.kind != ContentKind::file)
        return content.size() > rules.content_bytes_limit
                   ? std::optional<std::string_view>("too_large")
                   : std::nullopt;
    const auto files = read_declared_files(content, "");
    if (!files) // intake takes none such
        return "wrong_kind";
    if (std::ranges::any_of(
            *files, [&](const DeclaredFile& file) { return file.size > rules.file_bytes_limit; }))
        return "too_large";
    return files->size() > rules.files_limit ? std::optional<std::string_view>("too_many_files")
                                             : std::nullopt;
}

} // namespace

Instant upload_until(const Rules& rules, const Statement& statement) {
    return std::max(rules.due_at, statement.received_at) + rules.upload_grace + doubt_of(statement);
}

Verdict judge(const Facts& facts, const Statement& statement, ByteView content) {
    if (!facts.rules)
        return {"unknown_assignment", false};
    const Rules& rules = *facts.rules;
    const Duration doubt = doubt_of(statement);
    const Instant earliest = statement.received_at - doubt, latest = statement.received_at + doubt;
    if (facts.withdrawn_at && earliest >= *facts.withdrawn_at)
        return {"unknown_assignment", false};
    const bool late = earliest >= rules.due_at;
    auto refused = [&](std::string_view reason) { return Verdict{reason, late}; };
    if (!facts.enrolled)
        return refused("not_enrolled");
    if (auto reason = does_not_fit(rules, statement, content))
        return refused(*reason);
    if (rules.opens_at && latest < *rules.opens_at)
        return refused("not_open");
    if (late && rules.late_limit && earliest >= rules.due_at + *rules.late_limit)
        return refused("too_late");
    if (rules.attempts_limit && facts.earlier_attempts >= *rules.attempts_limit)
        return refused("attempts_used");
    if (rules.kind == ContentKind::structured && !answers_fit(rules.questions, content))
        return refused("answers_do_not_fit");
    return {std::nullopt, late};
}

namespace {

AttemptOrder place_among_attempts(const Candidate& c) {
    if (!c.standing)
        return c.place;
    const bool moves = c.standing->content_sha256 == c.statement->content_sha256 &&
                       c.place.received_at < c.standing->place.received_at;
    return moves ? c.place : c.standing->place;
}

} // namespace

std::vector<Verdict> judge_batch(std::span<const Candidate> batch) {
    std::vector<std::size_t> order(batch.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::size_t i) { return place_among_attempts(batch[i]); });
    struct Attempts {
        std::uint64_t before = 0; // recorded, of the batch, and before the one at hand
        std::vector<AttemptOrder>
            counted; // where those of the batch stand that facts count as well
    };
    std::map<std::pair<UserId, AssignmentId>, Attempts> attempts_of;
    auto attempts = [&](const Candidate& c) -> Attempts* {
        const bool limited = c.facts.rules && c.facts.rules->attempts_limit;
        return limited ? &attempts_of[{c.statement->user, c.statement->assignment}] : nullptr;
    };
    for (const Candidate& c : batch)
        if (Attempts* all = attempts(c); all && c.standing && c.standing->recorded)
            all->counted.push_back(c.standing->place);
    std::vector<Verdict> verdicts(batch.size());
    for (std::size_t i : order) {
        const Candidate& c = batch[i];
        Attempts* all = attempts(c);
        Facts facts = c.facts;
        if (all && !c.standing)
            facts.earlier_attempts +=
                all->before -
                static_cast<std::uint64_t>(std::ranges::count_if(
                    all->counted, [&](const AttemptOrder& place) { return place < c.place; }));
        verdicts[i] = judge(facts, *c.statement, c.content);
        if (all)
            all->before += c.standing ? c.standing->recorded : !verdicts[i].refused;
    }
    return verdicts;
}

} // namespace bw::submissions
