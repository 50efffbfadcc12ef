// PageReads: first pages from memory, else read on a lane: for each person once, however many ask.
#pragma once

#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "packs/bell_packs.hpp"
#include "tenancy/database.hpp"

namespace bw::packs {

/// Reads a person's page. not_found: nobody such is in the roster any more.
using ReadPage = std::function<Result<SharedPack>(tenancy::Database&, const tenancy::TenantScope&,
                                                  UserId, tenancy::Roles, Deadline)>;

/// Thread-safe.
class PageReads {
public:
    /// All outlive it, and it outlives what it gave the lane.
    PageReads(BellPacks& packs, tenancy::DatabaseLane& lane, ReadPage read, const Clock& clock,
              std::size_t waiters_limit = 64)
        : packs_(packs), lane_(lane), read_(std::move(read)), clock_(clock),
          waiters_limit_(waiters_limit) {}

    using Tell = std::move_only_function<void(Result<SharedPack>)>;
    /// What somebody asks who must see all that was committed before.
    enum class From : bool { memory, database };
    /// `tell` hears at once, on the caller's thread, of a pack in memory; else on the lane's.
    /// Whoever comes while a page is being read waits for the next: the first may not show what
    /// they know to be done. Each waits until their own deadline. overloaded: too many of one
    /// person wait.
    void ask(const tenancy::Principal& who, From from, Deadline deadline,
             std::optional<telemetry::TraceContext> trace, Tell tell);

private:
    struct Key {
        TenantId tenant;
        UserId user;
        std::uint8_t roles;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept {
            return std::hash<UserId>()(key.user) ^ (std::hash<TenantId>()(key.tenant) * 31) ^
                   key.roles;
        }
    };
    struct Waiter {
        Tell tell;
        Deadline deadline;
    };
    struct Waiting {
        std::vector<Waiter> waiters;
        bool running = false; // a read for those before them
    };
    /// Of whoever waits longest.
    static Deadline latest(const std::vector<Waiter>& waiters);
    void submit(const Key& key, const tenancy::TenantScope& scope, Deadline deadline,
                std::optional<telemetry::TraceContext> trace);
    void run(const Key& key, const tenancy::TenantScope& scope, Result<tenancy::Database*> turn);

    BellPacks& packs_;
    tenancy::DatabaseLane& lane_;
    const ReadPage read_;
    const Clock& clock_;
    const std::size_t waiters_limit_;
    std::mutex mutex_;
    std::unordered_map<Key, Waiting, KeyHash> waiting_; // guarded by mutex_
};

} // namespace bw::packs
