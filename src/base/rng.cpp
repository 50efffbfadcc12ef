#include "base/rng.hpp"

#include <sodium.h>

namespace bw {

std::uint64_t Rng::u64() {
    std::array<std::uint8_t, 8> raw = bytes<8>();
    return get_le<std::uint64_t>(view(raw));
}

void SystemRng::fill(std::span<std::uint8_t> out) {
    randombytes_buf(out.data(), out.size());
}

void SeededRng::fill(std::span<std::uint8_t> out) {
    std::lock_guard lock(mutex_);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (i % 8 == 0)
            word = engine_();
        out[i] = static_cast<std::uint8_t>(word >> (8 * (i % 8)));
    }
}

} // namespace bw
