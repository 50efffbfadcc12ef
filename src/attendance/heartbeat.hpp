// A heartbeat: what one player says of itself, since its session began. Each says all that the ones
// before it said, so one that is lost is made good by the next. Read strictly; pure.
#pragma once

#include <array>
#include <span>

#include "attendance/presence.hpp"
#include "attendance/token.hpp"

namespace bw::attendance {

/// By lines of the picture: the rung that was played is counted under the first that is no smaller.
inline constexpr std::string_view all_rungs[] = {"audio", "240",  "360", "480",
                                                 "720",   "1080", "more"};
inline constexpr std::string_view all_faults[] = {"network", "media", "address", "other"};

/// What playing was like, at one edge. Each only grows in a session.
struct Quality {
    std::uint32_t startup_ms = 0; // 0: has not begun to play there
    std::uint32_t stalls = 0, stalled_ms = 0;
    std::array<std::uint32_t, std::size(all_rungs)> rung_ms{};
    std::array<std::uint32_t, std::size(all_faults)> faults{};

    /// Of the same session: the later of the two, whichever that is.
    void merge(const Quality& other);
    bool operator==(const Quality&) const = default;
};

struct AtEdge {
    std::size_t edge = 0; // in the list of edges; its size: one that is not in it
    Quality quality;
    bool operator==(const AtEdge&) const = default;
};

struct Heartbeat {
    std::vector<Span> watched; // by our clock, within the class's time
    std::vector<AtEdge> at_edges;
};

constexpr std::size_t body_bytes_limit = 16 * 1024, spans_limit = 256, edges_limit = 8;
/// Our own servers' clocks, and how far a client's may run ahead in a class.
constexpr Duration clocks_apart = 5s;

/// `{"at_ms": 65000, "watched": [[1200, 64000]], "quality": [{"edge": "a.example", "startup_ms":
/// 340, "stalls": 1, "stalled_ms": 900, "rungs": {"720": 61000}, "errors": {"network": 1}}]}`. All
/// times are since the session began, by a clock of the client's that is never set; they are laid
/// beside the moment when the token was made, and not beside the one when the heartbeat came, so a
/// late one says the same. Nothing can have lasted longer than the session has. Errors:
/// bad_request, invalid_field with its pointer.
Result<Heartbeat> read_heartbeat(std::string_view body, const HeartbeatToken& token,
                                 std::span<const std::string> edges, Instant now);

} // namespace bw::attendance
