#include "video/hls.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bw::video {

namespace {

constexpr std::size_t bytes_limit = 4 * 1024 * 1024, uri_bytes_limit = 1'000;
constexpr std::size_t renditions_limit = 64;

/// Of `NAME=value` or `NAME="value"` in a list of them; empty: it is not there.
std::string_view attribute(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::size_t equals = list.find('=');
        if (equals == std::string_view::npos)
            return {};
        const std::string_view key = list.substr(0, equals);
        list.remove_prefix(equals + 1);
        const bool quoted = list.starts_with('"');
        const std::size_t end = quoted ? list.find('"', 1) : list.find(',');
        const std::string_view value =
            quoted ? list.substr(1, end == std::string_view::npos ? end : end - 1)
                   : list.substr(0, end);
        if (key == name)
            return value;
        const std::size_t comma = end == std::string_view::npos ? end : list.find(',', end);
        if (comma == std::string_view::npos)
            return {};
        list.remove_prefix(comma + 1);
    }
    return {};
}

template <class Integer>
Integer number_in(std::string_view text) {
    Integer out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// What stands behind the tag, if the line has it.
bool behind(std::string_view line, std::string_view tag, std::string_view& rest) {
    if (!line.starts_with(tag))
        return false;
    rest = line.substr(tag.size());
    return true;
}

} // namespace

Result<Hls> Hls::parse(std::string_view text) {
    if (!text.starts_with("#EXTM3U") || text.size() > bytes_limit)
        return fail(Code::bad_request, "This is no HLS playlist.");
    Hls out;
    bool segment_follows = false, rendition_follows = false;
    std::uint32_t bandwidth = 0;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n')), rest;
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (behind(line, "#EXT-X-STREAM-INF:", rest)) {
            rendition_follows = true;
            bandwidth = number_in<std::uint32_t>(attribute(rest, "BANDWIDTH"));
        } else if (behind(line, "#EXT-X-MEDIA:", rest)) {
            if (const std::string_view uri = attribute(rest, "URI"); !uri.empty())
                out.renditions.push_back({std::string(uri), 0});
        } else if (behind(line, "#EXT-X-MAP:", rest)) {
            out.init = attribute(rest, "URI");
        } else if (behind(line, "#EXT-X-MEDIA-SEQUENCE:", rest)) {
            out.first = number_in<std::uint64_t>(rest);
        } else if (behind(line, "#EXT-X-TARGETDURATION:", rest)) {
            out.target_seconds = number_in<std::uint32_t>(rest);
        } else if (line == "#EXT-X-ENDLIST") {
            out.ended = true;
        } else if (line.starts_with("#EXTINF:")) {
            segment_follows = true;
        } else if (!line.empty() && !line.starts_with('#')) {
            if (line.size() > uri_bytes_limit)
                return fail(Code::bad_request, "An address in the playlist is too long.");
            if (std::exchange(rendition_follows, false))
                out.renditions.push_back({std::string(line), bandwidth});
            else if (std::exchange(segment_follows, false))
                out.segments.emplace_back(line);
        }
    }
    if (out.renditions.size() > renditions_limit || out.init.size() > uri_bytes_limit)
        return fail(Code::bad_request, "The playlist names more than a stream has.");
    std::ranges::sort(out.renditions, {}, [](const HlsRendition& rendition) {
        return std::pair(rendition.bandwidth, std::string_view(rendition.uri));
    });
    return out;
}

std::string beside(std::string_view playlist, std::string_view uri) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
    if (uri.empty() || uri.starts_with('/') || uri.contains("..") ||
        uri.find_first_not_of(letters) != std::string_view::npos)
        return {};
    return std::string(playlist.substr(0, playlist.rfind('/') + 1)).append(uri);
}

} // namespace bw::video
