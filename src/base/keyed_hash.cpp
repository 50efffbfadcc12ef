#include "base/keyed_hash.hpp"

#include <sodium.h>

namespace bw {

void keyed_hash(const SecretKey& key, std::initializer_list<ByteView> parts,
                std::span<std::uint8_t> out) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.data(), key.size(), out.size());
    for (ByteView part : parts)
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                                  part.size());
    crypto_generichash_final(&state, out.data(), out.size());
}

} // namespace bw
