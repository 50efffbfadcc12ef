// Room: one live class's people and what they say to each other, in memory. Whoever enters, goes or
// speaks is told of here; who may enter, and what must outlive the process, is Rooms' business.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/rng.hpp"
#include "rooms/interaction.hpp"
#include "rooms/media.hpp"
#include "rooms/parts.hpp"

namespace bw::rooms {

struct RoomRules {
    std::size_t people_limit = 12'000;
    double messages_per_second = 10, messages_at_once = 40; // of one person
    std::size_t told_bytes_limit = 64 * 1024;               // to everybody, at one time
    std::size_t untold_bytes_limit = 1024 * 1024;           // and waiting for the next times
    std::size_t comings_at_once = 100;                      // teachers hear of, by name
    Duration come_back_within = 5s; // jitter of whoever is sent away for a while
};

struct RoomParts {
    TenantId tenant;
    LiveClassId of;
    std::int64_t epoch = 0; // by which the database knows its holder
    Instant claimed_at;
    const Clock& clock;
    Rng& rng;
    std::function<void(const Presence&)> on_presence = {}; // must not block
};

/// Who is put out by a teacher, to be written down.
struct PutOut {
    UserId who, by;
};

/// Thread-safe.
class Room {
public:
    Room(RoomParts parts, RoomRules rules)
        : parts_(std::move(parts)), rules_(rules), interaction_([this](UserId user) {
              const auto found = people_.find(user);
              return found == people_.end() ? nullptr : &found->second.member;
          }) {}

    /// Once, before anybody is in. Without: no sound and picture here.
    void bring(std::shared_ptr<MediaRoom> media) { media_ = std::move(media); }

    struct Entry {
        Member member;
        Uuid grant{};
        Instant grant_made, grant_expires;
        std::shared_ptr<Line> line; // shared with its connection
    };
    /// Tells the person what there is. unauthenticated: the grant was used, or made before this
    /// process held the room; forbidden: put out; overloaded: full. Whoever is there already gives
    /// the place up.
    Result<void> enter(Entry entry);
    /// Of the line that entered; an earlier one's end means nothing.
    void leave(UserId user, const Line& line);
    /// From the line; what is wrong with it is answered there.
    void hear(UserId user, const Line& line, std::string_view message);
    /// Whom the class's own list does not have any more: 4403.
    void turn_out(UserId user, std::string_view why);

    /// At most four times a second: what concerns everybody goes out.
    void tell();
    /// 4503 for everybody, after when to come again.
    void send_away();
    /// Of `user` alone, or of everybody; from media as well.
    void tell_one(UserId user, std::string text);
    void tell_everybody(std::string text);

    /// What teachers asked for since; `written` says how one went.
    std::vector<PutOut> take_put_out();
    /// Some are not written yet.
    bool puts_out() const;
    void answer_put_out(const PutOut& one, const Result<void>& how);

    const RoomParts& parts() const { return parts_; }
    std::size_t people() const;
    std::vector<UserId> users() const;
    /// Since when nobody has been there.
    std::optional<Monotonic> empty_since() const;

private:
    struct Person {
        Member member;
        std::shared_ptr<Line> line;
        double messages = 0; // that may come at once, now
        Monotonic counted_at;
    };
    using Lock = std::unique_lock<std::mutex>;

    Person* of_line(UserId user, const Line& line);
    bool spends(Person& person);
    /// What interaction answered: sends, then unlocks, and tells media what is to be done.
    void carry_out(Lock& lock, Answer answer);
    void handle(Lock& lock, Person& person, const std::string& type, std::string_view message);
    void ask_put_out(Lock& lock, const Person& person, std::string_view message);
    void send(const std::vector<Out>& out);
    void keep(std::string text);
    std::shared_ptr<Line> take_away(UserId user);
    std::string entered_text(const Member& member) const;
    std::string presence_text() const;
    std::string comings_text();
    void forget(Instant now);

    const RoomParts parts_;
    const RoomRules rules_;
    std::shared_ptr<MediaRoom> media_; // shared with what it has asked and waits for
    mutable std::mutex mutex_;
    std::unordered_map<UserId, Person> people_;
    std::set<UserId> teachers_; // of them
    Interaction interaction_;
    std::deque<Deed> deeds_; // media has not heard of them
    bool acting_ = false;    // somebody tells it, one after the other
    /// Put out by a teacher here, and until when: then the class's own list knows. nullopt: it is
    /// not written yet.
    std::map<UserId, std::optional<Instant>> out_;
    std::map<Uuid, Instant> grants_used_;
    std::deque<std::string> untold_; // JSON, to everybody
    std::size_t untold_bytes_ = 0;
    struct Coming {
        UserId user;
        std::string name;
        bool here;
    };
    std::deque<Coming> comings_; // teachers have not heard of them
    bool presence_changed_ = false;
    std::vector<PutOut> put_out_; // not written yet
    std::optional<Monotonic> empty_since_;
};

} // namespace bw::rooms
