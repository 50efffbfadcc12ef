#include "files/completion_routes.hpp"

#include <algorithm>
#include <exception>

#include "telemetry/log.hpp"

namespace bw::files {

namespace {

constexpr Duration turn_patience = 30s;

/// Others take a while, too.
Error later(Error error) {
    error.retry_after = 20s;
    return error;
}

Result<bool> step(Completing& completing, Result<tenancy::Database*> database) {
    try {
        return database ? completing.step(**database) : Result<bool>(std::move(database).error());
    } catch (const std::exception& thrown) { // nobody waits for ever, and its place is free again
        log::error("completion_threw", {{"error", thrown.what()}});
        return fail(Code::internal, thrown.what());
    }
}

} // namespace

bool Completions::wait(const ActiveKey& key, Told& told) {
    std::lock_guard lock(mutex_);
    const auto found = running_.find(key);
    if (found == running_.end())
        return false;
    found->second->waiters.push_back({Deadline::in(clock_, patience), std::move(told)});
    return true;
}

void Completions::start(const ActiveKey& key, std::unique_ptr<Completing> completing, Told told) {
    if (wait(key, told))
        return;
    auto running = std::make_shared<Running>(key, std::move(completing));
    {
        std::unique_lock lock(mutex_);
        if (auto room = room_for(key); !room) {
            lock.unlock();
            return told(std::move(room).error());
        }
        running->waiters.push_back({Deadline::in(clock_, patience), std::move(told)});
        const auto [there, added] = running_.emplace(key, running);
        if (!added) { // since we looked
            there->second->waiters.push_back(std::move(running->waiters.front()));
            return;
        }
    }
    submit(std::move(running));
}

Result<void> Completions::room_for(const ActiveKey& key) const {
    if (running_.contains(key))
        return {};
    if (running_.size() >= limit)
        return later(fail(Code::overloaded, "too many uploads are completed at once"));
    const auto own = std::ranges::count_if(running_, [&](const auto& one) {
        return std::get<0>(one.first) == std::get<0>(key) &&
               std::get<1>(one.first) == std::get<1>(key);
    });
    if (static_cast<std::size_t>(own) >= person_limit)
        return later(
            fail(Code::quota_exceeded, "4 uploads of yours are completed now; then this one"));
    return {};
}

void Completions::submit(std::shared_ptr<Running> running) {
    const TenantId tenant = std::get<0>(running->key);
    lane_.submit(tenant, Deadline::in(clock_, turn_patience),
                 [self = shared_from_this(),
                  running = std::move(running)](Result<tenancy::Database*> database) {
                     self->turn(running, std::move(database));
                 });
}

void Completions::turn(const std::shared_ptr<Running>& running,
                       Result<tenancy::Database*> database) {
    const auto done = step(*running->completing, std::move(database));
    const bool over = !done || *done;
    std::vector<Waiter> told;
    {
        std::lock_guard lock(mutex_);
        std::vector<Waiter>& all = running->waiters;
        const auto first =
            over ? all.begin() : std::partition(all.begin(), all.end(), [&](const Waiter& one) {
                return !one.until.expired(clock_);
            });
        told.assign(std::make_move_iterator(first), std::make_move_iterator(all.end()));
        all.erase(first, all.end());
        if (over)
            running_.erase(running->key);
    }
    for (Waiter& one : told)
        one.told(done ? Result<Upload>(running->completing->upload()) : done.error());
    if (!over)
        submit(running);
}

} // namespace bw::files
