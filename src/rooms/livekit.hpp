// LiveKit: sound and picture of rooms by a LiveKit server. Browsers speak to it, with a token that
// is made here from the grant; whoever may send something else, or is put out, it is told by its
// API.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/rng.hpp"
#include "rooms/media.hpp"
#include "video/rest.hpp"

namespace bw::rooms {

struct LiveKitOptions {
    std::string url;     // as browsers have it: "wss://livekit.example"
    std::string api_url; // of its API: "https://livekit.example"
    std::string api_key, api_secret;
    Duration token_lifetime = 60s; // to connect by: who is connected stays
    Duration deadline = 5s;        // of a call
    std::size_t calls_limit = 1'000;
    int attempts = 5;
};

/// LiveKit's access token: a JWT by HS256.
std::string livekit_token(const LiveKitOptions& options, std::string_view room,
                          const Member& member, Instant now);
/// For its API: may do everything in this room.
std::string livekit_admin_token(const LiveKitOptions& options, std::string_view room, Instant now);

/// Thread-safe. One thread calls the API, in order.
class LiveKit {
public:
    static Result<std::unique_ptr<LiveKit>> make(LiveKitOptions options, const Clock& clock,
                                                 Rng& rng);
    ~LiveKit() { stop(); }
    void start();
    void stop();
    /// Outlives it.
    std::shared_ptr<MediaRoom> make_room(LiveClassId of);

    struct Status {
        std::size_t waiting = 0;
        std::uint64_t done = 0, failed = 0; // calls
    };
    Status status() const;

    // What the thread does, for tests without it: false: nothing was due.
    bool run_one();

private:
    friend class LiveKitRoom;
    struct Call {
        std::string room, method, body;
        UserId user;
        Monotonic not_before;
        int attempt = 0;
        bool removes = false;
    };
    LiveKit(LiveKitOptions options, video::Origin origin, const Clock& clock, Rng& rng)
        : options_(std::move(options)), clock_(clock), rng_(rng),
          api_("livekit", std::move(origin), clock) {}
    void put(Call call);
    /// Somebody who was removed is let in again.
    void forget_removals(std::string_view room, UserId user);
    void keep(const std::stop_token& stop);

    const LiveKitOptions options_;
    const Clock& clock_;
    Rng& rng_;
    video::RestClient api_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Call> calls_;
    std::uint64_t done_ = 0, failed_ = 0;
    std::jthread thread_;
};

} // namespace bw::rooms
