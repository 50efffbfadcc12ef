// What an HLS playlist (RFC 8216) says about a stream's health, for providers whose only truth it
// is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "video/provider.hpp"
#include "video/rest.hpp"

namespace bw::video {

struct Playlist {
    std::string first_variant;   // of a master playlist: the URI of its first media playlist
    std::uint64_t media_end = 0; // segments made so far: media sequence number and length
    std::uint32_t target_seconds = 0;
    bool ended = false;

    /// nullopt: it is none.
    static std::optional<Playlist> parse(std::string_view text);
};

/// By its origin's own clock: when it was written, and when it was given out (HTTP dates).
Health health_of(const Playlist& playlist, std::string_view last_modified, std::string_view date);

/// Follows a master playlist to its first media playlist. Not there: no signal.
Result<Health> poll_playlist(RestClient& origin, const std::string& target,
                             const std::vector<std::pair<std::string, std::string>>& headers,
                             Deadline deadline);

} // namespace bw::video
