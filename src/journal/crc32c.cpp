#include "journal/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace bw::journal {

namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = value % 2 == 1 ? (value >> 1) ^ 0x82f63b78U : value >> 1;
        table[i] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t update_sse42(std::uint32_t state, ByteView bytes) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t wide = state;
    for (; left >= 8; left -= 8, at += 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    state = static_cast<std::uint32_t>(wide);
    for (; left > 0; --left, ++at)
        state = _mm_crc32_u8(state, static_cast<unsigned char>(*at));
    return state;
}
#endif

} // namespace

std::uint32_t crc32c_update_portable(std::uint32_t state, ByteView bytes) {
    for (char c : bytes)
        state = (state >> 8) ^ table[(state ^ static_cast<unsigned char>(c)) & 0xff];
    return state;
}

std::uint32_t crc32c_update(std::uint32_t state, ByteView bytes) {
#if defined(__x86_64__)
    static const bool fast = __builtin_cpu_supports("sse4.2");
    if (fast)
        return update_sse42(state, bytes);
#endif
    return crc32c_update_portable(state, bytes);
}

} // namespace bw::journal
