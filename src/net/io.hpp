// Io: what came of one non-blocking read or write. Internal to the server.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bw::net {

struct Io {
    /// `over`: closed by the other end, or broken.
    enum class Need : std::uint8_t { nothing, readable, writable, over };
    Need need = Need::nothing;
    std::size_t bytes = 0; // moved; only with `nothing`
};

} // namespace bw::net
