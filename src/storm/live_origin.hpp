// The origin of a live storm: a ladder's output without a teacher. A ladder of segments of the
// right sizes, a playlist that slides with the clock, a fixed delay, and a record of who fetched
// what. What is in the segments is filler: nobody decodes it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "net/server.hpp"

namespace bw::storm {

struct Rung {
    std::string name;
    std::uint32_t bandwidth; // bits a second, with its sound
    double share;            // of the viewers
};
/// 720, 480, 360 and 240 lines, with 64 kbit/s of sound each.
const std::vector<Rung>& ladder();

constexpr Duration segment_span = 2s;
constexpr std::size_t window_segments = 6; // in a live playlist
constexpr std::size_t recording_segments = 60;

/// One request of an edge (BW-Edge).
struct Fetch {
    std::string edge, object; // "live/as-built/v0/s17.m4s"
    Monotonic came, answered;
    std::uint64_t bytes = 0;
};

class LiveOrigin {
public:
    /// Everything under /live slides, everything under /recorded has ended.
    static Result<std::unique_ptr<LiveOrigin>> start(std::uint16_t port, Duration delay,
                                                     const Clock& clock, Rng& rng);
    ~LiveOrigin();
    /// Of objects that begin so.
    std::vector<Fetch> fetches(const std::string& prefix) const;

private:
    LiveOrigin(Duration delay, const Clock& clock);
    void take(const net::Request& request, net::Responder respond);
    net::Response answer(const std::string& tenant, const std::string& path) const;
    std::string playlist(bool ended) const;
    void answer_in_time();

    struct Waiting {
        Monotonic due;
        std::size_t fetch;
        std::string tenant, path;
        net::Responder respond;
    };
    const Duration delay_;
    const Clock& clock_;
    const Monotonic began_;
    net::RouteTable routes_;
    mutable std::mutex mutex_;
    std::condition_variable come_;
    std::deque<Waiting> waiting_;
    std::vector<Fetch> fetches_;
    bool ends_ = false;
    std::unique_ptr<net::Server> server_;
    std::thread thread_;
};

} // namespace bw::storm
