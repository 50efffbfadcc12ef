#include "tenancy/batch.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>

namespace bw::tenancy {

namespace {

/// Statements that do not fit the tables, a broken disk, a server's bug. (42501 is also what
/// row-level security says to one row.)
bool meets_everybody(std::string_view sqlstate) {
    constexpr std::string_view classes[] = {"42", "58", "F0", "XX"};
    return sqlstate != "42501" && std::ranges::any_of(classes, [&](std::string_view c) {
               return sqlstate.starts_with(c);
           });
}

} // namespace

BatchTx::BatchTx(Database& database, std::vector<BatchItem> items, Make make, Plans plans)
    : database_(database), items_(std::move(items)), make_(std::move(make)), plans_(plans) {}

BatchOutcome BatchTx::commit(Deadline deadline) {
    BatchOutcome outcome;
    outcome.failures.resize(items_.size());
    std::vector<Part> waiting; // the last is the next
    if (!items_.empty())
        waiting.push_back(sorted());
    while (!waiting.empty()) {
        Part part = std::move(waiting.back());
        waiting.pop_back();
        auto answers = attempt(part, deadline);
        if (answers) {
            auto next = std::make_move_iterator(answers->begin());
            for (std::size_t i = 0; i < part.size(); ++i) {
                const auto end = next + static_cast<std::ptrdiff_t>(steps_[i]);
                outcome.applied.push_back({std::move(part[i]), {next, end}});
                next = end;
            }
        } else if (may_be_one_items_fault(part, answers.error())) {
            auto halve = [&](auto& all) {
                const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
                std::remove_reference_t<decltype(all)> right(middle, all.end());
                all.erase(middle, all.end());
                return right;
            };
            Part right = part.size() > 1 ? halve(part) : Part{halve(part.front())};
            waiting.push_back(std::move(right));
            waiting.push_back(std::move(part));
        } else {
            for (const Group& group : part)
                for (std::size_t item : group)
                    outcome.failures[item] = {answers.error(), database_.last_sqlstate()};
        }
    }
    return outcome;
}

BatchTx::Part BatchTx::sorted() const {
    Group all(items_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    auto scope = [&](std::size_t i) {
        return std::tuple(items_[i].scope.tenant(), items_[i].scope.generation());
    };
    std::ranges::sort(all, [&](std::size_t a, std::size_t b) {
        return std::tuple(scope(a), std::string_view(items_[a].key), a) <
               std::tuple(scope(b), std::string_view(items_[b].key), b);
    });
    Part part;
    for (std::size_t item : all) {
        if (part.empty() || scope(part.back().back()) != scope(item))
            part.emplace_back();
        part.back().push_back(item);
    }
    return part;
}

Result<std::vector<pg::Rows>> BatchTx::attempt(const Part& part, Deadline deadline) {
    std::vector<ScopedSteps> groups;
    steps_.clear();
    for (const Group& group : part) {
        groups.push_back({items_[group.front()].scope, make_(group)});
        steps_.push_back(groups.back().steps.size());
    }
    return database_.run_batch(groups, {}, deadline, plans_);
}

/// False if nothing is left to halve, if the tenant itself is refused, or if the failure would meet
/// any other part too.
bool BatchTx::may_be_one_items_fault(const Part& part, const Error& error) const {
    const std::string& sqlstate = database_.last_sqlstate();
    if (sqlstate.empty() || error.code == Code::outcome_unknown)
        return false; // the server did not refuse: it was not reached, or is gone
    if (Database::refuses_scope(sqlstate))
        return part.size() > 1;
    const bool divisible = part.size() > 1 || part.front().size() > 1;
    // Cancelled, or tired of waiting for a lock: one item's as a rule.
    return divisible && (sqlstate == "57014" || sqlstate == "55P03" ||
                         (fault(error.code) == Fault::permanent && !meets_everybody(sqlstate)));
}

} // namespace bw::tenancy
