#include "video/playlist.hpp"

#include <algorithm>
#include <charconv>

#include "video/http_date.hpp"

namespace bw::video {

namespace {

constexpr std::int64_t stalled_after_ms_min = 6'000; // dates are whole seconds, segments two

template <class Integer>
Integer number_after(std::string_view line, std::string_view tag) {
    Integer out = 0;
    std::from_chars(line.data() + tag.size(), line.data() + line.size(), out);
    return out;
}

} // namespace

std::optional<Playlist> Playlist::parse(std::string_view text) {
    if (!text.starts_with("#EXTM3U"))
        return std::nullopt;
    Playlist out;
    bool variant_follows = false;
    std::uint64_t segments = 0;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.starts_with("#EXT-X-MEDIA-SEQUENCE:"))
            out.media_end = number_after<std::uint64_t>(line, "#EXT-X-MEDIA-SEQUENCE:");
        else if (line.starts_with("#EXT-X-TARGETDURATION:"))
            out.target_seconds = number_after<std::uint32_t>(line, "#EXT-X-TARGETDURATION:");
        else if (line == "#EXT-X-ENDLIST")
            out.ended = true;
        else if (line.starts_with("#EXTINF:"))
            ++segments;
        else if (line.starts_with("#EXT-X-STREAM-INF:"))
            variant_follows = true;
        else if (!line.empty() && !line.starts_with('#') && variant_follows &&
                 out.first_variant.empty())
            out.first_variant = line;
    }
    out.media_end += segments;
    return out;
}

Health health_of(const Playlist& playlist, std::string_view last_modified, std::string_view date) {
    if (playlist.ended || playlist.media_end == 0)
        return {};
    const auto written = http_date(last_modified), given = http_date(date);
    const std::int64_t limit_ms =
        std::max(stalled_after_ms_min, std::int64_t{playlist.target_seconds} * 3'000);
    const bool old = written && given && given->ms - written->ms > limit_ms;
    return {old ? Signal::stalled : Signal::flowing, playlist.media_end};
}

Result<Health> poll_playlist(RestClient& origin, const std::string& target,
                             const std::vector<std::pair<std::string, std::string>>& headers,
                             Deadline deadline) {
    std::string at = target;
    for (int fetches = 0; fetches < 2; ++fetches) {
        const RestAnswer answer = TRY(origin.call({.target = at, .headers = headers}, deadline));
        if (!answer.good())
            return Health{};
        const auto playlist = Playlist::parse(answer.body);
        if (!playlist)
            return fail(Code::unavailable, "what is at the stream's address is no playlist");
        if (playlist->first_variant.empty())
            return health_of(*playlist, answer.header("Last-Modified"), answer.header("Date"));
        if (playlist->first_variant.contains("://") || playlist->first_variant.contains(".."))
            return fail(Code::unavailable, "the master playlist leads elsewhere");
        at = playlist->first_variant.starts_with('/')
                 ? playlist->first_variant
                 : at.substr(0, at.rfind('/') + 1) + playlist->first_variant;
    }
    return fail(Code::unavailable, "the master playlist leads to another one");
}

} // namespace bw::video
