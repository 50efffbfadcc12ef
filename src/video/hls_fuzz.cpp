// Playlists come from packagers and platforms: whatever they say, reading ends and names nothing
// outside.
#include "base/ensure.hpp"
#include "video/hls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = bw::video::Hls::parse(text);
    if (!read)
        return 0;
    const std::string_view folder = "/live/1/x/t/c/";
    for (const std::string& uri : read->segments) {
        const std::string target = bw::video::beside("/live/1/x/t/c/index.m3u8", uri);
        ENSURE(target.empty() || target.starts_with(folder), "it leads out");
        ENSURE(!target.contains(".."), "it leads up");
    }
    return 0;
}
