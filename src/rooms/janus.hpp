// Janus: what is said to a Janus WebRTC server over its WebSocket: one session, many handles,
// requests that are answered later. Knows no rooms. Janus 1.1's documentation, "JSON API".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::rooms {

/// What Janus says on a handle, or in answer to a request on one.
struct JanusEvent {
    std::string kind;  // "event", or "webrtcup", "hangup", ...
    std::string data;  // of the plugin: a JSON object; empty: none
    std::string offer; // SDP
    std::string answer;
};

using JanusHandle = std::uint64_t;

/// Thread-safe; callbacks come from heard(), tick() and closed(), without a lock.
class Janus {
public:
    using Answered = std::move_only_function<void(Result<JanusEvent>)>;
    using Attached = std::move_only_function<void(Result<JanusHandle>)>;
    using OnEvent = std::function<void(const JanusEvent&)>;

    struct Parts {
        const Clock& clock;
        Rng& rng;
        std::string api_secret; // empty: none
        std::function<void(std::string)> send;
        std::function<void(bool)> on_ready; // there is a session, or no more
    };
    explicit Janus(Parts parts) : parts_(std::move(parts)) {}

    // The connection says:
    void opened();
    void heard(std::string_view text);
    void closed();
    void tick();

    bool ready() const;
    /// To the video room plugin. unavailable: there is no session, or it has ended meanwhile.
    void attach(OnEvent on_event, Attached done);
    /// `body`: the plugin's request. `jsep`: "offer" or "answer" with its SDP, or empty.
    void ask(JanusHandle handle, std::string_view body, std::string_view jsep_kind,
             std::string_view sdp, Answered done);
    /// `candidate`: JSON.
    void trickle(JanusHandle handle, std::string_view candidate);
    void detach(JanusHandle handle);

    struct Status {
        bool ready = false;
        std::size_t handles = 0, waiting = 0;
        std::uint64_t sessions = 0, timeouts = 0;
    };
    Status status() const;

private:
    struct Waiting {
        Answered done;
        Monotonic until;
    };
    std::string request(std::string_view kind, const std::string& transaction,
                        std::optional<JanusHandle> handle, std::string_view rest = {}) const;
    std::string wait(Answered done);
    void fail_all(std::string_view why);

    const Parts parts_;
    mutable std::mutex mutex_;
    std::uint64_t session_ = 0; // 0: none
    std::map<std::string, Waiting> waiting_;
    std::vector<std::move_only_function<void()>> refused_; // told by tick(): callers have locks
    std::map<JanusHandle, OnEvent> handles_;
    Monotonic heard_at_, kept_alive_at_;
    std::uint64_t next_ = 1, sessions_ = 0, timeouts_ = 0;
};

} // namespace bw::rooms
