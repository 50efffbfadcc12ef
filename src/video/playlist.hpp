// Whether a stream flows, by its HLS playlist: for providers whose only truth it is.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "video/hls.hpp"
#include "video/provider.hpp"
#include "video/rest.hpp"

namespace bw::video {

/// By its origin's own clock: when it was written, and when it was given out (HTTP dates).
Health health_of(const Hls& playlist, std::string_view last_modified, std::string_view date);

/// Follows a master playlist to the bottom rung. Not there: no signal.
Result<Health> poll_playlist(RestClient& origin, const std::string& target,
                             const std::vector<std::pair<std::string, std::string>>& headers,
                             Deadline deadline);

} // namespace bw::video
