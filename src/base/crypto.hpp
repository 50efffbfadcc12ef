// SHA-256 and Ed25519, as the rest of the project needs them; everything else about keys is the
// caller's.
#pragma once

#include <initializer_list>

#include "base/bytes.hpp"
#include "base/rng.hpp"

namespace bw {

using Sha256 = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
using PublicKey = std::array<std::uint8_t, 32>;

/// The hash of the parts laid end to end. Thread-safe; OpenSSL (it uses the processor's SHA
/// instructions).
Sha256 sha256(std::initializer_list<ByteView> parts);
inline Sha256 sha256(ByteView bytes) {
    return sha256({bytes});
}

bool verify_ed25519(const PublicKey& key, ByteView message, const Signature& signature);

/// An Ed25519 key pair. Wiped on destruction; never printed. Thread-safe once made.
class SigningKey {
public:
    static SigningKey make(Rng& rng) { return from_seed(rng.bytes<32>()); }
    static SigningKey from_seed(const std::array<std::uint8_t, 32>& seed);
    ~SigningKey();
    SigningKey(SigningKey&&) = default;
    SigningKey& operator=(SigningKey&&) = default;

    const PublicKey& public_key() const { return public_key_; }
    /// RFC 7638 thumbprint's first 16 base64url characters: the key's id (`kid`).
    std::string kid() const;
    Signature sign(ByteView message) const;
    /// For the key file alone.
    std::array<std::uint8_t, 32> seed() const;

private:
    SigningKey() = default;
    PublicKey public_key_{};
    std::array<std::uint8_t, 64> secret_{};
};

std::string kid_of(const PublicKey& key);

} // namespace bw
