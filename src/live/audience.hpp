// Audience: who may be in which live class, in memory, so that a bell costs no statement: classes,
// the rosters of those that are open, and who was put out. One thread and connection keep it up.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>

#include "live/book.hpp"

namespace bw::live {

struct AudienceRules {
    Duration turn = 500ms, deadline = 3s;
    Duration turn_limit = 10s; // of all institutions together; whoever is left waits for the next
    Duration opens = 15min, closes = 15min; // rosters are held so long before and after a class
    std::size_t people_limit = 2'000'000;   // of all rosters; of the others nobody is let in
    Duration whole_after = 5min;            // a roster is read anew, changed or not
    Duration whole_again = 5s;              // and no sooner, whatever changes
    std::size_t people_at_once = 1'000;     // whose changes are read one by one
    /// Longer without word from the database nobody is let in: a removal might not be known.
    Duration silence = 5min;
    /// The same where the database answers, and an institution's rows alone cannot be read: others
    /// may put somebody out meanwhile.
    Duration unread = 1min;
};

struct Member {
    UserId user;
    bool teaches = false;

    auto operator<=>(const Member&) const = default;
};
/// By user.
using Roster = std::vector<Member>;

/// One class as it is known. Immutable.
struct Seats {
    TenantId tenant;
    LiveClass of;
    std::shared_ptr<const Roster> people; // null: not held; shared by the classes of a section
    std::vector<UserId> out;              // sorted

    /// nullopt: not of the class.
    std::optional<Member> find(UserId user) const;
    bool is_out(UserId user) const;
};

struct AudienceStatus {
    std::size_t classes = 0, rosters = 0, people = 0;
    std::size_t over_limit = 0; // rosters that are not held
    std::size_t unread = 0;     // institutions that could not all be read the last time
    bool cut = false;           // there are more classes than are kept
    std::optional<Monotonic> heard;
};

/// Thread-safe but for turn().
class Audience {
public:
    using MakeDatabase = std::function<std::unique_ptr<tenancy::Database>()>;
    Audience(const MakeDatabase& make_database, const tenancy::TenantDirectory& directory,
             const Clock& clock, AudienceRules rules = {}, BookRules book = {});
    ~Audience() { stop(); }
    void start();
    void stop();
    /// Asks once; an error: of nobody anything is known anew. For tests without the thread.
    Result<void> turn();

    /// Null: no class of this institution about now. unavailable: nothing has been heard of it, or
    /// not for long.
    Result<std::shared_ptr<const Seats>> find(TenantId tenant, LiveClassId id) const;
    /// In order of their beginnings.
    std::vector<std::shared_ptr<const Seats>> all() const;
    /// How many people's class begins in this minute, in all institutions.
    std::size_t people_at(Instant bell) const;

    /// What was written: of these people something may have changed, or of everybody.
    void hear(TenantId tenant, std::span<const UserId> people, bool everybody);
    /// Whatever may have changed unheard.
    void hear_everything();
    /// It was written: this process knows it at once.
    void put_out(TenantId tenant, LiveClassId id, UserId user);

    AudienceStatus status() const;

private:
    using Section = std::pair<TenantId, SectionId>;
    struct Held {
        std::shared_ptr<const Roster> people;
        Monotonic read_at;
    };
    struct Heard {
        std::set<UserId> people;
        bool everybody = false;
    };
    using Unread = std::map<TenantId, Error>;
    /// Institutions that could not all be read: when they last could.
    using Late = std::map<TenantId, std::optional<Monotonic>>;
    struct Snapshot {
        std::unordered_map<LiveClassId, std::shared_ptr<const Seats>> seats;
        std::unordered_map<std::int64_t, std::size_t> people; // by minute
        Late late;
    };
    using PutOut = std::pair<Key, UserId>;

    void run(const std::stop_token& stop);
    bool open(const LiveClass& of, Instant now) const;
    void hear_again(TenantId tenant, Heard what);
    Result<std::vector<pg::Rows>> ask(TenantId tenant, tenancy::Step step);
    /// Of all institutions, but for those in `unread`; whose could not be read joins them.
    void read_removals(Unread& unread);
    Result<void> read_removals(TenantId tenant, const std::vector<LiveClassId>& of);
    void read_rosters(std::map<TenantId, Heard> heard, Instant now, Unread& unread);
    Result<void> read_rosters(TenantId tenant, const std::set<SectionId>& sections,
                              const Heard* heard, Instant now);
    Result<void> read_whole(TenantId tenant, std::span<const SectionId> sections, Instant now);
    Result<void> read_some(TenantId tenant, std::span<const SectionId> sections,
                           const std::set<UserId>& people, Instant now);
    void note_late(const Unread& unread);
    static void add_out(Snapshot& to, LiveClassId id, UserId user);
    void publish(Monotonic asked, const std::set<PutOut>& known);
    std::shared_ptr<const Snapshot> snapshot() const;

    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    const AudienceRules rules_;
    // Of turn():
    std::unique_ptr<tenancy::Database> database_;
    Book book_;
    std::map<Section, Held> rosters_;
    std::map<Key, std::vector<UserId>> out_;
    std::set<Key> out_unread_; // they changed, and who is out could not be read yet
    Late late_;
    std::optional<Deadline> enough_; // of this turn
    bool cut_ = false;
    std::size_t over_limit_ = 0;

    mutable std::mutex mutex_;
    std::map<TenantId, Heard> heard_; // not looked at yet
    bool heard_everything_ = false;
    std::set<PutOut> put_out_; // by this process, and not read yet
    std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<Snapshot>(); // with readers
    AudienceStatus status_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::live
