// Whatever a Range header says: what is granted lies within the representation.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "net/range.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint64_t bytes = 0;
    if (size < sizeof bytes)
        return 0;
    std::memcpy(&bytes, data, sizeof bytes);
    bytes >>= data[0] % 64U;
    const std::string_view header(reinterpret_cast<const char*>(data) + sizeof bytes,
                                  size - sizeof bytes);
    const auto asked = bw::net::parse_range(header, bytes);
    if (asked.kind != bw::net::RangeAsked::Kind::part)
        return 0;
    const auto [first, count] = asked.range;
    if (count == 0 || first >= bytes || count > bytes - first)
        std::abort();
    return 0;
}
