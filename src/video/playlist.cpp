#include "video/playlist.hpp"

#include <algorithm>

#include "video/http_date.hpp"

namespace bw::video {

namespace {
constexpr std::int64_t stalled_after_ms_min = 6'000; // dates are whole seconds, segments two
}

Health health_of(const Hls& playlist, std::string_view last_modified, std::string_view date) {
    if (playlist.ended || playlist.segments.empty())
        return {};
    const auto written = http_date(last_modified), given = http_date(date);
    const std::int64_t limit_ms =
        std::max(stalled_after_ms_min, std::int64_t{playlist.target_seconds} * 3'000);
    const bool old = written && given && given->ms - written->ms > limit_ms;
    return {old ? Signal::stalled : Signal::flowing, playlist.first + playlist.segments.size()};
}

Result<Health> poll_playlist(RestClient& origin, const std::string& target,
                             const std::vector<std::pair<std::string, std::string>>& headers,
                             Deadline deadline) {
    std::string at = target;
    for (int fetches = 0; fetches < 2; ++fetches) {
        const RestAnswer answer = TRY(origin.call({.target = at, .headers = headers}, deadline));
        if (!answer.good())
            return Health{};
        const auto playlist = Hls::parse(answer.body);
        if (!playlist)
            return fail(Code::unavailable, "what is at the stream's address is no playlist");
        // Sound that stands beside the rungs has no bandwidth; it may flow on without a picture.
        const auto rung = std::ranges::find_if(
            playlist->renditions, [](const HlsRendition& it) { return it.bandwidth > 0; });
        if (rung == playlist->renditions.end())
            return health_of(*playlist, answer.header("Last-Modified"), answer.header("Date"));
        at = beside(at, rung->uri);
        if (at.empty())
            return fail(Code::unavailable, "the master playlist leads elsewhere");
    }
    return fail(Code::unavailable, "the master playlist leads to another one");
}

} // namespace bw::video
