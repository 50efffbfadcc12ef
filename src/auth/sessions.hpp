// Auth sessions in the database: refresh families begun, rotated, listed, ended. Beginning and
// rotating go through a batch lane, so that a storm of them is a few hundred statements.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
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
    bool shared_device = false; // others use it next
};

/// What became of a refresh token that was shown.
struct Rotation {
    Verdict verdict = Verdict::ended;
    // If rotated or repeated, the successor's:
    std::int64_t generation = 0;
    Instant issued_at;
    tenancy::Roles roles;
};

/// Is this how a database fails that is away, stands still, or lost the connection?
constexpr bool database_cannot_tell(Code code) {
    return code == Code::unavailable || code == Code::outcome_unknown ||
           code == Code::deadline_exceeded;
}

/// Thread-safe.
class RotationLane {
public:
    struct Options {
        lane::BatchBudget budget = {.name = "sessions", .batch_items_limit = 2048};
        Duration grace = RefreshRules{}.grace;
        /// In the transaction that ends a family because one of its tokens came back after its
        /// time; a failure undoes it.
        std::function<Result<void>(tenancy::TenantTx&, const RefreshToken&)> on_reuse = nullptr;
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
    /// Sessions whose beginning could not be written down, since the process began.
    std::uint64_t unwritten() const { return unwritten_; }
    /// The database cannot be reached, or stands still: the last batch failed by it, or nothing has
    /// come to an end for a while. Then a full queue says nothing about how many come.
    bool database_away() const;
    /// Of a lane without threads, for tests: one batch on the calling thread.
    bool run_batch() { return lane_.run_batch(); }

private:
    struct Item {
        tenancy::TenantScope scope;
        std::optional<NewSession> begins; // else `shown` is to be rotated
        RefreshToken shown;
        enum class Next : std::uint8_t {
            rotate, // as nearly all may
            look,   // it did not move on: why?
            revive  // its family was lost: as shown, and on from there
        } next = Next::rotate;
    };
    using Lane = lane::BatchLane<tenancy::Database, Item, Rotation>;
    using Turns = std::vector<Lane::Turn*>;

    Result<void> work(tenancy::Database& database, std::span<Lane::Turn> turns);
    /// Those that are not answered yet: what is next for them has been set.
    Turns attempt(tenancy::Database& database, const Turns& turns, Deadline deadline);
    struct Share;
    struct Known;
    static std::vector<tenancy::Step> steps_of(const std::vector<Turns>& groups,
                                               const Share& share);
    static std::vector<Known> known_of(const std::vector<Turns>& groups, const Share& share,
                                       std::span<const pg::Rows> answers);
    bool settle(tenancy::Database& database, const Turns& turns, Known known, Deadline deadline);
    bool end_reused(tenancy::Database& database, const Item& item, Deadline deadline);

    const Options options_;
    const Clock& clock_;
    std::atomic<std::uint64_t> unwritten_ = 0;
    std::atomic<bool> failing_ = false;
    std::atomic<int> batches_ = 0;           // under way
    std::atomic<std::int64_t> moved_at_ = 0; // when the last one began or ended; a Monotonic
    Lane lane_;
};

/// For RotationLane::Options::on_reuse: an event in the audit log. Both outlive it.
std::function<Result<void>(tenancy::TenantTx&, const RefreshToken&)>
audited_reuse(const Clock& clock, Rng& rng);

/// One of a person's sessions, as they see it.
struct SessionRecord {
    AuthSessionId session;
    std::string device;
    Instant began_at, used_at, expires_at;
};
/// Those that go on, the one used last first; 100 at most.
Result<std::vector<SessionRecord>> list_sessions(tenancy::TenantTx& tx, UserId user, Instant now);

/// When this session ends, if it was begun on a shared device. One that is not written down may
/// have been: `if_unknown`.
Result<std::optional<Instant>> shared_until(tenancy::TenantTx& tx, AuthSessionId session,
                                            Instant if_unknown);

/// Before somebody changes what opens their account: forbidden unless their session goes on and
/// began after `not_before`. A stolen one is older as a rule.
Result<void> check_fresh(tenancy::TenantTx& tx, UserId user, AuthSessionId session,
                         Instant not_before);
constexpr Duration proof_age_max = 10min;

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
