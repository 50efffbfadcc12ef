#include "submissions/judge.hpp"

#include <algorithm>

#include "submissions/questions.hpp"

namespace bw::submissions {

Rules extended(Rules rules, const Grant& grant) {
    rules.due_at = std::max(rules.due_at, grant.due_at);
    if (rules.attempts_limit)
        *rules.attempts_limit += grant.attempts_extra;
    return rules;
}

Verdict judge(const Facts& facts, const Statement& statement, ByteView content) {
    if (!facts.rules)
        return {"unknown_assignment", false};
    const Rules& rules = *facts.rules;
    const Duration doubt = std::chrono::milliseconds(statement.clock_error.ms.value_or(0));
    const Instant earliest = statement.received_at - doubt, latest = statement.received_at + doubt;
    const bool late = earliest >= rules.due_at;
    auto refused = [&](std::string_view reason) { return Verdict{reason, late}; };
    if (!facts.enrolled)
        return refused("not_enrolled");
    if (statement.kind != rules.kind)
        return refused("wrong_kind");
    if (content.size() > rules.content_bytes_limit)
        return refused("too_large");
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

} // namespace bw::submissions
