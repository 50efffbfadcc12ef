#include "video/provider.hpp"

#include <array>

namespace bw::video {

namespace {

template <class Enum, std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

} // namespace

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
