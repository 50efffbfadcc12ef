// JanusRoom: one room's speakers and viewers at Janus. Internal to janus_media.
#pragma once

#include <map>
#include <set>

#include "rooms/janus_media.hpp"
#include "rooms/sdp.hpp"

namespace bw::rooms {

class JanusRoom final : public MediaRoom, public std::enable_shared_from_this<JanusRoom> {
public:
    JanusRoom(Janus& janus, const JanusMedia::Parts& parts, const MediaRules& rules,
              const std::shared_ptr<Room>& room);
    ~JanusRoom() override;

    bool takes(std::string_view type) const override;
    void hear(const Member& from, std::string_view type, std::string_view message) override;
    void left(UserId user) override;
    void may(UserId user, live::Rights rights) override;
    void silence(UserId user) override;
    std::string snapshot_for(const Member& member) const override;

    /// There is a Janus (again), or no more: everything is made anew.
    void ready(bool is);
    void forward(std::uint64_t feed, const Forward& to, Janus::Answered done);

    LiveClassId of() const { return of_; }
    std::pair<std::size_t, std::size_t> speakers_and_viewers() const;

private:
    struct Speaker {
        Member member;
        JanusHandle handle = 0; // 0: asked for
        std::uint64_t feed = 0;
        Offered offered;
        std::vector<std::string> candidates; // that came before the handle did
        bool up = false, talking = false, muted = false;
    };
    struct Viewer {
        JanusHandle handle = 0;
        std::set<std::uint64_t> feeds;
        bool joined = false;
        bool asking = false; // an answer of Janus is awaited; what changes meanwhile comes after it
    };
    /// What is told once the lock is gone: Room has a lock of its own.
    class Turn;

    void make(Turn& turn);
    void create();
    void publish(Turn& turn, const Member& from, std::string_view message);
    void published(Turn& turn, UserId user, std::uint64_t feed, Result<JanusEvent> answer);
    void candidate(Turn& turn, const Member& from, std::string_view message);
    void subscribe(Turn& turn, const Member& from);
    void subscribe_to(Turn& turn, UserId user, Viewer& viewer);
    void answer(Turn& turn, const Member& from, std::string_view message);
    void unmute(Turn& turn, const Member& from);
    void of_speaker(Turn& turn, UserId user, std::uint64_t feed, const JanusEvent& event);
    void of_viewer(Turn& turn, UserId user, const JanusEvent& event);
    void update_viewers(Turn& turn);
    void end_speaker(Turn& turn, UserId user);
    void end_viewer(UserId user);
    void moderate(const Speaker& speaker, bool mute);
    void tell_speakers(Turn& turn);
    std::string speakers_json() const;
    std::string room_request(std::string_view kind, std::string_view rest = {}) const;
    std::uint64_t new_feed();
    void tell_published(const Speaker& speaker, bool begins) const;
    template <class Fn>
    auto later(Fn fn);

    Janus& janus_;
    const JanusMedia::Parts& parts_;
    const MediaRules rules_;
    const std::weak_ptr<Room> room_; // whose this is
    const TenantId tenant_;
    const LiveClassId of_;
    const std::uint64_t number_; // Janus's name of the room
    const std::string secret_, pin_;
    mutable std::mutex mutex_;
    JanusHandle control_ = 0; // 0: there is no room at Janus
    bool open_ = false;
    std::uint64_t made_for_ = 0;   // the session; two may say that there is one
    std::uint64_t generation_ = 0; // of the session: what an earlier one's say comes too late
    std::map<UserId, Speaker> speakers_;
    std::map<UserId, Viewer> viewers_;
};

} // namespace bw::rooms
