#include "base/secret_box.hpp"

#include <sodium.h>

#include "base/ensure.hpp"

namespace bw {

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(nonce_bytes == 24 && tag_bytes == 16);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == std::tuple_size_v<SecretKey>);

const unsigned char* raw(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(Bytes& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

} // namespace

Bytes seal(const SecretKey& key, ByteView plain, ByteView context, Rng& rng) {
    const auto nonce = rng.bytes<nonce_bytes>();
    Bytes out(view(nonce));
    out.resize(nonce_bytes + plain.size() + tag_bytes);
    unsigned long long written = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out) + nonce_bytes, &written, raw(plain),
                                               plain.size(), raw(context), context.size(), nullptr,
                                               nonce.data(), key.data());
    ENSURE(written == plain.size() + tag_bytes, "the ciphertext has a known size");
    return out;
}

std::optional<Bytes> unseal(const SecretKey& key, ByteView sealed, ByteView context) {
    if (sealed.size() < nonce_bytes + tag_bytes)
        return std::nullopt;
    Bytes out(sealed.size() - nonce_bytes - tag_bytes, '\0');
    const ByteView box = sealed.substr(nonce_bytes);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(out), nullptr, nullptr, raw(box), box.size(),
                                                   raw(context), context.size(), raw(sealed),
                                                   key.data()) != 0)
        return std::nullopt;
    return out;
}

} // namespace bw
