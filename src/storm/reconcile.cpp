#include "storm/reconcile.hpp"

#include <algorithm>
#include <unordered_map>

namespace bw::storm {

namespace {

constexpr std::size_t examples_limit = 10;

/// Due instants are half-open and doubt about the clock favours the student
/// (submissions/judge.hpp). `doubt` is the clock error of the very receipt; without one any error
/// up to `doubt_max` may have been in force.
bool late_is_possible(bool late, Instant received_at, Instant due_at, std::optional<Duration> doubt,
                      Duration doubt_max) {
    const bool at_least = received_at - doubt.value_or(doubt_max) >= due_at;
    const bool at_most = received_at - doubt.value_or(Duration::zero()) >= due_at;
    return late ? at_most : !at_least;
}

Duration doubt_of(const submissions::ClockError& error) {
    return std::chrono::milliseconds(error.ms.value_or(0));
}

/// The first thing that is wrong with a row; nullptr if nothing is.
const char* fault_of(const RecordedRow& row, const Submitted& submitted,
                     const DueAssignment& assignment, Duration doubt_max) {
    if (row.assignment != assignment.id || row.user != submitted.user)
        return "belongs to another assignment or user";
    if (row.content_sha256 != submitted.content_sha256)
        return "has another content_sha256";
    if (row.state != "recorded")
        return "is not in state recorded";
    std::optional<Duration> doubt;
    if (!submitted.proven.empty()) {
        auto first = std::ranges::min_element(submitted.proven, {}, &Proven::received_at);
        if (row.received_at == first->received_at)
            doubt = doubt_of(first->clock_error);
        else if (row.received_at > first->received_at || !submitted.unanswered)
            return "has another received_at than its receipt";
    }
    if (!late_is_possible(row.late, row.received_at, assignment.due_at, doubt, doubt_max))
        return row.late ? "is late and was in time" : "is in time and was late";
    return nullptr;
}

} // namespace

Reckoning reconcile(const std::vector<Submitted>& submitted,
                    const std::vector<DueAssignment>& assignments,
                    const std::vector<RecordedRow>& rows, Instant began_at, std::uint64_t others) {
    Reckoning out;
    auto wrong = [&](std::uint64_t& counter, SubmissionId id, const char* what) {
        ++counter;
        if (out.examples.size() < examples_limit)
            out.examples.push_back(id.text() + " " + what);
    };
    std::unordered_map<SubmissionId, std::size_t> index_of;
    index_of.reserve(submitted.size());
    Duration doubt_max{};
    for (std::size_t i = 0; i < submitted.size(); ++i) {
        index_of.emplace(submitted[i].id, i);
        for (const Proven& proven : submitted[i].proven)
            doubt_max = std::max(doubt_max, doubt_of(proven.clock_error));
    }

    std::vector<bool> seen(submitted.size());
    for (const RecordedRow& row : rows) {
        auto it = index_of.find(row.id);
        if (it == index_of.end()) {
            if (row.received_at < began_at)
                ++out.earlier;
            else if (out.others < others)
                ++out.others;
            else
                wrong(out.unexpected, row.id,
                      "was recorded during the storm and is not this storm's");
            continue;
        }
        const Submitted& mine = submitted[it->second];
        if (!mine.sent) {
            wrong(out.unexpected, row.id, "was never sent");
            continue;
        }
        if (seen[it->second]) {
            wrong(out.doubled, row.id, "is recorded more than once");
            continue;
        }
        seen[it->second] = true;
        out.late += row.late;
        out.unacknowledged += mine.proven.empty();
        if (const char* fault = fault_of(row, mine, assignments[mine.assignment], doubt_max)) {
            wrong(out.mismatched, row.id, fault);
        } else if (!mine.proven.empty()) {
            ++out.matched;
            out.received_before +=
                row.received_at <
                std::ranges::min(mine.proven, {}, &Proven::received_at).received_at;
        }
    }
    for (std::size_t i = 0; i < submitted.size(); ++i) {
        if (submitted[i].proven.empty())
            continue;
        ++out.acknowledged;
        if (!seen[i])
            wrong(out.lost, submitted[i].id, "was acknowledged and is not recorded");
    }
    return out;
}

} // namespace bw::storm
