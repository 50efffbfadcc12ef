// Auth sessions in the database: refresh families begun, rotated, listed, ended. Beginning and
// rotating go through a batch lane, so that a storm of them is a few hundred statements.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/refresh_family.hpp"
#include "lane/batch_lane.hpp"
#include "tenancy/database.hpp"

namespace bw::auth {

/// A family that begins: the first of its generations is 0.
struct NewSession {
    AuthSessionId session;
    UserId user;
    std::string device; // what its owner is shown; at most 200 characters
    Instant expires_at;
};

/// What became of a refresh token that was shown.
struct Rotation {
    Verdict verdict = Verdict::ended;
    // If rotated or repeated, the successor's:
    std::int64_t generation = 0;
    Instant issued_at;
    tenancy::Roles roles;
};

/// Thread-safe.
class RotationLane {
public:
    struct Options {
        lane::BatchBudget budget = {.name = "sessions", .batch_items_limit = 1024};
        Duration grace = RefreshRules{}.grace;
        /// A family was ended because one of its tokens came back after its time; not for long.
        std::function<void(const tenancy::TenantScope&, const RefreshToken&)> on_reuse = nullptr;
    };
    /// `make_database` once a thread.
    RotationLane(Options options, const Clock& clock,
                 std::function<std::unique_ptr<tenancy::Database>()> make_database);

    /// Once, on a lane thread (a refusal: on the caller's). The moment is the database's.
    using Begun = std::move_only_function<void(Result<Instant>)>;
    void begin(const tenancy::TenantScope& scope, NewSession session, Deadline deadline,
               Begun done);
    /// unavailable and the lane's refusals: nothing was done; outcome_unknown: perhaps it was.
    using Rotated = std::move_only_function<void(Result<Rotation>)>;
    void rotate(const tenancy::TenantScope& scope, const RefreshToken& shown, Deadline deadline,
                Rotated done);

    void stop() { lane_.stop(); }
    lane::LaneStatus status() const { return lane_.status(); }
    /// Of a lane without threads, for tests: one batch on the calling thread.
    bool run_batch() { return lane_.run_batch(); }

private:
    struct Item {
        tenancy::TenantScope scope;
        std::optional<NewSession> begins; // else `shown` is to be rotated
        RefreshToken shown;
        bool lost = false; // the database does not know its family
    };
    using Lane = lane::BatchLane<tenancy::Database, Item, Rotation>;
    using Turns = std::vector<Lane::Turn*>;

    Result<void> work(tenancy::Database& database, std::span<Lane::Turn> turns);
    /// Those that are to be tried again: another process overtook them, or their family is lost.
    Turns attempt(tenancy::Database& database, const Turns& turns, Deadline deadline);
    static tenancy::Step begin_step(const std::vector<Turns>& groups,
                                    std::span<const std::size_t> which);
    static std::vector<tenancy::Step> rotate_steps(const std::vector<Turns>& groups,
                                                   std::span<const std::size_t> which);
    bool settle(tenancy::Database& database, const Turns& turns, const pg::Rows& rows, int row,
                Deadline deadline);
    Result<void> end_reused(tenancy::Database& database, const Item& item, Deadline deadline);

    void sweep(tenancy::Database& database, const tenancy::TenantScope& scope);

    const Options options_;
    const Clock& clock_;
    std::mutex sweep_mutex_;
    std::unordered_map<TenantId, Monotonic> swept_; // guarded by sweep_mutex_
    Lane lane_;
};

/// One of a person's sessions, as they see it.
struct SessionRecord {
    AuthSessionId session;
    std::string device;
    Instant began_at, used_at, expires_at;
};
/// Those that go on, the one used last first; 100 at most.
Result<std::vector<SessionRecord>> list_sessions(tenancy::TenantTx& tx, UserId user, Instant now);

/// Without the lane, for tools: as many as there are, in one statement.
Result<void> begin_sessions(tenancy::TenantTx& tx, std::span<const NewSession> sessions);

/// Ends it, leaving a tombstone until `forgotten_at`; also if it was never known. False: it is
/// somebody else's.
Result<bool> end_session(tenancy::TenantTx& tx, UserId user, AuthSessionId session,
                         Instant forgotten_at);
/// The same of one that list_sessions shows. Did it go on until now? not_found: there is no such
/// session of theirs.
Result<bool> end_listed_session(tenancy::TenantTx& tx, UserId user, AuthSessionId session);
/// All of this person's; how many went on.
Result<std::int64_t> end_sessions(tenancy::TenantTx& tx, UserId user);

} // namespace bw::auth
