// Keeper: the thread that takes counts to the database, looks at every institution, keeps the
// forecast of all of them and takes back hints that hold no longer. No request waits for it, and it
// forecasts on no request's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "forecast/board.hpp"
#include "forecast/days.hpp"
#include "forecast/store.hpp"
#include "lane/demand.hpp"
#include "tenancy/directory.hpp"

namespace bw::forecast {

/// An institution's bells in [from, until), in order; `known` false: it has no timetable. Bells
/// that are over may be missing: those that were seen before are remembered. `people` 0: everybody.
struct KnownBells {
    bool known = false;
    bool live = false; // are live lessons among what is known?
    std::vector<Bell> bells;
};
/// Keeper's thread, in its look's transaction. Asked anew when the directory's bells have changed.
using BellsOf = std::function<Result<KnownBells>(tenancy::TenantTx&, const tenancy::TenantInfo&,
                                                 Instant from, Instant until)>;

struct KeeperOptions {
    Duration step_every = 1min;      // counts are taken, bells looked at
    Duration look_every = 5min;      // everything is
    Duration stale_after = 15min;    // what was not looked at for so long is not known any more
    Duration deadline = 10s;         // of one institution's transaction
    std::size_t flush_at_once = 100; // institutions in a round trip
    bool forecasts = true;           // false: this process only counts
    bool hints = true;               // false: forecast and scored, and nobody is told
};

/// How one day was forecast, of all institutions each by itself.
struct DayScore {
    PerKind<Errors> errors = {};
    std::uint32_t institutions = 0;
};

/// What is known of one institution's forecasts.
struct Scored {
    PerKind<Errors> errors = {};
    std::int32_t days = 0;
};
/// The forecast as it stands; immutable.
struct Standing {
    Instant made_at, valid_until;
    Board board;
    std::map<TenantId, Scored> scored;
    PerKind<Errors> errors = {};  // of all institutions, each by itself
    std::int32_t days_scored = 0; // the most of one institution
    std::map<timetable::Date, DayScore> by_day = {};

    explicit Standing(Window window)
        : made_at(window.from), valid_until(window.from), board(window) {}
};

struct KeeperParts {
    const tenancy::TenantDirectory& directory;
    LoadCounter& counter;
    lane::DemandHints& hints;
    const Clock& clock;
    BellsOf bells;
};

/// Thread-safe but for step(). What it is given outlives it.
class Keeper {
public:
    using MakeDatabase = std::function<std::unique_ptr<tenancy::Database>()>;
    Keeper(KeeperParts parts, KeeperOptions options = {});
    ~Keeper() { stop(); }

    void start(MakeDatabase make_database);
    /// Takes to the database what was counted, and ends.
    void stop();
    /// One turn, for tests without the thread.
    void step(tenancy::Database& database);

    /// Null: there is none that is not stale. Shared by those who look at it.
    std::shared_ptr<const Standing> standing() const;
    /// The minutes about now as they were known last; null: nothing was looked at yet. Shared by
    /// those who look at it.
    std::shared_ptr<const Days> days() const;
    /// What it publishes there, and who listens.
    const lane::DemandHints& hints() const { return parts_.hints; }

private:
    struct Seen {
        School school;
        std::shared_ptr<const Learned> learned = std::make_shared<Learned>(); // shared with boards
        Window day{};
        std::vector<bool> counted; // of the day's minutes, by this process
        Scored scored = {};
        std::vector<std::pair<timetable::Date, PerKind<Errors>>> scored_days = {};
        std::vector<tenancy::Bell> announced = {}; // the directory's, as it was looked at
        std::optional<Monotonic> looked_at = {};
    };

    void run(const std::stop_token& stop, const MakeDatabase& make_database);
    void mind_the_clock();
    void flush(tenancy::Database& database);
    void mark_counted(Instant from, Instant until);
    void read_came(tenancy::Database& database);
    Result<void> read_day(tenancy::TenantTx& tx, const Seen& seen);
    void look(tenancy::Database& database);
    Result<void> look_at(tenancy::Database& database, const tenancy::TenantInfo& tenant);
    void look_at_bells(tenancy::Database& database);
    static void set_scored(Seen& seen, const std::vector<ScoredDay>& days);
    static void set_bells(Seen& seen, KnownBells fresh, Instant now);
    void forget_stale();
    void publish(bool moved);

    const KeeperParts parts_;
    const KeeperOptions options_;
    std::map<TenantId, Seen> seen_;
    std::unique_ptr<Board> board_; // null: no look yet
    std::optional<Days> days_;     // nullopt: no look yet
    std::optional<Instant> counted_until_;
    std::optional<Monotonic> counted_at_, looked_at_;
    std::optional<std::pair<Instant, Monotonic>> stepped_at_;

    mutable std::mutex mutex_;
    std::shared_ptr<const Standing> standing_; // shared with readers
    std::shared_ptr<const Days> shown_days_;   // likewise
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::forecast
