// ECDSA over P-256 with SHA-256, "ES256" (FIPS 186-5; RFC 7518, 3.4), for verifiers that lack
// Ed25519. OpenSSL.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/rng.hpp"

namespace bw {

/// A P-256 key pair. OpenSSL wipes it on destruction; never printed. Thread-safe once made.
class EcdsaKey {
public:
    /// `rng` must be fit for keys.
    static EcdsaKey make(Rng& rng);
    /// Big-endian; nullopt: not between 1 and the order of the curve.
    static std::optional<EcdsaKey> from_scalar(const std::array<std::uint8_t, 32>& scalar);

    /// The public point: x and y, big-endian.
    const std::array<std::uint8_t, 64>& point() const { return point_; }
    /// For the key's sealed box alone.
    std::array<std::uint8_t, 32> scalar() const;
    /// r and s, big-endian.
    Signature sign(ByteView message) const;
    bool verify(ByteView message, const Signature& signature) const;

private:
    struct Free {
        void operator()(void* key) const;
    };
    EcdsaKey() = default;
    std::unique_ptr<void, Free> key_; // an EVP_PKEY
    std::array<std::uint8_t, 64> point_{};
};

} // namespace bw
