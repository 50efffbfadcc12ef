// Authenticated encryption of small values at rest: XChaCha20-Poly1305 (libsodium). Keys are the
// caller's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/rng.hpp"

namespace bw {

using SecretKey = std::array<std::uint8_t, 32>;

/// A random nonce (24 bytes), the ciphertext, a tag (16 bytes). `context` is authenticated and not
/// kept: whoever opens the box must name the same, so that one cannot be put in another's place.
Bytes seal(const SecretKey& key, ByteView plain, ByteView context, Rng& rng);
/// nullopt: another key, another context, or altered bytes.
std::optional<Bytes> unseal(const SecretKey& key, ByteView sealed, ByteView context);

} // namespace bw
