#include "packs/page_reads.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bw::packs {

void PageReads::ask(const tenancy::Principal& who, From from, Deadline deadline,
                    std::optional<telemetry::TraceContext> trace, Tell tell) {
    const Reader reader{who.scope.tenant(), who.user, who.roles};
    if (from == From::database)
        packs_.pass_by();
    else if (SharedPack pack = packs_.find(reader))
        return tell(std::move(pack));
    const Key key{reader.tenant, reader.user, reader.roles.bits()};
    std::unique_lock lock(mutex_);
    Waiting& waiting = waiting_[key];
    if (waiting.waiters.size() >= waiters_limit_) {
        lock.unlock();
        Error error = fail(Code::overloaded, "you ask for this page many times at once; wait");
        error.retry_after = 1s;
        return tell(std::move(error));
    }
    const bool first = waiting.waiters.empty() && !waiting.running;
    waiting.waiters.push_back({std::move(tell), deadline});
    lock.unlock();
    if (first)
        submit(key, who.scope, deadline, std::move(trace));
}

Deadline PageReads::latest(const std::vector<Waiter>& waiters) {
    return std::ranges::max_element(waiters, {},
                                    [](const Waiter& one) { return one.deadline.at(); })
        ->deadline;
}

void PageReads::submit(const Key& key, const tenancy::TenantScope& scope, Deadline deadline,
                       std::optional<telemetry::TraceContext> trace) {
    lane_.submit(
        key.tenant, deadline,
        [this, key, scope](Result<tenancy::Database*> turn) { run(key, scope, std::move(turn)); },
        std::move(trace));
}

void PageReads::run(const Key& key, const tenancy::TenantScope& scope,
                    Result<tenancy::Database*> turn) {
    std::vector<Waiter> waiters;
    {
        std::lock_guard lock(mutex_);
        Waiting& waiting = waiting_.at(key);
        waiters.swap(waiting.waiters);
        waiting.running = true;
    }
    // It waited in the lane by the deadline of who came first; others came later, and wait on.
    std::vector<Waiter> on;
    if (!turn && turn.error().code == Code::deadline_exceeded) {
        const auto over = std::ranges::partition(
            waiters, [this](const Waiter& one) { return one.deadline.expired(clock_); });
        std::ranges::move(over, std::back_inserter(on));
        waiters.erase(over.begin(), over.end());
    }
    const Deadline deadline = waiters.empty() ? Deadline(Monotonic{}) : latest(waiters);
    auto outcome = [&]() -> Result<SharedPack> {
        tenancy::Database* database = TRY(std::move(turn));
        const tenancy::Roles roles = tenancy::Roles::of_bits(key.roles);
        const BellPacks::Ticket ticket = packs_.begin();
        SharedPack pack = TRY(read_(*database, scope, key.user, roles, deadline));
        packs_.keep({key.tenant, key.user, roles}, pack, ticket);
        return pack;
    }();
    std::optional<Deadline> more;
    {
        std::lock_guard lock(mutex_);
        const auto at = waiting_.find(key);
        at->second.running = false;
        std::ranges::move(on, std::back_inserter(at->second.waiters));
        if (at->second.waiters.empty())
            waiting_.erase(at);
        else
            more = latest(at->second.waiters);
    }
    for (Waiter& one : waiters)
        one.tell(outcome);
    if (more)
        submit(key, scope, *more, {});
}

} // namespace bw::packs
