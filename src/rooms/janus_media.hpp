// JanusMedia: sound and picture of rooms over a Janus on this machine. No browser speaks to Janus:
// its people are ours, and whoever may not send, or was put out, has no way to it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/secret_box.hpp"
#include "rooms/janus.hpp"
#include "rooms/room.hpp"

namespace bw::rooms {

struct MediaRules {
    std::size_t speakers_limit = 6, viewers_limit = 50; // of one room; teachers count, and get in
    std::int64_t bitrate = 1'000'000;                   // of one speaker's picture
};

/// Somebody began to send, or ended. What a bridge (of a teacher's picture to HLS) needs.
struct Published {
    TenantId tenant;
    LiveClassId of;
    UserId user;
    bool teaches = false, audio = false, video = false;
    std::uint64_t feed = 0; // Janus's name of it
};

/// Where Janus sends a feed as plain RTP. Port 0: not that kind.
struct Forward {
    std::string host = "127.0.0.1";
    std::uint16_t audio_port = 0, video_port = 0;
};

class JanusRoom;

/// Thread-safe.
class JanusMedia {
public:
    struct Parts {
        const Clock& clock;
        Rng& rng;
        SecretKey key;                     // of its rooms' secrets
        std::string api_secret, admin_key; // of janus.jcfg, and of its video room plugin
        /// RTCConfiguration's, as a JSON list; none: browsers need no TURN.
        std::function<std::string(UserId)> ice_servers = {};
        std::function<void(std::string)> send;                                // to Janus
        std::function<void(const Published&, bool begins)> on_published = {}; // must not block
    };
    JanusMedia(Parts parts, MediaRules rules);
    ~JanusMedia();

    std::shared_ptr<MediaRoom> make_room(const std::shared_ptr<Room>& room);
    /// unavailable: there is no such feed any more.
    void forward(LiveClassId of, std::uint64_t feed, Forward to, Janus::Answered done);

    Janus& janus() { return janus_; }
    struct Status {
        Janus::Status janus;
        std::size_t rooms = 0, speakers = 0, viewers = 0;
    };
    Status status() const;

private:
    std::vector<std::shared_ptr<JanusRoom>> rooms() const;

    const Parts parts_;
    const MediaRules rules_;
    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<JanusRoom>> rooms_; // they are the Rooms'
    Janus janus_;
};

} // namespace bw::rooms
