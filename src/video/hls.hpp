// What an HLS playlist names (RFC 8216, the part of it that packagers write): renditions, or
// segments. Pure; playlists come from outside and are bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw::video {

struct HlsRendition {
    std::string uri;
    std::uint32_t bandwidth = 0; // bits a second; 0 of audio or subtitles that stand beside
};

struct Hls {
    std::vector<HlsRendition> renditions; // of a master playlist, the bottom rung first
    std::string init;                     // of a media playlist: EXT-X-MAP; empty: there is none
    std::uint64_t first = 0;              // number of its first segment
    std::vector<std::string> segments;
    std::uint32_t target_seconds = 0;
    bool ended = false;

    /// bad_request: it is none, or too large to be one of ours.
    static Result<Hls> parse(std::string_view text);
};

/// The target that `uri` names in the playlist at `playlist`, a path. Empty for one that leads out
/// of the playlist's own folder: those who ask show a token that is good there.
std::string beside(std::string_view playlist, std::string_view uri);

} // namespace bw::video
