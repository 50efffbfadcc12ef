// Audience: who may be in which live class, in memory, so that a bell costs no statement: classes,
// the rosters of those that are open, and who was put out. One thread and connection keep it up.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include "live/book.hpp"

namespace bw::live {

struct AudienceRules {
    Duration turn = 500ms, deadline = 3s;
    Duration opens = 15min, closes = 15min; // rosters are held so long before and after a class
    std::size_t people_limit = 2'000'000;   // of all rosters; of the others nobody is let in
    Duration whole_after = 5min;            // a roster is read anew, changed or not
    Duration whole_again = 5s;              // and no sooner, whatever changes
    std::size_t people_at_once = 1'000;     // whose changes are read one by one
    /// Longer without word from the database nobody is let in: a removal might not be known.
    Duration silence = 5min;
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
    /// Asks once. For tests without the thread.
    Result<void> turn();

    /// Null: no class about now. unavailable: nothing has been heard, or not for long.
    Result<std::shared_ptr<const Seats>> find(LiveClassId id) const;
    /// In order of their beginnings.
    std::vector<std::shared_ptr<const Seats>> all() const;
    /// How many people's class begins in this minute, in all institutions.
    std::size_t people_at(Instant bell) const;

    /// What was written: of these people something may have changed, or of everybody.
    void hear(TenantId tenant, std::span<const UserId> people, bool everybody);
    /// Whatever may have changed unheard.
    void hear_everything();
    /// This process knows it already.
    void put_out(LiveClassId id, UserId user);

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
    struct Snapshot {
        std::unordered_map<LiveClassId, std::shared_ptr<const Seats>> seats;
        std::unordered_map<std::int64_t, std::size_t> people; // by minute
    };

    void run(const std::stop_token& stop);
    bool open(const LiveClass& of, Instant now) const;
    Result<void> read_removals(const std::vector<Key>& changed);
    Result<void> read_rosters(std::map<TenantId, Heard> heard, Instant now);
    Result<void> read_whole(TenantId tenant, std::span<const SectionId> sections, Instant now);
    Result<void> read_some(TenantId tenant, std::span<const SectionId> sections,
                           const std::set<UserId>& people, Instant now);
    void publish();
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
    std::size_t over_limit_ = 0;

    mutable std::mutex mutex_;
    std::map<TenantId, Heard> heard_; // not looked at yet
    bool heard_everything_ = false;
    std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<Snapshot>(); // with readers
    AudienceStatus status_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::live
