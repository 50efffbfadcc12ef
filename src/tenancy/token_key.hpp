// The keys that access tokens are signed with: an algorithm and its key pair. Which of them signs
// when is key_ring.hpp's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/crypto.hpp"
#include "base/ecdsa.hpp"
#include "base/json.hpp"
#include "base/rng.hpp"

namespace bw::tenancy {

/// RFC 8037 and RFC 7518, 3.4. A key has one of them for its life.
enum class TokenAlgorithm : std::uint8_t { eddsa, es256 };
/// As headers and JWKs write it: "EdDSA", "ES256".
std::string_view wire_name(TokenAlgorithm algorithm);
/// The same in any case.
std::optional<TokenAlgorithm> token_algorithm_from(std::string_view name);

/// Copies share the key pair, which is wiped with the last of them. Thread-safe.
class TokenKey {
public:
    /// `rng` must be fit for keys.
    static TokenKey make(TokenAlgorithm algorithm, Rng& rng);
    /// nullopt: no key of that algorithm.
    static std::optional<TokenKey> from_seed(TokenAlgorithm algorithm,
                                             const std::array<std::uint8_t, 32>& seed);
    /// An Ed25519 key is one.
    TokenKey(const SigningKey& key);

    TokenAlgorithm algorithm() const;
    /// RFC 7638 thumbprint's first 16 base64url characters.
    const std::string& kid() const { return kid_; }
    Signature sign(ByteView message) const;
    bool verify(ByteView message, const Signature& signature) const;
    /// The public half, a JWK with `kid`, `use` and `alg`.
    void write_jwk(JsonWriter& json) const;
    /// For the key's sealed box alone.
    std::array<std::uint8_t, 32> seed() const;

private:
    using Pair = std::variant<SigningKey, EcdsaKey>;
    explicit TokenKey(Pair pair);

    std::shared_ptr<const Pair> pair_; // shared by the copies
    std::string kid_;
};

} // namespace bw::tenancy
