#include "base/ids.hpp"

#include "base/ensure.hpp"

namespace bw {

Uuid make_uuid_v7(Instant now, Rng& rng) {
    Uuid uuid = rng.bytes<16>();
    for (std::size_t i = 0; i < 6; ++i)
        uuid[i] = static_cast<std::uint8_t>(now.ms >> (8 * (5 - i)));
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x70);
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
    return uuid;
}

Uuid make_uuid_v8(ByteView hash) {
    ENSURE(hash.size() >= 16, "a UUIDv8 needs 16 bytes of hash");
    Uuid uuid = *to_array<16>(hash.substr(0, 16));
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x80);
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
    return uuid;
}

std::string to_text(const Uuid& uuid) {
    std::string text = to_hex(view(uuid));
    for (std::size_t at : {20u, 16u, 12u, 8u})
        text.insert(at, 1, '-');
    return text;
}

} // namespace bw
