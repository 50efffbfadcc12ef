// Whatever the bytes: the reader neither crashes nor reads beyond them, and how they are cut
// changes nothing.
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "net/websocket_frames_of.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2)
        return 0;
    std::size_t cut = data[0] + 1U, step = data[1] % 7U + 1U;
    std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    constexpr std::size_t limit = 300;
    bool first = true;
    using bw::net::websocket_frames_of;
    std::string whole = websocket_frames_of(bytes, limit, [&] { return bytes.size(); });
    std::string halves = websocket_frames_of(
        bytes, limit, [&] { return std::exchange(first, false) ? cut : bytes.size(); });
    std::string crumbs = websocket_frames_of(bytes, limit, [&] { return step; });
    if (whole != halves || whole != crumbs)
        std::abort();
    return 0;
}
