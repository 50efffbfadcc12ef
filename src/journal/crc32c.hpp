// CRC-32C (Castagnoli), continued from a running state: what tells a frame from noise. No secrets:
// it proves nothing against a forger, the Merkle root does.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace bw::journal {

inline constexpr std::uint32_t crc32c_start = 0xffffffff;

/// `state` after `bytes`; begin with crc32c_start. The checksum is the complement of the last
/// state.
std::uint32_t crc32c_update(std::uint32_t state, ByteView bytes);
/// The same without the processor's instruction; the reference that tests compare with.
std::uint32_t crc32c_update_portable(std::uint32_t state, ByteView bytes);

inline std::uint32_t crc32c(ByteView bytes) {
    return ~crc32c_update(crc32c_start, bytes);
}

} // namespace bw::journal
