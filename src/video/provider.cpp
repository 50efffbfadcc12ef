#include "video/provider.hpp"

#include <algorithm>
#include <array>

namespace bw::video {

namespace {

template <class Enum, std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

} // namespace

std::string_view header_in(Headers headers, std::string_view name) {
    std::string_view out;
    for (const auto& [other, value] : headers)
        if (std::ranges::equal(other, name, {}, lower, lower)) {
            if (!out.empty())
                return {};
            out = value;
        }
    return out;
}

std::string_view to_text(IngestProtocol protocol) {
    return name_in(std::to_array<std::string_view>({"rtmp", "srt", "whip", "hls_push"}), protocol);
}

std::string_view to_text(EventKind kind) {
    return name_in(
        std::to_array<std::string_view>({"connected", "disconnected", "recorded", "failed"}), kind);
}

std::string_view to_text(Signal signal) {
    return name_in(std::to_array<std::string_view>({"none", "stalled", "flowing"}), signal);
}

} // namespace bw::video
