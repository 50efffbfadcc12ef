#include "packs/page_reads.hpp"

#include <algorithm>
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
    if (waiting.tells.size() >= waiters_limit_) {
        lock.unlock();
        Error error = fail(Code::overloaded, "you ask for this page many times at once; wait");
        error.retry_after = 1s;
        return tell(std::move(error));
    }
    const bool first = waiting.tells.empty() && !waiting.running;
    waiting.deadline = Deadline(std::max(waiting.deadline.at(), deadline.at()));
    waiting.tells.push_back(std::move(tell));
    lock.unlock();
    if (first)
        submit(key, who.scope, deadline, std::move(trace));
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
    std::vector<Tell> tells;
    Deadline deadline{Monotonic{}};
    {
        std::lock_guard lock(mutex_);
        Waiting& waiting = waiting_.at(key);
        tells.swap(waiting.tells);
        deadline = std::exchange(waiting.deadline, Deadline(Monotonic{}));
        waiting.running = true;
    }
    auto outcome = [&]() -> Result<SharedPack> {
        tenancy::Database* database = TRY(std::move(turn));
        const tenancy::Roles roles = tenancy::Roles::of_bits(key.roles);
        const BellPacks::Ticket ticket = packs_.begin();
        SharedPack pack = TRY(read_(*database, scope, key.user, roles, deadline));
        packs_.keep({key.tenant, key.user, roles}, pack, ticket);
        return pack;
    }();
    bool more = false;
    {
        std::lock_guard lock(mutex_);
        const auto at = waiting_.find(key);
        at->second.running = false;
        more = !at->second.tells.empty();
        deadline = at->second.deadline;
        if (!more)
            waiting_.erase(at);
    }
    for (Tell& tell : tells)
        tell(outcome);
    if (more)
        submit(key, scope, deadline, {});
}

} // namespace bw::packs
