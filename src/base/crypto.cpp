#include "base/crypto.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <memory>

#include "base/ensure.hpp"

namespace bw {

Sha256 sha256(std::initializer_list<ByteView> parts) {
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> kept(
        EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_MD_CTX* context = kept.get();
    static const EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Sha256 out;
    ENSURE(EVP_DigestInit_ex2(context, algorithm, nullptr) == 1, "SHA-256 is missing");
    for (ByteView part : parts)
        EVP_DigestUpdate(context, part.data(), part.size());
    EVP_DigestFinal_ex(context, out.data(), nullptr);
    return out;
}

bool verify_ed25519(const PublicKey& key, ByteView message, const Signature& signature) {
    return crypto_sign_ed25519_verify_detached(
               signature.data(), reinterpret_cast<const unsigned char*>(message.data()),
               message.size(), key.data()) == 0;
}

SigningKey SigningKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
    SigningKey key;
    crypto_sign_ed25519_seed_keypair(key.public_key_.data(), key.secret_.data(), seed.data());
    return key;
}

SigningKey::~SigningKey() {
    sodium_memzero(secret_.data(), secret_.size());
}

Signature SigningKey::sign(ByteView message) const {
    Signature out;
    crypto_sign_ed25519_detached(out.data(), nullptr,
                                 reinterpret_cast<const unsigned char*>(message.data()),
                                 message.size(), secret_.data());
    return out;
}

std::array<std::uint8_t, 32> SigningKey::seed() const {
    std::array<std::uint8_t, 32> out;
    crypto_sign_ed25519_sk_to_seed(out.data(), secret_.data());
    return out;
}

std::string SigningKey::kid() const {
    return kid_of(public_key_);
}

std::string kid_of(const PublicKey& key) {
    // RFC 7638 over the required members of an OKP key (RFC 8037), in their lexical order.
    Sha256 hash =
        sha256({R"({"crv":"Ed25519","kty":"OKP","x":")", to_base64url(view(key)), R"("})"});
    return to_base64url(view(hash)).substr(0, 16);
}

} // namespace bw
