// Leader: the thread that carries out the plans of all institutions' live classes, in the one
// process that has the lease. Whatever it does may be done again by the next one: a step is done,
// then recorded, and recorded by the leader alone.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "lane/lane.hpp"
#include "live/book.hpp"
#include "live/deeds.hpp"
#include "timetable/plans.hpp"

namespace bw::live {

struct LeaderOptions {
    std::string name = "live"; // for people: who leads
    Duration turn = 1s;
    Duration lease = 10s;          // without a word from the leader others may lead
    Duration clock_off_max = 30s;  // whose clock is further from the database's does not lead
    Duration follow_every = 10min; // timetables, changed or not, at the latest
    Duration follow_again = 15s;   // one that could not be followed
    Duration follow_time = 3s;     // in one turn; what is left waits for the next
    Duration follow_ahead = 25h;   // so far ahead classes are written down
    Duration deadline = 5s;        // of a round trip
    Duration deed_deadline = 20s;
    int threads = 8; // deeds at once; 0: the caller runs them, for tests
    std::size_t deeds_limit = 4'096;
    PlanRules rules = {};
};

struct LeaderParts {
    std::function<std::unique_ptr<tenancy::Database>()> make_database;
    const tenancy::TenantDirectory& directory;
    timetable::Plans& plans;
    Stage stage;
    const Clock& clock;
    Rng& rng;
};

struct LeaderStatus {
    std::int64_t epoch = 0; // 0: somebody else leads, or nobody
    std::optional<Instant> led_at = {};
    std::int64_t clock_off_ms = 0; // our clock against the database's; positive: ours is ahead
    std::size_t classes = 0, running = 0;
    std::uint64_t steps = 0, faults = 0,
                  lost = 0; // lost: steps that another leader or change forestalled
    std::map<State, std::size_t> states = {};
    std::size_t no_go = 0; // with a concern
};

/// Thread-safe but for turn().
class Leader {
public:
    explicit Leader(LeaderParts parts, LeaderOptions options = {});
    ~Leader() { stop(); }

    void start();
    /// Lets deeds that run end, and gives the lease back.
    void stop();
    /// One turn, for tests without the thread; true: we lead.
    bool turn();
    /// Of a leader without threads: does one deed; false when none waits.
    bool run_one() { return hands_.run_one(); }
    LeaderStatus status() const;

private:
    struct Hand {}; // deeds need nothing of their own
    struct Done {
        std::int64_t epoch; // that it was begun in
        TenantId tenant;
        LiveClass of; // as it was when the step began
        Next step;
        std::optional<Outcome> outcome; // none: it was not begun
    };
    struct Record {
        TenantId tenant;
        LiveClass of;
        Progress now;
    };

    void run(const std::stop_token& stop);
    Result<bool> lead();
    bool keeps_lease();
    Deadline soon() const;
    void follow();
    Result<void> follow(const tenancy::TenantInfo& tenant, Instant now);
    void record(std::vector<Record> records);
    std::vector<Record> take_done();
    std::vector<Record> begin_steps();
    void submit(TenantId tenant, const LiveClass& of, const Next& step);
    std::int64_t streams_short(const LiveClass& of) const;
    void publish();

    const LeaderParts parts_;
    const LeaderOptions options_;
    std::unique_ptr<tenancy::Database> database_; // of turn()
    Book book_;
    std::atomic<std::int64_t> epoch_ = 0; // deeds read it
    struct LastFollowed {
        std::string mark;
        Monotonic again; // the same mark or not
    };
    std::map<TenantId, LastFollowed> followed_;
    std::set<Key> busy_; // a deed of theirs runs
    std::atomic<std::int64_t> lease_until_ns_ = 0;

    mutable std::mutex mutex_;
    std::vector<Done> done_;   // guarded by mutex_
    LeaderStatus status_ = {}; // likewise
    std::condition_variable_any wake_;
    lane::Lane<Hand> hands_;
    std::jthread thread_;
};

} // namespace bw::live
