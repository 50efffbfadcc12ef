// Rooms: the rooms that this process holds. Lets people in by their grants, keeps the database's
// word of who holds a room, and turns out whom the class does not have any more.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <set>
#include <thread>

#include "live/audience.hpp"
#include "rooms/room.hpp"

namespace bw::rooms {

/// Somebody who asks to be let in.
class Asker : public Line {
public:
    /// From now on they are heard in the room. False: they are gone.
    virtual bool into(std::shared_ptr<Room> room, UserId user) = 0;
    virtual bool gone() const = 0;
    /// Who has not asked by now, is closed.
    virtual void hurry() = 0;
};

struct RoomsRules {
    std::size_t rooms_limit = 1'000, sockets_limit = 20'000;
    std::size_t entering_limit = 5'000; // waiting to be let in
    std::size_t entering_at_once = 1'000;
    Duration tell_every = 250ms;    // everybody
    Duration ask_within = 5s;       // of a socket that was opened
    Duration look_every = 1s;       // who holds the rooms
    Duration deadline = 3s;         // of the database
    Duration empty_for = 1min;      // then a room ends
    Duration closes = 15min;        // after its class
    Duration not_again_within = 5s; // a room is claimed that was lost
    RoomRules room = {};
};

struct RoomsParts {
    std::function<std::unique_ptr<tenancy::Database>()> make_database;
    live::Audience& audience;
    SecretKey grant_key;
    std::string holder; // of this process, for people
    const Clock& clock;
    Rng& rng;
    std::function<void(const Presence&)> on_presence = {};
    std::function<std::shared_ptr<MediaRoom>(const std::shared_ptr<Room>&)> media = {};
};

struct RoomsStatus {
    std::size_t rooms = 0, people = 0, sockets = 0, entering = 0;
    std::uint64_t entered = 0, refused = 0, claimed = 0, lost = 0, faults = 0;
};

/// Thread-safe but for turn() and tell().
class Rooms {
public:
    explicit Rooms(RoomsParts parts, RoomsRules rules = {});
    ~Rooms() { stop(); }
    void start();
    /// Everybody is told when to come again, and nobody is let in.
    void send_away();
    void stop();

    /// not_found: it is no class of this institution about now.
    Result<void> check_known(const tenancy::TenantScope& scope, LiveClassId id) const;
    /// False: there are too many.
    bool take_socket(const std::shared_ptr<Asker>& asker);
    void give_socket() { --sockets_; }
    /// Lets in, or says why not and closes; soon, on another thread.
    void enter(const tenancy::TenantScope& scope, LiveClassId id, std::string_view grant,
               std::shared_ptr<Asker> asker);
    /// Says why, and closes.
    void refuse(Line& line, Error error);

    RoomsStatus status() const;

    // What the threads do, for tests without them.
    void turn();
    void tell();

private:
    struct Entering {
        tenancy::TenantScope scope;
        LiveClassId of;
        live::RoomGrant grant;
        std::shared_ptr<Asker> asker; // shared with its connection
    };
    struct Held {
        tenancy::TenantScope scope;
        std::shared_ptr<Room> room; // shared with those in it
        std::shared_ptr<const live::Seats> seats;
    };
    using Names = std::map<std::pair<TenantId, UserId>, std::string>;

    Result<live::RoomGrant> check(const tenancy::TenantScope& scope, LiveClassId id,
                                  std::string_view grant) const;
    void keep(const std::stop_token& stop);
    void keep_telling(const std::stop_token& stop);
    void let_in(std::vector<Entering> entering);
    Names ask(std::vector<Entering>& entering);
    void let_in(Entering one, const Names& names);
    void hold(const tenancy::TenantScope& scope, LiveClassId id, std::int64_t epoch, Instant now);
    void write_put_out();
    Result<void> write(const Held& held, const PutOut& one);
    void look();
    void let_go(const std::map<LiveClassId, std::int64_t>& epochs,
                const std::set<TenantId>& answered);
    void turn_out(Held& held);
    std::vector<Held> held() const;
    std::shared_ptr<Room> room(LiveClassId id) const;

    const RoomsParts parts_;
    const RoomsRules rules_;
    std::unique_ptr<tenancy::Database> database_; // of turn()
    Monotonic looked_at_;

    mutable std::mutex mutex_;
    std::condition_variable_any wake_, wake_tellers_;
    std::map<LiveClassId, Held> rooms_;
    std::map<LiveClassId, Monotonic> lost_; // and when: not claimed again at once
    std::vector<Entering> entering_;
    std::deque<std::pair<Monotonic, std::weak_ptr<Asker>>> silent_; // have not asked, and until
    bool sending_away_ = false;
    std::atomic<std::size_t> sockets_ = 0;
    std::atomic<std::uint64_t> entered_ = 0, refused_ = 0, claimed_ = 0, lost_count_ = 0,
                               faults_ = 0;
    std::jthread keeper_, teller_;
};

} // namespace bw::rooms
