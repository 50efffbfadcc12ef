// Whatever the headers say: no crash, and what is taken keeps to its limits.
#include <cstdint>
#include <cstdlib>

#include "files/tus_headers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    auto ensure = [](bool good) {
        if (!good)
            std::abort();
    };
    switch (data[0] % 4) {
    case 0:
        if (auto metadata = bw::files::parse_metadata(text)) {
            ensure(bw::is_utf8(metadata->name) && metadata->name.size() <= 255);
            ensure(metadata->name.find_first_of("/\\\r\n") == std::string::npos);
            ensure(!metadata->media_type.empty() && metadata->media_type.size() <= 127);
        }
        break;
    case 1:
        if (auto concat = bw::files::parse_concat(text, "/v1/uploads"))
            ensure((concat->kind == bw::files::Kind::partial) == concat->partials.empty() &&
                   concat->partials.size() <= bw::files::partials_limit);
        break;
    case 2:
        if (auto checksum = bw::files::parse_checksum(text))
            ensure(checksum->expected.size() == checksum->digest.bytes());
        break;
    default:
        if (auto parsed = bw::files::parse_size("Upload-Length", text))
            ensure(*parsed <= std::uint64_t{1} << 53);
    }
    return 0;
}
