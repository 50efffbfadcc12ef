// The feed of revocations: one thread and one connection to the primary by which a process hears
// what was ended elsewhere, and says how far it has heard, so that whoever ended something can wait
// for all live processes.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tenancy/directory.hpp"
#include "tenancy/revocations.hpp"
#include "tenancy/signing_keys.hpp"

namespace bw::tenancy {

/// Ends tokens of a person or of one session (or, with neither, of everybody at the institution)
/// if the caller's transaction stands. The epoch: what RevocationFeed::when_confirmed waits for.
/// The last thing that a transaction does: it holds a lock that everybody's sign-out waits for.
Result<std::int64_t> revoke_user(TenantTx& tx, UserId user, Instant now);
/// Of many, each named once; one at least.
Result<std::int64_t> revoke_users(TenantTx& tx, std::span<const UserId> users, Instant now);
Result<std::int64_t> revoke_session(TenantTx& tx, AuthSessionId session, Instant now);
Result<std::int64_t> revoke_everybody(TenantTx& tx, Instant now);

/// Tells every process, once the caller's transaction stands, that there is something new for
/// people of this institution: RevocationFeed::on_news.
tenancy::Step news_step();

/// That no revocation of this institution has ended yet: for tokens that an operator issues.
Result<std::int64_t> latest_epoch(TenantTx& tx);

/// Longer than this no process may act on what it knows of sensitive things: after it nobody waits
/// for its confirmation any more (control.confirm_revocations), so it may have missed what was
/// acknowledged as ended.
constexpr Duration sensitive_silence_max = 2s;

struct FeedOptions {
    Duration interval = 250ms;               // between questions, when no notice comes
    Duration deadline = 1s;                  // of one question
    Duration read_deadline = 30s;            // of its answer: at a start all that was ever ended
    std::size_t waiters_limit = 10'000;      // for confirmations; past it one is told at once: no
    Duration retention = 32 * 24h;           // no refresh token that could be ended lives longer
    Duration session_retention = retirement; // nor an access token; see forget_before()
    Duration save_interval = 5s;             // what is known may be large
};

struct FeedStatus {
    std::int64_t seen_epoch = 0; // everything up to it is known here
    std::uint64_t restored = 0;  // written back after a failover had lost them
    bool failing = false;        // the last question had no answer
};

/// Thread-safe but for step().
class RevocationFeed {
public:
    /// All outlive it. `save`, if given, gets what is known as a file's content, a few seconds
    /// after it changed at most. `keys`, if given, come by the same epochs: who waits for one waits
    /// for the keys too. That they cannot be read keeps no revocation from being heard.
    RevocationFeed(std::unique_ptr<Database> database, Revocations& revocations,
                   const TenantDirectory& directory, const Clock& clock, Rng& rng,
                   FeedOptions options = {}, std::function<void(const std::string&)> save = nullptr,
                   SigningKeyFeed* keys = nullptr);
    ~RevocationFeed();

    using HearNews = std::function<void(std::optional<TenantId>)>;
    struct EndNews {
        void operator()(RevocationFeed* feed) const { feed->set_news(nullptr); }
    };
    using NewsWatch = std::unique_ptr<RevocationFeed, EndNews>;
    /// `hear` hears of each institution for which a news_step() was committed, moments later;
    /// nullopt: what was told may have been missed, of any. On the feed's thread; must not block.
    /// Until the result is destroyed, which waits for a call that runs.
    [[nodiscard]] NewsWatch on_news(HearNews hear) {
        set_news(std::move(hear));
        return NewsWatch(this);
    }

    void start();
    void stop();

    /// `done` runs when every live process has seen `epoch`, or at the deadline: true, or false. On
    /// the feed's thread. Without a running feed: at once, false.
    void when_confirmed(std::int64_t epoch, Deadline deadline, std::function<void(bool)> done);

    /// Asks once: takes in what is new, says so, answers who waits. For tests without the thread.
    Result<void> step();
    FeedStatus status() const;

    /// For sensitive deeds (a password, a role, a key, somebody's sessions), on the lane's thread
    /// just before the deed: unavailable, with Retry-After, while this process has not heard the
    /// feed for sensitive_silence_max. What it takes for a good token may have been ended, so it
    /// fails closed; everything else goes on.
    Result<void> require_fresh() const;

private:
    struct Waiter {
        std::int64_t epoch;
        Deadline deadline;
        std::function<void(bool)> done;
    };
    struct Confirmed {
        std::int64_t latest, timeline, by_all;
    };
    void run(const std::stop_token& stop);
    void wait(const std::stop_token& stop);
    bool pass_on(const std::vector<pg::Notification>& heard);
    void set_news(HearNews hear);
    bool news_wanted();
    void miss_news();
    void tell_news(std::optional<TenantId> tenant);
    Result<Confirmed> confirm(Deadline deadline);
    Result<void> step_keys(Deadline deadline);
    Result<void> read(std::int64_t after, const Confirmed& at, Deadline deadline);
    Result<void> restore(const std::vector<Revocation>& standing, Deadline deadline);
    void forget(Deadline deadline);
    void save(bool good_moment);
    void answer(std::int64_t confirmed);

    const std::unique_ptr<Database> database_; // the thread's, or who calls step()
    Revocations& revocations_;
    const TenantDirectory& directory_;
    const Clock& clock_;
    const Uuid process_;
    const FeedOptions options_;
    const std::function<void(const std::string&)> save_;
    SigningKeyFeed* const keys_;
    // Of the thread, or of who calls step():
    std::int64_t seen_ = 0;
    std::int64_t timeline_ = 0; // 0: nothing has been read yet
    std::uint64_t saved_version_ = 0;
    Monotonic forget_at_{}, save_at_{};
    std::optional<Monotonic> unsaved_since_;
    std::int64_t keys_seen_ = 0;
    bool keys_whole_ = true; // all of them are to be read

    std::mutex news_mutex_;
    HearNews news_;           // null: nobody asks; guarded by news_mutex_
    bool news_missed_ = true; // nobody listened for a while; the same

    mutable std::mutex mutex_;
    std::vector<Waiter> waiters_; // guarded by mutex_
    std::int64_t confirmed_ = -1; // by all live processes, the last time we asked; the same
    FeedStatus status_;           // guarded by mutex_
    bool running_ = false;        // guarded by mutex_
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::tenancy
