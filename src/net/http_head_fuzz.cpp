// Whatever the bytes: the parser neither crashes nor reads beyond them, and how they are cut
// changes nothing.
#include <cstdint>
#include <cstdlib>

#include "net/framing_of.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2)
        return 0;
    std::size_t cut = data[0] + 1U, step = data[1] % 7U + 1U;
    std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    bool first = true;
    std::string whole = bw::net::framing_of(bytes, 64, [&] { return bytes.size(); });
    std::string halves = bw::net::framing_of(
        bytes, 64, [&] { return std::exchange(first, false) ? cut : bytes.size(); });
    std::string crumbs = bw::net::framing_of(bytes, 64, [&] { return step; });
    if (whole != halves || whole != crumbs)
        std::abort();
    return 0;
}
